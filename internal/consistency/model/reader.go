package model

// The steps of a read, in their order.
const (
	readUpper int8 = iota
	takeGeneration
	checkOverdue
	readShared
	checkGate
	promote
	join
	follow
	loadAlone
	lookAgain
	takeLease
	awaitLease
	load
	beginFill
	fill
	storeUpper
	endFill
	land
	readerDone
)

var readerSteps = [readerDone]func(*walk, state, int){
	readUpper: (*walk).readUpper, takeGeneration: (*walk).takeGeneration, checkOverdue: (*walk).checkOverdue,
	readShared: (*walk).readShared, checkGate: (*walk).checkGate, promote: (*walk).promote, join: (*walk).join,
	follow: (*walk).follow, loadAlone: (*walk).loadAlone, lookAgain: (*walk).lookAgain, takeLease: (*walk).takeLease,
	awaitLease: (*walk).awaitLease, load: (*walk).load, beginFill: (*walk).beginFill, fill: (*walk).fill,
	storeUpper: (*walk).storeUpper, endFill: (*walk).endFill, land: (*walk).land,
}

// readUpper begins a read: with what the upper tier holds, while messages come.
//
// runtime: (*Tiered).read, (*Tiered).readMany, (*Method[T]).lookupToKeep
func (w *walk) readUpper(s state, i int) {
	r, p := w.reader(&s, i)
	r.oldest = w.oldest(&s, i)
	if p.upper != none && p.gate {
		w.returns(s, i, p.upper)
		return
	}
	w.read(s, i)
}

// read goes on to the shared tier.
func (w *walk) read(s state, i int) {
	switch r, _ := w.reader(&s, i); {
	case w.Alone:
		w.miss(s, i)
		return
	case w.Upper == NoUpper && w.Fails > 0, !w.safe.OverdueLast:
		r.at = checkOverdue
	case w.Upper == NoUpper:
		w.ask(s, i)
		return
	default:
		r.at = takeGeneration
	}
	w.emit(s)
}

// takeGeneration is before the shared tier is asked: what is found there may go to the upper tier only as long as the
// generation is the same.
//
// runtime: (*Tiered).read, (*Tiered).readMany, (*Method[T]).lookupToKeep, (*Tiered).lease
func (w *walk) takeGeneration(s state, i int) {
	r, p := w.reader(&s, i)
	r.generation = true
	if w.Upper == Near && !r.leads {
		r.open = p.gate
	}
	if w.Fails > 0 && w.safe.OverdueLast {
		r.at = checkOverdue
		w.emit(s)
		return
	}
	w.ask(s, i)
}

// checkOverdue keeps the shared tier from being read, and from being loaded for, while it may hold what was evicted.
//
// runtime: (*overdue).has, (*Tiered).read, (*Tiered).readMany, (*Tiered).lease, (*Tiered).leaseMany
func (w *walk) checkOverdue(s state, i int) {
	r, p := w.reader(&s, i)
	switch {
	case p.overdue == nothing || !w.safe.ReadPast:
		if r.at = takeGeneration; w.Upper == NoUpper || w.safe.OverdueLast {
			w.ask(s, i)
			return
		}
	case r.leads:
		r.at = load
	default:
		r.at = join
	}
	w.emit(s)
}

// ask has the shared tier asked next: by a load, for a lease.
func (w *walk) ask(s state, i int) {
	r, _ := w.reader(&s, i)
	if r.at = readShared; r.leads && !w.Plain {
		r.at = takeLease
	}
	w.emit(s)
}

// readShared finds an entry or nothing: leases and tombstones are no entries.
//
// runtime: (*tier).get, (*tier).getMany
func (w *walk) readShared(s state, i int) {
	w.failing(s, func(s state) { w.miss(s, i) })
	if s.slot.kind == entry {
		w.found(s, i)
	} else {
		w.miss(s, i)
	}
}

func (w *walk) miss(s state, i int) {
	r, _ := w.reader(&s, i)
	if r.at = join; r.leads {
		r.at = load
	}
	w.emit(s)
}

// found has what stands in the shared tier copied up, and is its return.
func (w *walk) found(s state, i int) {
	r, _ := w.reader(&s, i)
	r.value = s.slot.value
	switch {
	case w.Upper == NoUpper, w.Upper == Near && r.leads:
		w.finds(s, i)
		return
	case w.Upper == Near:
		r.at = promote
	default:
		r.at = checkGate
	}
	w.emit(s)
}

// finds ends the search.
func (w *walk) finds(s state, i int) {
	switch r, _ := w.reader(&s, i); {
	case w.Readers[i].Reload:
		r.at = load
	case r.leads:
		w.sure(&s, i, w.safe.LateForFound)
		r.at = land
	default:
		w.returns(s, i, r.value)
		return
	}
	w.emit(s)
}

// checkGate is not under the stripe's lock, so the gate may close before what follows.
//
// runtime: (*Tiered).promote, (*Tiered).off
func (w *walk) checkGate(s state, i int) {
	r, p := w.reader(&s, i)
	if !p.gate {
		w.finds(s, i)
		return
	}
	r.at = promote
	w.emit(s)
}

// promote copies up what was found in the shared tier.
//
// runtime: (*Tiered).promoteTo, (*Method[T]).lookupToKeep
func (w *walk) promote(s state, i int) {
	r, p := w.reader(&s, i)
	fit := r.generation || !w.safe.Generation
	if p.around > 0 && w.safe.Hold {
		fit = false
	}
	if w.Upper == Near && (p.evictions > 0 || !r.open && w.safe.GateAtUpper) {
		fit = false
	}
	if fit {
		p.upper = r.value
	}
	w.finds(s, i)
}

// join waits for the load of the key that is under way in the process, or begins one.
//
// runtime: (*method).join, (*flight).begin
func (w *walk) join(s state, i int) {
	r, p := w.reader(&s, i)
	reload := w.Readers[i].Reload
	switch {
	case p.around > 0 && w.safe.Hold:
		r.at = loadAlone
	case p.flight != 0 && !reload:
		r.waits, r.at = p.flight, follow
	default:
		p.flight = uint8(i + 1)
		r.leads, r.open, r.at = true, p.gate, lookAgain
		if reload || w.Upper != Local {
			w.read(s, i)
			return
		}
	}
	w.emit(s)
}

// follow returns what the load brought. Who came too late to be sure of it asks anew: since he came, another process may
// have written, and this one not heard of it.
//
// runtime: (*Method[T]).load, round
func (w *walk) follow(s state, i int) {
	r, _ := w.reader(&s, i)
	var over, late bool
	var v version
	if r.waits <= maxReaders {
		leader := s.reader[r.waits-1]
		over, late, v = leader.at == readerDone, leader.strict && !r.inTime, leader.value
	} else {
		leader := s.writer[r.waits-maxReaders-1]
		over, v = leader.at == writerDone, leader.value
	}
	if !over {
		return
	}
	if r.waits, r.inTime = 0, false; late {
		r.at = join
		w.emit(s)
		return
	}
	w.returns(s, i, v)
}

// loadAlone is a load of which nobody else learns.
//
// runtime: (*Method[T]).load, round
func (w *walk) loadAlone(s state, i int) { w.returns(s, i, s.db) }

// lookAgain is before a load: others may have been faster.
//
// runtime: (*Method[T]).lookAgain
func (w *walk) lookAgain(s state, i int) {
	r, p := w.reader(&s, i)
	if p.upper != none && p.gate {
		r.value, r.at = p.upper, land
		w.sure(&s, i, w.safe.LateForFound)
		w.emit(s)
		return
	}
	w.read(s, i)
}

// takeLease lays a lease where nothing stands in the shared tier. Where an entry stands, that is the answer; for who
// reloads, it is as good as a lease, and so is another's lease.
//
// runtime: (*Tiered).lease, (*Tiered).leaseMany, (*Method[T]).begin
func (w *walk) takeLease(s state, i int) {
	r, _ := w.reader(&s, i)
	w.failing(s, func(s state) { w.emit(at(s, i, load)) })
	switch s.slot.kind {
	case empty:
		s.put(slot{kind: lease})
		r.token, r.stands, r.at = true, true, load
	case entry:
		r.token, r.stands = w.Readers[i].Reload, true
		w.found(s, i)
		return
	case lease:
		r.stands, r.at = true, awaitLease
		if w.Readers[i].Reload {
			r.token, r.at = true, load
		}
	case tombstone:
		w.detach(&s, i)
		r.at = load
	}
	w.emit(s)
}
