package cachetest

import (
	"reflect"
	"slices"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
)

const (
	// maxReads is how many reads a sequence makes that differ in method or arguments: all are repeated after each write.
	maxReads = 32
	maxCalls = 120 // 30 on average
)

// sequence is a sequence of calls on a store and its cache. After each step all reads made so far are right: when one is
// not, the step that was just made is to blame.
type sequence struct {
	*checker
	caller
	cmp    comparer
	next   reflect.Value
	cached reflect.Value
	cache  *runtime.Cache
	seen   *pool
	reads  []*read
	writes []*write
	steps  []step
	over   bool // nothing can be learnt from it any more
}

// read is a call of a method that the cache answers.
type read struct {
	m    *method
	args []reflect.Value
	text string
	key  string
	was  answer // the last right answer, the store's
	got  answer // the cache's last

	disturbed bool  // by was looked for
	by        *read // which makes it wrong
}

// step is a call as a report shows it.
type step struct {
	m      *method
	text   string
	result string
}

// write is a call that may change the store.
type write struct {
	m    *method
	args []reflect.Value // as they were before the call
	text string
	got  answer
}

func newSequence(c *checker, t *rapid.T) *sequence {
	s := &sequence{checker: c, caller: newCaller(t), cmp: newComparer(c.options.compare), seen: newPool()}
	s.next, s.cache, s.cached = c.open(t)
	if err := s.cache.Err(); err != nil {
		const what = "some methods cannot be cached"
		s.fail(&fault{class: "cache", final: true, summary: what, blame: what, details: errorText(err)})
	}
	return s
}

// draft is a call that was drawn.
type draft struct {
	m    *method // nil: the sequence ends
	args []reflect.Value
}

// GoString is for -rapid.v.
func (d draft) GoString() string {
	if d.m == nil {
		return "no more"
	}
	return d.m.text(d.args)
}

// run makes calls. Each is drawn as one, so that rapid can leave it out.
func (s *sequence) run() {
	one := rapid.Custom(s.draft)
	for range maxCalls {
		switch d := one.Draw(s.t, "call"); {
		case d.m == nil:
			return
		case d.m.reads:
			s.read(d.m, d.args)
		default:
			s.write(d.m, d.args)
		}
		if s.over {
			return
		}
	}
}

// draft draws a call. Five of eight are reads.
func (s *sequence) draft(t *rapid.T) draft {
	if number(t, 5) == 31 {
		return draft{}
	}
	from := s.checker.reads
	if number(t, 3) > 4 && len(s.checker.writes) > 0 {
		from = s.checker.writes
	}
	m := from[number(t, s.bits)%len(from)]
	return draft{m, s.draw.arguments(t, m, s.seen)}
}

// read makes a read, on the store and on the cache.
func (s *sequence) read(m *method, args []reflect.Value) {
	r := &read{m: m, args: args, text: m.text(args), key: m.name + exact(args)}
	for _, old := range s.reads {
		if old.key == r.key {
			s.made(m, args, r.text, old.was)
			s.again(old)
			return
		}
	}
	if len(s.reads) == maxReads {
		return
	}
	r.was = s.store(r)
	if r.was.absent {
		return
	}
	s.made(m, args, r.text, r.was)
	if r.was.panicked != nil {
		s.fail(panics(m, r.text, r.was, "the store"))
		return
	}
	s.surely(r, 1)
	r.got = s.fromCache(r)
	if !s.cmp.same(r.got, r.was) {
		s.surely(r, 4)
		s.fail(s.first(r))
		return
	}
	if r.got = s.fromCache(r); !s.cmp.same(r.got, r.was) {
		s.surely(r, 4)
		s.fail(s.kept(r))
		return
	}
	for _, old := range s.reads {
		if old.got = s.fromCache(old); !s.cmp.same(old.got, old.was) {
			s.surely(old, 4)
			s.fail(s.shared(old, r))
			return
		}
	}
	s.reads = append(s.reads, r)
}

// again makes a read that was made before.
func (s *sequence) again(r *read) {
	if r.got = s.fromCache(r); s.cmp.same(r.got, r.was) {
		return
	}
	s.surely(r, 4)
	// The reads after the last write may have disturbed each other, when this one had been made already.
	if other := s.disturber(r); other != nil {
		s.fail(s.shared(r, other))
		return
	}
	s.fail(s.kept(r))
}

// write makes a write through the cache, and all reads once more.
func (s *sequence) write(m *method, args []reflect.Value) {
	w := &write{m: m, args: cloneAll(args), text: m.text(args)}
	w.got = s.call(m, s.cached, args)
	if w.got.absent {
		return
	}
	s.made(m, w.args, w.text, w.got)
	s.writes = append(s.writes, w)
	if w.got.panicked != nil {
		s.fail(panics(m, w.text, w.got, "the store, or its wrapper"))
		return
	}
	var stale []*read
	var was []answer
	for _, r := range s.reads {
		now := s.store(r)
		if now.panicked != nil {
			s.fail(panics(r.m, r.text, now, "the store"))
			return
		}
		if r.got = s.fromCache(r); !s.cmp.same(r.got, now) {
			stale, was = append(stale, r), append(was, r.was)
		}
		r.was = now
	}
	if len(stale) == 0 {
		return
	}
	for _, r := range stale {
		s.surely(r, 4)
	}
	s.fail(s.after(w, stale, was)...)
}

// made records a call.
func (s *sequence) made(m *method, args []reflect.Value, text string, a answer) {
	m.calls++
	if a.err != nil {
		m.fails++
		m.err = a.err
	}
	s.steps = append(s.steps, step{m, text, a.text()})
	for _, v := range append(args, a.out...) {
		s.seen.add(v)
	}
}

func (s *sequence) store(r *read) answer     { return s.call(r.m, s.next, cloneAll(r.args)) }
func (s *sequence) fromCache(r *read) answer { return s.call(r.m, s.cached, cloneAll(r.args)) }

// surely makes sure that the store gives the same answer again, some times.
func (s *sequence) surely(r *read, times int) {
	for range times {
		if now := s.store(r); !s.cmp.same(now, r.was) {
			s.fail(s.unsteady(r, now))
		}
	}
}

func (c *checker) isKnown(f *fault) bool {
	return c.known[f.class] || c.unsure[f.target] || slices.ContainsFunc(f.also, func(class string) bool { return c.known[class] })
}

// fail ends the sequence with the first of faults that is not known. Where all are, the cache forgets what it has, and
// the sequence goes on.
func (s *sequence) fail(faults ...*fault) {
	for _, f := range faults {
		if !s.isKnown(f) {
			f.text = s.tell(f)
			s.found = f
			s.t.Fatalf(foundFormat, f.summary) // without values, which may differ from run to run, but not in kind
		}
	}
	if slices.ContainsFunc(faults, func(f *fault) bool { return f.drop || s.unsure[f.target] }) {
		s.over = true
		return
	}
	if err := s.cache.Flush(s.t.Context()); err != nil {
		s.over = true
		return
	}
	for _, r := range s.reads {
		r.got, r.disturbed, r.by = s.fromCache(r), false, nil
	}
}
