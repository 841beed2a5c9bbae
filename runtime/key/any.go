package key

import (
	"encoding"
	"reflect"
	"sync"
	"time"

	"github.com/cachegen-go/cachegen/internal/typename"
)

// Any appends v's dynamic type, an exclamation mark and its value, which is found by reflection; nil for a nil
// interface. It panics where the value holds what cannot be keyed (a func, a chan, an unsafe pointer, a cycle, a struct
// with unexported fields that does not marshal itself as text): defer Recover.
func Any(k []byte, v any) []byte {
	return appendAny(k, reflect.ValueOf(v))
}

func appendAny(k []byte, v reflect.Value) []byte {
	if !v.IsValid() {
		return Nil(k)
	}
	k = append(k, tag(v.Type())...)
	return appendValue(append(k, '!'), v)
}

// appendValue writes what generated code writes for a value of this type.
func appendValue(k []byte, v reflect.Value) []byte {
	k = Deep(k)
	switch t := v.Type(); how(t) {
	case byTime:
		return Time(k, v.Interface().(time.Time))
	case byText:
		if !t.Implements(textMarshaler) {
			p := reflect.New(t)
			p.Elem().Set(v)
			v = p
		}
		return Text(k, v.Interface().(encoding.TextMarshaler))
	case byNothing:
		panic(unkeyable(t.String()))
	}
	switch v.Kind() {
	case reflect.Bool:
		return Bool(k, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Int(k, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Uint(k, v.Uint())
	case reflect.Float32:
		return Float(k, float32(v.Float()))
	case reflect.Float64:
		return Float(k, v.Float())
	case reflect.Complex64:
		return Complex(k, complex64(v.Complex()))
	case reflect.Complex128:
		return Complex(k, v.Complex())
	case reflect.String:
		return Str(k, v.String())
	case reflect.Interface:
		return appendAny(k, v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return Nil(k)
		}
		return appendValue(append(k, '*'), v.Elem())
	case reflect.Slice, reflect.Array:
		return appendList(k, v)
	case reflect.Map:
		return appendMap(k, v)
	case reflect.Struct:
		return appendStruct(k, v)
	}
	panic(unkeyable(v.Type().String()))
}

var byteType = reflect.TypeFor[byte]()

func appendList(k []byte, v reflect.Value) []byte {
	isSlice := v.Kind() == reflect.Slice
	if isSlice && v.IsNil() {
		return Nil(k)
	}
	if v.Type().Elem() == byteType {
		if isSlice {
			return Bytes(k, v.Bytes())
		}
		whole := make([]byte, v.Len()) // v may be unaddressable
		reflect.Copy(reflect.ValueOf(whole), v)
		return Bytes(k, whole)
	}
	k = append(k, '[')
	for i := range v.Len() {
		if i > 0 {
			k = append(k, ',')
		}
		k = appendValue(k, v.Index(i))
	}
	return append(k, ']')
}

func appendMap(k []byte, v reflect.Value) []byte {
	if v.IsNil() {
		return Nil(k)
	}
	entries := make(List, 0, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		entries.Add(k, appendValue(Equals(appendValue(k, iter.Key())), iter.Value()))
	}
	return entries.Append(k)
}

func appendStruct(k []byte, v reflect.Value) []byte {
	k = append(k, '(')
	n := 0
	for i := range v.NumField() {
		if v.Type().Field(i).Name == "_" {
			continue
		}
		if n > 0 {
			k = append(k, ',')
		}
		k = appendValue(k, v.Field(i))
		n++
	}
	return append(k, ')')
}

// manner is how values of a type are keyed.
type manner int

const (
	byNothing manner = iota // they cannot be
	byParts
	byTime
	byText
)

var (
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	timeType      = reflect.TypeFor[time.Time]()
	manners       sync.Map // reflect.Type → manner
)

// how finds the manner of t: by its parts where all of them can be seen, else by its text.
func how(t reflect.Type) manner {
	if m, ok := manners.Load(t); ok {
		return m.(manner)
	}
	m := byNothing
	switch {
	case t == timeType:
		m = byTime
	case visible(t, map[reflect.Type]bool{}):
		m = byParts
	case marshalsText(t):
		m = byText
	}
	manners.Store(t, m)
	return m
}

// visible reports whether all that a value of t consists of can be seen. Types under way are taken to be: what is
// wrong with them is found where they began.
func visible(t reflect.Type, underWay map[reflect.Type]bool) bool {
	if underWay[t] {
		return true
	}
	underWay[t] = true
	part := func(t reflect.Type) bool {
		return t == timeType || visible(t, underWay) || marshalsText(t)
	}
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr:
		return false
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return part(t.Elem())
	case reflect.Map:
		return part(t.Key()) && part(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Name != "_" && (!f.IsExported() || !part(f.Type)) {
				return false
			}
		}
	}
	return true
}

// marshalsText reports whether t or *t marshals itself as text, by a method that may be its own. One that an embedded
// field has as well is taken to be that field's, which leaves the other fields out.
func marshalsText(t reflect.Type) bool {
	if t.Kind() == reflect.Interface || !reflect.PointerTo(t).Implements(textMarshaler) && !t.Implements(textMarshaler) {
		return false
	}
	if t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if f.Anonymous && (f.Type.Implements(textMarshaler) || reflect.PointerTo(f.Type).Implements(textMarshaler)) {
				return false
			}
		}
	}
	return true
}

var tags sync.Map // reflect.Type → string

// tag names t in full, in plain characters.
func tag(t reflect.Type) string {
	if s, ok := tags.Load(t); ok {
		return s.(string)
	}
	s := string(escape(nil, typename.Of(t)))
	tags.Store(t, s)
	return s
}
