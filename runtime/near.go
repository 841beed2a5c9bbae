package runtime

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// Near says whether a method's results are kept in this process decoded too.
type Near uint8

const (
	// NearOff keeps them in the tiers alone.
	NearOff Near = iota
	// NearCopy gives each caller a deep copy of what is kept.
	NearCopy
	// NearShare gives all callers the same value, which they promise not to change.
	NearShare
)

// nearTier keeps decoded results of all methods that want it. It is the uppermost tier: what invalidates entries of the
// tiers in process invalidates its own, and it is used only while theirs may be. It is bounded by W-TinyLFU, so that a
// scan does not flush it; how long a result may be served stands beside it, so that nothing runs to expire it.
type nearTier struct {
	results results
}

// results are *decoded[T] by key. An interface keeps otter's types out of Method's, with which the compiler would make them
// anew in each package that has a Method.
type results interface {
	GetIfPresent(key string) (any, bool)
	Set(key string, d any) (any, bool)
	Invalidate(key string) (any, bool)
	InvalidateAll()
}

func newNearTier(size int) *nearTier {
	return &nearTier{otter.Must(&otter.Options[string, any]{MaximumSize: size})}
}

// decoded is a result as it was in its entry.
type decoded[T any] struct {
	value T
	err   error // a sentinel
	entry entry // kind, fresh and gone
	// The groups and marks of the entry, and how many evictions their stripes had seen before it was read: with each, it
	// may be one of these.
	in      []string
	evicted []uint64
}

// keepNear has t keep decoded results, size of them at most.
func (t *Tiered) keepNear(size int) {
	if t.near.Load() == nil {
		t.near.CompareAndSwap(nil, newNearTier(size))
	}
}

// remove is called under the lock of key's stripe.
func (n *nearTier) remove(key string) {
	if n != nil {
		n.results.Invalidate(key)
	}
}

func (n *nearTier) flush() {
	if n != nil {
		n.results.InvalidateAll()
	}
}

// overwritten forgets what was kept of key, when something else has come to stand in the tiers.
func (t *Tiered) overwritten(key string) {
	// Model: step endFill.
	near := t.near.Load()
	if near == nil {
		return
	}
	s := t.stripes.of(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gen++
	near.remove(key)
}

// nearest is lookup for calls: what is kept decoded, or what the tiers have, which is then kept.
func (m *Method[T]) nearest(ctx context.Context, key string, groups []string) (result T, how freshness, err error) {
	// Model: steps readUpper, takeGeneration, promote.
	t := m.cache.tiers
	near := t.near.Load()
	if !t.gate.live() {
		return m.lookup(ctx, key, groupsOf(groups), due)
	}
	if kept, ok := near.results.GetIfPresent(key); ok {
		if d, ok := kept.(*decoded[T]); ok && t.stand(d.in, d.evicted) {
			if how = m.judge(&d.entry, time.Now().UnixMilli()); how >= due {
				if result, ok := m.hand(d.value); ok {
					m.counters.nearHits.inc()
					return result, how, d.err
				}
			}
		}
	}
	s, state := t.stripes.of(key), t.gate.now()
	gen := s.generation()
	d := &decoded[T]{in: groups}
	d.evicted = t.seen(groups)
	result, how, err = m.lookupEntry(ctx, key, groupsOf(groups), due, func(e entry) {
		d.entry = entry{kind: e.kind, fresh: e.fresh, gone: e.gone}
		marks, _ := tagsOf(e.tags)
		d.in = append(groups[:len(groups):len(groups)], marks...)
		d.evicted = append(d.evicted, t.seen(marks)...)
	})
	if how == useless {
		return result, how, err
	}
	value, ok := m.hand(result)
	if !ok {
		return result, how, err
	}
	d.value, d.err = value, err
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gen == gen && s.evictions[key] == 0 && s.writers[key] == 0 && t.gate.same(state) && t.stand(d.in, d.evicted) {
		near.results.Set(key, d)
	}
	return result, how, err
}

// hand is what one is given of a value that another has too.
func (m *Method[T]) hand(v T) (T, bool) {
	if m.near == NearShare {
		return v, true
	}
	copied, err := codec.Copy(m.codec, v)
	return copied, err == nil
}

// seen tells how many evictions the stripes of keys have seen.
func (t *Tiered) seen(keys []string) []uint64 {
	if len(keys) == 0 {
		return nil
	}
	counts := make([]uint64, len(keys))
	for i, key := range keys {
		counts[i] = t.stripes.of(key).evicted.Load()
	}
	return counts
}

// stand reports whether none of keys has been evicted since evicted was seen. It may take the eviction of another key for
// one.
func (t *Tiered) stand(keys []string, evicted []uint64) bool {
	for i, key := range keys {
		if t.stripes.of(key).evicted.Load() != evicted[i] {
			return false
		}
	}
	return true
}
