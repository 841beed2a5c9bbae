package codec

import (
	"bytes"
	"errors"
	"slices"
	"unicode/utf8"
)

// EncodeStrMap writes an object of the map's entries, sorted; null for nil. Where a key is not valid UTF-8, it is an
// array of pairs, as EncodeMap writes it.
func EncodeStrMap[M ~map[K]V, K ~string, V any](e *Encoder, m M, value func(*Encoder, *V)) {
	if m == nil {
		e.Null()
		return
	}
	var few [16]K
	names := few[:0]
	for k := range m {
		if !utf8.ValidString(string(k)) {
			EncodeMap(e, m, EncodeStr, value)
			return
		}
		names = append(names, k)
	}
	slices.Sort(names)
	v := borrow[V](&e.spare)
	e.ObjStart()
	for i, k := range names {
		e.element(i)
		e.Str(string(k))
		e.w.Buf = append(e.w.Buf, ':')
		*v = m[k]
		value(e, v)
	}
	e.ObjEnd()
	giveBack(&e.spare, v)
}

// DecodeStrMap reads what EncodeStrMap wrote.
func DecodeStrMap[M ~map[K]V, K ~string, V any](d *Decoder, m *M, value func(*Decoder, *V)) {
	if d.peek() != '{' {
		DecodeMap(d, m, DecodeStr, value)
		return
	}
	*m = M{}
	d.take('{')
	v := borrow[V](&d.spare)
	for d.more(len(*m) == 0, '}') {
		k := d.Str()
		d.take(':')
		value(d, v)
		put(d, *m, K(k), *v)
		*v = *new(V)
	}
	giveBack(&d.spare, v)
}

// EncodeMap writes an array of [key,value], sorted by the written key; null for nil.
func EncodeMap[M ~map[K]V, K comparable, V any](e *Encoder, m M, key func(*Encoder, *K), value func(*Encoder, *V)) {
	if m == nil {
		e.Null()
		return
	}
	// The pairs are written one after the other, and then put in order.
	type pair struct{ from, mid, to int }
	pairs := make([]pair, 0, len(m))
	begin := len(e.w.Buf)
	x := borrow[mapEntry[K, V]](&e.spare)
	for x.key, x.value = range m {
		p := pair{from: len(e.w.Buf)}
		e.w.ArrStart()
		key(e, &x.key)
		p.mid = len(e.w.Buf)
		e.w.Comma()
		value(e, &x.value)
		e.w.ArrEnd()
		p.to = len(e.w.Buf)
		pairs = append(pairs, p)
	}
	giveBack(&e.spare, x)
	written := bytes.Clone(e.w.Buf[begin:])
	at := func(from, to int) []byte { return written[from-begin : to-begin] }
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := bytes.Compare(at(a.from, a.mid), at(b.from, b.mid)); c != 0 {
			return c
		}
		return bytes.Compare(at(a.mid, a.to), at(b.mid, b.to)) // keys that are NaN
	})
	e.w.Buf = e.w.Buf[:begin]
	e.w.ArrStart()
	for i, p := range pairs {
		e.element(i)
		e.w.Raw(at(p.from, p.to))
	}
	e.w.ArrEnd()
}

// EncodeExactMap is EncodeMap for keys that may come back different, by ==, from what they were: a time whose location
// has a name, a type that marshals itself. Such a map fails to encode, since an entry could not be found in it again.
func EncodeExactMap[M ~map[K]V, K comparable, V any](e *Encoder, m M, key func(*Encoder, *K), back func(*Decoder, *K), value func(*Encoder, *V)) {
	EncodeMap(e, m, func(e *Encoder, k *K) {
		from := len(e.w.Buf)
		key(e, k)
		if e.err != nil {
			return
		}
		d := Decoder{data: e.w.Buf[from:]}
		var again K
		if back(&d, &again); d.err != nil || again != *k {
			e.Fail(errInexactKey)
		}
	}, value)
}

var errInexactKey = errors.New("a map key would not come back as it was")

// DecodeMap reads what EncodeMap wrote.
func DecodeMap[M ~map[K]V, K comparable, V any](d *Decoder, m *M, key func(*Decoder, *K), value func(*Decoder, *V)) {
	if d.Null() {
		*m = nil
		return
	}
	*m = M{}
	d.take('[')
	x := borrow[mapEntry[K, V]](&d.spare)
	for d.more(len(*m) == 0, ']') {
		d.take('[')
		key(d, &x.key)
		d.take(',')
		value(d, &x.value)
		d.take(']')
		put(d, *m, x.key, x.value)
		*x = mapEntry[K, V]{}
	}
	giveBack(&d.spare, x)
}

type mapEntry[K, V any] struct {
	key   K
	value V
}

// borrow returns memory for a T that is zero. What a map holds cannot be pointed to, and what a function is given a
// pointer to is on the heap where the compiler does not know the function: so maps are written and read by way of a
// place that an Encoder or Decoder keeps, the one that it had last, for the next map with entries of that type.
func borrow[T any](spare *any) *T {
	if p, ok := (*spare).(*T); ok {
		*spare = nil // a map within the map has its own
		return p
	}
	return new(T)
}

// giveBack returns what was borrowed.
func giveBack[T any](spare *any, p *T) {
	*p = *new(T)
	*spare = p
}

func put[M ~map[K]V, K comparable, V any](d *Decoder, m M, k K, v V) {
	n := len(m)
	if d.err != nil {
		return
	}
	if m[k] = v; len(m) == n {
		d.fail("a map key twice")
	}
}
