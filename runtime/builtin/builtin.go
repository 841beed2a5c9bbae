// Package builtin gives Go's predeclared identifiers second names. Generated code uses them in a package that
// declares one of them anew, as with type string int, where the plain name means something else.
//
// Programs have no use for it.
package builtin

// The predeclared types.
type (
	Any        = any
	Bool       = bool
	Byte       = byte
	Complex64  = complex64
	Complex128 = complex128
	Error      = error
	Float32    = float32
	Float64    = float64
	Int        = int
	Int8       = int8
	Int16      = int16
	Int32      = int32
	Int64      = int64
	Rune       = rune
	String     = string
	Uint       = uint
	Uint8      = uint8
	Uint16     = uint16
	Uint32     = uint32
	Uint64     = uint64
	Uintptr    = uintptr
)

// Comparable is the constraint comparable.
type Comparable interface{ comparable }

// The predeclared constants.
const (
	True  = true
	False = false
)

// NoError is the nil error.
func NoError() error { return nil }

// Append is append.
func Append[S ~[]E, E any](s S, elems ...E) S { return append(s, elems...) }

// Bytes is make([]byte, 0, size).
func Bytes(size int) []byte { return make([]byte, 0, size) }

// Len is len of a slice.
func Len[S ~[]E, E any](s S) int { return len(s) }

// New is new.
func New[T any]() *T { return new(T) }
