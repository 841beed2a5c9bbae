package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// loaded is an entry that a batch's load made, with what must hold for it to be stored.
type loaded struct {
	Item
	storing
}

// writeMany stores the entries of one load, from the last tier up, in one round trip each where the tier can. Those
// whose flight is no longer their key's are left out.
func (t *Tiered) writeMany(ctx context.Context, entries []loaded) {
	kept := make([]loaded, 0, len(entries))
	// Several fills are held at once. Two batches cannot wait for each other: to wait for a fill is to have a newer flight
	// of its key than its holder has, and all flights of a batch are older than all its fills.
	for _, e := range entries {
		if t.stripes.of(e.Key).beginFill(e.Key, e.flight) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return
	}
	defer func() {
		for _, e := range kept {
			t.overwritten(e.Key)
			t.stripes.of(e.Key).endFill(e.Key)
		}
	}()
	type loss struct {
		tier *tier
		loaded
	}
	var lost []loss
	taken := kept
	for i := len(t.tiers) - 1; i >= 0; i-- {
		tier := t.tiers[i]
		switch {
		case t.off(tier):
		case tier.local:
			for _, e := range taken {
				if t.writeLocal(ctx, tier, t.stripes.of(e.Key), e.Key, e.Value, e.TTL, e.storing) != nil {
					lost = append(lost, loss{tier, e})
				}
			}
		case kept[0].hold != nil && tier == t.last():
			taken = t.fillMany(ctx, tier, kept)
		default:
			items := make([]Item, len(taken))
			for j, e := range taken {
				items[j] = Item{Key: e.Key, Value: e.Value, TTL: scaled(e.TTL, tier.scale)}
			}
			failed := make(map[string]bool)
			for _, item := range tier.setMany(ctx, items, t.lateMany) {
				failed[item.Key] = true
			}
			for _, e := range taken {
				if failed[e.Key] {
					lost = append(lost, loss{tier, e})
				}
			}
		}
	}
	for _, l := range lost {
		t.forget(ctx, l.tier, t.stripes.of(l.Key), l.Key, l.storing)
	}
}

// lateMany is late for many keys.
func (t *Tiered) lateMany(items []Item) *givenUp {
	if t.overdue == nil {
		return nil
	}
	return &givenUp{
		begin: func() {
			for _, item := range items {
				t.overdue.hold(item.Key)
			}
		},
		end: func() {
			for _, item := range items {
				t.overdue.release(item.Key)
			}
		},
	}
}

// setMany stores items, whose TTLs are scaled already, in one round trip where the backend can and they are not too
// many. It returns the items that it could not store.
func (t *tier) setMany(ctx context.Context, items []Item, late func([]Item) *givenUp) (failed []Item) {
	for some := range slices.Chunk(items, oneTrip) {
		if t.setSome(ctx, some, late(some)) != nil {
			failed = append(failed, some...)
		}
	}
	return failed
}

func (t *tier) setSome(ctx context.Context, items []Item, late *givenUp) error {
	_, err := observed(ctx, t, "set", t.toldOf(items), func(ctx context.Context) (struct{}, error) {
		if t.batchSetter != nil {
			return struct{}{}, t.batchSetter.SetMany(ctx, items)
		}
		var errs []error
		for _, item := range items {
			if err := t.backend.SetWithTTL(ctx, item.Key, item.Value, item.TTL); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", item.Key, err))
			}
		}
		return struct{}{}, errors.Join(errs...)
	}, late)
	return t.stored(len(items), err)
}
