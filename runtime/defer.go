package runtime

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Bypass returns a context with which cached methods call the wrapped ones as if there were no cache: they neither read
// nor store, and join no load. Mutators evict as ever.
func Bypass(ctx context.Context) context.Context {
	bypassing.Store(true)
	return context.WithValue(ctx, bypassKey{}, true)
}

// DeferEvictions is for mutators inside a database transaction, whose changes nobody else sees before the commit: an
// eviction before it would let a reader store the old state anew, for good. Evictions by mutators that are called with
// the returned context, and by the wrapper's Evict methods, wait for done, which is called after the commit, or the
// rollback; what they would put is evicted instead. Reads with that context bypass the cache, as with Bypass: they see
// the transaction's own changes, which are nobody else's yet.
//
//	ctx, done := runtime.DeferEvictions(ctx)
//	defer done()
//	return tx.Run(ctx, func(ctx context.Context) error { … })
//
// done evicts in the caches that they concern, returns when that is done, and has no effect the second time; evictions
// that come after it are done at once. Evictions whose done is never called do not happen. Within a context that defers
// already, done hands what it has to the outer one. Both are safe for concurrent use.
func DeferEvictions(ctx context.Context) (deferring context.Context, done func()) {
	d := &deferral{outer: deferralOf(ctx), pending: make(map[*Cache]*deferred)}
	return context.WithValue(Bypass(ctx), deferralKey{}, d), func() { d.done(ctx) }
}

type (
	bypassKey   struct{}
	deferralKey struct{}
)

// bypassing is whether any context bypasses the cache: a hit does not look through its context's values where none does.
var bypassing atomic.Bool

func bypasses(ctx context.Context) bool {
	return bypassing.Load() && ctx.Value(bypassKey{}) != nil
}

// deferral holds evictions until its transaction is over.
type deferral struct {
	outer *deferral

	mu      sync.Mutex
	over    bool
	pending map[*Cache]*deferred
}

// deferred are the evictions of one cache: the epochs of tags, and keys, which go after them.
type deferred struct{ epochs, keys map[string]struct{} }

func deferralOf(ctx context.Context) *deferral {
	if ctx == nil || !bypassing.Load() {
		return nil
	}
	d, _ := ctx.Value(deferralKey{}).(*deferral)
	return d
}

// add keeps keys for later. It reports false where they are to be evicted now.
func (d *deferral) add(c *Cache, epochs, keys []string) bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return d.outer.add(c, epochs, keys)
	}
	all := d.pending[c]
	if all == nil {
		all = &deferred{make(map[string]struct{}), make(map[string]struct{})}
		d.pending[c] = all
	}
	for _, key := range epochs {
		all.epochs[key] = struct{}{}
	}
	for _, key := range keys {
		all.keys[key] = struct{}{}
	}
	return true
}

func (d *deferral) done(ctx context.Context) {
	d.mu.Lock()
	pending := d.pending
	d.over, d.pending = true, nil
	d.mu.Unlock()
	for c, all := range pending {
		ev := Eviction{cache: c, keys: slices.Collect(maps.Keys(all.keys)), epochs: slices.Collect(maps.Keys(all.epochs))}
		if d.outer.add(c, ev.epochs, ev.keys) || c.closed.Load() {
			continue
		}
		c.touch(ev.keys)
		_ = ev.evict(ctx)
	}
}
