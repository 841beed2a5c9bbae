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
	names := make([]K, 0, len(m))
	for k := range m {
		if !utf8.ValidString(string(k)) {
			EncodeMap(e, m, EncodeStr, value)
			return
		}
		names = append(names, k)
	}
	slices.Sort(names)
	e.ObjStart()
	for i, k := range names {
		e.element(i)
		e.w.Str(string(k))
		e.w.RawStr(":")
		v := m[k]
		value(e, &v)
	}
	e.ObjEnd()
}

// DecodeStrMap reads what EncodeStrMap wrote.
func DecodeStrMap[M ~map[K]V, K ~string, V any](d *Decoder, m *M, value func(*Decoder, *V)) {
	if d.peek() != '{' {
		DecodeMap(d, m, DecodeStr, value)
		return
	}
	*m = M{}
	d.take('{')
	var v, zero V
	for d.more(len(*m) == 0, '}') {
		k := d.Str()
		d.take(':')
		v = zero
		value(d, &v)
		put(d, *m, K(k), v)
	}
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
	for k, v := range m {
		p := pair{from: len(e.w.Buf)}
		e.w.ArrStart()
		key(e, &k)
		p.mid = len(e.w.Buf)
		e.w.Comma()
		value(e, &v)
		e.w.ArrEnd()
		p.to = len(e.w.Buf)
		pairs = append(pairs, p)
	}
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
	var k, zeroK K
	var v, zero V
	for d.more(len(*m) == 0, ']') {
		d.take('[')
		k = zeroK
		key(d, &k)
		d.take(',')
		v = zero
		value(d, &v)
		d.take(']')
		put(d, *m, k, v)
	}
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
