package key

import (
	"bytes"
	"cmp"
	"slices"
)

// Sorted returns v's elements as a set: in ascending order, each once. v stays as it is; of nil Sorted makes nil.
func Sorted[S ~[]E, E cmp.Ordered](v S) S {
	if len(v) < 2 {
		return v
	}
	set := slices.Clone(v)
	slices.Sort(set)
	return slices.CompactFunc(set, func(a, b E) bool { return cmp.Compare(a, b) == 0 })
}

// SortedBy is Sorted for elements that Go does not order: they come in the order of what elem appends for them, and
// are the same where that is. It panics where elem does.
func SortedBy[S ~[]E, E any](v S, elem func(k []byte, e E) []byte) S {
	if len(v) < 2 {
		return v
	}
	// All elements are written into one buffer; an index sorts quicker than elements of any size.
	type part struct{ at, from, to int }
	parts := make([]part, len(v))
	buf := make([]byte, 0, 16*len(v))
	for i, e := range v {
		from := len(buf)
		buf = elem(buf, e)
		parts[i] = part{i, from, len(buf)}
	}
	compare := func(a, b part) int { return bytes.Compare(buf[a.from:a.to], buf[b.from:b.to]) }
	slices.SortFunc(parts, compare)
	parts = slices.CompactFunc(parts, func(a, b part) bool { return compare(a, b) == 0 })
	set := make(S, len(parts))
	for i, p := range parts {
		set[i] = v[p.at]
	}
	return set
}

// AnyOf is Any for elements of one type.
func AnyOf[T any](k []byte, v T) []byte { return Any(k, v) }
