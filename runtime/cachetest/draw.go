package cachetest

import (
	"reflect"
	"time"

	"pgregory.net/rapid"
)

// deepest is how deep a drawn value goes; below, pointers, slices and maps are nil.
const deepest = 5

// drawer draws arguments.
type drawer struct {
	values map[reflect.Type]func(*rapid.T) reflect.Value
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// number draws bits bits, each as likely as the other: rapid makes them small one by one. What else it draws numbers with
// takes it hundreds of tries to make small. How many are drawn must not depend on what was seen, so that a sequence which
// lacks a step still draws the same.
func number(t *rapid.T, bits int) (n int) {
	for range bits {
		n <<= 1
		if bit.Draw(t, "") {
			n |= 1
		}
	}
	return n
}

var bit = rapid.Bool()

// unlikely is true once in four times.
func unlikely(t *rapid.T) bool { return number(t, 2) == 3 }

// pick draws either a small number, from 1 to 4 and now and then 0, or the place of something that was seen; where there is
// nothing, the number serves.
func pick(t *rapid.T) (small, place int, old bool) {
	n := number(t, 5)
	return []int{0, 1, 2, 3, 4, 1, 2, 3, 1, 2, 0, 1, 2, 3, 1, 4}[n%16], n % 16, n >= 16
}

// arguments draws those of m, contexts left out.
func (d drawer) arguments(t *rapid.T, m *method, seen *pool) []reflect.Value {
	drawn := m.drawn()
	args := make([]reflect.Value, len(drawn))
	if m.args != nil {
		for i, v := range m.args(t) {
			args[i] = reflect.New(m.in[drawn[i]]).Elem()
			args[i].Set(v)
		}
		return args
	}
	for i, p := range drawn {
		if m.fn.Type().IsVariadic() && p == len(m.in)-1 && d.lacks(m.in[p].Elem(), nil) != nil {
			args[i] = reflect.Zero(m.in[p])
			continue
		}
		args[i] = d.value(t, m.in[p], seen, 0)
	}
	return args
}

// value draws one of type typ.
func (d drawer) value(t *rapid.T, typ reflect.Type, seen *pool, depth int) reflect.Value {
	if draw := d.values[typ]; draw != nil {
		return draw(t)
	}
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.Struct:
		if typ == timeType {
			d.scalar(t, v, seen)
		} else {
			d.fields(t, v, seen, depth)
		}
	case reflect.Array:
		d.array(t, v, seen, depth)
	case reflect.Slice:
		d.slice(t, v, seen, depth)
	case reflect.Map:
		d.mapping(t, v, seen, depth)
	case reflect.Pointer:
		if depth == 0 || depth < deepest && !unlikely(t) {
			p := reflect.New(typ.Elem())
			p.Elem().Set(d.value(t, typ.Elem(), seen, depth+1))
			v.Set(p.Convert(typ))
		}
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
	default:
		d.scalar(t, v, seen)
	}
	return v
}

// fields draws those fields of v that can be set. Where v is a copy of what was seen, most stay as they are.
func (d drawer) fields(t *rapid.T, v reflect.Value, seen *pool, depth int) {
	copied := false
	if number(t, 1) == 1 {
		_, place, _ := pick(t)
		copied = seen.take(v, place)
	}
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() || d.lacks(f.Type(), nil) != nil {
			continue
		}
		anew := unlikely(t)
		if drawn := d.value(t, f.Type(), seen, depth+1); anew || !copied || !flat(f.Type()) {
			f.Set(drawn)
		}
	}
}

// array draws v; a long one, such as a UUID, holds one thing many times, since else no two would be equal.
func (d drawer) array(t *rapid.T, v reflect.Value, seen *pool, depth int) {
	if v.Len() == 0 {
		return
	}
	_, place, old := pick(t)
	one := d.value(t, v.Type().Elem(), nil, depth+1)
	for i := range v.Len() {
		if i > 0 && v.Len() <= 4 {
			one = d.value(t, v.Type().Elem(), seen, depth+1)
		}
		v.Index(i).Set(one)
	}
	if old && flat(v.Type()) {
		seen.take(v, place)
	}
}

// slice draws up to three elements. An empty one is nil or not.
func (d drawer) slice(t *rapid.T, v reflect.Value, seen *pool, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		small, _, _ := pick(t)
		v.SetBytes([]byte(words[small]))
		return
	}
	if depth >= deepest {
		return
	}
	if n, empty := number(t, 1)+number(t, 1)+number(t, 1), unlikely(t); n > 0 || empty {
		v.Set(reflect.MakeSlice(v.Type(), n, 3))
	}
	// All are drawn, also those that are not used, so that rapid can make a slice shorter by lowering a bit.
	for i := range most(depth) {
		if one := d.value(t, v.Type().Elem(), seen, depth+1); i < v.Len() {
			v.Index(i).Set(one)
		}
	}
}

// most is how many elements are drawn at a depth; the others are zero.
func most(depth int) int {
	if depth > 1 {
		return 1
	}
	return 3
}

// mapping draws up to three elements, some of which may have the same key.
func (d drawer) mapping(t *rapid.T, v reflect.Value, seen *pool, depth int) {
	if depth >= deepest {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range number(t, 2) {
		v.SetMapIndex(d.value(t, v.Type().Key(), seen, depth+1), d.value(t, v.Type().Elem(), seen, depth+1))
	}
}

var words = []string{"", "a", "b", "c", "d"}

// scalar draws a v that has no parts.
func (d drawer) scalar(t *rapid.T, v reflect.Value, seen *pool) {
	if v.Kind() == reflect.Bool {
		v.SetBool(bit.Draw(t, ""))
		return
	}
	small, place, old := pick(t)
	if old && seen.take(v, place) {
		return
	}
	switch v.Kind() {
	case reflect.Struct: // a time
		v.Set(reflect.ValueOf(time.Date(2024, 1, small, 0, 0, 0, 0, time.UTC)))
	case reflect.String:
		v.SetString(words[small])
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := int64(small)
		if v.Type() == durationType {
			n *= int64(time.Minute)
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(small))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(small) / 2)
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float64(small), 0))
	}
}

// check says what about m's parameters cannot be drawn.
func (d drawer) check(m *method, wrong *problems) {
	if m.left != "" || m.args != nil {
		return
	}
	for _, p := range m.drawn() {
		if m.fn.Type().IsVariadic() && p == len(m.in)-1 {
			continue
		}
		if lacks := d.lacks(m.in[p], nil); lacks != nil {
			wrong.add("%s: nothing can be drawn for %s %s: say how with cachetest.Args(%q, func(t *rapid.T) %s { … }) "+
				"or cachetest.Values, or leave the method out with cachetest.Without(%[4]q)",
				m.name, paramName(m, p), typeName(m.in[p]), plain(m.name), m.drawnTypes())
		}
	}
}

func paramName(m *method, p int) string {
	if m.params[p] == "" || m.params[p] == "_" {
		return "a parameter of type"
	}
	return m.params[p]
}

// lacks returns the type that keeps typ from being drawn, nil if it can be. A field of a struct keeps its zero value if
// it cannot.
func (d drawer) lacks(typ reflect.Type, within []reflect.Type) reflect.Type {
	if d.values[typ] != nil {
		return nil
	}
	for _, t := range within {
		if t == typ {
			return nil
		}
	}
	within = append(within, typ)
	switch typ.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return typ
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return d.lacks(typ.Elem(), within)
	case reflect.Map:
		if lacks := d.lacks(typ.Key(), within); lacks != nil {
			return lacks
		}
		return d.lacks(typ.Elem(), within)
	}
	return nil
}
