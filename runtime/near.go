package runtime

import (
	"context"
	"hash/maphash"
	"math"

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
//
// Results are found by the hashes of their keys, and bear the keys: so they can be asked for by a key that is no string
// yet. Of two keys with one hash, the later is kept.
type nearTier struct {
	results results
	stripes *stripes // which hash the keys
}

// results are *decoded[T] by the hash of the key. An interface keeps otter's types out of Method's, with which the compiler
// would make them anew in each package that has a Method.
type results interface {
	GetIfPresent(hash uint64) (any, bool)
	Set(hash uint64, d any) (any, bool)
	Invalidate(hash uint64) (any, bool)
	InvalidateAll()
}

// newNearTier bounds what is kept by entries and by bytes. Of the two, otter knows one: so each entry weighs at least as
// many bytes as there are for it, when there are as many as there may be.
func newNearTier(s *stripes, entries int, bytes int64) *nearTier {
	least := (bytes-1)/int64(entries) + 1
	if least > math.MaxInt32 { // more than so few entries ever take
		least, bytes = math.MaxInt32, int64(entries)*math.MaxInt32
	}
	return &nearTier{stripes: s, results: otter.Must(&otter.Options[uint64, any]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ uint64, d any) uint32 { return max(uint32(least), d.(interface{ weight() uint32 }).weight()) },
	})}
}

// decoded is a result as it was in its entry.
type decoded[T any] struct {
	key   string
	value T
	err   error // a sentinel
	life
	bytes  uint32
	within []standing
}

func (d *decoded[T]) weight() uint32 { return d.bytes }

// about says all but what the result is: for Cache.Inspect.
func (d *decoded[T]) about() (life, []standing, error) {
	return d.life, d.within, d.err
}

func (d *decoded[T]) is(key string) bool { return d.key == key }

// kept is a *decoded[T].
type kept interface {
	weight() uint32
	about() (life, []standing, error)
	is(key string) bool
}

// peek is what is kept under key, nil if that is nothing. It is no use of it.
func (n *nearTier) peek(key string) kept {
	if n == nil {
		return nil
	}
	e, _ := n.results.(*otter.Cache[uint64, any]).GetEntryQuietly(n.stripes.hash(key))
	if d, ok := e.Value.(kept); ok && d.is(key) {
		return d
	}
	return nil
}

// decodedBytes guesses what it takes to keep a result that took some bytes as JSON: strings take as much, numbers and
// what is between them less or more, maps much more. The rest is for the entry itself and otter's.
func decodedBytes(key string, payload []byte) uint32 {
	return uint32(min(2*len(payload)+len(key)+256, math.MaxUint32))
}

// keepNear has t keep decoded results.
func (t *Tiered) keepNear(entries int, bytes int64) {
	if t.near.Load() == nil {
		t.near.CompareAndSwap(nil, newNearTier(t.stripes, entries, bytes))
	}
}

// remove is called under the lock of key's stripe.
func (n *nearTier) remove(key string) {
	if n != nil {
		n.results.Invalidate(n.stripes.hash(key))
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

// Near returns what is kept decoded under key, if it is fresh. It is for methods with MethodConfig.Near, before Get, which
// looks there too: for Near, key need not be a string yet, nor the groups known, and a hit allocates no more than the
// copy that it hands out. Misses are for Get to count. Near keeps no reference to key.
func (m *Method[T]) Near(ctx context.Context, key []byte) (result T, ok bool, err error) {
	if ctx == nil || !m.serves(ctx) || !m.cache.tiers.gate.live() {
		return result, false, nil
	}
	d := m.kept(maphash.Bytes(stripeSeed, key))
	if d == nil || d.key != string(key) {
		return result, false, nil
	}
	result, how, err := m.handOut(d)
	if how == useless || how == due && m.refreshes(d.key) {
		var none T
		return none, false, nil
	}
	m.counters.nearHits.inc()
	m.cache.hot.hit(&m.method, d.key, nil)
	if err != nil {
		m.counters.notFound.Add(1)
	}
	return result, true, err
}

// keptUnder is Near for Get.
func (m *Method[T]) keptUnder(key string) (result T, how freshness, err error) {
	t := m.cache.tiers
	if !t.gate.live() {
		return result, useless, nil
	}
	d := m.kept(t.stripes.hash(key))
	if d == nil || d.key != key {
		return result, useless, nil
	}
	return m.handOut(d)
}

// kept is what is kept decoded under a key with that hash.
func (m *Method[T]) kept(hash uint64) *decoded[T] {
	kept, _ := m.cache.tiers.near.Load().results.GetIfPresent(hash)
	d, _ := kept.(*decoded[T])
	return d
}

// handOut is what a caller is given of what is kept, if that still counts.
func (m *Method[T]) handOut(d *decoded[T]) (result T, how freshness, err error) {
	if how = m.judge(d.life, m.cache.clock.now()); how < due || !stand(d.within) {
		return result, useless, nil
	}
	result, ok := m.hand(d.value)
	if !ok {
		return result, useless, nil
	}
	return result, how, d.err
}

// lookupToKeep is lookup for calls; what it finds is kept decoded.
func (m *Method[T]) lookupToKeep(ctx context.Context, key string, groups []string) (result T, how freshness, err error) {
	// Model: steps readUpper, takeGeneration, promote.
	t := m.cache.tiers
	s, state := t.stripes.of(key), t.gate.now()
	gen := s.generation()
	d := &decoded[T]{key: key, within: t.stripes.seen(nil, groups)}
	result, how, err = m.lookupEntry(ctx, key, groupsOf(groups), due, func(e entry) {
		d.life, d.bytes = e.life, decodedBytes(key, e.payload)
		marks, _ := tagsOf(e.tags)
		d.within = t.stripes.seen(d.within, marks)
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
	if s.gen == gen && s.evictions[key] == 0 && s.writers[key] == 0 && t.gate.same(state) && stand(d.within) {
		t.near.Load().results.Set(t.stripes.hash(key), d)
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
