package runtime

import (
	"context"
	"errors"
	"fmt"
)

// Eviction gathers entries that are to be removed together. It is used by the function that Cache.Evict calls, in
// its goroutine.
type Eviction struct {
	cache *Cache
	keys  []string
	puts  []put
	// epochs are of tags: they go before keys do.
	epochs []string
	// writer, if not nil, keeps some of the keys: all of them where it begins.
	writer *writer
	begins bool
}

// Remove adds m's entry under key. The key "" (arguments that make no key) is skipped and counted.
func (ev *Eviction) Remove(m Target, key string) {
	if key == "" {
		ev.skipped()
		return
	}
	if m != nil && !ev.begins {
		m.target().evictions.Add(1)
	}
	ev.keys = append(ev.keys, key)
}

// Try runs clause. Where it panics, what is left of it is skipped and counted.
func (ev *Eviction) Try(clause func()) {
	defer func() {
		if recover() != nil {
			ev.skipped()
		}
	}()
	clause()
}

// skipped counts a clause that cannot be evaluated, once for both ends of a write.
func (ev *Eviction) skipped() {
	if !ev.begins {
		ev.cache.skippedEvictions.Add(1)
	}
}

// Evict removes the entries that gather names, from all tiers, and has other processes forget them. A load of theirs
// that is under way will not be stored, and nobody joins it any longer. Evict returns when that is done; ctx's end
// does not keep it from being done, since the write that it follows has happened. What the shared tier does not take
// is retried in the background, and this process reads past that tier for these keys until it has landed.
//
// Evict is made to be deferred: it runs also where the method that it follows panics.
func (c *Cache) Evict(ctx context.Context, gather func(*Eviction)) {
	// Model: step commit.
	if c == nil || c.closed.Load() {
		return
	}
	ev := Eviction{cache: c}
	ev.Try(func() { gather(&ev) })
	_ = ev.now(ctx)
}

// now evicts what was gathered, or leaves it to the end of the transaction that ctx belongs to.
func (ev *Eviction) now(ctx context.Context) error {
	if deferralOf(ctx).add(ev.cache, ev.epochs, ev.keys) {
		return nil
	}
	ev.cache.touch(ev.keys)
	return ev.evict(ctx)
}

// evict removes the keys; the epochs of tags before them.
func (ev *Eviction) evict(ctx context.Context) error {
	if len(ev.epochs) == 0 {
		return ev.cache.evict(ctx, ev.keys, nil, ev.remove)
	}
	err := ev.cache.evict(ctx, ev.epochs, nil, ev.remove)
	if err == nil {
		return ev.cache.evict(ctx, ev.keys, nil, ev.remove)
	}
	// Were a mark to go before its epoch, a load from before the write could make it anew and find the epoch unchanged.
	return errors.Join(err, ev.cache.evict(ctx, ev.keys, ev.epochs, ev.remove))
}

// remove removes keys from the tiers outside this process, and tells the other processes. Those that a writer keeps are
// barred or lifted in the last.
func (ev *Eviction) remove(ctx context.Context, keys []string) error {
	// Model: steps leaveMark, publish.
	w, c := ev.writer, ev.cache
	if w == nil {
		return c.removeShared(ctx, keys)
	}
	var kept, others []string
	for _, key := range keys {
		if ev.begins || w.keeps(key) {
			kept = append(kept, key)
		} else {
			others = append(others, key)
		}
	}
	err := c.mark(ctx, kept)
	if ev.begins {
		err = errors.Join(err, w.bar(ctx, kept))
	} else {
		err = errors.Join(err, w.lift(ctx, kept))
	}
	if err = errors.Join(err, c.tiers.removeBetween(ctx, kept)); err == nil {
		err = c.publish(ctx, kept)
	}
	if len(others) > 0 {
		err = errors.Join(err, c.removeShared(ctx, others))
	}
	return err
}

// EvictNow removes m's entry under key, as Evict does. The error says that the eviction has not reached the shared
// tier yet, or what else kept it from being complete; it is ErrUnkeyed for the key "" and ErrClosed on a closed
// cache. With a context of DeferEvictions it is nil, and the eviction waits.
func (c *Cache) EvictNow(ctx context.Context, m Target, key string) error {
	switch {
	case c == nil:
		return nil
	case c.closed.Load():
		return ErrClosed
	case key == "":
		c.skippedEvictions.Add(1)
		return ErrUnkeyed
	}
	ev := Eviction{cache: c}
	ev.Remove(m, key)
	return ev.now(ctx)
}

// touch keeps writes that are under way from putting what may be older than an eviction of keys.
func (c *Cache) touch(keys []string) {
	for _, key := range keys {
		c.tiers.stripes.claim(key, 0)
	}
}

// evict removes keys, by shared from the tiers outside this process, which it tells too: once the evictions of first, which
// failed, have reached those.
func (c *Cache) evict(ctx context.Context, keys, first []string, shared func(context.Context, []string) error) error {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for len(keys) > 0 {
		n := min(len(keys), oneTrip)
		errs = append(errs, c.evictBatch(ctx, keys[:n], first, shared))
		keys = keys[n:]
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cachegen: evict: %w", err)
	}
	return nil
}

// evictBatch removes keys here and in the shared tiers, now or later.
func (c *Cache) evictBatch(ctx context.Context, keys, first []string, shared func(context.Context, []string) error) error {
	// Model: step removeShared.
	return c.tiers.evict(ctx, keys, func() error {
		if first != nil {
			c.failedEvictions.Add(uint64(len(keys)))
			c.overdue.addAfter(first, keys)
			return nil // first's failure is told
		}
		err := shared(ctx, keys)
		if err != nil {
			c.opts.observers.notice(Event{Kind: EvictionFailed, Tier: c.tiers.last().name, Keys: len(keys), Err: err})
			c.failedEvictions.Add(uint64(len(keys)))
			c.overdue.add(keys...)
		} else if c.link != nil {
			c.replay.note(keys)
		}
		return err
	})
}

// removeShared removes keys from the tiers outside this process and tells the other processes: in one step, where there is
// one such tier, and it can.
func (c *Cache) removeShared(ctx context.Context, keys []string) error {
	// Model: step removeShared.
	if last := c.tiers.last(); c.link != nil && last.evicter != nil && c.tiers.between == 0 {
		return c.link.evict(ctx, last, keys)
	}
	err := errors.Join(c.mark(ctx, keys), c.tiers.removeShared(ctx, keys))
	if err != nil {
		return err
	}
	return c.publish(ctx, keys)
}
