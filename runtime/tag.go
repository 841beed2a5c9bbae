package runtime

import (
	"context"
	"strconv"
	"sync/atomic"
)

// maxTags bounds how many marks an entry may bear. A result with more is not stored.
const maxTags = 1000

// Tag is a name by which entries of any methods of one wrapper are marked, with values that make a key. All methods are
// safe for concurrent use.
//
// A mark that follows from a call's parameters is a group like any other. One that follows from the results is known
// only after the load, when its generation may be newer than what was loaded. So each tag has a generation of its own
// too, its epoch. An entry does not bear it, only the generations of its marks; but it is stored only if the epoch before
// the load is the one in the shared tier after the marks' generations were read. Whoever evicts a mark ends the epoch
// first and, when that is done, the mark. Take a load that began before the eviction, and the generation that it read of
// the mark:
//
//   - Read before the mark was evicted, it ends there, and so does the entry that bears it.
//   - Read after that, it is newer than the end of the epoch, which the load then looks at: nothing is stored.
//
// Loads in this process need not look: the eviction detaches them, as it does those of a group.
type Tag struct {
	cache   *Cache
	prefix  string
	dynamic atomic.Bool // marks follow from results, of some method
}

// NewTag makes the tag called name of the wrapper whose keys begin with prefix.
func NewTag(c *Cache, prefix, name string) *Tag {
	t := &Tag{cache: c, prefix: prefix + ".tag." + name}
	if c != nil {
		t.prefix = c.opts.namespace + ":" + t.prefix
	}
	return t
}

// Key appends what the keys of all marks of the tag begin with.
func (t *Tag) Key(k []byte) []byte { return append(k, t.prefix...) }

// target is no method's.
func (t *Tag) target() *methodCounters { return nil }

// RemoveTag adds all entries that bear the mark of t under key.
func (ev *Eviction) RemoveTag(t *Tag, key string) {
	if key == "" {
		ev.skipped()
		return
	}
	if t.dynamic.Load() {
		ev.epochs = append(ev.epochs, t.prefix)
	}
	ev.keys = append(ev.keys, key)
}

// EvictTag removes all entries that bear the mark of t under key, as EvictNow does.
func (c *Cache) EvictTag(ctx context.Context, t *Tag, key string) error {
	switch {
	case c == nil:
		return nil
	case c.closed.Load():
		return ErrClosed
	case key == "":
		c.skippedEvictions.Add(1)
		return ErrUnkeyed
	}
	ev := Eviction{cache: c}
	ev.RemoveTag(t, key)
	return ev.now(ctx)
}

// Tags says, in a load, which marks the result bears: mark is called with the key of each. Where tags panics, or a mark
// has no key, the result is not stored.
func (f *Fill) Tags(tags func(mark func(key string))) {
	if !Holds(func() bool {
		known := make(map[string]bool)
		tags(func(key string) {
			if known[key] {
				return
			}
			known[key] = true
			f.tags = append(f.tags, key)
			f.skip = f.skip || key == "" || len(f.tags) > maxTags
		})
		return true
	}) {
		f.skip = true
	}
}

// watched are the groups whose eviction ends a load of m: those of its entry, and the epochs of its tags.
func (m *method) watched(groups []string) []string {
	if len(m.epochs) == 0 {
		return groups
	}
	return append(groups[:len(groups):len(groups)], m.epochs...)
}

// own are those of a flight's groups that its entry is in.
func (m *method) own(watched []string) []string {
	return watched[:min(m.groups, len(watched))]
}

// lookAgain is lookup for a load, which others may have been ahead of: what the nearest tier holds and counts no more,
// since a group or a mark of it was evicted, may have been stored anew further down.
func (m *Method[T]) lookAgain(ctx context.Context, key string, g *groups, least freshness) (result T, how freshness, err error) {
	// Model: step lookAgain.
	g.lookBelow()
	c := m.cache
	var data Value
	var failed error
	if g == nil && c.tiers.leaser() != nil && !c.overdue.has(key) {
		data, failed = c.tiers.read(ctx, key, above) // the lease will tell of the last
	} else {
		data, failed = g.read(ctx, c, key)
	}
	if failed != nil {
		return result, useless, nil
	}
	result, how, err = m.read(ctx, key, data, g, least, nil)
	if how != useless || len(m.epochs) == 0 || !c.tiers.tiers[0].local || c.overdue.has(key) {
		return result, how, err
	}
	if e, ok := parseEntry(data); !ok || len(e.tags) == 0 {
		return result, how, err
	}
	if data, failed = c.tiers.read(ctx, key, outside); failed != nil {
		return result, how, err
	}
	return m.read(ctx, key, data, g, least, nil)
}

// epochsNow returns the epochs of m's tags, as the shared tier has them where again is set. They are nil where one is not
// to be had.
func (m *method) epochsNow(ctx context.Context, again bool) *groups {
	g := groupsOf(m.epochs)
	if g == nil {
		return nil
	}
	if again {
		values, err := m.cache.tiers.last().getMany(ctx, g.keys)
		if err != nil {
			return nil
		}
		g.see(values)
		return g
	}
	if !g.take(ctx, m.cache, max(m.ttl+m.stale, m.negative), false) {
		return nil
	}
	return g
}

// mark gives the tags of a result that was loaded in the epochs before their generations. It reports false where one may
// have been evicted since the load began.
func (m *method) mark(ctx context.Context, fill *Fill, before *groups) (*groups, bool) {
	if len(m.epochs) == 0 {
		return nil, true
	}
	if before == nil {
		return nil, false
	}
	tags := groupsOf(fill.tags)
	if !tags.take(ctx, m.cache, max(m.ttl+m.stale, m.negative), false) {
		return nil, false
	}
	after := m.epochsNow(ctx, true)
	if after == nil {
		return nil, false
	}
	for i, epoch := range before.now {
		if after.now[i] != epoch || m.cache.overdue.has(after.keys[i]) {
			return nil, false
		}
	}
	return tags, true
}

// The tags of an entry stand in it as {"key":generation,…}.
const entryTags = `],"tags":{`

// appendTags appends the tags with their generations, and what comes before them.
func appendTags(dst []byte, tags *groups) []byte {
	dst = append(dst, entryTags...)
	for i, key := range tags.keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, key...)
		dst = append(dst, `":`...)
		dst = strconv.AppendUint(dst, tags.now[i], 10)
	}
	return append(dst, '}')
}

// cutTags reads what appendTags wrote between the braces, up to the closing one, which it leaves.
func cutTags(b []byte) (tags, rest []byte, ok bool) {
	rest = b
	for {
		if _, _, rest, ok = cutTag(rest); !ok {
			return nil, nil, false
		}
		if len(rest) > 0 && rest[0] == '}' {
			return b[:len(b)-len(rest)], rest, true
		}
		if rest, ok = cut(rest, ","); !ok {
			return nil, nil, false
		}
	}
}

// cutTag reads one tag.
func cutTag(b []byte) (key []byte, generation uint64, rest []byte, ok bool) {
	if rest, ok = cut(b, `"`); !ok {
		return nil, 0, nil, false
	}
	if key, rest, ok = cutPlain(rest); !ok || len(key) == 0 {
		return nil, 0, nil, false
	}
	if rest, ok = cut(rest, `":`); !ok {
		return nil, 0, nil, false
	}
	n, rest, ok := cutInt(rest)
	return key, uint64(n), rest, ok
}

// tagsOf takes marks apart that were read by cutTags.
func tagsOf(marks []byte) (keys []string, generations []uint64) {
	if len(marks) == 0 {
		return nil, nil
	}
	for rest, ok := marks, true; ok; rest, ok = cut(rest, ",") {
		var key []byte
		var generation uint64
		key, generation, rest, _ = cutTag(rest)
		keys, generations = append(keys, string(key)), append(generations, generation)
	}
	return keys, generations
}

// tagged reports whether no mark of an entry has been evicted since it was loaded. The marks were read, between the braces,
// by cutTags.
func (m *method) tagged(ctx context.Context, marks []byte) bool {
	if len(marks) == 0 {
		return true
	}
	keys, generations := tagsOf(marks)
	values, err := m.cache.tiers.readMany(ctx, keys, m.cache.overdue.has)
	if err != nil {
		return false
	}
	g := groupsOf(keys)
	g.see(values)
	for i, generation := range g.now {
		if generation != generations[i] {
			return false
		}
	}
	return true
}
