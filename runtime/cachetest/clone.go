package cachetest

import "reflect"

// cloneAll returns deep copies, since what is called may keep or change its arguments. Unexported fields, and what is in
// interfaces, functions and channels, are shared.
func cloneAll(values []reflect.Value) []reflect.Value {
	all := make([]reflect.Value, len(values))
	for i, v := range values {
		all[i] = clone(v, 0)
	}
	return all
}

func clone(v reflect.Value, depth int) reflect.Value {
	if depth > 2*deepest || flat(v.Type()) {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			p := reflect.New(v.Type().Elem())
			p.Elem().Set(clone(v.Elem(), depth+1))
			c.Set(p.Convert(v.Type()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(clone(v.Index(i), depth+1))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			c.Index(i).Set(clone(v.Index(i), depth+1))
		}
	case reflect.Map:
		if !v.IsNil() {
			c.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				c.SetMapIndex(k, clone(v.MapIndex(k), depth+1))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if c.Field(i).CanSet() {
				c.Field(i).Set(clone(v.Field(i), depth+1))
			}
		}
	}
	return c
}
