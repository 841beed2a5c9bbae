package runtime

import "context"

// Write begins a write of the wrapped interface and returns what ends it: that removes the entries which gather names, as
// Evict does, and then stores what gather puts in place of some of them. A value is stored only where no other write
// or eviction touched its entry since this one began: which of two is the later the cache cannot tell, so the entry
// stays removed.
//
//	defer c.Write(ctx, gather)()
func (c *Cache) Write(ctx context.Context, gather func(*Eviction)) (end func()) {
	if c == nil || c.closed.Load() {
		return func() {}
	}
	began := c.tiers.stripes.clock.Load()
	return func() {
		if c.closed.Load() {
			return
		}
		ev := Eviction{cache: c}
		ev.Try(func() { gather(&ev) })
		if deferralOf(ctx).add(c, ev.epochs, ev.keys) {
			return
		}
		if ctx == nil {
			ctx = context.Background()
		}
		ev.finish(context.WithoutCancel(ctx), began, func() {})
	}
}

// put is a value that takes the place of an entry.
type put struct {
	key   string
	mark  uint64 // the entry's stripe's when it was claimed
	store func(ctx context.Context, mark uint64)
}

// Put stores value as m's result under key, once the entries are removed. Where value panics, or the entry is in a
// group, it is removed only.
func Put[T any](ev *Eviction, m *Method[T], key string, value func() T) {
	ev.Remove(m, key)
	if key == "" || !m.on() || m.groups > 0 || len(m.epochs) > 0 {
		return
	}
	var v T
	if !Holds(func() bool { v = value(); return true }) {
		return
	}
	ev.puts = append(ev.puts, put{key: key, store: func(ctx context.Context, mark uint64) { m.put(ctx, key, v, mark, nil) }})
}

// finish removes the entries, then stores what was put. It calls removed in between.
func (ev *Eviction) finish(ctx context.Context, began uint64, removed func()) {
	c := ev.cache
	claimed := make(map[string]bool, len(ev.puts))
	var puts []put
	for _, p := range ev.puts {
		if claimed[p.key] {
			puts = nil // two values for one entry, or a mistake: neither is stored
			break
		}
		claimed[p.key] = true
		mark, alone := c.tiers.stripes.claim(p.key, began)
		if p.mark = mark; alone {
			puts = append(puts, p)
		}
	}
	for _, key := range ev.keys {
		if !claimed[key] {
			c.tiers.stripes.claim(key, began)
		}
	}
	err := ev.evict(ctx)
	removed()
	if err != nil {
		return
	}
	for _, p := range puts {
		if !c.overdue.has(p.key) {
			p.store(ctx, p.mark)
		}
	}
}

// put stores v as a load would that returned it, in the groups of g; callers who ask meanwhile wait for it.
func (m *Method[T]) put(ctx context.Context, key string, v T, mark uint64, g *groups) {
	c := m.cache
	s := c.tiers.stripes.of(key)
	s.mu.Lock()
	if s.written != mark || s.flights[key] != nil || s.writers[key] > 0 {
		s.mu.Unlock()
		return // overtaken, or loaded anew already
	}
	f := newFlight[T]().of.(*call[T])
	f.begin(&m.method, key, g.list(), s)
	f.alone(ctx, within(ctx))
	s.mu.Unlock()
	f.run(m.codec, func() (T, error) {
		var h *hold
		if c.tiers.leaser() != nil {
			var held Value
			if h, held = c.tiers.lease(ctx, key, g.append(nil)); held != nil {
				return v, nil // another process has loaded it, or does
			}
			defer h.release(ctx)
		}
		m.store(f, h, new(Fill), g, nil, v, nil)
		return v, nil
	})
}

// claim notes that a write touches key, and tells whether none has done so since the clock stood at began.
func (s *stripes) claim(key string, began uint64) (mark uint64, alone bool) {
	stripe := s.of(key)
	stripe.mu.Lock()
	defer stripe.mu.Unlock()
	alone = stripe.written <= began
	stripe.written = s.clock.Add(1)
	return stripe.written, alone
}
