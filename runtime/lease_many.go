package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// holds are those of a batch's flights, one for each. They are nil where the shared tier gives none.
type holds struct {
	tier *tier
	all  []*hold

	mu    sync.Mutex
	renew *time.Timer
	over  bool
}

// leaseMany is lease for each of keys, whose loads have generations. A key that another process loads is loaded here too,
// since a batch does not wait, and is not stored; where an entry stands, this one takes its place. A key without
// generations will not be stored.
func (t *Tiered) leaseMany(ctx context.Context, keys []string, generations [][]byte) *holds {
	// Model: steps checkOverdue, takeLease, awaitLease.
	last := t.leaser()
	if last == nil {
		return nil
	}
	h := &holds{tier: last, all: make([]*hold, len(keys))}
	var asked []int
	leases := make([]Value, len(keys))
	for i, key := range keys {
		h.all[i] = &hold{tier: last, key: key}
		if generations[i] != nil && !t.overdue.has(key) {
			asked, leases[i] = append(asked, i), newLease(generations[i])
		}
	}
	for some := range slices.Chunk(asked, oneTrip) {
		held, err := last.leaseMany(ctx, pick(keys, some), pick(leases, some), leaseTime)
		if err != nil {
			continue
		}
		for j, i := range some {
			hold := h.all[i]
			switch v := held[j]; {
			case v == nil || bytes.Equal(v, leases[i]):
				hold.token, hold.leased = leases[i], true
			case !isTombstone(v) && !underway(v, generations[i]):
				hold.token = v
			default:
				hold.barred = true
			}
		}
	}
	return h
}

// of returns the hold of a flight.
func (h *holds) of(i int) *hold {
	if h == nil {
		return nil
	}
	return h.all[i]
}

// keep renews the leases until end.
func (h *holds) keep(ctx context.Context) {
	if h == nil {
		return
	}
	var items []Item
	var leases []Value
	for _, hold := range h.all {
		if hold.leased {
			items, leases = append(items, Item{hold.key, hold.token, leaseTime}), append(leases, hold.token)
		}
	}
	if len(items) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.renew = time.AfterFunc(leaseTime/3, func() {
		ctx, cancel := context.WithTimeout(ctx, leaseTime/3)
		defer cancel()
		h.tier.fillMany(ctx, items, leases)
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.over {
			h.renew.Reset(leaseTime / 3)
		}
	})
}

// end stops renewing, and takes away the leases under which nothing was stored.
func (h *holds) end(c *Cache, ctx context.Context) {
	if h == nil {
		return
	}
	h.mu.Lock()
	if h.over = true; h.renew != nil {
		h.renew.Stop()
	}
	h.mu.Unlock()
	left := slices.DeleteFunc(h.all, func(hold *hold) bool { return !hold.leased || hold.token == nil })
	if len(left) == 0 || !c.work.begin() {
		return
	}
	go func() { // nobody here waits for it
		defer c.work.end()
		for _, hold := range left {
			hold.release(ctx)
		}
	}()
}

// fillMany stores the entries that their holds allow, and returns those that the shared tier took.
func (t *Tiered) fillMany(ctx context.Context, tier *tier, entries []loaded) (taken []loaded) {
	// Model: step fill.
	for some := range slices.Chunk(entries, oneTrip) {
		var items []Item
		var leases []Value
		var at []int
		stages := make([]int, len(some))
		for i, e := range some {
			if e.hold.token != nil {
				stages[i] = e.flight.mark()
				items = append(items, Item{e.Key, e.Value, scaled(e.TTL, tier.scale)})
				leases, at = append(leases, e.hold.token), append(at, i)
			}
		}
		stored := tier.fillMany(ctx, items, leases)
		for j, i := range at {
			e := some[i]
			e.hold.token = nil
			if stored != nil && stored[j] {
				e.flight.sure = stages[i]
				taken = append(taken, e)
			}
		}
	}
	return taken
}

func (t *tier) leaseMany(ctx context.Context, keys []string, leases []Value, ttl time.Duration) ([]Value, error) {
	held, err := observed(ctx, t, "lease", keys, func(ctx context.Context) ([]Value, error) {
		if t.batchLeaser != nil {
			held, err := t.batchLeaser.LeaseMany(ctx, keys, leases, ttl)
			if err == nil && len(held) != len(keys) {
				err = fmt.Errorf("%d leases for %d keys", len(held), len(keys))
			}
			return held, err
		}
		held := make([]Value, len(keys))
		for i, key := range keys {
			v, acquired, err := t.leaser.Lease(ctx, key, leases[i], ttl)
			if err != nil {
				return nil, err
			}
			if !acquired {
				held[i] = v
			}
		}
		return held, nil
	}, nil)
	if err != nil {
		return nil, t.failed("lease", err)
	}
	return held, nil
}

// fillMany reports which of items were stored; nil says that nobody knows.
func (t *tier) fillMany(ctx context.Context, items []Item, leases []Value) []bool {
	if len(items) == 0 {
		return nil
	}
	stored, err := observed(ctx, t, "fill", t.toldOf(items), func(ctx context.Context) ([]bool, error) {
		if t.batchLeaser != nil {
			stored, err := t.batchLeaser.FillMany(ctx, items, leases)
			if err == nil && len(stored) != len(items) {
				err = fmt.Errorf("%d answers for %d items", len(stored), len(items))
			}
			return stored, err
		}
		stored := make([]bool, len(items))
		for i, item := range items {
			ok, err := t.leaser.Fill(ctx, item.Key, leases[i], item.Value, item.TTL)
			if err != nil && !errors.Is(err, ErrTooLarge) {
				return nil, err
			}
			stored[i] = ok
		}
		return stored, nil
	}, nil)
	if t.stored(len(items), err) != nil {
		return nil
	}
	return stored
}
