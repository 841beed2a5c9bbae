// Package key writes arguments as parts of cache keys. Two different values of a type never give one part, and no part
// holds a colon, so that parts joined by colons are different wherever the values are.
package key

// Size is the capacity to give the buffer that a key is built in: a longer key is digested anyway.
const Size = 256

// MaxLen is the length in bytes beyond which String digests a key.
const MaxLen = 200

// Signed is any signed integer type.
type Signed interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64
}

// Unsigned is any unsigned integer type.
type Unsigned interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Int appends v in decimal.
func Int[T Signed](k []byte, v T) []byte { panic("not yet") }

// Uint appends v in decimal.
func Uint[T Unsigned](k []byte, v T) []byte { panic("not yet") }

// Bool appends true or false.
func Bool[T ~bool](k []byte, v T) []byte { panic("not yet") }

// Str appends v in single quotes, percent-encoded.
func Str[T ~string](k []byte, v T) []byte { panic("not yet") }

// Float appends v in its shortest form.
func Float[T ~float32 | ~float64](k []byte, v T) []byte { panic("not yet") }

// String is the finished key: k itself up to MaxLen bytes; beyond that its head, '#' and the SHA-256 of it all,
// MaxLen bytes together. It allocates once.
func String(k []byte) string { panic("not yet") }

// Digest appends the hexadecimal HMAC-SHA-256 of data under secret, or its SHA-256 where secret is empty.
// dst may be the head of the buffer that data lies in.
func Digest(dst, secret, data []byte) []byte { panic("not yet") }

// Recover, deferred directly by a function that builds a key, turns a panic into the key "", which stands for a call
// that cannot be keyed.
//
//	defer key.Recover()
func Recover() { _ = recover() }
