package runtime

import (
	"context"
	"runtime/debug"
	"time"
)

// trip is a batch's load: one call of the wrapped method for all its flights. Its results are set before any of them
// is done.
type trip[R, T any] struct {
	*company
	m        *Method[T]
	flights  []*call[T]
	result   R
	answers  []answer[T]
	err      error
	panicked *LoadPanicError
	exited   bool
}

// run does load in this goroutine and hands each flight its answer, however load ends.
func (t *trip[R, T]) run(load func(context.Context, *Fill) (R, []answer[T], error)) {
	// Model: step load.
	returned := false
	defer func() {
		if p := recover(); p != nil {
			t.panicked = &LoadPanicError{Value: p, Stack: debug.Stack()}
		} else if !returned {
			t.exited = true
		}
		all := 0
		for i, f := range t.flights {
			waiters, joined := f.land()
			all += waiters
			f.unanswered = true
			if returned && t.err == nil && i < len(t.answers) {
				t.hand(f, t.answers[i], joined && waiters > 0)
			}
		}
		if t.panicked != nil && all == 0 {
			t.m.lostPanic(t.flights[0].key, t.panicked)
		}
		for _, f := range t.flights {
			close(f.done)
		}
		t.cancel()
	}()
	var fill *Fill
	generations := t.generations()
	holds := t.m.cache.tiers.leaseMany(t.ctx, t.keys(), t.lists(generations))
	defer holds.end(t.m.cache, context.WithoutCancel(t.ctx))
	holds.keep(t.ctx)
	stages := make([]int, len(t.flights))
	for i, f := range t.flights {
		if h := holds.of(i); h != nil && h.barred {
			f.detach()
		}
		stages[i] = f.mark()
	}
	fill, t.err = t.call(load)
	if t.err == nil {
		for i, f := range t.flights {
			if holds.of(i).may() {
				f.sure = stages[i] // or a later one, if its answer is stored
			}
		}
		t.store(fill, generations, holds)
	}
	returned = true
}

// hand gives a flight its answer, if the single-key method could have given it.
func (t *trip[R, T]) hand(f *call[T], a answer[T], share bool) {
	switch {
	case a.state == present:
		f.result = a.value
	case a.state == absent && len(t.m.notFound) > 0:
		f.err = t.m.notFound[0].Err
	default:
		return
	}
	f.unanswered = false
	if share {
		f.share(t.m.codec)
	}
}

// call calls the wrapped method, in one of the places for loads.
func (t *trip[R, T]) call(load func(context.Context, *Fill) (R, []answer[T], error)) (_ *Fill, err error) {
	give, err := t.flights[0].takePlace()
	if err != nil {
		return nil, err
	}
	defer give()
	began := time.Now()
	failed := true // also when load panics
	t.m.counters.loads.Add(1)
	loading := func(is bool) {
		for _, f := range t.flights {
			f.loading.Store(is)
		}
	}
	loading(true)
	defer func() {
		loading(false)
		t.m.counters.loadTime.Add(int64(time.Since(began)))
		if failed {
			t.m.counters.loadErrors.Add(1)
		}
	}()
	fill := new(Fill)
	ctx := t.m.reading(t.load(), t.flights[0].key, t.keys())
	if t.m.cache.opts.observers != nil {
		var end func(failed bool, err error)
		ctx, end = t.m.observe(ctx, t.keys())
		defer func() { end(failed, err) }()
	}
	t.result, t.answers, err = load(ctx, fill)
	failed = err != nil
	if fill.skip {
		t.m.counters.declined.Add(1)
	}
	return fill, err
}

// keys lists the keys that are loaded.
func (t *trip[R, T]) keys() []string {
	keys := make([]string, len(t.flights))
	for i, f := range t.flights {
		keys[i] = f.key
	}
	return keys
}

// generations makes sure that the groups of all flights have one, and returns them.
func (t *trip[R, T]) generations() map[string]uint64 {
	var keys []string
	known := make(map[string]bool)
	for _, f := range t.flights {
		for _, key := range f.groups {
			if !known[key] {
				known[key] = true
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	all := groupsOf(keys)
	all.take(t.ctx, t.m.cache, max(t.m.ttl+t.m.stale, t.m.negative), false)
	generations := make(map[string]uint64, len(keys))
	for i, key := range keys {
		generations[key] = all.now[i]
	}
	return generations
}

// lists gives for each flight what stands in its lease; nil where a generation is not known.
func (t *trip[R, T]) lists(generations map[string]uint64) [][]byte {
	lists := make([][]byte, len(t.flights))
	for i, f := range t.flights {
		if g := groupsOf(f.groups); g.have(generations) {
			lists[i] = g.append([]byte{})
		}
	}
	return lists
}

// store stores each answer as the single-key method's own.
func (t *trip[R, T]) store(fill *Fill, generations map[string]uint64, holds *holds) {
	if fill.skip {
		return
	}
	ttl := t.m.ttl
	if fill.ttl > 0 {
		ttl = fill.ttl
		t.m.cache.overdue.longest(ttl + t.m.stale)
	}
	var entries []loaded
	for i, a := range t.answers {
		g := groupsOf(t.flights[i].groups)
		if !g.have(generations) || !t.flights[i].current() {
			continue
		}
		sentinel, keep := "", ttl
		switch {
		case a.state == absent && len(t.m.notFound) > 0:
			sentinel, keep = t.m.notFound[0].Name, t.m.negative
		case a.state != present:
			continue
		}
		if data, keep, ok := t.m.entry(a.value, sentinel, keep, g, nil); ok {
			f := &t.flights[i].flight
			entries = append(entries, loaded{Item{f.key, data, keep}, storing{flight: f, state: f.state, hold: holds.of(i)}})
		}
	}
	// The callers have left or wait; neither is a reason to leave the tiers half filled.
	t.m.cache.tiers.writeMany(context.WithoutCancel(t.ctx), entries)
}
