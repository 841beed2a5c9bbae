package model

// overdue is how it stands with an eviction that has not reached the shared tier.
type overdue uint8

const (
	nothing overdue = iota
	waiting
	tried      // it has reached it now, which has not been noted
	triedWaits // the same, and another one has not reached it meanwhile
)

func (o *overdue) add() {
	switch *o {
	case nothing:
		*o = waiting
	case tried:
		*o = triedWaits
	}
}

// link is how it stands with a process's subscription.
type link uint8

const (
	live       link = iota
	cut             // the connection is lost
	blind           // it looks well, but nothing comes
	closing         // that is noticed: the gate is closed
	down            // the upper tier is empty
	subscribed      // anew; the upper tier is yet to be emptied again
	emptied
	gone // with the process
)

func (l link) delivers() bool { return l == live || l == subscribed || l == emptied }

// knows reports whether a process with such a link does not take what it keeps for up to date.
func (l link) knows() bool { return l != live && l != cut && l != blind }

const (
	processStepCount = 11
	storeStepCount   = 3
)

// processSteps are what happens in a process beside reads and writes.
var processSteps = [processStepCount]func(*walk, state, int){
	(*walk).receive, (*walk).lose, (*walk).noticeCut, (*walk).noticeSilence, (*walk).emptyUpper, (*walk).subscribe,
	(*walk).openGate, (*walk).tryAgain, (*walk).landed, (*walk).renew, (*walk).die,
}

// storeSteps are what the shared tier does by itself.
var storeSteps = [storeStepCount]func(*walk, state, int){(*walk).expire, (*walk).replicate, (*walk).failOver}

// receive takes a message that another process has evicted the key.
//
// runtime: (*link).receive
func (w *walk) receive(s state, in int) {
	p := &s.procs[in]
	if p.messages == 0 || p.link != live {
		return
	}
	p.messages--
	if w.safe.RaiseOnHeard {
		w.raise(&s, in)
	}
	if p.upper = none; w.safe.DetachOnHeard {
		p.flight = 0
	}
	for i := range w.Writers {
		if w.Writers[i].In == in {
			s.writer[i].alone = false
		}
	}
	w.emit(s)
}

// lose is a fault: messages come no more, and those on their way are lost.
func (w *walk) lose(s state, in int) {
	p := &s.procs[in]
	if s.losses == 0 || p.link != live || w.Upper == NoUpper {
		return
	}
	s.losses--
	p.messages = 0
	for _, p.link = range []link{cut, blind} {
		w.emitFault(s)
	}
}

// noticeCut closes the gate since the connection is lost.
//
// runtime: (*link).set
// runtime/backends/redis: (*Backend).receive
func (w *walk) noticeCut(s state, in int) {
	if s.procs[in].link == cut {
		w.closeGate(s, in)
	}
}

// noticeSilence closes the gate since no beat has come for a while.
//
// runtime: (*link).set
// runtime/backends/redis: (*heartbeat).late
func (w *walk) noticeSilence(s state, in int) {
	if s.procs[in].link == blind && w.safe.Heartbeat {
		w.closeGate(s, in)
	}
}

func (w *walk) closeGate(s state, in int) {
	p := &s.procs[in]
	p.link = closing
	if w.safe.Gate {
		p.gate = false
		for i, r := range w.Readers {
			if r.In == in {
				s.reader[i].open = false
			}
		}
	}
	w.emit(s)
}

// emptyUpper makes the upper tier forget everything, once when the gate is closed, and once before it is opened again.
// Evictions of late are repeated: the shared tier may be on another server, which has not heard of them.
//
// runtime: (*link).set, (*stripes).raise, (*replay).take
func (w *walk) emptyUpper(s state, in int) {
	p := &s.procs[in]
	var raise bool
	switch p.link {
	case closing:
		p.link, raise = down, w.safe.RaiseOnLoss
	case subscribed:
		p.link, raise = emptied, w.safe.RaiseOnReturn
	default:
		return
	}
	if raise {
		w.raise(&s, in)
	}
	if w.safe.Flush {
		p.upper = none
	}
	if p.evicted && w.safe.Replay {
		p.overdue.add()
	}
	w.emit(s)
}

// subscribe has the server send messages again.
//
// runtime/backends/redis: (*Backend).Subscribe
func (w *walk) subscribe(s state, in int) {
	if p := &s.procs[in]; p.link == down {
		p.link = subscribed
		w.emit(s)
	}
}

// openGate has the upper tier used again.
//
// runtime: (*link).set
func (w *walk) openGate(s state, in int) {
	if p := &s.procs[in]; p.link == emptied {
		p.link, p.gate = live, true
		w.emit(s)
	}
}

// tryAgain removes from the shared tier what should have been removed before.
//
// runtime: (*overdue).try
func (w *walk) tryAgain(s state, in int) {
	p := &s.procs[in]
	if p.overdue != waiting || !w.safe.Again {
		return
	}
	p.overdue, p.evicted = tried, w.Replica
	s.put(slot{})
	w.mark(&s)
	w.send(&s, in)
	w.emit(s)
}

// landed forgets that an eviction was overdue, unless there has been another since.
//
// runtime: (*overdue).landed
func (w *walk) landed(s state, in int) {
	p := &s.procs[in]
	switch {
	case p.overdue == triedWaits && w.safe.Numbers:
		p.overdue = waiting
	case p.overdue == tried, p.overdue == triedWaits:
		p.overdue = nothing
		s.landed = max(s.landed, p.wrote)
	default:
		return
	}
	w.emit(s)
}

// renew keeps a tombstone from ending, or lays it anew where it has been lost.
//
// runtime: (*writer).again
func (w *walk) renew(s state, in int) {
	for i := range w.Writers {
		r := &s.writer[i]
		barred := !r.ends && (r.at == publish || r.at == removeUpper || r.at == commit)
		if w.Writers[i].In != in || !w.Writers[i].Around || !w.safe.Tombstone || !barred || s.slot.writers&(1<<i) != 0 {
			continue
		}
		s := s
		w.bar(&s, i)
		s.slot.departed = s.slot.departed || w.safe.PutOwnOnly
		w.emit(s)
	}
}

// expire is the end of a lease, or of a tombstone whose writers are dead.
func (w *walk) expire(s state, _ int) {
	switch s.slot.kind {
	case lease:
		for i := range w.Readers {
			if r := &s.reader[i]; r.token && r.stands && r.at != readerDone && !w.Expire {
				return
			}
		}
	case tombstone:
		for i := range w.Writers {
			if s.slot.writers&(1<<i) != 0 && s.writer[i].at != writerDead {
				return
			}
		}
	default:
		return
	}
	s.put(slot{})
	w.emit(s)
}

// replicate passes on to the replica what stands in the shared tier.
func (w *walk) replicate(s state, _ int) {
	held := none
	if s.slot.kind == entry {
		held = s.slot.value
	}
	if w.Replica && !s.replaced && s.replica != held {
		s.replica = held
		w.emit(s)
	}
}

// failOver is a fault: the replica takes the server's place, and all subscriptions are lost.
func (w *walk) failOver(s state, _ int) {
	if !w.Replica || s.replaced {
		return
	}
	to := slot{}
	if s.replica != none {
		to = slot{kind: entry, value: s.replica}
	}
	s.put(to)
	s.replaced, s.replica = true, none
	for i := range s.procs {
		if p := &s.procs[i]; p.link == live {
			p.link, p.messages = blind, 0
		}
	}
	w.emitFault(s)
}

// die is a fault: a process ends in the middle of a write. Nobody else is in it.
func (w *walk) die(s state, in int) {
	for i, c := range w.Writers {
		r := &s.writer[i]
		if c.In != in || c.Crashes == Never || r.at == writerDone || r.at == writerDead {
			continue
		}
		if c.Crashes == AfterRemoval && !(r.at == publish || r.at == removeUpper) {
			continue
		}
		s := s
		s.writer[i].at = writerDead
		s.procs[in] = process{link: gone}
		w.emitFault(s)
	}
}
