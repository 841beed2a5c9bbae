package cachetest

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How much of a value a report shows.
const (
	maxDepth  = 6
	maxElems  = 8
	maxString = 60
	maxValue  = 300
)

// shortList shows values beside each other, each as it would be written in Go, without packages and zero fields.
func shortList(values []reflect.Value) string {
	all := make([]string, len(values))
	for i, v := range values {
		f := formatter{elems: maxElems, str: maxString, depth: maxDepth}
		f.value(v, false)
		all[i] = clip(f.String(), maxValue)
	}
	return strings.Join(all, ", ")
}

// exact tells values apart that differ, as far as they can be arguments.
func exact(values []reflect.Value) string {
	f := formatter{elems: 1 << 20, str: 1 << 20, depth: 20}
	for _, v := range values {
		f.value(v, false)
		f.WriteByte(0)
	}
	return f.String()
}

func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "") + "…"
}

type formatter struct {
	strings.Builder
	elems, str, depth int
}

// value writes v, without its type where elided says that it is clear.
func (f *formatter) value(v reflect.Value, elided bool) {
	if !v.IsValid() {
		f.WriteString("nil")
		return
	}
	if f.depth == 0 {
		f.WriteString("…")
		return
	}
	f.depth--
	defer func() { f.depth++ }()
	switch k := v.Kind(); k {
	case reflect.Bool:
		f.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if d, ok := as[time.Duration](v); ok {
			f.WriteString(d.String())
			return
		}
		f.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		f.WriteString(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		f.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case reflect.Complex64, reflect.Complex128:
		fmt.Fprint(f, v.Complex())
	case reflect.String:
		f.WriteString(strconv.Quote(clip(v.String(), f.str)))
	case reflect.Pointer, reflect.Interface:
		f.reference(v, elided)
	case reflect.Slice, reflect.Array:
		f.list(v, elided)
	case reflect.Map:
		f.mapping(v, elided)
	case reflect.Struct:
		f.structure(v, elided)
	default:
		if v.IsNil() {
			f.WriteString("nil")
		} else {
			f.WriteString(typeName(v.Type()))
		}
	}
}

func (f *formatter) reference(v reflect.Value, elided bool) {
	switch {
	case v.IsNil():
		f.WriteString("nil")
	case v.Kind() == reflect.Interface:
		if err, ok := as[error](v); ok {
			f.WriteString("error " + strconv.Quote(clip(errorText(err), f.str)))
			return
		}
		f.value(v.Elem(), false)
	default:
		if !elided {
			f.WriteByte('&')
		}
		f.value(v.Elem(), elided)
	}
}

func (f *formatter) list(v reflect.Value, elided bool) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		f.WriteString("nil")
		return
	}
	if f.opaque(v) {
		return
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		f.WriteString(typeName(v.Type()) + "(" + strconv.Quote(clip(string(v.Bytes()), f.str)) + ")")
		return
	}
	if !elided {
		f.WriteString(typeName(v.Type()))
	}
	f.WriteByte('{')
	for i := range v.Len() {
		if i > 0 {
			f.WriteString(", ")
		}
		if i == f.elems {
			fmt.Fprintf(f, "… %d more", v.Len()-i)
			break
		}
		f.value(v.Index(i), true)
	}
	f.WriteByte('}')
}

func (f *formatter) mapping(v reflect.Value, elided bool) {
	if v.IsNil() {
		f.WriteString("nil")
		return
	}
	if !elided {
		f.WriteString(typeName(v.Type()))
	}
	f.WriteByte('{')
	for i, k := range sortedKeys(v) {
		if i > 0 {
			f.WriteString(", ")
		}
		if i == f.elems {
			fmt.Fprintf(f, "… %d more", v.Len()-i)
			break
		}
		f.value(k, true)
		f.WriteString(": ")
		f.value(v.MapIndex(k), true)
	}
	f.WriteByte('}')
}

func (f *formatter) structure(v reflect.Value, elided bool) {
	if t, ok := as[time.Time](v); ok {
		f.WriteString(t.Format(time.RFC3339Nano))
		return
	}
	if f.opaque(v) {
		return
	}
	if !elided {
		f.WriteString(typeName(v.Type()))
	}
	f.WriteByte('{')
	n := 0
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if n++; n > 1 {
			f.WriteString(", ")
		}
		f.WriteString(v.Type().Field(i).Name + ": ")
		f.value(v.Field(i), false)
	}
	f.WriteByte('}')
}

// opaque writes a value whose inside says less than its String method: an array such as a UUID, a struct without
// exported fields.
func (f *formatter) opaque(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				return false
			}
		}
	case reflect.Array:
	default:
		return false
	}
	s, ok := as[fmt.Stringer](v)
	if ok {
		fmt.Fprintf(f, "%s(%s)", typeName(v.Type()), s) // fmt survives a panic of String
	}
	return ok
}

// as returns v as a T, where it may be had and is one.
func as[T any](v reflect.Value) (T, bool) {
	if !v.CanInterface() {
		var zero T
		return zero, false
	}
	t, ok := v.Interface().(T)
	return t, ok
}

// errorText is err's text, or what kept it from giving one.
func errorText(err error) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("%T, whose Error method panics", err)
		}
	}()
	return err.Error()
}

// sortedKeys returns the keys of a map, in an order that is the same each time.
func sortedKeys(m reflect.Value) []reflect.Value {
	type named struct {
		key  reflect.Value
		text string
	}
	var all []named
	for _, k := range m.MapKeys() {
		f := formatter{elems: 1 << 20, str: 1 << 20, depth: maxDepth}
		f.value(k, true)
		all = append(all, named{k, f.String()})
	}
	slices.SortFunc(all, func(a, b named) int {
		if a.key.CanInt() && b.key.CanInt() {
			return cmp.Compare(a.key.Int(), b.key.Int())
		}
		return strings.Compare(a.text, b.text)
	})
	keys := make([]reflect.Value, len(all))
	for i := range all {
		keys[i] = all[i].key
	}
	return keys
}

var qualifier = regexp.MustCompile(`[\w./\-]+\.`)

// typeName is t without packages.
func typeName(t reflect.Type) string { return qualifier.ReplaceAllString(t.String(), "") }
