package runtime

import "context"

// Around begins a write of the wrapped interface and returns what ends it. The entries that before names are removed
// now, and until the end calls of theirs neither store nor join a load: whoever reads meanwhile reads the store itself, so
// that with no tier in process an entry never shows an older state than a call before it did. The end removes the
// entries that after names, and those of before again, as Evict does, and stores what after puts, as Write does.
//
//	defer c.Around(ctx, before)(after)
//
// With a shared tier that is a Leaser and a ConditionalRemover this holds in all processes; with any other, other
// processes may store the state before the write while it is under way, which is removed at the end. Evictions of the
// same entries by writes without Around let others store too early. Within DeferEvictions only the end counts, when the
// transaction is over.
func (c *Cache) Around(ctx context.Context, before func(*Eviction)) (end func(after func(*Eviction))) {
	// Model: steps hold, commit.
	if c == nil || c.closed.Load() {
		return func(func(*Eviction)) {}
	}
	began := c.beginning()
	first := Eviction{cache: c, begins: true}
	first.Try(func() { before(&first) })
	deferred := deferralOf(ctx) != nil
	if !deferred {
		c.tiers.stripes.hold(append(first.epochs, first.keys...))
		c.touch(first.keys)
		began = c.beginning()
		first.writer = c.tiers.newWriter()
		_ = first.evict(ctx)
	}
	return func(after func(*Eviction)) {
		release := func() {
			if !deferred {
				c.tiers.stripes.release(append(first.epochs, first.keys...))
			}
		}
		first.writer.stop()
		if c.closed.Load() {
			release()
			return
		}
		ev := Eviction{cache: c, writer: first.writer}
		ev.Try(func() { after(&ev) })
		ev.keys = union(ev.keys, first.keys)
		ev.epochs = union(ev.epochs, first.epochs)
		if deferralOf(ctx).add(c, ev.epochs, ev.keys) {
			release()
			return
		}
		if ctx == nil {
			ctx = context.Background()
		}
		ev.finish(context.WithoutCancel(ctx), began, release)
	}
}

// union is keys, and those of more that it does not have.
func union(keys, more []string) []string {
	has := make(map[string]bool, len(keys))
	for _, key := range keys {
		has[key] = true
	}
	for _, key := range more {
		if !has[key] {
			keys = append(keys, key)
		}
	}
	return keys
}

// hold keeps values of keys from being stored, and loads of theirs from being joined, until release.
func (s *stripes) hold(keys []string) {
	// Model: step hold.
	for _, key := range keys {
		stripe := s.of(key)
		stripe.mu.Lock()
		if stripe.writers == nil {
			stripe.writers = make(map[string]int)
		}
		stripe.writers[key]++
		stripe.mu.Unlock()
	}
}

func (s *stripes) release(keys []string) {
	// Model: step release.
	for _, key := range keys {
		stripe := s.of(key)
		stripe.mu.Lock()
		if stripe.writers[key]--; stripe.writers[key] == 0 {
			delete(stripe.writers, key)
		}
		stripe.mu.Unlock()
	}
}

// held reports whether one of keys is held.
func (s *stripes) held(keys []string) bool {
	for _, key := range keys {
		stripe := s.of(key)
		stripe.mu.Lock()
		held := stripe.writers[key] > 0
		stripe.mu.Unlock()
		if held {
			return true
		}
	}
	return false
}
