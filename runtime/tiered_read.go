package runtime

import (
	"context"
	"errors"
	"time"
)

// minPromotion is the least remaining TTL that is worth a copy.
const minPromotion = time.Millisecond

// where says which tiers are asked.
type where uint8

const (
	everywhere where = iota
	outside          // the others: what those in this process hold is known, and of no use
	above            // all but the last
)

// read walks down the tiers, but only through this process's where an eviction has not reached the others yet.
func (t *Tiered) read(ctx context.Context, key string, w where) (Value, error) {
	// Model: steps readUpper, takeGeneration, checkOverdue.
	var (
		failed error
		s      *stripe
		gen    uint64
	)
	for i, tier := range t.tiers {
		if w == outside && tier.local || w == above && tier == t.last() || t.off(tier) {
			continue
		}
		if i > 0 && s == nil {
			// What we know must be older than the answer of the tier below.
			s = t.stripes.of(key)
			gen = s.generation()
		}
		// Asked before the generation is taken, this could miss an eviction that the generation is younger than.
		if !tier.local && t.overdue != nil && t.overdue.has(key) {
			continue
		}
		v, err := tier.get(ctx, key)
		if err == nil {
			if i > 0 {
				v = t.promote(ctx, key, v, i, s, gen)
			}
			return v, nil
		}
		if err != ErrMiss {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return nil, failed
	}
	return nil, ErrMiss
}

// off reports whether the tier must not be used now.
func (t *Tiered) off(tier *tier) bool {
	// Model: step checkGate.
	return tier.local && (!t.gate.live() || !tier.usable())
}

// promote copies v, found in tier hit, to the tiers above for what is left of its TTL, and returns it, or a newer
// value that came with its TTL. s's generation was gen before the tier was asked.
func (t *Tiered) promote(ctx context.Context, key string, v Value, hit int, s *stripe, gen uint64) Value {
	// Model: step checkGate.
	from := t.tiers[hit]
	if from.seen.Add(1)%from.every != 0 {
		return v
	}
	var left time.Duration
	scale := t.maxScale // an entry of a Cache says how long it may live in the tier that keeps it longest
	if gone, ok := goneAt(v); ok {
		left = time.Until(gone)
	} else if from.ttlGetter != nil {
		again, ttl, err := from.getWithTTL(ctx, key)
		if err != nil {
			return v
		}
		v, left, scale = again, ttl, from.scale
	}
	for i := hit - 1; i >= 0; i-- {
		upper := t.tiers[i]
		ttl := scaled(left, min(1, upper.scale/scale))
		if ttl < minPromotion || t.off(upper) {
			continue
		}
		t.promoteTo(ctx, upper, key, v, ttl, s, gen)
	}
	return v
}

func (t *Tiered) promoteTo(ctx context.Context, upper *tier, key string, v Value, ttl time.Duration, s *stripe, gen uint64) {
	// Model: step promote.
	if !upper.local {
		if !s.tryFill(key, gen) {
			return
		}
		defer s.endFill(key)
		if upper.set(ctx, key, v, ttl, t.late(key)) == nil {
			upper.stats.promotions.Add(1)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gen != gen || s.writers[key] > 0 {
		return
	}
	if upper.set(ctx, key, v, ttl, nil) == nil {
		upper.stats.promotions.Add(1)
	}
}

// GetWithTTL returns the nearest value of key whose remaining TTL can be told: by the tier, or by the value where it
// is an entry of a Cache. Where there is a value and neither tells, the error is ErrNoTTL.
func (t *Tiered) GetWithTTL(ctx context.Context, key string) (Value, time.Duration, error) {
	var failed error
	miss := ErrMiss
	for _, tier := range t.tiers {
		var v Value
		var ttl time.Duration
		var err error
		switch {
		case t.off(tier):
			continue
		case tier.ttlGetter != nil:
			v, ttl, err = tier.getWithTTL(ctx, key)
		default:
			if v, err = tier.get(ctx, key); err == nil {
				if gone, ok := goneAt(v); ok {
					ttl = time.Until(gone)
				} else {
					miss = ErrNoTTL
					continue
				}
			}
		}
		if err == nil && ttl > 0 {
			return v, ttl, nil
		}
		if err != nil && err != ErrMiss {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return nil, 0, failed
	}
	return nil, 0, miss
}

// scaled is ttl times scale, at least the shortest duration there is and at most the longest.
func scaled(ttl time.Duration, scale float64) time.Duration {
	if scale == 1 {
		return ttl
	}
	const longest = 100 * 365 * 24 * time.Hour
	return time.Duration(min(max(float64(ttl)*scale, 1), float64(longest)))
}
