package model

// awaitLease waits until another's lease is no longer there. The wait may be too long; a batch does not wait at all.
//
// runtime: (*Tiered).await, (*Tiered).leaseMany
func (w *walk) awaitLease(s state, i int) {
	r, _ := w.reader(&s, i)
	if !r.stands {
		w.read(s, i)
		return
	}
	w.detach(&s, i)
	w.emit(at(s, i, load))
}

// detach has callers who come from now on load for themselves.
func (w *walk) detach(s *state, i int) {
	if _, p := w.reader(s, i); w.safe.DetachUnstored && int(p.flight) == i+1 {
		p.flight = 0
	}
}

// sure has those who have joined the flight so far take its result. Whoever joins later must ask anew.
//
// The code does that just before it asks, by (*flight).mark, so that it takes some who come in time for late ones. Where there are no leases,
// nothing is surely true of other processes, and nobody comes too late.
func (w *walk) sure(s *state, i int, strict bool) {
	s.reader[i].strict = strict && !w.Plain
	for j := range s.reader {
		if r := &s.reader[j]; int(r.waits) == i+1 {
			r.inTime = true
		}
	}
}

// load calls the wrapped method.
//
// runtime: (*Method[T]).fly, (*trip[R, T]).run
func (w *walk) load(s state, i int) {
	r, _ := w.reader(&s, i)
	if r.value, r.at = s.db, land; r.token || w.Plain {
		r.at = beginFill
	}
	if r.token {
		w.sure(&s, i, w.safe.LateForLoaded)
	}
	w.emit(s)
}

// beginFill waits until nobody else in the process stores. What is no flight any more may be older than an eviction.
//
// runtime: (*stripe).beginFill
func (w *walk) beginFill(s state, i int) {
	r, p := w.reader(&s, i)
	if int(p.flight) != i+1 && w.safe.FlightAtFill {
		w.emit(at(s, i, land))
		return
	}
	if p.fill != 0 {
		return
	}
	if p.fill, r.at = uint8(i+1), fill; w.Alone {
		r.at = storeUpper
	}
	w.emit(s)
}

// fill stores in the shared tier what was loaded, under its lease.
//
// runtime: (*Tiered).write, (*hold).fill, (*Tiered).fillMany
func (w *walk) fill(s state, i int) {
	r, _ := w.reader(&s, i)
	fits := r.stands || w.Plain || !w.safe.Lease
	w.failing(s, func(s state) {
		w.emit(at(s, i, endFill))
		if fits { // only the answer is lost
			s.put(slot{kind: entry, value: r.value})
			w.emit(at(s, i, endFill))
		}
	})
	r.at = endFill
	if fits {
		s.put(slot{kind: entry, value: r.value})
		w.sure(&s, i, w.safe.LateForStored)
		if w.Upper == Local {
			r.at = storeUpper
		}
	}
	w.emit(s)
}

// storeUpper stores in the upper tier what was loaded, or removes what is there.
//
// runtime: (*Tiered).writeLocal, (*Tiered).forget
func (w *walk) storeUpper(s state, i int) {
	r, p := w.reader(&s, i)
	r.at = endFill
	if int(p.flight) != i+1 && w.safe.FlightAtUpper || !r.open && w.safe.GateAtUpper {
		p.upper = none
	} else {
		w.raise(&s, w.Readers[i].In)
		p.upper = r.value
	}
	w.emit(s)
}

// endFill lets the next one store. What was decoded of the entry before goes.
//
// runtime: (*stripe).endFill, (*Tiered).overwritten
func (w *walk) endFill(s state, i int) {
	r, p := w.reader(&s, i)
	if p.fill, r.at = 0, land; w.Upper == Near {
		w.raise(&s, w.Readers[i].In)
		p.upper = none
	}
	w.emit(s)
}

// land ends the flight and gives all who wait for it the result.
//
// runtime: (*flight).land
func (w *walk) land(s state, i int) {
	r, p := w.reader(&s, i)
	if int(p.flight) == i+1 {
		p.flight = 0
	}
	w.returns(s, i, r.value)
}
