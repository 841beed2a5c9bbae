package model

import (
	"fmt"
	"slices"
	"strings"
)

// Result is what Explore has found.
type Result struct {
	States  int
	Broken  Property        // "" where all properties hold
	Why     string          // how it is broken
	Trace   []string        // the steps that lead there
	Steps   map[string]bool // all that were taken
	Bounded bool            // not all states were seen
}

func (r Result) String() string {
	if r.Broken == "" {
		return fmt.Sprintf("%d states, nothing broken", r.States)
	}
	return fmt.Sprintf("%d states; broken: %s (%s)\n\t%s", r.States, r.Broken, r.Why, strings.Join(r.Trace, "\n\t"))
}

// Explore takes the steps of c with safe in all orders, until one of the properties does not hold, or most states were seen.
func Explore(c Config, safe Safeguards, most int, properties ...Property) Result {
	w := &walk{Config: c, safe: safe, checks: properties}
	begin := c.begin()
	states, from := []state{begin}, []int32{-1}
	seen := map[state]struct{}{begin: {}}
	result := func(at int, broken Property, why string) Result {
		r := Result{States: len(states), Broken: broken, Why: why, Steps: w.names(), Bounded: len(states) >= most}
		if broken != "" {
			r.Trace = w.trace(states, from, at)
		}
		return r
	}
	for at := 0; at < len(states) && len(states) < most; at++ {
		w.from(states[at])
		if w.broken != "" {
			last := w.last.line(&states[at])
			r := result(at, w.broken, w.why)
			r.Trace = append(r.Trace, last)
			return r
		}
		if w.over && slices.Contains(properties, Quiet) {
			if why := w.quiet(&states[at]); why != "" {
				return result(at, Quiet, why)
			}
		}
		for _, n := range w.next {
			if _, known := seen[n.state]; !known {
				seen[n.state] = struct{}{}
				states, from = append(states, n.state), append(from, int32(at))
			}
		}
	}
	return result(0, "", "")
}

// walk takes one step after another, as a Config and Safeguards allow.
type walk struct {
	Config
	safe   Safeguards
	checks []Property

	next   []next
	step   int // being taken, of steps
	who    int
	over   bool // nothing but faults can follow
	broken Property
	why    string
	last   next // what broke it
	taken  [stepCount]bool
}

// next is a state that a step leads to.
type next struct {
	state
	step int
	who  int
}

// steps are those of reads, of writes, of processes, and of the store.
var steps [stepCount]func(*walk, state, int)

const (
	firstOfWriter  = int(readerDone)
	firstOfProcess = firstOfWriter + int(writerDone)
	firstOfStore   = firstOfProcess + processStepCount
	stepCount      = firstOfStore + storeStepCount
)

func init() {
	copy(steps[:], readerSteps[:])
	copy(steps[firstOfWriter:], writerSteps[:])
	copy(steps[firstOfProcess:], processSteps[:])
	copy(steps[firstOfStore:], storeSteps[:])
}

// from finds all states that s leads to.
func (w *walk) from(s state) {
	w.next, w.over = w.next[:0], true
	for i := range w.Readers {
		if at := s.reader[i].at; at != readerDone {
			w.take(int(at), s, i)
		}
	}
	for i := range w.Writers {
		if at := s.writer[i].at; at < writerDone {
			w.take(firstOfWriter+int(at), s, i)
		}
	}
	for i := range s.procs {
		for step := range processStepCount {
			w.take(firstOfProcess+step, s, i)
		}
	}
	for step := range storeStepCount {
		w.take(firstOfStore+step, s, 0)
	}
}

func (w *walk) take(step int, s state, who int) {
	w.step, w.who = step, who
	steps[step](w, s, who)
}

func (w *walk) reader(s *state, i int) (*reader, *process) {
	return &s.reader[i], &s.procs[w.Readers[i].In]
}

func (w *walk) writer(s *state, i int) (*writer, *process) {
	return &s.writer[i], &s.procs[w.Writers[i].In]
}

// marks reports whether evictions leave marks.
func (w *walk) marks() bool {
	return slices.ContainsFunc(w.Writers, func(w Writer) bool { return w.Puts })
}

// emit is the end of a step.
func (w *walk) emit(s state) {
	w.over = false
	w.emitFault(s)
}

// emitFault is the end of a step that need not come.
func (w *walk) emitFault(s state) {
	w.forget(&s)
	if !w.checked(Linear) {
		s.done = first
	}
	if !w.checked(Heard) {
		s.landed = first
	}
	w.taken[w.step] = true
	w.next = append(w.next, next{s, w.step, w.who})
}

func (w *walk) checked(p Property) bool { return slices.Contains(w.checks, p) }

// failing has an operation on the shared tier fail, if any may.
func (w *walk) failing(s state, then func(state)) {
	if s.fails > 0 {
		s.fails--
		then(s)
	}
}

// at is s with a reader elsewhere.
func at(s state, i int, step int8) state {
	s.reader[i].at = step
	return s
}

// oldest is what a read that begins now may return, or anything newer.
func (w *walk) oldest(s *state, i int) version {
	oldest := first
	p := &s.procs[w.Readers[i].In]
	for _, property := range w.checks {
		switch {
		case property == Linear:
			oldest = max(oldest, s.done)
		case property == OwnWrites:
			oldest = max(oldest, p.wrote)
		case property == Heard && p.messages == 0 && (p.link == live || p.link.knows()):
			oldest = max(oldest, s.landed)
		}
	}
	return oldest
}

// returns is the return of a read.
func (w *walk) returns(s state, i int, v version) {
	r, _ := w.reader(&s, i)
	if v < r.oldest && w.broken == "" {
		w.why = fmt.Sprintf("reader %d returns %d, and had to return %d or something newer", i, v, r.oldest)
		for _, property := range w.checks {
			if property != Quiet {
				w.broken = property // or one of those before it
			}
		}
		w.last = next{s, w.step, w.who}
		return
	}
	r.value, r.at = v, readerDone
	s.done = max(s.done, v)
	w.emit(s)
}

// quiet says what is wrong with s, after which nothing comes.
func (w *walk) quiet(s *state) string {
	for i := range w.Readers {
		if s.reader[i].at != readerDone {
			return fmt.Sprintf("reader %d waits forever", i)
		}
	}
	for i := range w.Writers {
		if s.writer[i].at < writerDone {
			return fmt.Sprintf("writer %d waits forever", i)
		}
	}
	if s.slot.kind == entry && s.slot.value != s.db {
		return fmt.Sprintf("the shared tier keeps %d, and the store behind it has %d", s.slot.value, s.db)
	}
	for i := range s.procs {
		if v := s.procs[i].upper; v != none && v != s.db {
			return fmt.Sprintf("process %d keeps %d, and the store behind it has %d", i, v, s.db)
		}
	}
	return ""
}
