package cachetest

import (
	"reflect"
	"slices"
)

const (
	seenPerType = 16
	seenDepth   = 6
	seenElems   = 8
)

// pool holds what calls were given and answered so far, by type, what was seen last at the end, so that it can be asked for
// again: an id that the store made up is found in no small set. It holds nothing that the store could change.
type pool struct {
	values map[reflect.Type][]reflect.Value
}

func newPool() *pool { return &pool{map[reflect.Type][]reflect.Value{}} }

// take sets v to something of its type that was seen, if there is any. Places count from what was seen last, so that they
// mean the same in a sequence that lacks an earlier step.
func (p *pool) take(v reflect.Value, place int) bool {
	if p == nil {
		return false
	}
	all := p.values[v.Type()]
	if len(all) > 0 {
		v.Set(all[len(all)-1-place%len(all)])
	}
	return len(all) > 0
}

// add takes what is in v.
func (p *pool) add(v reflect.Value) { p.walk(v, 0) }

func (p *pool) walk(v reflect.Value, depth int) {
	if !v.IsValid() || !v.CanInterface() || depth > seenDepth {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			p.walk(v.Elem(), depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Array && flat(v.Type()) {
			p.keep(v)
			return
		}
		for i := range min(v.Len(), seenElems) {
			p.walk(v.Index(i), depth+1)
		}
	case reflect.Map:
		for i, k := range sortedKeys(v) {
			if i == seenElems {
				break
			}
			p.walk(k, depth+1)
			p.walk(v.MapIndex(k), depth+1)
		}
	case reflect.Struct:
		if v.Type() == timeType {
			p.keep(v)
			return
		}
		p.keep(flattened(v))
		for i := range v.NumField() {
			p.walk(v.Field(i), depth+1)
		}
	case reflect.Bool:
	default:
		if flat(v.Type()) {
			p.keep(v)
		}
	}
}

func (p *pool) keep(v reflect.Value) {
	if !v.IsValid() || !v.Comparable() {
		return
	}
	all := slices.DeleteFunc(p.values[v.Type()], func(old reflect.Value) bool { return old.Equal(v) })
	if len(all) == seenPerType {
		all = slices.Delete(all, 0, 1)
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	p.values[v.Type()] = append(all, c)
}

// flattened returns a copy of a struct whose fields that are not flat are zero, or nothing if some cannot be set.
func flattened(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	for i := range c.NumField() {
		switch f := c.Field(i); {
		case flat(f.Type()):
		case f.CanSet():
			f.SetZero()
		case !f.IsZero():
			return reflect.Value{}
		}
	}
	return c
}

// flat reports whether a copy of a value of type typ shares nothing with it.
func flat(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Array:
		return flat(typ.Elem())
	case reflect.Struct:
		if typ == timeType {
			return true
		}
		for i := range typ.NumField() {
			if !flat(typ.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return false
	}
	return true
}
