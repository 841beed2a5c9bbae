package key

// List collects the entries of a map, whose order is left to chance, to be sorted.
type List []string

// Equals appends what stands between a map's key and its value.
func Equals(k []byte) []byte { return append(k, '=') }

// Add takes an entry: what was appended to k, which is a key so far, to make entry.
func (l *List) Add(k, entry []byte) { *l = append(*l, string(entry[len(k):])) }

// Append appends the entries of the map in their order.
func (l List) Append(k []byte) []byte { return entries(k, l) }

// NilPointer reports whether v is nil, to generated code in a package that calls something else nil.
func NilPointer[T any](v *T) bool { return v == nil }

// NilSlice reports whether v is nil: see NilPointer.
func NilSlice[S ~[]E, E any](v S) bool { return v == nil }

// NilMap reports whether v is nil: see NilPointer.
func NilMap[M ~map[K]V, K comparable, V any](v M) bool { return v == nil }
