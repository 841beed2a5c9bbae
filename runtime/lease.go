package runtime

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// A lease stands under the key of an entry, in the shared tier, while one of all processes loads it:
//
//	{"kind":"lease","fill":"9f86d081884c7d65","groups":[5577006791947779]}
//
// The groups are the generations that the load began with, those of tags' epochs included: where they are no longer so,
// its result will not count, and nobody waits for it.
//
// The result is stored only while it stands there still: an eviction removes it as it would the entry, so that nothing
// that was loaded before an eviction is stored after it, in whatever process. Other processes that want the entry wait
// for the lease's end. The protocol is Facebook's (Nishtala and others, Scaling Memcache at Facebook, 2013), with
// compare-and-set on Redis as rueidisaside does it. Where an entry stands under the key that does not count any more, or
// that is to be replaced, its own bytes do the lease's work: each fill has a number of its own.
const leaseHead = `{"kind":"lease","fill":"`

const (
	// leaseTime is how long a lease stands where its process has died. It is renewed while the load runs.
	leaseTime = 3 * time.Second
	// Who waits for another process's load looks after so long whether it is over, and then after longer and longer.
	firstLook, longestLook = 2 * time.Millisecond, 100 * time.Millisecond
)

func newLease(generations []byte) Value {
	lease := append(make(Value, 0, len(leaseHead)+fillLen+len(entryGroups)+len(generations)+len("]}")), leaseHead...)
	lease = append(appendFill(lease, rand.Uint64()), entryGroups...)
	return append(append(lease, generations...), "]}"...)
}

// underway reports whether v is a lease for a load that began with generations.
func underway(v Value, generations []byte) bool {
	rest := v[min(len(v), len(leaseHead)+fillLen):]
	return isLease(v) && string(rest) == entryGroups+string(generations)+"]}"
}

func isLease(v Value) bool { return hasPrefix(v, leaseHead) }

// isEntry reports whether v is what a reader looks for: neither a lease nor a tombstone.
func isEntry(v Value) bool { return v != nil && !isLease(v) && !isTombstone(v) }

// A hold is a load's right to store its result in the shared tier. A nil hold is that of a load whose shared tier gives no
// leases: it stores in any case.
type hold struct {
	tier   *tier
	key    string
	token  Value // what must stand under key; nil: nothing may be stored
	leased bool  // token is a lease
	barred bool  // another's lease or a tombstone stands there
	turn   *hold // if not nil, a lease under a key beside key: it was this process's turn to load

	mu    sync.Mutex
	renew *time.Timer
	over  bool
}

// leaser returns the shared tier if it gives leases; else it is nil.
func (t *Tiered) leaser() *tier {
	if last := t.last(); !last.local && last.leaser != nil {
		return last
	}
	return nil
}

// lease asks the shared tier for a hold of key, for a load with generations. Where something stands there, it returns that
// too: an entry, which was copied up, or another load's lease. A tier that fails gives a hold by which nothing is stored.
func (t *Tiered) lease(ctx context.Context, key string, generations []byte) (h *hold, held Value) {
	// Model: steps takeGeneration, checkOverdue, takeLease.
	last := t.leaser()
	h = &hold{tier: last, key: key}
	s, own := t.stripes.of(key), newLease(generations)
	gen := s.generation()
	if t.overdue.has(key) { // once the generation is taken: see read
		return h, nil // what stands there should not
	}
	held, acquired, err := last.lease(ctx, key, own, leaseTime)
	switch {
	case err != nil:
		return h, nil
	case acquired || bytes.Equal(held, own):
		h.token, h.leased = own, true
		return h, nil
	}
	h.token = held
	if isEntry(held) {
		if hit := len(t.tiers) - 1; hit > 0 {
			t.promote(ctx, key, held, hit, s, gen)
		}
	}
	return h, held
}

// may reports whether the result may be stored.
func (h *hold) may() bool { return h != nil && h.token != nil }

// replace puts a lease where token stands. It reports false where that is no longer so.
func (h *hold) replace(ctx context.Context, generations []byte) bool {
	own := newLease(generations)
	stored, err := h.tier.fill(ctx, h.key, h.token, own, leaseTime)
	switch {
	case err != nil:
		h.token = nil // nobody knows what stands there
	case stored:
		h.token, h.leased = own, true
	default:
		return false
	}
	return true
}

// fill stores value under what was held.
func (h *hold) fill(ctx context.Context, value Value, ttl time.Duration) error {
	// Model: step fill.
	if h.token == nil {
		return errDetached
	}
	stored, err := h.tier.fill(ctx, h.key, h.token, value, ttl)
	if err != nil {
		return h.tier.stored(1, err)
	}
	h.token = nil
	if !stored {
		return errRejected
	}
	return h.tier.stored(1, nil)
}

// keep renews the lease until end.
func (h *hold) keep(ctx context.Context) {
	if h == nil {
		return
	}
	h.turn.keep(ctx)
	if !h.leased {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	token := h.token // the load goes on to use h, and may be done with it
	h.renew = time.AfterFunc(leaseTime/3, func() {
		ctx, cancel := context.WithTimeout(ctx, leaseTime/3)
		defer cancel()
		if stored, err := h.tier.fill(ctx, h.key, token, token, leaseTime); err == nil && !stored {
			return // lost: the result will not be stored
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.over {
			h.renew.Reset(leaseTime / 3)
		}
	})
}

// end stops renewing.
func (h *hold) end() {
	if h == nil {
		return
	}
	h.turn.end()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over = true; h.renew != nil {
		h.renew.Stop()
	}
}

// release takes the lease away where nothing was stored, so that others need not wait for its end.
func (h *hold) release(ctx context.Context) {
	if h == nil {
		return
	}
	h.turn.release(ctx)
	if !h.leased || h.token == nil {
		return
	}
	if h.tier.remover != nil {
		_, _ = h.tier.removeIf(ctx, h.key, h.token)
	}
	h.token = nil
}

// await waits until something else than seen stands under key. It reports false where ctx ends first, or the shared tier
// fails.
func (t *Tiered) await(ctx context.Context, key string, seen Value) bool {
	// Model: step awaitLease.
	for pause := firstLook; ; pause = min(2*pause, longestLook) {
		if !sleep(ctx, pause/2+rand.N(pause)) {
			return false
		}
		v, err := t.last().raw(ctx, key)
		switch {
		case errors.Is(err, ErrMiss):
			return true
		case err != nil:
			return false
		case !bytes.Equal(v, seen):
			return true
		}
	}
}

// A loading is what a load begins with.
type loading struct {
	groups *groups // with their generations
	epochs *groups // of the method's tags
	may    bool    // the generations are known: the result may be stored
	hold   *hold
}

// begin makes ready to load, where there is nothing that is good for least or more: others may have been ahead of this
// load.
func (m *Method[T]) begin(f *call[T], least freshness) (l loading, v T, how freshness, err error) {
	// Model: step takeLease.
	t, g := m.cache.tiers, groupsOf(m.own(f.groups))
	seen := !f.reload && least < never
	if seen {
		stage := f.mark()
		if v, how, err = m.lookAgain(f.ctx, f.key, g, least); how != useless {
			if t.leaser() != nil {
				f.sure = stage
			}
			return l, v, how, err
		}
		if m.stale > 0 && m.cache.failing.has(f.key) {
			if v, ok := m.fallback(f.ctx, f.key, m.own(f.groups)); ok {
				return l, v, stale, nil
			}
		}
	}
	patience, cancel := context.WithDeadline(f.ctx, f.patience())
	defer cancel()
	for {
		l = m.generations(f.ctx, g, seen)
		if t.leaser() == nil {
			return l, v, useless, nil
		}
		if !l.may {
			if l.hold = new(hold); t.barred(f.ctx, f.groups) {
				f.detach()
			}
			return l, v, useless, nil
		}
		generations := l.list()
		stage := f.mark()
		var held Value
		l.hold, held = t.lease(f.ctx, f.key, generations)
		switch {
		case held == nil:
			return l, v, useless, nil
		case isTombstone(held):
			l.hold.token = nil
			f.detach()
			return l, v, useless, nil
		case f.reload:
			return l, v, useless, nil
		case underway(held, generations):
			if !t.await(patience, f.key, held) {
				l.hold.token = nil
				f.detach()
				return l, v, useless, nil
			}
			seen = false
			continue
		case least == never:
			return l, v, useless, nil
		}
		var old T
		if how = useless; isEntry(held) {
			old, how, err = m.read(f.ctx, f.key, held, g, stale, nil)
		}
		seen = false
		switch {
		case how >= least:
			f.sure = stage
			return l, old, how, err
		case how != useless: // others use it while it is loaded again
		case l.hold.replace(f.ctx, generations):
			return l, v, useless, nil
		default:
			continue
		}
		// One process at a time loads it, which a lease beside it says.
		turn, busy := t.lease(f.ctx, f.key+turnKey, nil)
		switch {
		case busy == nil:
			l.hold.turn = turn
			return l, v, useless, nil
		case least == fresh && how == due: // it can wait for that process
			f.sure = stage
			return l, old, how, err
		case !t.await(patience, f.key+turnKey, busy):
			l.hold.token = nil
			f.detach()
			return l, v, useless, nil
		}
	}
}

// generations makes sure that the groups and the method's epochs have one each.
func (m *method) generations(ctx context.Context, g *groups, seen bool) loading {
	l := loading{groups: g, may: g.take(ctx, m.cache, max(m.ttl+m.stale, m.negative), seen)}
	l.epochs = m.epochsNow(ctx, false)
	l.may = l.may && (len(m.epochs) == 0 || l.epochs != nil)
	return l
}

// list is what stands in a lease.
func (l *loading) list() []byte {
	all := l.groups.append(nil)
	if l.epochs != nil {
		if len(all) > 0 {
			all = append(all, ',')
		}
		all = l.epochs.append(all)
	}
	return all
}

// patience is until when f waits for another process's load. What time is left then is for a load of its own. Of two
// loads that wait for each other, one is within another: that one gives in first.
func (f *flight) patience() time.Time {
	if f.parent != nil {
		return time.Now().Add(leaseTime)
	}
	return time.Now().Add(time.Until(f.deadline) / 2)
}

// turnKey is what is added to an entry's key for the key of the lease beside it.
const turnKey = "~"

func (t *tier) lease(ctx context.Context, key string, lease Value, ttl time.Duration) (held Value, acquired bool, err error) {
	type answer struct {
		held     Value
		acquired bool
	}
	a, err := observed(ctx, t, "lease", t.told(key), func(ctx context.Context) (a answer, err error) {
		a.held, a.acquired, err = t.leaser.Lease(ctx, key, lease, ttl)
		return a, err
	}, nil)
	if err != nil {
		return nil, false, t.failed("lease", err)
	}
	return a.held, a.acquired, nil
}

func (t *tier) fill(ctx context.Context, key string, lease, value Value, ttl time.Duration) (stored bool, err error) {
	stored, err = observed(ctx, t, "fill", t.told(key), func(ctx context.Context) (bool, error) {
		return t.leaser.Fill(ctx, key, lease, value, ttl)
	}, nil)
	if err != nil {
		return false, t.failed("fill", err)
	}
	return stored, nil
}
