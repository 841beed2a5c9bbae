// Package shape looks into Go types. One walker turns a type into a Shape, a plain description of what its
// values consist of; the codec, the deep copy, the fingerprint and the key functions are all written from it.
package shape

import "go/types"

// Kind says how a value is stored, copied and keyed.
type Kind int

// Shape describes a type.
type Shape struct {
	Kind Kind
	Type types.Type // as it is to be written in generated code
}
