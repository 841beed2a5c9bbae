package model

// The steps of a write. Those of an eviction, from beginEviction to removeUpper, come several times: with around before the
// commit too, and at the end once to put the value and, where that could not be, once more to remove the entry.
const (
	beginWrite int8 = iota
	hold
	commit
	claim
	beginEviction
	leaveMark
	putValue
	removeShared
	publish
	removeUpper
	release
	putHere
	storePut
	writerDone
	writerDead
)

var writerSteps = [writerDone]func(*walk, state, int){
	beginWrite: (*walk).beginWrite, hold: (*walk).hold, commit: (*walk).commit, claim: (*walk).claim,
	beginEviction: (*walk).beginEviction, leaveMark: (*walk).leaveMark, putValue: (*walk).putValue,
	removeShared: (*walk).removeShared, publish: (*walk).publish, removeUpper: (*walk).removeUpper,
	release: (*walk).release, putHere: (*walk).putHere, storePut: (*walk).storePut,
}

// beginWrite notes the mark beside the key, to know at the end whether another has come.
//
// runtime: (*Cache).Write, (*Cache).marked
func (w *walk) beginWrite(s state, i int) {
	r, _ := w.writer(&s, i)
	r.unmarked, r.alone, r.at = true, true, commit
	w.emit(s)
}

// hold keeps the process from storing the entry, and from joining loads of it, until the write is over.
//
// runtime: (*stripes).hold, (*Cache).Around
func (w *walk) hold(s state, i int) {
	r, p := w.writer(&s, i)
	p.around++
	w.touch(&s, i)
	r.alone, r.at = w.marks(), beginEviction
	w.emit(s)
}

// touch keeps other writes in the process from putting.
func (w *walk) touch(s *state, i int) {
	for j := range w.Writers {
		if j != i && w.Writers[j].In == w.Writers[i].In {
			s.writer[j].alone = false
		}
	}
}

// commit is what the wrapped method does.
//
// runtime: (*Cache).Write, (*Cache).Around, (*Cache).Evict
func (w *walk) commit(s state, i int) {
	r, _ := w.writer(&s, i)
	s.db++
	if r.value, r.ends, r.at = s.db, true, beginEviction; w.marks() {
		r.at = claim
	}
	w.emit(s)
}

// claim tells whether another write in the process has touched the key since this one began.
//
// runtime: (*stripes).claim, (*Eviction).finish
func (w *walk) claim(s state, i int) {
	r, p := w.writer(&s, i)
	w.touch(&s, i)
	r.puts = w.Writers[i].Puts && (r.alone || !w.safe.Claim) && p.overdue == nothing
	r.at = beginEviction
	w.emit(s)
}

// beginEviction detaches the flight, so that its value is not stored any more, unless that has begun.
//
// runtime: (*stripe).beginEviction, (*Tiered).evict
func (w *walk) beginEviction(s state, i int) {
	r, p := w.writer(&s, i)
	if w.safe.DetachFirst {
		p.flight = 0
	}
	p.evictions++
	r.after = p.fill
	switch around := w.Writers[i].Around; {
	case w.Alone:
		r.at = removeUpper
	case around && w.marks():
		r.at = leaveMark
	case r.puts:
		r.at = putValue
	default:
		r.at = removeShared
	}
	w.emit(s)
}

// waits reports whether what was being stored when the eviction began still is.
func (w *walk) waits(r *writer, p *process) bool {
	return w.safe.WaitsForFill && r.after != 0 && p.fill == r.after
}

// leaveMark is a step of its own where the removal is not the one of Evicter.
//
// runtime: (*Cache).mark, (*Eviction).remove, (*Eviction).putShared
func (w *walk) leaveMark(s state, i int) {
	r, p := w.writer(&s, i)
	if w.waits(r, p) {
		return
	}
	w.mark(&s)
	if r.at = removeShared; r.puts {
		r.at = putValue
	}
	w.emit(s)
}

// mark leaves a mark: whoever has noted the one before will not put.
func (w *walk) mark(s *state) {
	for i := range s.writer {
		s.writer[i].unmarked = s.writer[i].unmarked && !w.safe.MarkOnEvict
	}
}

// removeShared removes the entry from the shared tier and tells the others, in one step. A write with around lays a
// tombstone instead, in the beginning, and lifts it in the end, and tells the others after that.
//
// runtime: (*Cache).evictBatch, (*replay).note, (*Cache).removeShared, (*link).evict, (*writer).bar, (*writer).lift
// runtime/backends/redis: (*Backend).Evict
func (w *walk) removeShared(s state, i int) {
	r, p := w.writer(&s, i)
	if w.waits(r, p) {
		return
	}
	r.after, r.at = 0, removeUpper
	w.failing(s, func(s state) {
		s.procs[w.Writers[i].In].overdue.add()
		w.emit(s)
	})
	p.evicted = w.Replica
	switch {
	case !w.Writers[i].Around:
		s.put(slot{})
		w.mark(&s)
		if r.at = publish; w.safe.EvictAtOnce {
			w.send(&s, w.Writers[i].In)
			r.at = removeUpper
		}
	case !r.ends:
		if w.safe.Tombstone {
			w.bar(&s, i)
		}
		r.at = publish
	default:
		w.lift(&s, i)
		r.at = publish
	}
	w.emit(s)
}

// bar adds the writer to a tombstone, or lays one.
func (w *walk) bar(s *state, i int) {
	to := slot{kind: tombstone, writers: 1 << i}
	if s.slot.kind == tombstone && w.safe.WriterSet {
		to.writers |= s.slot.writers
		to.departed = s.slot.departed
	}
	s.put(to)
}

// lift takes the writer out of the tombstone; the last one removes it, and whatever stands there instead.
func (w *walk) lift(s *state, i int) {
	to := s.slot
	to.writers &^= 1 << i
	if to.departed = true; to.kind != tombstone || to.writers == 0 || !w.safe.WriterSet {
		to = slot{}
	}
	s.put(to)
}

// publish tells the other processes.
//
// runtime: (*Cache).publish, (*Eviction).remove, (*Eviction).putShared
// runtime/backends/redis: (*Backend).Publish
func (w *walk) publish(s state, i int) {
	r, _ := w.writer(&s, i)
	w.send(&s, w.Writers[i].In)
	if r.at = removeUpper; r.stored {
		r.at = release
	}
	w.emit(s)
}

// removeUpper removes the entry from the upper tier, and makes what is being copied up unfit for it. It detaches the flight
// once more: this one may have found the entry in the shared tier before it was removed.
//
// runtime: (*Tiered).removeLocal
func (w *walk) removeUpper(s state, i int) {
	r, p := w.writer(&s, i)
	in := w.Writers[i].In
	if w.waits(r, p) {
		return
	}
	r.after = 0
	p.evictions--
	w.raise(&s, in)
	if p.upper = none; w.safe.DetachAgain {
		p.flight = 0
	}
	around := w.Writers[i].Around
	switch {
	case !r.ends:
		r.at = commit
	case w.Alone && r.puts:
		r.at = putHere
	case r.stored && around:
		r.at = publish
	case r.puts && !r.stored:
		r.puts, r.at = false, beginEviction
	case around:
		r.at = release
	default:
		w.wrote(s, i)
		return
	}
	w.emit(s)
}

// release ends what hold began.
//
// runtime: (*stripes).release
func (w *walk) release(s state, i int) {
	_, p := w.writer(&s, i)
	p.around--
	w.wrote(s, i)
}

// wrote is the return of a write.
func (w *walk) wrote(s state, i int) {
	r, p := w.writer(&s, i)
	r.at = writerDone
	p.wrote = max(p.wrote, r.value)
	s.done = max(s.done, r.value)
	if p.overdue == nothing {
		s.landed = max(s.landed, p.wrote)
	}
	w.emit(s)
}
