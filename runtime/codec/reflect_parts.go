package codec

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
)

var byteType = reflect.TypeFor[byte]()

// basic plans the types that have no parts, and refuses what is left.
func basic(p *typePlan, t reflect.Type) error {
	p.node.Label = t.Kind().String()
	switch t.Kind() {
	case reflect.Bool:
		p.encode = func(e *Encoder, v reflect.Value) { e.Bool(v.Bool()) }
		p.decode = func(d *Decoder, v reflect.Value) { v.SetBool(d.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.encode = func(e *Encoder, v reflect.Value) { e.Int64(v.Int()) }
		p.decode = func(d *Decoder, v reflect.Value) {
			if n := d.Int64(); v.OverflowInt(n) {
				d.fail("a number out of range")
			} else {
				v.SetInt(n)
			}
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.encode = func(e *Encoder, v reflect.Value) { e.Uint64(v.Uint()) }
		p.decode = func(d *Decoder, v reflect.Value) {
			if n := d.Uint64(); v.OverflowUint(n) {
				d.fail("a number out of range")
			} else {
				v.SetUint(n)
			}
		}
	case reflect.Float32: // by way of its type, since a float64 in between may change a NaN
		viaType(p, t, EncodeFloat32[float32], DecodeFloat32[float32])
	case reflect.Float64:
		viaType(p, t, EncodeFloat64[float64], DecodeFloat64[float64])
	case reflect.Complex64:
		viaType(p, t, EncodeComplex64[complex64], DecodeComplex64[complex64])
	case reflect.Complex128:
		viaType(p, t, EncodeComplex128[complex128], DecodeComplex128[complex128])
	case reflect.String:
		p.encode = func(e *Encoder, v reflect.Value) { e.Str(v.String()) }
		p.decode = func(d *Decoder, v reflect.Value) { v.SetString(d.Str()) }
	case reflect.Interface:
		return fmt.Errorf("%s is an interface, whose value may be of any type", t)
	default:
		return fmt.Errorf("%s is not a value that can be stored", t)
	}
	return nil
}

func viaType[T any](p *typePlan, t reflect.Type, encode func(*Encoder, *T), decode func(*Decoder, *T)) {
	pointer := reflect.TypeFor[*T]()
	p.encode = func(e *Encoder, v reflect.Value) { encode(e, v.Addr().Convert(pointer).Interface().(*T)) }
	p.decode = func(d *Decoder, v reflect.Value) { decode(d, v.Addr().Convert(pointer).Interface().(*T)) }
}

func bytesPlan(p *typePlan) {
	p.node.Label = "bytes"
	p.nilly = true
	p.encode = func(e *Encoder, v reflect.Value) { e.Base64(v.Bytes()) }
	p.decode = func(d *Decoder, v reflect.Value) { v.SetBytes(d.Base64()) }
	p.clone = func(_ Depth, v reflect.Value) {
		if !v.IsNil() {
			v.SetBytes(append(make([]byte, 0, v.Len()), v.Bytes()...))
		}
	}
}

func byteArrayPlan(p *typePlan, t reflect.Type) {
	p.node.Label = fmt.Sprintf("bytes[%d]", t.Len())
	p.encode = func(e *Encoder, v reflect.Value) { e.Hex(v.Slice(0, v.Len()).Bytes()) }
	p.decode = func(d *Decoder, v reflect.Value) { d.Hex(v.Slice(0, v.Len()).Bytes()) }
}

// part plans an element type.
func (b *planner) part(p *typePlan, t reflect.Type) (*typePlan, error) {
	part, err := b.plan(t)
	if err == nil {
		p.parts = append(p.parts, part)
	}
	return part, err
}

func (b *planner) pointer(p *typePlan, t reflect.Type) error {
	p.node.Label = "pointer"
	p.nilly = true
	elem, err := b.part(p, t.Elem())
	if err != nil {
		return err
	}
	p.encode = func(e *Encoder, v reflect.Value) {
		switch {
		case v.IsNil():
			e.Null()
		case elem.nilly:
			e.w.ArrStart()
			elem.encode(e, v.Elem())
			e.w.ArrEnd()
		default:
			elem.encode(e, v.Elem())
		}
	}
	p.decode = func(d *Decoder, v reflect.Value) {
		if d.Null() {
			v.SetZero()
			return
		}
		v.Set(reflect.New(t.Elem()))
		if !elem.nilly {
			elem.decode(d, v.Elem())
			return
		}
		d.take('[')
		elem.decode(d, v.Elem())
		d.take(']')
	}
	p.clone = func(depth Depth, v reflect.Value) {
		if v.IsNil() {
			return
		}
		copied := reflect.New(t.Elem())
		copied.Elem().Set(v.Elem())
		if elem.clone != nil {
			elem.clone(depth, copied.Elem())
		}
		v.Set(copied.Convert(t))
	}
	return nil
}

func (b *planner) slice(p *typePlan, t reflect.Type) error {
	p.node.Label = "slice"
	p.nilly = true
	elem, err := b.part(p, t.Elem())
	if err != nil {
		return err
	}
	p.encode = func(e *Encoder, v reflect.Value) {
		if v.IsNil() {
			e.Null()
			return
		}
		encodeList(e, v, elem)
	}
	p.decode = func(d *Decoder, v reflect.Value) {
		if d.Null() {
			v.SetZero()
			return
		}
		v.Set(reflect.MakeSlice(t, 0, 0))
		d.take('[')
		for d.more(v.Len() == 0, ']') {
			v.Set(reflect.Append(v, reflect.Zero(t.Elem())))
			elem.decode(d, v.Index(v.Len()-1))
		}
	}
	p.clone = func(depth Depth, v reflect.Value) {
		if v.IsNil() {
			return
		}
		copied := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(copied, v)
		v.Set(copied)
		cloneList(depth, v, elem)
	}
	return nil
}

func (b *planner) array(p *typePlan, t reflect.Type) error {
	p.node.Label = fmt.Sprintf("array[%d]", t.Len())
	elem, err := b.part(p, t.Elem())
	if err != nil {
		return err
	}
	p.encode = func(e *Encoder, v reflect.Value) { encodeList(e, v, elem) }
	p.decode = func(d *Decoder, v reflect.Value) {
		d.take('[')
		for i := range v.Len() {
			if i > 0 && !d.take(',') {
				return
			}
			elem.decode(d, v.Index(i))
		}
		d.take(']')
	}
	p.clone = func(depth Depth, v reflect.Value) { cloneList(depth, v, elem) }
	return nil
}

func encodeList(e *Encoder, v reflect.Value, elem *typePlan) {
	e.w.ArrStart()
	for i := range v.Len() {
		e.element(i)
		elem.encode(e, v.Index(i))
	}
	e.w.ArrEnd()
}

func cloneList(depth Depth, v reflect.Value, elem *typePlan) {
	if elem.clone == nil {
		return
	}
	for i := range v.Len() {
		elem.clone(depth, v.Index(i))
	}
}

func (b *planner) mapping(p *typePlan, t reflect.Type) error {
	p.node.Label = "map"
	p.nilly = true
	if holdsPointer(t.Key()) {
		return errPointerKey
	}
	key, err := b.part(p, t.Key())
	if err != nil {
		return err
	}
	value, err := b.part(p, t.Elem())
	if err != nil {
		return err
	}
	p.encode = func(e *Encoder, v reflect.Value) { encodeMap(e, v, key, value) }
	p.decode = func(d *Decoder, v reflect.Value) { decodeMap(d, v, key, value) }
	p.clone = func(depth Depth, v reflect.Value) {
		if v.IsNil() {
			return
		}
		copied := reflect.MakeMapWithSize(t, v.Len())
		for iter := v.MapRange(); iter.Next(); {
			elem := settable(iter.Value())
			if value.clone != nil {
				value.clone(depth, elem)
			}
			copied.SetMapIndex(iter.Key(), elem)
		}
		v.Set(copied)
	}
	return nil
}

// settable returns a copy of v that can be addressed.
func settable(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

// encodeMap writes what EncodeStrMap, EncodeMap and EncodeExactMap do.
func encodeMap(e *Encoder, v reflect.Value, key, value *typePlan) {
	if v.IsNil() {
		e.Null()
		return
	}
	type entry struct{ key, value []byte }
	entries := make([]entry, 0, v.Len())
	object := v.Type().Key().Kind() == reflect.String && key.node.Label == "string"
	for iter := v.MapRange(); iter.Next(); {
		in := Encoder{depth: e.depth}
		key.encode(&in, settable(iter.Key()))
		mid := len(in.w.Buf)
		value.encode(&in, settable(iter.Value()))
		if in.err != nil {
			e.Fail(in.err)
			return
		}
		if !comesBack(iter.Key(), in.w.Buf[:mid], key) {
			e.Fail(errInexactKey)
			return
		}
		object = object && in.w.Buf[0] == '"'
		entries = append(entries, entry{in.w.Buf[:mid:mid], in.w.Buf[mid:]})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if object { // by the key itself, not by its escaped form
			return bytes.Compare([]byte(textOf(a.key)), []byte(textOf(b.key)))
		}
		if c := bytes.Compare(a.key, b.key); c != 0 {
			return c
		}
		return bytes.Compare(a.value, b.value)
	})
	begin, between, end := "[", ",", "]"
	if object {
		begin, between, end = "{", ":", "}"
	}
	e.w.RawStr(begin)
	for i, x := range entries {
		e.element(i)
		if !object {
			e.w.ArrStart()
		}
		e.w.Raw(x.key)
		e.w.RawStr(between)
		e.w.Raw(x.value)
		if !object {
			e.w.ArrEnd()
		}
	}
	e.w.RawStr(end)
}

func textOf(written []byte) string {
	return (&Decoder{data: written}).Str()
}

// comesBack reports whether a written key is == to what is read, or is not == to itself.
func comesBack(key reflect.Value, written []byte, p *typePlan) bool {
	d := Decoder{data: written}
	again := reflect.New(key.Type()).Elem()
	p.decode(&d, again)
	return d.err == nil && (again.Equal(key) || !key.Equal(key))
}

func decodeMap(d *Decoder, v reflect.Value, key, value *typePlan) {
	if d.Null() {
		v.SetZero()
		return
	}
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	object := d.peek() == '{' && t.Key().Kind() == reflect.String && key.node.Label == "string"
	begin, between, end := byte('['), byte(','), byte(']')
	if object {
		begin, between, end = '{', ':', '}'
	}
	d.take(begin)
	for n := 0; d.more(n == 0, end); n++ {
		if !object {
			d.take('[')
		}
		k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		key.decode(d, k)
		d.take(between)
		value.decode(d, x)
		if !object {
			d.take(']')
		}
		if d.err == nil {
			if v.SetMapIndex(k, x); v.Len() == n {
				d.fail("a map key twice")
			}
		}
	}
}
