package runtime

import (
	"context"
	"errors"
	"time"
)

// storing says what must hold for a load's result to be stored. The zero value is a store of anything else.
type storing struct {
	// flight, if not nil, must still be its key's when the store begins, and where a tier in process takes the value.
	flight *flight
	// state is the gate's when the load began.
	state uint64
	// hold, if not nil, is what the shared tier takes the value by; what it does not take, no other tier does.
	hold *hold
}

// write stores value from the last tier up, for ttl times each tier's scale. It returns nil if any tier took the value.
func (t *Tiered) write(ctx context.Context, key string, value Value, ttl time.Duration, f storing) error {
	// Model: step fill.
	s := t.stripes.of(key)
	if !s.beginFill(key, f.flight) {
		return errDetached
	}
	defer s.endFill(key)

	defer t.overwritten(key)
	var errs []error
	var failed []*tier
	stored := false
	for i := len(t.tiers) - 1; i >= 0; i-- {
		tier := t.tiers[i]
		var err error
		switch {
		case t.off(tier):
			continue
		case tier.local:
			err = t.writeLocal(ctx, tier, s, key, value, ttl, f)
		case f.hold != nil && tier == t.last():
			stage := f.flight.mark()
			if err = f.hold.fill(ctx, value, scaled(ttl, tier.scale)); err != nil {
				if err != errRejected && err != errDetached {
					t.forget(ctx, tier, s, key, f)
				}
				return err
			}
			f.flight.sure = stage
		default:
			err = tier.set(ctx, key, value, scaled(ttl, tier.scale), t.late(key))
		}
		if err != nil {
			errs = append(errs, err)
			failed = append(failed, tier)
		} else {
			stored = true
		}
	}
	if stored || f.flight != nil {
		for _, tier := range failed {
			t.forget(ctx, tier, s, key, f)
		}
	}
	if stored {
		return nil
	}
	return errors.Join(errs...)
}

var (
	errDetached = errors.New("cachegen: invalidated while it was loaded")
	errRejected = errors.New("cachegen: invalidated elsewhere while it was loaded")
)

// forget removes what a tier has under key that could not take the new value, so that it does not come back to light.
func (t *Tiered) forget(ctx context.Context, tier *tier, s *stripe, key string, f storing) {
	// Model: step storeUpper.
	switch {
	case tier.local:
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = tier.remove(ctx, key)
	case f.flight == nil:
		_ = tier.remove(context.WithoutCancel(ctx), key)
	case f.flight.reload && t.overdue != nil:
		t.overdue.add(key)
	default:
		// There was nothing, or nothing of use: hence the load. It is not worth the wait for a tier that fails.
	}
}

// late keeps key from being read outside this process while a store of it goes on that was given up: an eviction may come
// before its end.
func (t *Tiered) late(key string) *givenUp {
	if t.overdue == nil {
		return nil
	}
	return &givenUp{
		begin: func() { t.overdue.hold(key) },
		end:   func() { t.overdue.release(key) },
	}
}

func (t *Tiered) writeLocal(ctx context.Context, tier *tier, s *stripe, key string, value Value, ttl time.Duration, f storing) error {
	// Model: step storeUpper.
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.flight != nil && (s.flights[key] != f.flight || !t.gate.same(f.state)) {
		return errDetached
	}
	s.gen++ // someone may hold an older value from below
	return tier.set(ctx, key, value, scaled(ttl, tier.scale), nil)
}

// GetMany returns one value per key, nil where no tier has it; it asks each tier once for what those above lack. Where a
// tier fails, and the others do not have everything, what they have is returned beside the error.
func (t *Tiered) GetMany(ctx context.Context, keys []string) ([]Value, error) {
	return t.readMany(ctx, keys, nil)
}

// readMany is GetMany. past, if not nil, names keys that tiers outside this process are not asked for.
func (t *Tiered) readMany(ctx context.Context, keys []string, past func(key string) bool) ([]Value, error) {
	// Model: steps readUpper, takeGeneration, checkOverdue.
	values := make([]Value, len(keys))
	missing := make([]int, len(keys))
	for i := range keys {
		missing[i] = i
	}
	var gens []uint64 // by position in keys, taken before the first tier below another was asked
	var errs []error
	for i, tier := range t.tiers {
		if len(missing) == 0 {
			break
		}
		if t.off(tier) {
			continue
		}
		if i > 0 && gens == nil {
			gens = make([]uint64, len(keys))
			for _, at := range missing {
				gens[at] = t.stripes.of(keys[at]).generation()
			}
		}
		var wanted []string
		var asked, still []int
		for _, at := range missing {
			if past != nil && !tier.local && past(keys[at]) {
				still = append(still, at)
				continue
			}
			wanted, asked = append(wanted, keys[at]), append(asked, at)
		}
		if len(wanted) == 0 {
			continue
		}
		got, err := tier.getMany(ctx, wanted)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for j, at := range asked {
			v := got[j]
			if len(v) == 0 {
				still = append(still, at)
				continue
			}
			if i > 0 {
				v = t.promote(ctx, keys[at], v, i, t.stripes.of(keys[at]), gens[at])
			}
			values[at] = v
		}
		missing = still
	}
	if len(missing) > 0 && len(errs) > 0 {
		return values, errors.Join(errs...)
	}
	return values, nil
}

// SetMany stores all items, each as SetWithTTL does.
func (t *Tiered) SetMany(ctx context.Context, items []Item) error {
	var errs []error
	for _, item := range items {
		errs = append(errs, t.SetWithTTL(ctx, item.Key, item.Value, item.TTL))
	}
	return errors.Join(errs...)
}
