package codec

import "unsafe"

// EncodeSlice writes an array of v's elements, null for nil.
func EncodeSlice[S ~[]E, E any](e *Encoder, v S, elem func(*Encoder, *E)) {
	if v == nil {
		e.Null()
		return
	}
	EncodeArray(e, v, elem)
}

// DecodeSlice reads a slice.
func DecodeSlice[S ~[]E, E any](d *Decoder, v *S, elem func(*Decoder, *E)) {
	if d.Null() {
		*v = nil
		return
	}
	whole := d.pos == 0 // nothing but the slice is to be read
	list := S{}
	d.take('[')
	for d.more(len(list) == 0, ']') {
		var zero E
		switch {
		case len(list) < cap(list):
		case len(list) == 0:
			list = make(S, 0, firstCap(unsafe.Sizeof(zero)))
		case whole:
			list = append(make(S, 0, len(list)+d.expect(len(list))), list...)
		}
		list = append(list, zero)
		elem(d, &list[len(list)-1])
	}
	*v = list
}

// firstCap is how many elements to make room for before it is known how many there are.
func firstCap(size uintptr) int {
	return max(1, 64/int(max(1, size)))
}

// expect says how many elements the rest of the input may hold if they are about as long as the n that were read. It
// goes no further than 16 times n, so that short elements before long ones do not take up memory for nothing.
func (d *Decoder) expect(n int) int {
	more := (len(d.data) - d.pos) / (d.pos / n)
	return min(more+more/8+1, 16*n)
}

// EncodeArray writes an array: v is all of it.
func EncodeArray[E any](e *Encoder, v []E, elem func(*Encoder, *E)) {
	e.w.ArrStart()
	for i := range v {
		e.element(i)
		elem(e, &v[i])
	}
	e.w.ArrEnd()
}

// DecodeArray reads as many elements as v has.
func DecodeArray[E any](d *Decoder, v []E, elem func(*Decoder, *E)) {
	d.take('[')
	for i := range v {
		if i > 0 && !d.take(',') {
			return
		}
		elem(d, &v[i])
	}
	d.take(']')
}

// EncodePointer writes what v points to, null for nil. What it points to must never be null itself: see EncodeBoxed.
func EncodePointer[P ~*E, E any](e *Encoder, v P, elem func(*Encoder, *E)) {
	if v == nil {
		e.Null()
		return
	}
	elem(e, v)
}

// DecodePointer reads what EncodePointer wrote.
func DecodePointer[P ~*E, E any](d *Decoder, v *P, elem func(*Decoder, *E)) {
	if d.Null() {
		*v = nil
		return
	}
	*v = new(E)
	elem(d, *v)
}

// EncodeBoxed writes what v points to in brackets, null for nil, so that a pointer to a nil is not a nil pointer.
func EncodeBoxed[P ~*E, E any](e *Encoder, v P, elem func(*Encoder, *E)) {
	if v == nil {
		e.Null()
		return
	}
	e.w.ArrStart()
	elem(e, v)
	e.w.ArrEnd()
}

// DecodeBoxed reads what EncodeBoxed wrote.
func DecodeBoxed[P ~*E, E any](d *Decoder, v *P, elem func(*Decoder, *E)) {
	if d.Null() {
		*v = nil
		return
	}
	*v = new(E)
	d.take('[')
	elem(d, *v)
	d.take(']')
}
