package shape

import (
	"fmt"
	"go/types"

	"github.com/cachegen-go/cachegen/internal/schema"
)

// parts are the shapes directly inside s.
func (s *Shape) parts() []*Shape {
	var list []*Shape
	if s.Key != nil {
		list = append(list, s.Key)
	}
	if s.Elem != nil {
		list = append(list, s.Elem)
	}
	for _, f := range s.Fields {
		list = append(list, f.Shape)
	}
	for _, m := range s.Members {
		list = append(list, m.Shape)
	}
	return list
}

// each calls f once for every shape within s, s itself included.
func (s *Shape) each(f func(*Shape)) {
	seen := map[*Shape]bool{}
	var visit func(*Shape)
	visit = func(s *Shape) {
		if seen[s] {
			return
		}
		seen[s] = true
		f(s)
		for _, p := range s.parts() {
			visit(p)
		}
	}
	visit(s)
}

// markRecursive finds the shapes that lie on a cycle.
func markRecursive(root *Shape) {
	root.each(func(s *Shape) {
		for _, p := range s.parts() {
			p.each(func(in *Shape) {
				if in == s {
					s.Recursive = true
				}
			})
		}
	})
}

// Immutable reports whether values need no deep copy, since nothing in them can be changed through a copy.
func (s *Shape) Immutable() bool {
	switch s.Kind {
	case Bool, Int, Uint, Float, Complex, String, Time, ByteArray:
		return true
	case Pair:
		return s.frozen || s.Inner != nil && s.Inner.Immutable()
	case Struct, Array:
		if s.Copy.Name != "" {
			return false
		}
		for _, p := range s.parts() { // no cycle is without a pointer, a slice or a map
			if !p.Immutable() {
				return false
			}
		}
		return true
	}
	return false
}

// Nilable reports whether the stored form may be null, which a pointer to the value must be told from.
func (s *Shape) Nilable() bool {
	switch s.Kind {
	case Pointer, Slice, Map, Bytes, Proto, Reflect, Union, Loose, JSON:
		return true
	case Pair:
		return s.Form == JSONForm
	}
	return false
}

// holdsPointer reports whether a comparable value holds a pointer.
func holdsPointer(s *Shape) bool {
	found := false
	s.each(func(s *Shape) { found = found || s.Kind == Pointer || s.Kind == Proto })
	return found
}

// Inexact reports whether a map key of this shape may come back as one that is not == to it: a time's location is a
// pointer, and what a type does that marshals itself is its own affair.
func (s *Shape) Inexact() bool {
	found := false
	s.each(func(s *Shape) { found = found || s.Kind == Time || s.Kind == Pair })
	return found
}

// Fingerprint is a hash of how values of the shape are stored: 16 hexadecimal digits, the same in every run.
// It changes exactly when the stored form does: with the names, the order and the kinds of fields, and with the
// name of a type that marshals itself. The names and packages of other types do not count.
func (s *Shape) Fingerprint() string {
	if s.Kind == JSON {
		return s.schema
	}
	nodes := map[*Shape]*schema.Node{}
	var node func(*Shape) *schema.Node
	node = func(s *Shape) *schema.Node {
		if n, ok := nodes[s]; ok {
			return n
		}
		n := &schema.Node{Label: s.label()}
		nodes[s] = n
		for _, p := range s.parts() {
			n.Parts = append(n.Parts, node(p))
		}
		return n
	}
	return schema.Fingerprint(node(s))
}

// label says how s is stored, its parts aside. The codec by reflection has the same labels.
func (s *Shape) label() string {
	switch s.Kind {
	case Bool, Int, Uint, Float, Complex, String:
		return types.Typ[s.Basic].Name()
	case Bytes:
		return "bytes"
	case ByteArray:
		return fmt.Sprintf("bytes[%d]", s.Len)
	case Time:
		return "time"
	case Pointer:
		return "pointer"
	case Slice:
		return "slice"
	case Array:
		return fmt.Sprintf("array[%d]", s.Len)
	case Map:
		return "map"
	case Struct:
		label := "struct"
		for _, f := range s.Fields {
			label += " " + f.Name
		}
		return label
	case Union:
		label := "union"
		for _, m := range s.Members {
			label += " " + m.Name
		}
		return label
	case Loose:
		return "loose"
	case JSON:
		return "json " + s.schema
	case Pair:
		return s.Form.String() + " " + types.TypeString(types.Unalias(s.Type), (*types.Package).Path)
	case Proto:
		return "proto " + types.TypeString(types.Unalias(s.Type), (*types.Package).Path)
	}
	return fmt.Sprintf("kind %d", s.Kind)
}

func (f Form) String() string {
	switch f {
	case JSONForm:
		return "json"
	case TextForm:
		return "text"
	case BinaryForm:
		return "binary"
	}
	return "none"
}

// MayFail reports whether a value used as part of a key can turn out to have none: one that is known only at run
// time, that marshals itself, or that may contain itself.
func (s *Shape) MayFail() bool {
	found := false
	s.each(func(s *Shape) { found = found || s.Kind == Any || s.Kind == Text || s.Recursive })
	return found
}
