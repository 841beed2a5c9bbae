package runtime

import (
	"context"
	"sync"
	"time"
)

// freshness says what an entry that was found is good for.
type freshness uint8

const (
	useless freshness = iota // there is none, or none that may be served
	stale                    // past its TTL: served where loading fails or takes too long
	due                      // fresh, and near enough to its end to be loaded anew
	fresh
	never // more than any entry is good for
)

// judge says what an entry is good for at a time.
func (m *method) judge(e life, now int64) freshness {
	switch {
	case now >= e.gone, now >= e.fresh && e.kind != kindValue:
		return useless
	case now >= e.fresh:
		return stale
	case m.refresh > 0 && e.kind == kindValue && e.fresh-now <= m.refresh.Milliseconds():
		return due
	}
	return fresh
}

// refreshes reports whether the caller that found the entry of key due is the one who has it loaded anew.
func (m *method) refreshes(key string) bool {
	s := m.cache.tiers.stripes.of(key)
	s.mu.Lock()
	busy := s.flights[key] != nil
	s.mu.Unlock()
	return !busy && !m.cache.failing.has(key)
}

// refreshAfter begins a load of f's key that nobody waits for, when f has landed.
func (m *Method[T]) refreshAfter(f *call[T], load func(context.Context, *Fill) (T, error)) {
	c := m.cache
	if !c.work.begin() {
		return
	}
	ctx := context.WithoutCancel(f.ctx)
	go func() {
		defer c.work.end()
		<-f.done
		next, _, leads := join(ctx, m, f.key, f.groups, false, nil)
		if !leads {
			if next != nil {
				next.leave()
			}
			return
		}
		next.keepOn()
		m.counters.refreshes.Add(1)
		next.run(m.codec, func() (T, error) { return m.fly(next, load, fresh) })
	}()
}

// remembers reports whether it matters for which keys loading failed.
func (m *method) remembers() bool { return m.stale > 0 || m.refresh > 0 }

// fallback returns what may be served in place of a load that has failed or takes too long: an entry past its TTL that is
// in the cache even now. What was invalidated meanwhile is not there any more.
func (m *Method[T]) fallback(ctx context.Context, key string, groups []string) (v T, ok bool) {
	if m.stale <= 0 {
		return v, false
	}
	v, how, err := m.lookup(context.WithoutCancel(ctx), key, groupsOf(groups), stale)
	if how == useless || err != nil {
		return v, false
	}
	m.counters.stale.Add(1)
	return v, true
}

// await is f.wait for a method with a timeout: where that ends first, and there is a value to serve instead, it returns it
// and late. The load goes on.
func (m *Method[T]) await(ctx context.Context, f *call[T]) (v T, late bool, err error) {
	if m.timeout > 0 && !f.reload {
		timer := time.NewTimer(m.timeout)
		defer timer.Stop()
		select {
		case <-f.done:
			return v, false, nil
		case <-ctx.Done():
		case <-timer.C:
			if v, ok := m.fallback(ctx, f.key, m.own(f.groups)); ok {
				f.keepOn()
				return v, true, nil
			}
		}
	}
	return v, false, f.wait(ctx)
}

// failures remembers for a moment for which keys loading failed, so that a store in trouble is not asked anew for each
// call that a stale value can answer.
type failures struct {
	mu    sync.Mutex
	until map[string]time.Time
}

const (
	// failurePause is how long loading is not tried again where there is something to serve instead.
	failurePause = time.Second
	// maxFailures bounds how many keys are remembered. Beyond it, some are tried sooner.
	maxFailures = 10_000
)

func (f *failures) add(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if len(f.until) >= maxFailures {
		for k, until := range f.until {
			if now.After(until) {
				delete(f.until, k)
			}
		}
		if len(f.until) >= maxFailures {
			clear(f.until)
		}
	}
	if f.until == nil {
		f.until = make(map[string]time.Time)
	}
	f.until[key] = now.Add(failurePause)
}

func (f *failures) has(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	until, ok := f.until[key]
	return ok && time.Now().Before(until)
}

// remove is for a load that succeeded.
func (f *failures) remove(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.until, key)
}
