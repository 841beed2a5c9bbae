package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"time"
)

// Tier is one level of a Tiered.
type Tier struct {
	Backend CacheBackend
	// TTLScale multiplies the TTL of what is stored in this tier; 0 means 1.
	TTLScale float64
	// PromoteEvery says that only every n-th hit in this tier is copied to the tiers above it; 0 and 1 mean
	// each hit.
	PromoteEvery int
}

// Tiered is a CacheBackend made of CacheBackends, the nearest first, the one that all processes share last.
//
//   - Get asks the tiers in order. A hit is copied to the tiers above it for what is left of its TTL, at most. Where
//     nothing tells how much that is (the value is no entry of a Cache, the tier no TTLGetter), or less than a
//     millisecond is left, it is not copied.
//   - SetWithTTL stores from the last tier up, each with the TTL times its scale. It succeeds if any tier took the
//     value; a tier that did not then loses the key, as far as it can be reached. If none did, all is left as it was.
//   - Remove goes from the last tier up, since the other order would let a reader bring the old value back. It tries all
//     tiers and reports each that failed.
//
// Everywhere, a tier that fails is skipped and counted, and the others serve. All methods are safe for concurrent
// use.
type Tiered struct {
	tiers    []*tier
	between  int // how many tiers outside this process there are above the last
	stripes  *stripes
	maxScale float64
	gate     *gate // nil: the upper tiers are always in use
	// overdue, where not nil, knows the keys that the tiers outside this process may hold in a form that they should not.
	overdue *overdue
	// near keeps results decoded, if any method wants that.
	near atomic.Pointer[nearTier]
	// recent, where not nil, knows which keys were evicted a moment ago.
	recent *recent
}

var (
	_ CacheBackend       = (*Tiered)(nil)
	_ InProcess          = (*Tiered)(nil)
	_ BatchGetter        = (*Tiered)(nil)
	_ BatchSetter        = (*Tiered)(nil)
	_ BatchRemover       = (*Tiered)(nil)
	_ TTLGetter          = (*Tiered)(nil)
	_ ConditionalRemover = (*Tiered)(nil)
	_ io.Closer          = (*Tiered)(nil)
)

// NewTiered composes tiers, the nearest first. A Tiered among them is taken apart: its tiers take its place, with
// the product of the scales and the larger of the PromoteEvery.
func NewTiered(tiers ...Tier) (*Tiered, error) {
	t := &Tiered{stripes: newStripes()}
	for i, tier := range tiers {
		switch {
		case tier.Backend == nil:
			return nil, fmt.Errorf("cachegen: tier %d: Backend is nil", i)
		case tier.TTLScale < 0, math.IsNaN(tier.TTLScale), math.IsInf(tier.TTLScale, 0):
			return nil, fmt.Errorf("cachegen: tier %d: TTLScale is %v, want a positive number", i, tier.TTLScale)
		case tier.PromoteEvery < 0:
			return nil, fmt.Errorf("cachegen: tier %d: PromoteEvery is %d, want 0 or more", i, tier.PromoteEvery)
		}
		nested, ok := tier.Backend.(*Tiered)
		if !ok {
			t.tiers = append(t.tiers, newTier(tier))
			continue
		}
		if nested == nil {
			return nil, fmt.Errorf("cachegen: tier %d: Backend is nil", i)
		}
		for _, inner := range nested.tiers {
			scale := inner.scale
			if tier.TTLScale != 0 {
				scale *= tier.TTLScale
			}
			every := max(int(inner.every), tier.PromoteEvery)
			t.tiers = append(t.tiers, newTier(Tier{Backend: inner.backend, TTLScale: scale, PromoteEvery: every}))
		}
	}
	if len(t.tiers) == 0 {
		return nil, errors.New("cachegen: no tiers")
	}
	for i, tier := range t.tiers {
		t.maxScale = max(t.maxScale, tier.scale)
		if !tier.local && i < len(t.tiers)-1 {
			t.between++
		}
	}
	return t, nil
}

// guarded returns t with a guard around each tier that needs one. Both share what they know of keys in use.
func (t *Tiered) guarded(o *options) *Tiered {
	g := &Tiered{stripes: t.stripes, maxScale: t.maxScale, between: t.between}
	for _, tier := range t.tiers {
		g.tiers = append(g.tiers, tier.guarded(o))
	}
	return g
}

// lacks says what is not promised since the shared tier cannot do it.
func (t *Tiered) lacks() (list []string) {
	last := t.last()
	if last.local {
		return nil
	}
	if last.leaser == nil {
		list = append(list, "no Leaser: what one process loaded before another evicts it may be stored after that, and stay for its TTL; each process loads for itself")
	}
	if last.bus == nil && t.between < len(t.tiers)-1 {
		list = append(list, "no Bus: what other processes keep above it stays there for its TTL after an eviction")
	}
	return list
}

func (t *Tiered) last() *tier { return t.tiers[len(t.tiers)-1] }

// Name joins the tiers' names.
func (t *Tiered) Name() string {
	name := "tiered("
	for i, tier := range t.tiers {
		if i > 0 {
			name += ","
		}
		name += tier.name
	}
	return name + ")"
}

// InProcess reports whether all tiers are in process.
func (t *Tiered) InProcess() bool {
	for _, tier := range t.tiers {
		if !tier.local {
			return false
		}
	}
	return true
}

// HealthCheck joins the tiers' errors.
func (t *Tiered) HealthCheck(ctx context.Context) error {
	var errs []error
	for _, tier := range t.tiers {
		errs = append(errs, tier.health(ctx))
	}
	return errors.Join(errs...)
}

// Close closes the tiers that are io.Closers.
func (t *Tiered) Close() error {
	var errs []error
	for _, tier := range t.tiers {
		if c, ok := tier.backend.(io.Closer); ok {
			_, err := safely(context.Background(), func(context.Context) (struct{}, error) {
				return struct{}{}, c.Close()
			})
			if err != nil {
				errs = append(errs, fmt.Errorf("cachegen: close tier %s: %w", tier.name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// Get returns the value of the nearest tier that has key, or ErrMiss where none has. Where none has it and some could not
// say, the error is theirs.
func (t *Tiered) Get(ctx context.Context, key string) (Value, error) {
	return t.read(ctx, key, everywhere)
}

// SetWithTTL stores value in all tiers.
func (t *Tiered) SetWithTTL(ctx context.Context, key string, value Value, ttl time.Duration) error {
	if ttl <= 0 {
		return ErrInvalidTTL
	}
	return t.write(ctx, key, value, ttl, storing{})
}

// Remove removes key from all tiers.
func (t *Tiered) Remove(ctx context.Context, key string) error {
	return t.RemoveMany(ctx, []string{key})
}

// RemoveMany removes keys from all tiers, in one round trip each where the tier can.
func (t *Tiered) RemoveMany(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	return t.evict(ctx, keys, func() error { return t.removeShared(ctx, keys) })
}

// RemoveIf removes key from each tier that can tell whether it still holds old.
func (t *Tiered) RemoveIf(ctx context.Context, key string, old Value) (bool, error) {
	s := t.stripes.of(key)
	s.beginFill(key, nil) // so that of two callers at once one is told that it removed the key, not each for a tier
	defer s.endFill(key)
	var removed bool
	var errs []error
	for i := len(t.tiers) - 1; i >= 0; i-- {
		if t.tiers[i].remover == nil {
			continue
		}
		ok, err := t.tiers[i].removeIf(ctx, key, old)
		removed = removed || ok
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// evict removes keys, with shared for the tiers outside this process, and from the last tier up: a reader who finds
// the old value there just before may copy it up only as long as removeLocal has not been. The loads in flight are
// detached twice: before, so that what is being stored is stored before the removal, and after, so that who comes
// later joins no load that found the old value in the shared tier.
func (t *Tiered) evict(ctx context.Context, keys []string, shared func() error) error {
	// Model: step beginEviction.
	for _, key := range keys {
		t.stripes.of(key).beginEviction(key)
	}
	err := shared()
	return errors.Join(err, t.removeLocal(ctx, keys, true))
}

// removeShared removes keys from the tiers outside this process.
func (t *Tiered) removeShared(ctx context.Context, keys []string) error {
	var errs []error
	for i := len(t.tiers) - 1; i >= 0; i-- {
		if !t.tiers[i].local {
			errs = append(errs, t.tiers[i].remove(ctx, keys...))
		}
	}
	return errors.Join(errs...)
}

// removeBetween removes keys from the tiers outside this process but for the last.
func (t *Tiered) removeBetween(ctx context.Context, keys []string) error {
	var errs []error
	for i := len(t.tiers) - 2; i >= 0; i-- {
		if !t.tiers[i].local {
			errs = append(errs, t.tiers[i].remove(ctx, keys...))
		}
	}
	return errors.Join(errs...)
}

// removeLocal removes keys from the tiers in this process and makes every value of theirs that someone is holding
// unfit for the upper tiers. It ends the evictions of keys, if they were begun.
func (t *Tiered) removeLocal(ctx context.Context, keys []string, begun bool) error {
	// Model: step removeUpper.
	t.recent.add(keys)
	near := t.near.Load()
	var errs []error
	for _, key := range keys {
		s := t.stripes.of(key)
		s.mu.Lock()
		s.gen++
		s.evicted.Add(1)
		delete(s.flights, key)
		near.remove(key)
		for i := len(t.tiers) - 1; i >= 0; i-- {
			if t.tiers[i].local {
				errs = append(errs, t.tiers[i].remove(ctx, key))
			}
		}
		if begun {
			s.endEviction(key)
		}
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}
