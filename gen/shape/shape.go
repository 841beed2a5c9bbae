// Package shape looks into Go types. One walker turns a type into a Shape, a plain description of what its
// values consist of, or says which part of it cannot be handled, and what to do about that. The codec, the
// deep copy, the fingerprint and the key functions are all written from shapes, and nothing else looks into types.
package shape

import (
	"go/types"
	"strings"
)

// Kind says how a value is stored, copied and keyed.
type Kind int

// The kinds. A named type has the kind of what it is made of, unless a pair, a protobuf message or
// time.Time makes it special.
const (
	Invalid Kind = iota
	Bool
	Int       // int, int8 … int64: see Basic
	Uint      // uint, uint8 … uint64
	Float     // float32, float64
	Complex   // complex64, complex128
	String    // string
	Bytes     // []byte
	ByteArray // [Len]byte
	Time      // time.Time
	Struct    // Fields
	Pointer   // Elem
	Slice     // Elem
	Array     // Elem, Len
	Map       // Key, Elem
	Pair      // a marshaler with its unmarshaler: see Form
	Proto     // a pointer to a protobuf message
	Text      // in keys: what its MarshalText says
	Any       // in keys: an empty interface or a type parameter, known only at run time
	Union     // an interface with Members
	Loose     // an empty interface that may come back changed, as JSON has it
	JSON      // in results: stored in the JSON form of its type, whatever that is
	Reflect   // in results: a type that mentions a type parameter, stored by reflection
)

// Form says which pair of methods a Pair has.
type Form int

// The forms, in the order in which they are looked for.
const (
	NoForm     Form = iota
	JSONForm        // MarshalJSON, UnmarshalJSON
	TextForm        // MarshalText, UnmarshalText
	BinaryForm      // MarshalBinary, UnmarshalBinary
)

// Shape describes a type. Shapes of recursive types are cyclic graphs; within one walk, one type has one Shape.
type Shape struct {
	Kind    Kind
	Type    types.Type      // as it is to be written in generated code
	Basic   types.BasicKind // of Bool … String: the underlying basic kind
	Elem    *Shape          // of Pointer, Slice, Array, Map
	Key     *Shape          // of Map
	Fields  []Field         // of Struct: all that are stored or keyed, in order
	Len     int64           // of Array, ByteArray
	Members []Member        // of Union
	Form    Form            // of Pair

	// Recursive says that a value can hold another of its own type, so that cycles must be guarded against.
	Recursive bool
	// Variant tells shapes of one type apart that depend on Types and Lossy; "" for others.
	Variant string
	// Copy is the method with which values copy themselves, if they have one.
	Copy CopyMethod
	// Inner describes the structure of a Pair, to copy its values by; nil where that cannot be seen.
	Inner *Shape
	// frozen says of a Pair without Inner that its values hold nothing that can be changed through a copy.
	frozen bool
	schema string // of JSON: the fingerprint
	// Generic says of JSON that the type mentions a type parameter.
	Generic bool
}

// CopyMethod is a method without parameters that returns a deep copy of its receiver.
type CopyMethod struct {
	Name    string // Clone or DeepCopy; "" if there is none
	Pointer bool   // it returns a pointer: *T → *T
}

// Field is one field of a struct.
type Field struct {
	Name     string
	Embedded bool
	Shape    *Shape
}

// Config says for whom types are looked at.
type Config struct {
	// Pkg is the package that is generated into: its structs show their unexported fields, its unexported
	// types can be named. Packages are compared by path.
	Pkg *types.Package
	// Types are those that interfaces in results may hold. Used, if not nil, is told the indexes of those that one can.
	Types []types.Type
	Used  map[int]bool
	// Lossy accepts empty interfaces in results though they come back changed.
	Lossy bool
}

// Error says what part of a type cannot be handled.
type Error struct {
	Path   string     // where it is: User.Profile.conn
	Type   types.Type // what is there
	Reason string     // why that cannot be handled, and what to do about it
}

func (e *Error) Error() string {
	t := typeString(e.Type)
	if name := strings.TrimLeft(t, "*"); name == e.Path || t == e.Path || strings.HasSuffix(name, "."+e.Path) {
		return t + ": " + e.Reason // the whole type
	}
	return e.Path + " (" + t + "): " + e.Reason
}

// Of describes t as part of a result, which is stored and copied. The error is an *Error.
func Of(t types.Type, cfg Config) (*Shape, error) {
	w := walker{cfg: cfg, purpose: results}
	return w.root(t)
}

// OfKey describes t as part of a key. The error is an *Error.
func OfKey(t types.Type, cfg Config) (*Shape, error) {
	w := walker{cfg: cfg, purpose: keys}
	return w.root(t)
}

// Named returns the defined type that s describes, nil where s describes none.
func (s *Shape) Named() *types.Named {
	n, _ := types.Unalias(s.Type).(*types.Named)
	return n
}

// typeString prints t as people write it, with the names of packages.
func typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}
