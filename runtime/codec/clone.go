package codec

import (
	"errors"
	"maps"
)

// Depth counts how deep a copy has gone into values of recursive types.
//
// A func(Depth, *T) makes a value of type T share no memory with the one that it was assigned from: it replaces what
// the value refers to by copies.
type Depth int

// Enter goes one level deeper into a recursive type. It panics where the value must contain itself.
func (d Depth) Enter() Depth {
	if d >= maxDepth {
		panic(errDepth)
	}
	return d + 1
}

// CopySlice replaces a slice by a copy, where its elements are copied by assignment.
func CopySlice[S ~[]E, E any](v *S) {
	if *v == nil {
		return
	}
	old := *v
	list := make(S, len(old))
	copy(list, old)
	*v = list
}

// CloneSlice replaces a slice by a copy.
func CloneSlice[S ~[]E, E any](depth Depth, v *S, elem func(Depth, *E)) {
	CopySlice(v)
	CloneArray(depth, *v, elem)
}

// CloneArray replaces what an array's elements refer to: v is all of it.
func CloneArray[E any](depth Depth, v []E, elem func(Depth, *E)) {
	for i := range v {
		elem(depth, &v[i])
	}
}

// CopyPointer replaces a pointer by one to a copy, where that is made by assignment.
func CopyPointer[P ~*E, E any](v *P) {
	if *v == nil {
		return
	}
	copied := new(E)
	*copied = **v
	*v = copied
}

// ClonePointer replaces a pointer by one to a copy.
func ClonePointer[P ~*E, E any](depth Depth, v *P, elem func(Depth, *E)) {
	if *v == nil {
		return
	}
	CopyPointer(v)
	elem(depth, *v)
}

// CopyMap replaces a map by a copy, where its values are copied by assignment. Keys always are.
func CopyMap[M ~map[K]V, K comparable, V any](m *M) {
	*m = maps.Clone(*m)
}

// CloneMap replaces a map by a copy.
func CloneMap[M ~map[K]V, K comparable, V any](depth Depth, m *M, value func(Depth, *V)) {
	if *m == nil {
		return
	}
	copied := make(M, len(*m))
	v := new(V) // one for all
	var k K
	for k, *v = range *m {
		value(depth, v)
		copied[k] = *v
	}
	*m = copied
}

// copyBy replaces a value by what comes back when it is written and read. It panics where one of them fails.
func copyBy[T any](v *T, encode func(*Encoder, *T), decode func(*Decoder, *T)) {
	var e Encoder
	encode(&e, v)
	if e.err != nil {
		panic(e.err)
	}
	d := Decoder{data: e.w.Buf}
	var copied T
	decode(&d, &copied)
	if d.err != nil {
		panic(d.err)
	}
	if d.pos != len(d.data) {
		panic(errors.New("a copy that left something over"))
	}
	*v = copied
}
