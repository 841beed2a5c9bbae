package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrForeignKey says that a key is not of the cache's namespace: whatever stands under it belongs to somebody else.
var ErrForeignKey = errors.New("cachegen: key is not of the cache's namespace")

// Inspection is what a cache holds under a key, and what it makes of it.
type Inspection struct {
	Key string
	// Method is the method, "prefix.Method", whose entry or group stands under such a key; "" where this process has none.
	Method string
	// Loading says that a load of it is under way in this process.
	Loading bool
	// Pending says that an eviction of it has not reached the shared tier yet, which is not read for it until then.
	Pending bool
	// Near is what is kept decoded of it in this process. Where nothing is, its Kind is KindNone.
	Near Held
	// Tiers are the tiers from first to last.
	Tiers []Held
}

// Held is what one tier holds under a key.
type Held struct {
	// Tier is the name of the tier's backend; "near" for what is kept decoded.
	Tier string
	// Err says why it is not known what the tier holds.
	Err  error
	Kind HeldKind
	// Unfit says why no call is answered with it, "" if one would be. It is for people, not for programs.
	Unfit string
	// Fresh and Gone are what is left until it is stale and until it has no further use; they are negative when that has
	// been. They are 0 for a lease and a tombstone, and Fresh is for a group.
	Fresh, Gone time.Duration
	// TTL is for how much longer the tier keeps it; 0 where the tier does not tell.
	TTL time.Duration
	// Bytes is how large it is: the whole entry. What is kept decoded is guessed.
	Bytes int
	// Schema is the fingerprint of the result type's shape.
	Schema string
	// Sentinel is the name of the error that a KindNotFound answers with.
	Sentinel string
	// Generation is that of a KindGroup.
	Generation uint64
	// Groups are the groups and tags that an entry is in.
	Groups []HeldGroup
	// Value is the payload of an entry; of what is none of ours, or is corrupt, all of it. It may be no JSON then.
	Value Value
}

// HeldGroup is a group, or a mark of a tag, that an entry is in.
type HeldGroup struct {
	// Key is what evicts the group. It is "" where it is not known: entries bear the generations of their groups, not the
	// keys. They are found by the entry's key, but for one that was shortened, and not for groups that have been evicted
	// or come of a tag: those are known of the keys that Cache.HotKeys watches.
	Key string
	// Generation is what the entry bears, Now what the group has; 0 where it has none or is not known.
	Generation, Now uint64
}

// Current reports whether the group has not been evicted since the entry was loaded.
func (g HeldGroup) Current() bool { return g.Now != 0 && g.Now == g.Generation }

// HeldKind says what stands under a key. It is the word that stands in the entry.
type HeldKind string

const (
	KindNone      HeldKind = ""
	KindValue     HeldKind = "value"
	KindNotFound  HeldKind = "notfound"  // a sentinel error
	KindLease     HeldKind = "lease"     // some process loads it
	KindTombstone HeldKind = "tombstone" // a write of it is under way
	KindGroup     HeldKind = "group"
	KindCorrupt   HeldKind = "corrupt" // none of the others
)

// Namespace is what every key of the cache begins with, up to the first colon. That of a nil cache is "".
func (c *Cache) Namespace() string {
	if c == nil {
		return ""
	}
	return c.opts.namespace
}

// Inspect looks at what stands under key, of an entry or of a group, and disturbs nothing: it promotes and stores nothing,
// counts nothing, and asks past circuit breakers, within the time limit of each tier. Only the store itself may take it for
// a use. The error is ErrForeignKey, ErrUnkeyed for the key "", or ErrClosed; that of a tier stands beside the tier.
func (c *Cache) Inspect(ctx context.Context, key string) (Inspection, error) {
	if err := c.owns(key); err != nil {
		return Inspection{}, err
	}
	m := c.methodOf(key)
	i := Inspection{Key: key, Pending: c.overdue.has(key)}
	if m != nil {
		i.Method = m.name
	}
	s := c.tiers.stripes.of(key)
	s.mu.Lock()
	i.Loading = s.flights[key] != nil
	s.mu.Unlock()

	i.Near = c.inspectNear(m, key)
	groups := c.groupsUnder(ctx, m, key)
	for _, t := range c.tiers.tiers {
		held := Held{Tier: t.name}
		var data Value
		if data, held.TTL, held.Err = t.peek(ctx, key); data != nil {
			held.Bytes = len(data)
			c.describe(ctx, m, data, groups, &held)
			held.judge(c.tiers.offSince(t), !t.local && i.Pending)
		}
		i.Tiers = append(i.Tiers, held)
	}
	return i, nil
}

// owns reports why key is none of the cache's.
func (c *Cache) owns(key string) error {
	switch {
	case c == nil || c.closed.Load():
		return ErrClosed
	case key == "":
		return ErrUnkeyed
	case !strings.HasPrefix(key, c.opts.namespace+":"):
		return fmt.Errorf("%w %q", ErrForeignKey, c.opts.namespace)
	}
	return nil
}

// methodOf is the method that a key of an entry or a group is of, nil if there is none.
func (c *Cache) methodOf(key string) *method {
	name, _, _ := strings.Cut(strings.TrimPrefix(key, c.opts.namespace+":"), ":")
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.methods[name]
}

// peek is what the tier holds under key, nil if that is nothing, and for how much longer.
func (t *tier) peek(ctx context.Context, key string) (Value, time.Duration, error) {
	type answer struct {
		value Value
		ttl   time.Duration
	}
	a, err := aside(ctx, t, func(ctx context.Context) (a answer, err error) {
		if t.ttlGetter != nil {
			a.value, a.ttl, err = t.ttlGetter.GetWithTTL(ctx, key)
			if !errors.Is(err, ErrNoTTL) {
				return a, err
			}
		}
		a.value, err = t.backend.Get(ctx, key)
		return a, err
	})
	switch {
	case errors.Is(err, ErrMiss):
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	case a.value == nil:
		a.value = Value{}
	}
	return a.value, a.ttl, nil
}

// describe says what data is.
func (c *Cache) describe(ctx context.Context, m *method, data Value, groups groupList, h *Held) {
	e, ok := parseEntry(data)
	if ok {
		h.entry(e, m, time.Now().UnixMilli())
		h.Groups = append(groups.of(e.groups), c.tagsNow(ctx, e.tags)...)
		h.Value = e.payload
		return
	}
	h.Value = data
	switch generation, gone := parseGroup(data); {
	case isLease(data):
		h.Kind, h.Unfit = KindLease, "a load is under way"
	case isTombstone(data):
		h.Kind, h.Unfit = KindTombstone, "a write is under way"
	case generation != 0:
		h.Kind, h.Generation, h.Gone = KindGroup, generation, until(gone, time.Now().UnixMilli())
		if h.Gone <= 0 {
			h.Unfit = "expired"
		}
	default:
		h.Kind, h.Unfit = KindCorrupt, "it is no entry"
	}
}

// entry describes one, but for what it holds and the groups that it is in.
func (h *Held) entry(e entry, m *method, now int64) {
	h.Kind, h.Schema, h.Sentinel = KindValue, string(e.schema), string(e.err)
	if e.kind == kindNotFound {
		h.Kind = KindNotFound
	}
	h.Fresh, h.Gone = until(e.fresh, now), until(e.gone, now)
	switch {
	case m == nil:
		h.Unfit = "no method of this process has such keys"
	case h.Schema != m.schema:
		h.Unfit = "its result type had another shape"
	case e.kind == kindNotFound && m.sentinel(e.err) == nil:
		h.Unfit = "the method has no such sentinel"
	case m.judge(e.life, now) == useless:
		h.Unfit = "expired"
	case m.judge(e.life, now) == stale:
		h.Unfit = "stale: only where loading fails"
	}
}

// judge adds what speaks against using it that does not stand in the entry.
func (h *Held) judge(off string, pending bool) {
	if off != "" {
		h.Unfit = "the tier is not in use: " + off
		return
	}
	if pending {
		h.Unfit = "its eviction has not reached this tier yet"
		return
	}
	for _, g := range h.Groups {
		switch {
		case h.Unfit != "" || g.Current():
		case g.Key == "":
			h.Unfit = "one of its groups was evicted, or is not known"
		default:
			h.Unfit = "one of its groups was evicted"
		}
	}
}

func until(ms, now int64) time.Duration { return time.Duration(ms-now) * time.Millisecond }

// inspectNear looks at what is kept decoded.
func (c *Cache) inspectNear(m *method, key string) Held {
	held := Held{Tier: "near"}
	d := c.tiers.near.Load().peek(key)
	if d == nil {
		return held
	}
	life, within, sentinel := d.about()
	e := entry{life: life}
	if m != nil {
		e.schema = []byte(m.schema) // it was, when it was kept
		if sentinel != nil {
			e.err = []byte(m.nameOf(sentinel))
		}
	}
	held.entry(e, m, c.clock.now())
	held.Bytes = int(d.weight())
	switch {
	case !c.tiers.gate.live():
		held.Unfit = "not in use: no messages of other processes' evictions"
	case held.Unfit == "" && !stand(within):
		held.Unfit = "one of its groups may have been evicted"
	}
	return held
}
