package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Write begins a write of the wrapped interface and returns what ends it: that removes the entries which after names, as
// Evict does, and stores what after puts in place of some of them. before, which may be nil, names those of them that are
// known now.
//
//	defer c.Write(ctx, before)(after)
//
// A value is stored only where no other write or eviction touched its entry since this one began, in this process or,
// over a shared tier, in another: which of two is the later the cache cannot tell, so the entry stays removed. So it does
// over a shared tier that is no Putter, or more than one shared tier.
func (c *Cache) Write(ctx context.Context, before func(*Eviction)) (end func(after func(*Eviction))) {
	// Model: steps beginWrite, commit.
	if c == nil || c.closed.Load() {
		return func(func(*Eviction)) {}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	ctx = context.WithoutCancel(ctx)
	began := c.beginning()
	if before != nil && deferralOf(ctx) == nil {
		first := Eviction{cache: c, begins: true}
		first.Try(func() { before(&first) })
		began.keys = first.keys
		began.marks = c.marked(ctx, first.keys)
	}
	return func(after func(*Eviction)) {
		if c.closed.Load() {
			return
		}
		ev := Eviction{cache: c}
		ev.Try(func() { after(&ev) })
		if !deferralOf(ctx).add(c, ev.epochs, ev.keys) {
			ev.finish(ctx, began, func() {})
		}
	}
}

// beginning is when a write began.
type beginning struct {
	clock uint64 // the stripes'
	at    time.Time
	keys  []string         // of entries that it may put, if they were known
	marks map[string]Value // theirs; nil: unknown
}

func (c *Cache) beginning() beginning {
	return beginning{clock: c.tiers.stripes.clock.Load(), at: time.Now()}
}

// mark is what must stand as the mark of key when the write puts it: nil for nothing. It reports false where nobody can say.
func (b *beginning) mark(key string) (old Value, ok bool) {
	if slices.Contains(b.keys, key) {
		old, ok = b.marks[key]
		return old, ok
	}
	return nil, time.Since(b.at) < markTime/2 // an eviction's mark stands there still
}

// put is a value that takes the place of an entry.
type put struct {
	key   string
	mark  uint64 // the entry's stripe's when it was claimed
	store func(ctx context.Context, mark uint64)
	entry func() (data Value, ttl time.Duration, ok bool)
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
	ev.puts = append(ev.puts, put{
		key:   key,
		store: func(ctx context.Context, mark uint64) { m.put(ctx, key, v, mark, nil, beginning{}) },
		entry: func() (Value, time.Duration, bool) { return m.entry(v, "", m.ttl, nil, nil) },
	})
}

// finish removes the entries, and stores what was put. It calls removed when the removal is over.
func (ev *Eviction) finish(ctx context.Context, began beginning, removed func()) {
	// Model: step claim.
	c := ev.cache
	puts := ev.claim(began.clock)
	if !c.tiers.last().local {
		stored := ev.putShared(ctx, began, puts)
		ev.keys = slices.DeleteFunc(ev.keys, func(key string) bool { return stored[key] })
		puts = nil
	}
	err := ev.evict(ctx)
	removed()
	if err != nil {
		return
	}
	for _, p := range puts {
		p.store(ctx, p.mark)
	}
}

// claim notes that the write touches its keys, and returns those puts whose entry nobody else in this process has touched
// since the clock stood at began.
func (ev *Eviction) claim(began uint64) (puts []put) {
	stripes := ev.cache.tiers.stripes
	claimed := make(map[string]bool, len(ev.puts))
	for _, p := range ev.puts {
		if claimed[p.key] {
			puts = nil // two values for one entry, or a mistake: neither is stored
			break
		}
		claimed[p.key] = true
		mark, alone := stripes.claim(p.key, began)
		if p.mark = mark; alone {
			puts = append(puts, p)
		}
	}
	for _, key := range ev.keys {
		if !claimed[key] {
			stripes.claim(key, began)
		}
	}
	return puts
}

// putShared stores puts in the shared tier, where they take the place of what stands there, and removes their entries from
// the tiers above. It tells which are stored.
func (ev *Eviction) putShared(ctx context.Context, began beginning, puts []put) (stored map[string]bool) {
	// Model: steps leaveMark, putValue, publish.
	c := ev.cache
	last := c.tiers.last()
	may := last.putter != nil && c.link != nil && c.tiers.between == 0 && c.marks.Load()
	stored = make(map[string]bool)
	var all []Putting
	var keys, kept []string
	for _, p := range puts {
		data, ttl, ok := p.entry()
		if !ok || c.overdue.has(p.key) {
			continue
		}
		if ttl = scaled(ttl, last.scale); ev.writer.keeps(p.key) {
			// This write's own tombstone stands there; where another's has come beside it, it is not the same.
			_ = c.tiers.evict(ctx, []string{p.key}, func() (err error) {
				if err = c.mark(ctx, []string{p.key}); err == nil {
					stored[p.key], err = last.fill(ctx, p.key, tombstone(ev.writer.id), data, ttl)
				}
				return err
			})
			if stored[p.key] {
				kept = append(kept, p.key)
			}
			continue
		}
		old, ok := began.mark(p.key)
		if !ok || !may {
			continue
		}
		text, err := c.link.text(message{Keys: []string{p.key}})
		if err != nil {
			continue
		}
		keys = append(keys, p.key)
		all = append(all, Putting{
			Item: Item{p.key, data, ttl}, Message: text, Old: old, Mark: newMark(p.key), Unless: []byte(tombstoneHead),
		})
	}
	if c.publish(ctx, kept) != nil {
		clear(stored) // others may have copies: evict these as any
	}
	for len(all) > 0 {
		n := min(len(all), oneTrip)
		_ = c.tiers.evict(ctx, keys[:n], func() error {
			done, err := last.put(ctx, c.link.channel, all[:n], c.tiers.late)
			for i, ok := range done {
				stored[keys[i]] = ok && err == nil
			}
			return err
		})
		all, keys = all[n:], keys[n:]
	}
	return stored
}

func (t *tier) put(ctx context.Context, channel string, puts []Putting, late func(key string) *givenUp) ([]bool, error) {
	// Model: step putValue.
	var keys []string
	if t.observers != nil {
		for _, p := range puts {
			keys = append(keys, p.Key)
		}
	}
	stored, err := observed(ctx, t, "put", keys, func(ctx context.Context) ([]bool, error) {
		stored, err := t.putter.Put(ctx, channel, puts)
		if err == nil && len(stored) != len(puts) {
			err = fmt.Errorf("%d answers for %d keys", len(stored), len(puts))
		}
		return stored, err
	}, &givenUp{
		begin: func() {
			for _, p := range puts {
				late(p.Key).begin()
			}
		},
		end: func() {
			for _, p := range puts {
				late(p.Key).end()
			}
		},
	})
	return stored, t.stored(len(puts), err)
}

// put stores v as a load would that returned it, in the groups of g, where nobody else has stored something since; callers
// who ask meanwhile wait for it. It is for what is not known to be newer than what stands there.
func (m *Method[T]) put(ctx context.Context, key string, v T, mark uint64, g *groups, began beginning) {
	// Model: steps putHere, storePut.
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
	if c.tiers.leaser() != nil {
		f.sure = -1 // v is older than the flight, and true of who joins it only if it is stored
	}
	s.mu.Unlock()
	f.run(m.codec, func() (T, error) {
		var h *hold
		if c.tiers.leaser() != nil {
			var held Value
			if h, held = c.tiers.lease(ctx, key, g.append(nil)); held != nil {
				return v, nil // another process has loaded it, or does
			}
			defer h.release(ctx)
			// From here on an eviction takes the lease away; one before has left its mark.
			if !c.unmarked(ctx, key, began) {
				return v, nil
			}
		}
		m.store(f, h, new(Fill), g, nil, v, nil)
		return v, nil
	})
}

// claim notes that a write touches key, and tells whether none has done so since the clock stood at began.
func (s *stripes) claim(key string, began uint64) (mark uint64, alone bool) {
	// Model: step claim.
	stripe := s.of(key)
	stripe.mu.Lock()
	defer stripe.mu.Unlock()
	alone = stripe.written <= began
	stripe.written = s.clock.Add(1)
	return stripe.written, alone
}
