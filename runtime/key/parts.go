package key

import (
	"encoding"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
	"unsafe"
)

// Signed is any signed integer type.
type Signed interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64
}

// Unsigned is any unsigned integer type. An address is none: it says nothing in another process.
type Unsigned interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Int appends v in decimal.
func Int[T Signed](k []byte, v T) []byte { return strconv.AppendInt(k, int64(v), 10) }

// Uint appends v in decimal.
func Uint[T Unsigned](k []byte, v T) []byte { return strconv.AppendUint(k, uint64(v), 10) }

// Bool appends true or false.
func Bool[T ~bool](k []byte, v T) []byte { return strconv.AppendBool(k, bool(v)) }

// Float appends the shortest decimal that gives v again; NaN, +Inf and -Inf are written so.
func Float[T ~float32 | ~float64](k []byte, v T) []byte {
	return strconv.AppendFloat(k, float64(v), 'g', -1, int(unsafe.Sizeof(v))*8)
}

// Complex appends v as (real,imaginary).
func Complex[T ~complex64 | ~complex128](k []byte, v T) []byte {
	bits := int(unsafe.Sizeof(v)) * 4
	c := complex128(v)
	k = strconv.AppendFloat(append(k, '('), real(c), 'g', -1, bits)
	k = strconv.AppendFloat(append(k, ','), imag(c), 'g', -1, bits)
	return append(k, ')')
}

// plain holds the characters that stand for themselves within a string: what no store, no cluster hash tag and no
// pattern gives a meaning, and what this package's own grammar does not use.
var plain = func() (set [256]bool) {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@/+"
	for i := range len(safe) {
		set[safe[i]] = true
	}
	return set
}()

// Str appends v in single quotes; bytes that are not plain are percent-encoded.
func Str[T ~string | ~[]byte](k []byte, v T) []byte {
	return append(escape(append(k, '\''), v), '\'')
}

func escape[T ~string | ~[]byte](k []byte, v T) []byte {
	const digits = "0123456789ABCDEF"
	for done := 0; ; {
		i := done
		for i < len(v) && plain[v[i]] {
			i++
		}
		k = append(k, v[done:i]...)
		if i == len(v) {
			return k
		}
		k = append(k, '%', digits[v[i]>>4], digits[v[i]&15])
		done = i + 1
	}
}

// Nil appends the form of a nil pointer, slice, map or interface.
func Nil(k []byte) []byte { return append(k, "nil"...) }

// Bytes appends v in hexadecimal after 0x, or nil.
func Bytes[T ~[]byte](k []byte, v T) []byte {
	if v == nil {
		return Nil(k)
	}
	return hex.AppendEncode(append(k, "0x"...), v)
}

// Time appends v's instant, in seconds since 1970: two times that are Equal give one part.
func Time(k []byte, v time.Time) []byte {
	k = append(strconv.AppendInt(k, v.Unix(), 10), '.')
	ns := v.Nanosecond()
	for unit := 100_000_000; unit > 0; unit /= 10 {
		k = append(k, byte('0'+ns/unit%10))
	}
	return k
}

// Text appends what v marshals itself as, like a string. It panics where v cannot: defer Recover.
func Text(k []byte, v encoding.TextMarshaler) []byte {
	text, err := v.MarshalText()
	if err != nil {
		panic(unkeyable(err.Error()))
	}
	return Str(k, text)
}

// entries appends the entries of a map, each k=v, in order.
func entries(k []byte, list []string) []byte {
	slices.Sort(list)
	k = append(k, '[')
	for i, e := range list {
		if i > 0 {
			k = append(k, ',')
		}
		k = append(k, e...)
	}
	return append(k, ']')
}

// maxDeep bounds the key of a recursive type. A cycle adds at least a byte each time round, so it ends here.
const maxDeep = 1 << 16

// Deep returns k. Functions for recursive types call it first: it panics where the key became so long that the value
// must be a cyclic one: defer Recover.
func Deep(k []byte) []byte {
	if len(k) > maxDeep {
		panic(unkeyable("a cyclic value"))
	}
	return k
}
