package codec

import "time"

// Functions for the elements of slices, maps, arrays and pointers: an element of a slice of T is written by a
// func(*Encoder, *T) and read by a func(*Decoder, *T).

type (
	signed interface {
		~int | ~int8 | ~int16 | ~int32 | ~int64
	}
	unsigned interface {
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
	}
)

// EncodeBool writes a bool.
func EncodeBool[T ~bool](e *Encoder, v *T) { e.Bool(bool(*v)) }

// DecodeBool reads a bool.
func DecodeBool[T ~bool](d *Decoder, v *T) { *v = T(d.Bool()) }

// EncodeInt writes a signed integer.
func EncodeInt[T signed](e *Encoder, v *T) { e.Int64(int64(*v)) }

// DecodeInt reads a signed integer of T's size.
func DecodeInt[T signed](d *Decoder, v *T) {
	n := d.Int64()
	if *v = T(n); int64(*v) != n {
		d.fail("a number out of range")
	}
}

// EncodeUint writes an unsigned integer.
func EncodeUint[T unsigned](e *Encoder, v *T) { e.Uint64(uint64(*v)) }

// DecodeUint reads an unsigned integer of T's size.
func DecodeUint[T unsigned](d *Decoder, v *T) {
	n := d.Uint64()
	if *v = T(n); uint64(*v) != n {
		d.fail("a number out of range")
	}
}

// EncodeFloat32 writes a float32.
func EncodeFloat32[T ~float32](e *Encoder, v *T) { e.Float32(float32(*v)) }

// DecodeFloat32 reads a float32.
func DecodeFloat32[T ~float32](d *Decoder, v *T) { *v = T(d.Float32()) }

// EncodeFloat64 writes a float64.
func EncodeFloat64[T ~float64](e *Encoder, v *T) { e.Float64(float64(*v)) }

// DecodeFloat64 reads a float64.
func DecodeFloat64[T ~float64](d *Decoder, v *T) { *v = T(d.Float64()) }

// EncodeComplex64 writes a complex64.
func EncodeComplex64[T ~complex64](e *Encoder, v *T) { e.Complex64(complex64(*v)) }

// DecodeComplex64 reads a complex64.
func DecodeComplex64[T ~complex64](d *Decoder, v *T) { *v = T(d.Complex64()) }

// EncodeComplex128 writes a complex128.
func EncodeComplex128[T ~complex128](e *Encoder, v *T) { e.Complex128(complex128(*v)) }

// DecodeComplex128 reads a complex128.
func DecodeComplex128[T ~complex128](d *Decoder, v *T) { *v = T(d.Complex128()) }

// EncodeStr writes a string.
func EncodeStr[T ~string](e *Encoder, v *T) { e.Str(string(*v)) }

// DecodeStr reads a string.
func DecodeStr[T ~string](d *Decoder, v *T) { *v = T(d.Str()) }

// EncodeBytes writes bytes in base64, null for nil.
func EncodeBytes[T ~[]byte](e *Encoder, v *T) { e.Base64(*v) }

// DecodeBytes reads bytes in base64.
func DecodeBytes[T ~[]byte](d *Decoder, v *T) { *v = T(d.Base64()) }

// EncodeTime writes a time.
func EncodeTime(e *Encoder, v *time.Time) { e.Time(*v) }

// DecodeTime reads a time.
func DecodeTime(d *Decoder, v *time.Time) { *v = d.Time() }
