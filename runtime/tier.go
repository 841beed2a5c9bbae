package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// A tier is a backend with all that the optional interfaces say about it, its guard and its counters.
type tier struct {
	backend   CacheBackend
	name      string
	local     bool // in this process's memory
	scale     float64
	every     uint64
	guard     *guard // nil: none needed, or none wanted
	observers *observers

	batchGetter   BatchGetter
	batchSetter   BatchSetter
	batchRemover  BatchRemover
	ttlGetter     TTLGetter
	remover       ConditionalRemover
	flusher       Flusher
	leaser        Leaser
	batchLeaser   BatchLeaser
	bus           Bus
	evicter       Evicter
	putter        Putter
	prefixRemover PrefixRemover

	stats tierCounters
	seen  atomic.Uint64 // hits that could have been promoted

	// lastGone is the latest unix ms at which anything that was stored here expires; emptyAt is when the tier
	// may be used again after a flush that it cannot do.
	lastGone atomic.Int64
	emptyAt  atomic.Int64
}

func newTier(t Tier) *tier {
	n := &tier{backend: t.Backend, name: t.Backend.Name(), scale: t.TTLScale, every: uint64(t.PromoteEvery)}
	if n.scale == 0 {
		n.scale = 1
	}
	if n.every == 0 {
		n.every = 1
	}
	if p, ok := t.Backend.(InProcess); ok {
		n.local = p.InProcess()
	}
	n.batchGetter, _ = t.Backend.(BatchGetter)
	n.batchSetter, _ = t.Backend.(BatchSetter)
	n.batchRemover, _ = t.Backend.(BatchRemover)
	n.ttlGetter, _ = t.Backend.(TTLGetter)
	n.remover, _ = t.Backend.(ConditionalRemover)
	n.flusher, _ = t.Backend.(Flusher)
	n.leaser, _ = t.Backend.(Leaser)
	n.batchLeaser, _ = t.Backend.(BatchLeaser)
	n.bus, _ = t.Backend.(Bus)
	n.evicter, _ = t.Backend.(Evicter)
	n.putter, _ = t.Backend.(Putter)
	n.prefixRemover, _ = t.Backend.(PrefixRemover)
	return n
}

// guarded returns the same tier with a guard, if it needs one, and counters of its own.
func (t *tier) guarded(o *options) *tier {
	g := newTier(Tier{Backend: t.backend, TTLScale: t.scale, PromoteEvery: int(t.every)})
	if !g.local {
		g.observers = o.observers
		p, ok := t.backend.(Punctual)
		g.guard = newGuard(g.name, ok && p.Punctual(), o)
	}
	return g
}

// get is raw for who looks for an entry.
func (t *tier) get(ctx context.Context, key string) (Value, error) {
	// Model: step readShared.
	v, err := t.raw(ctx, key)
	if !isEntry(v) {
		v = nil
	}
	return v, t.got(len(v), err)
}

// raw returns what stands under key. That is not nil, also where somebody else has stored nothing at all there.
func (t *tier) raw(ctx context.Context, key string) (v Value, err error) {
	switch {
	case t.guard == nil:
		v, err = safelyGet(ctx, t.backend, key)
	case t.guard.punctual && t.observers == nil:
		v, err = t.visit(ctx, key)
	default:
		v, err = observed(ctx, t, "get", t.told(key), func(ctx context.Context) (Value, error) {
			return t.backend.Get(ctx, key)
		}, nil)
	}
	if v == nil && err == nil {
		v = Value{}
	}
	return v, err
}

// visit is guarded without its closures, for the hit path.
func (t *tier) visit(ctx context.Context, key string) (Value, error) {
	visit, err := t.guard.enter(ctx)
	if err != nil {
		return nil, err
	}
	v, err := safelyGet(visit.limited, t.backend, key)
	_, err = visit.leave(err)
	return v, err
}

// safelyGet is safely without its closure, for the hit path.
func safelyGet(ctx context.Context, b CacheBackend, key string) (v Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("cachegen: panic in a backend: %v", p)
		}
	}()
	return b.Get(ctx, key)
}

// got counts a read of one key.
func (t *tier) got(size int, err error) error {
	switch {
	case err == nil && size > 0:
		t.stats.hits.inc()
		return nil
	case err == nil, err == ErrMiss, errors.Is(err, ErrMiss):
		t.stats.misses.Add(1)
		return ErrMiss
	default:
		t.stats.failedGets.Add(1)
		return t.failed("get", err)
	}
}

func (t *tier) getWithTTL(ctx context.Context, key string) (Value, time.Duration, error) {
	type answer struct {
		value Value
		ttl   time.Duration
	}
	a, err := observed(ctx, t, "get", t.told(key), func(ctx context.Context) (a answer, err error) {
		a.value, a.ttl, err = t.ttlGetter.GetWithTTL(ctx, key)
		return a, err
	}, nil)
	if !isEntry(a.value) {
		a = answer{}
	}
	return a.value, a.ttl, t.got(len(a.value), err)
}

// set stores value for ttl, which is scaled already.
func (t *tier) set(ctx context.Context, key string, value Value, ttl time.Duration, late *givenUp) error {
	_, err := observed(ctx, t, "set", t.told(key), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.backend.SetWithTTL(ctx, key, value, ttl)
	}, late)
	if t.local {
		t.holds(ttl)
	}
	return t.stored(1, err)
}

func (t *tier) stored(n int, err error) error {
	if err != nil {
		return t.failed("set", err)
	}
	t.stats.sets.Add(uint64(n))
	return nil
}

// oneTrip bounds how many keys go into one round trip, so that many keys do not pass its time limit.
const oneTrip = 500

// getMany returns one value per key, nil where it is absent, in one round trip where the backend can and they are not
// too many.
func (t *tier) getMany(ctx context.Context, keys []string) ([]Value, error) {
	// Model: step readShared.
	if len(keys) <= oneTrip {
		return t.getSome(ctx, keys)
	}
	values := make([]Value, 0, len(keys))
	for some := range slices.Chunk(keys, oneTrip) {
		got, err := t.getSome(ctx, some)
		if err != nil {
			return nil, err
		}
		values = append(values, got...)
	}
	return values, nil
}

func (t *tier) getSome(ctx context.Context, keys []string) ([]Value, error) {
	values, err := observed(ctx, t, "get", keys, func(ctx context.Context) ([]Value, error) {
		return t.fetch(ctx, keys)
	}, nil)
	if err != nil {
		t.stats.failedGets.Add(uint64(len(keys)))
		return nil, t.failed("get", err)
	}
	for i, v := range values {
		if !isEntry(v) {
			values[i] = nil
		}
		_ = t.got(len(values[i]), nil)
	}
	return values, nil
}

// fetch asks the backend for keys.
func (t *tier) fetch(ctx context.Context, keys []string) ([]Value, error) {
	if t.batchGetter != nil {
		values, err := t.batchGetter.GetMany(ctx, keys)
		if err == nil && len(values) != len(keys) {
			err = fmt.Errorf("%d values for %d keys", len(values), len(keys))
		}
		return values, err
	}
	values := make([]Value, len(keys))
	for i, key := range keys {
		v, err := t.backend.Get(ctx, key)
		if err != nil && !errors.Is(err, ErrMiss) {
			return nil, err
		}
		if err == nil {
			values[i] = v
		}
	}
	return values, nil
}

func (t *tier) remove(ctx context.Context, keys ...string) error {
	_, err := observed(ctx, t, "remove", keys, func(ctx context.Context) (struct{}, error) {
		if t.batchRemover != nil && len(keys) > 1 {
			return struct{}{}, t.batchRemover.RemoveMany(ctx, keys)
		}
		var errs []error
		for _, key := range keys {
			if err := t.backend.Remove(ctx, key); err != nil {
				errs = append(errs, err)
			}
		}
		return struct{}{}, errors.Join(errs...)
	}, nil)
	return t.removed(len(keys), err)
}

func (t *tier) removed(n int, err error) error {
	if err != nil {
		return t.failed("remove", err)
	}
	t.stats.removes.Add(uint64(n))
	return nil
}

func (t *tier) removeIf(ctx context.Context, key string, old Value) (bool, error) {
	removed, err := observed(ctx, t, "remove", t.told(key), func(ctx context.Context) (bool, error) {
		return t.remover.RemoveIf(ctx, key, old)
	}, nil)
	if err != nil {
		return false, t.failed("remove", err)
	}
	if removed {
		t.stats.removes.Add(1)
	}
	return removed, nil
}

// flush makes all that the tier holds unreadable, or the tier unused until all of it has expired.
func (t *tier) flush(ctx context.Context) {
	if t.flusher != nil {
		_, err := safely(ctx, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, t.flusher.Flush(ctx)
		})
		if err == nil {
			return
		}
		_ = t.failed("flush", err)
	}
	t.emptyAt.Store(t.lastGone.Load())
}

// usable is false while the tier may hold entries that a flush should have removed.
func (t *tier) usable() bool {
	at := t.emptyAt.Load()
	return at == 0 || time.Now().UnixMilli() > at
}

func (t *tier) holds(ttl time.Duration) {
	gone := time.Now().Add(ttl).UnixMilli()
	for {
		last := t.lastGone.Load()
		if gone <= last || t.lastGone.CompareAndSwap(last, gone) {
			return
		}
	}
}

func (t *tier) failed(what string, err error) error {
	t.stats.errors.Add(1)
	if errors.Is(err, ErrTimeout) {
		t.stats.timeouts.Add(1)
	}
	return fmt.Errorf("cachegen: %s in tier %s: %w", what, t.name, err)
}
