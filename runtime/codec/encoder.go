package codec

import (
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// Encoder writes JSON. The first failure is kept, Err returns it, and what is written after it is lost.
// The zero value is ready for use. An Encoder is not safe for concurrent use.
type Encoder struct {
	w     jx.Writer
	depth int
	err   error
	spare any // see borrow
}

// Bytes returns what was written.
func (e *Encoder) Bytes() []byte { return e.w.Buf }

// Err returns the first failure.
func (e *Encoder) Err() error { return e.err }

// Fail notes a failure.
func (e *Encoder) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Enter begins a value of a recursive type. Where it returns false, the value must not be gone into: it is too deep,
// most likely since it contains itself, or something has failed already. Leave ends what Enter began.
func (e *Encoder) Enter() bool {
	if e.depth >= maxDepth {
		e.Fail(errDepth)
	}
	if e.err != nil {
		return false
	}
	e.depth++
	return true
}

// Leave ends a value of a recursive type.
func (e *Encoder) Leave() { e.depth-- }

// ObjStart begins an object.
func (e *Encoder) ObjStart() { e.w.ObjStart() }

// ObjEnd ends an object.
func (e *Encoder) ObjEnd() { e.w.ObjEnd() }

// Field writes the name of an object's field with all that stands around it: {"Name": or ,"Name":
func (e *Encoder) Field(text string) *Encoder {
	e.w.Buf = append(e.w.Buf, text...)
	return e
}

// element comes before the i-th element of an array or entry of a map.
func (e *Encoder) element(i int) {
	if i > 0 {
		e.w.Comma()
	}
}

// Null writes null.
func (e *Encoder) Null() { e.w.Null() }

// Bool writes true or false.
func (e *Encoder) Bool(v bool) { e.w.Bool(v) }

// Int writes an int.
func (e *Encoder) Int(v int) { e.Int64(int64(v)) }

// Int8 writes an int8.
func (e *Encoder) Int8(v int8) { e.Int64(int64(v)) }

// Int16 writes an int16.
func (e *Encoder) Int16(v int16) { e.Int64(int64(v)) }

// Int32 writes an int32.
func (e *Encoder) Int32(v int32) { e.Int64(int64(v)) }

// Int64 writes an int64, every digit of it.
func (e *Encoder) Int64(v int64) { e.w.Buf = strconv.AppendInt(e.w.Buf, v, 10) }

// Uint writes a uint.
func (e *Encoder) Uint(v uint) { e.Uint64(uint64(v)) }

// Uint8 writes a uint8.
func (e *Encoder) Uint8(v uint8) { e.Uint64(uint64(v)) }

// Uint16 writes a uint16.
func (e *Encoder) Uint16(v uint16) { e.Uint64(uint64(v)) }

// Uint32 writes a uint32.
func (e *Encoder) Uint32(v uint32) { e.Uint64(uint64(v)) }

// Uint64 writes a uint64, every digit of it.
func (e *Encoder) Uint64(v uint64) { e.w.Buf = strconv.AppendUint(e.w.Buf, v, 10) }

// Float32 writes the shortest number that gives v again, or the name of what is no number: see Float64.
func (e *Encoder) Float32(v float32) {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		e.notFinite(f, uint64(math.Float32bits(v)), uint64(math.Float32bits(float32(math.NaN()))))
		return
	}
	e.w.Float32(v)
}

// Float64 writes the shortest number that gives v again. What is no number is a string: "Infinity", "-Infinity",
// "NaN", or "NaN:" and the bits of one that is not the usual NaN.
func (e *Encoder) Float64(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		e.notFinite(v, math.Float64bits(v), math.Float64bits(math.NaN()))
		return
	}
	e.w.Float64(v)
}

func (e *Encoder) notFinite(v float64, bits, usual uint64) {
	switch {
	case math.IsInf(v, 1):
		e.w.RawStr(`"Infinity"`)
	case math.IsInf(v, -1):
		e.w.RawStr(`"-Infinity"`)
	case bits == usual:
		e.w.RawStr(`"NaN"`)
	default:
		e.w.Str("NaN:" + strconv.FormatUint(bits, 16))
	}
}

// Complex64 writes [real,imaginary].
func (e *Encoder) Complex64(v complex64) {
	e.w.ArrStart()
	e.Float32(real(v))
	e.w.Comma()
	e.Float32(imag(v))
	e.w.ArrEnd()
}

// Complex128 writes [real,imaginary].
func (e *Encoder) Complex128(v complex128) {
	e.w.ArrStart()
	e.Float64(real(v))
	e.w.Comma()
	e.Float64(imag(v))
	e.w.ArrEnd()
}

// Str writes a string; one that is not valid UTF-8 is {"bytes":"…"}, in base64.
func (e *Encoder) Str(v string) {
	switch {
	case plain(v):
		e.w.Buf = append(append(append(e.w.Buf, '"'), v...), '"')
	case utf8.ValidString(v):
		e.w.Str(v)
	default:
		e.w.RawStr(`{"bytes":`)
		e.w.Base64([]byte(v))
		e.w.ObjEnd()
	}
}

// Base64 writes bytes in base64, null for nil.
func (e *Encoder) Base64(v []byte) { e.w.Base64(v) }

// Hex writes the bytes of an array in hexadecimal.
func (e *Encoder) Hex(v []byte) {
	e.w.Buf = append(e.w.Buf, '"')
	e.w.Buf = hex.AppendEncode(e.w.Buf, v)
	e.w.Buf = append(e.w.Buf, '"')
}
