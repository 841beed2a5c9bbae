// Package codec writes Go values as JSON and reads them back exactly: every field by its Go name, nil apart from
// empty, every bit of a number. Generated code is written with it; programs do not call it themselves.
package codec

// Codec stores values of one type. A Codec is a value without state and is safe for concurrent use as far as the
// marshalers of the types in T are.
type Codec[T any] struct {
	// Encode writes a value; what fails stays in the Encoder.
	Encode func(*Encoder, T)
	// Decode reads what Encode wrote; what fails stays in the Decoder.
	Decode func(*Decoder) T
	// Clone makes a copy that shares no memory with the original. It is nil where T is immutable, so that a value
	// is its own copy. Call it through Copy: it panics on a cyclic value.
	Clone func(T) T
	// Schema identifies the stored form: what was written under another Schema cannot be read.
	Schema string
	// Err says why T cannot be stored; nil if it can. All else is unset where it is not nil.
	Err error
}

// Encoder writes JSON. The first failure is kept, and Err returns it.
type Encoder struct{ err error }

// Decoder reads what an Encoder wrote. The first failure is kept, and Err returns it.
type Decoder struct{ err error }

// Marshal appends v's stored form, a valid JSON text, to dst. On an error dst is returned as it was.
// It never panics, also where a marshaler of a type in T does.
func Marshal[T any](c Codec[T], dst []byte, v T) ([]byte, error) { panic("not yet") }

// Unmarshal reads what Marshal wrote; anything else, and anything after it, is an error. The result does not refer
// to data. It never panics.
func Unmarshal[T any](c Codec[T], data []byte) (T, error) { panic("not yet") }

// Copy returns a deep copy of v, or an error where v cannot be copied, being cyclic or failing its own marshaler.
func Copy[T any](c Codec[T], v T) (T, error) { panic("not yet") }

// Reflect is the Codec of T by reflection, in the same format as generated code has. It serves types that mention a
// type parameter. Err is set where T cannot be stored.
func Reflect[T any]() Codec[T] { panic("not yet") }
