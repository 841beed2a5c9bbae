// Package codec writes Go values as JSON and reads them back exactly: every field by its Go name, nil apart from
// empty, every bit of a number. Generated code is written with it; programs do not call it themselves.
//
// The form is strict. A Decoder takes what an Encoder wrote for the same type and nothing else: fields in their
// order, no white space, no field more or less.
package codec

import (
	"errors"
	"fmt"
	"sync"
)

// Codec stores values of one type. A Codec is a value without state and is safe for concurrent use as far as the
// marshalers of the types in T are.
type Codec[T any] struct {
	// Encode writes a value; what fails stays in the Encoder.
	Encode func(*Encoder, T)
	// Decode reads what Encode wrote; what fails stays in the Decoder.
	Decode func(*Decoder) T
	// Clone makes a copy that shares no memory with the original. It is nil where T is immutable, so that a value
	// is its own copy. It panics on a cyclic value: call it through Copy.
	Clone func(T) T
	// Schema identifies the stored form: what was written under another Schema cannot be read.
	Schema string
	// Err says why T cannot be stored; nil if it can. All else is unset where it is not nil.
	Err error
}

// Marshal appends v's stored form, a valid JSON text, to dst. On an error dst is returned as it was.
// It never panics, also where a marshaler of a type in T does.
func Marshal[T any](c Codec[T], dst []byte, v T) (data []byte, err error) {
	if c.Err != nil {
		return dst, c.Err
	}
	e := encoders.Get().(*Encoder)
	defer func() {
		if p := recover(); p != nil {
			data, err = dst, fmt.Errorf("encoding %T: panic: %v", v, p)
		}
		*e = Encoder{spare: e.spare}
		encoders.Put(e)
	}()
	e.w.Buf = dst
	c.Encode(e, v)
	if e.err != nil {
		return dst, fmt.Errorf("encoding %T: %w", v, e.err)
	}
	return e.w.Buf, nil
}

// Unmarshal reads what Marshal wrote; anything else, and anything after it, is an error. The result does not refer
// to data. Its short strings share memory: one that is kept may keep a kilobyte alive, strings.Clone does away with
// that. It never panics.
func Unmarshal[T any](c Codec[T], data []byte) (v T, err error) {
	if c.Err != nil {
		return v, c.Err
	}
	d := decoders.Get().(*Decoder)
	defer func() {
		if p := recover(); p != nil {
			var zero T
			v, err = zero, fmt.Errorf("decoding %T: panic: %v", v, p)
		}
		d.reset()
		decoders.Put(d)
	}()
	d.data = data
	v = c.Decode(d)
	if d.pos != len(d.data) {
		d.fail("something follows the value")
	}
	if d.err != nil {
		var zero T
		return zero, fmt.Errorf("decoding %T: %w", v, d.err)
	}
	return v, nil
}

// Copy returns a deep copy of v, or an error where v cannot be copied, being cyclic or failing its own marshaler.
// It never panics.
func Copy[T any](c Codec[T], v T) (_ T, err error) {
	if c.Err != nil {
		var zero T
		return zero, c.Err
	}
	if c.Clone == nil {
		return v, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("copying %T: panic: %v", v, p)
		}
	}()
	return c.Clone(v), nil
}

var (
	encoders = sync.Pool{New: func() any { return new(Encoder) }}
	decoders = sync.Pool{New: func() any { return new(Decoder) }}
)

// maxDepth bounds how deep values of recursive types may be nested, as JSON parsers do.
const maxDepth = 10_000

var errDepth = errors.New("the value is nested too deeply, or contains itself")
