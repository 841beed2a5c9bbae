package model

// putValue has the value take the entry's place and tells the others, in one step; or with around the place of the
// tombstone that this write has laid, and nobody else has touched.
//
// runtime: (*Eviction).putShared, (*tier).put
// runtime/backends/redis: (*Backend).Put
func (w *walk) putValue(s state, i int) {
	r, p := w.writer(&s, i)
	if w.waits(r, p) {
		return
	}
	r.after, r.at = 0, removeUpper
	fits := r.unmarked || !w.safe.Mark
	if w.Writers[i].Around {
		own := s.slot.kind == tombstone && s.slot.writers == 1<<i && !s.slot.departed
		fits = own || !w.safe.PutOwnOnly
	} else if s.slot.kind == tombstone {
		fits = false
	}
	if fits {
		s.put(slot{kind: entry, value: r.value})
		if r.stored = true; !w.Writers[i].Around {
			w.mark(&s)
			w.send(&s, w.Writers[i].In)
		}
	}
	w.emit(s)
}

// putHere begins a flight for the value, where there is no shared tier: unless another write has touched the key since, or
// the key is loaded anew already.
//
// runtime: (*Method[T]).put
func (w *walk) putHere(s state, i int) {
	r, p := w.writer(&s, i)
	if !r.alone && w.safe.Claim || p.flight != 0 || p.around > 0 {
		w.wrote(s, i)
		return
	}
	p.flight, r.at = r.id(i), storePut
	w.emit(s)
}

// storePut stores the value as a load's result is stored.
//
// runtime: (*Method[T]).put, (*Method[T]).store
func (w *walk) storePut(s state, i int) {
	r, p := w.writer(&s, i)
	switch {
	case p.flight != r.id(i):
	case p.fill != 0:
		return
	default:
		w.raise(&s, w.Writers[i].In)
		p.flight, p.upper = 0, r.value
	}
	w.wrote(s, i)
}
