package runtime

import (
	"context"
	"errors"
	"fmt"
)

// Flush removes everything that the cache's namespace holds, from all tiers, and has other processes forget what they have
// of it. Loads that are under way will not be stored. It is made for operators: a shared store looks at all of its keys,
// a few hundred at a time, so that others are served between, and that may take long. The error says which tiers may hold
// something still; it is errors.ErrUnsupported where one outside this process is no PrefixRemover, and ErrClosed on a
// closed cache. ctx's end ends it in the middle.
//
// Marks stay: see MethodConfig.Marks.
func (c *Cache) Flush(ctx context.Context) error {
	switch {
	case c == nil:
		return nil
	case c.closed.Load():
		return ErrClosed
	case ctx == nil:
		ctx = context.Background()
	}
	t := c.tiers
	t.beginFlush()
	defer t.flushLocal(ctx)
	var errs []error
	for i := len(t.tiers) - 1; i >= 0; i-- {
		if tier := t.tiers[i]; !tier.local {
			errs = append(errs, tier.removePrefix(ctx, c.opts.namespace+":"))
		}
	}
	if c.link != nil {
		errs = append(errs, c.link.send(ctx, message{All: true}))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cachegen: flush: %w", err)
	}
	return nil
}

// flushable reports whether all tiers outside this process can be flushed.
func (t *Tiered) flushable() bool {
	for _, tier := range t.tiers {
		if !tier.local && tier.prefixRemover == nil {
			return false
		}
	}
	return true
}

// removePrefix has no time limit but ctx's, and asks whatever the breaker says: it may take long.
func (t *tier) removePrefix(ctx context.Context, prefix string) error {
	if t.prefixRemover == nil {
		return fmt.Errorf("tier %s: removing by prefix: %w", t.name, errors.ErrUnsupported)
	}
	_, err := safely(ctx, func(ctx context.Context) (int64, error) { return t.prefixRemover.RemovePrefix(ctx, prefix) })
	if err != nil {
		return t.failed("remove by prefix", err)
	}
	return nil
}

// beginFlush does for all keys what beginEviction does for one.
func (t *Tiered) beginFlush() {
	var busy []chan struct{}
	for i := range t.stripes.all {
		s := &t.stripes.all[i]
		s.mu.Lock()
		s.flights = nil
		s.flushes++
		s.written = t.stripes.clock.Add(1)
		for _, fill := range s.fills {
			busy = append(busy, fill)
		}
		s.mu.Unlock()
	}
	for _, fill := range busy {
		<-fill
	}
}

// flushLocal empties the tiers in this process and ends what beginFlush began.
func (t *Tiered) flushLocal(ctx context.Context) {
	t.forgetAll(ctx, func(s *stripe) { s.flushes-- })
}

// forgetAll empties the tiers in this process and makes every value that someone is holding unfit for them. It calls each
// with every stripe, under its lock.
func (t *Tiered) forgetAll(ctx context.Context, each func(*stripe)) {
	t.recent.all()
	for i := range t.stripes.all {
		s := &t.stripes.all[i]
		s.mu.Lock()
		s.gen++
		s.evicted.Add(1)
		s.written = t.stripes.clock.Add(1)
		s.flights = nil
		each(s)
		s.mu.Unlock()
	}
	for _, tier := range t.tiers {
		if tier.local {
			tier.flush(ctx)
		}
	}
	t.near.Load().flush()
}
