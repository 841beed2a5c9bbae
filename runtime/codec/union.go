package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// EncodeTyped writes the value of an interface: in an object, under the name of its type.
func EncodeTyped[T any](e *Encoder, name string, v *T, elem func(*Encoder, *T)) {
	e.w.RawStr(`{"`)
	e.w.RawStr(name)
	e.w.RawStr(`":`)
	elem(e, v)
	e.ObjEnd()
}

// UnknownType fails, since v, the value of an interface, is of a type that nobody named.
func (e *Encoder) UnknownType(v any) { e.Fail(unknownType(v)) }

func unknownType(v any) error {
	return fmt.Errorf("an interface holds a %T, which is none of the types that it was said to hold", v)
}

// TypeName reads the name of the type of the value that comes next, which DecodeTyped reads; "" is nil, which is read with it.
func (d *Decoder) TypeName() string {
	if d.Null() {
		return ""
	}
	if !d.take('{') || !d.take('"') {
		return "{" // no type is called so
	}
	n := bytes.IndexByte(d.data[d.pos:], '"')
	if n <= 0 {
		d.fail("expected the name of a type")
		return "{"
	}
	name := string(d.data[d.pos : d.pos+n])
	d.pos += n + 1
	d.take(':')
	return name
}

// DecodeTyped reads the value whose type's name was read, and the end of its object.
func DecodeTyped[T any](d *Decoder, elem func(*Decoder, *T)) (v T) {
	elem(d, &v)
	d.ObjEnd()
	return v
}

// UnknownType fails, since the type whose name was read is none of those that are known.
func (d *Decoder) UnknownType() { d.fail("expected the name of a type that is known") }

// CannotCopy panics, since v is of a type that nobody named.
func CannotCopy(v any) { panic(unknownType(v)) }

// EncodeLoose writes v as encoding/json does.
func EncodeLoose[T any](e *Encoder, v *T) {
	if e.err != nil {
		return
	}
	data, err := json.Marshal(*v)
	if err != nil {
		e.Fail(err)
		return
	}
	e.w.Raw(data)
}

// DecodeLoose reads a value as encoding/json does into an empty interface: numbers are float64, objects
// map[string]any, arrays []any.
func DecodeLoose[T any](d *Decoder, v *T) {
	d.json(&loose[T]{v})
}

type loose[T any] struct{ v *T }

// UnmarshalJSON reads what EncodeLoose wrote.
func (l *loose[T]) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, l.v) }

// CloneLoose copies a value by its JSON. It panics where that fails.
func CloneLoose[T any](_ Depth, v *T) { copyBy(v, EncodeLoose[T], DecodeLoose[T]) }
