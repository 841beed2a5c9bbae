package runtime

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A group is a set of one method's entries that can be evicted together, whichever they are: all lists of one team,
// say. It is a key of its own in the tiers, under which stands its generation, a random number:
//
//	{"kind":"group","gone":1730000300000,"generation":5577006791947779}
//
// Each entry bears the generations that its groups had before it was loaded, and counts only while they are the same.
// So to evict a group is to evict its key, by the way of all keys and in constant time: what is loaded next makes a new
// number. A group that a store dropped takes its entries with it and never brings them back.
type groups struct {
	keys []string
	now  []uint64 // the generations as they were last seen; 0: none
	// below has an entry that counts no more looked up past the tiers in this process too: a copy in one of them stays
	// when a group of it is evicted, and other processes may have stored anew meanwhile.
	below bool
}

const (
	groupHead       = `{"kind":"group","gone":`
	groupGeneration = `,"generation":`
	// A generation is a number that programs whose numbers are all floats can read too.
	generationBits = 53
	// A group lives this many times as long as its entries, since its end is theirs too. It is not prolonged: that
	// might bring one back that was just evicted.
	groupLife    = 10
	minGroupLife = time.Hour
	// maxClaims is how many groups are given a generation at a time.
	maxClaims = 16
)

// groupsOf returns nil where there are none.
func groupsOf(keys []string) *groups {
	if len(keys) == 0 {
		return nil
	}
	return &groups{keys: keys, now: make([]uint64, len(keys))}
}

// list returns the groups' keys.
func (g *groups) list() []string {
	if g == nil {
		return nil
	}
	return g.keys
}

// lookBelow has the next read look further where the nearest entry does not count.
func (g *groups) lookBelow() {
	if g != nil {
		g.below = true
	}
}

// keyed reports whether there are exactly n groups and all have a key.
func keyed(groups []string, n int) bool {
	for _, key := range groups {
		if key == "" {
			return false
		}
	}
	return len(groups) == n
}

func appendGroup(dst []byte, gone time.Time, generation uint64) []byte {
	dst = append(dst, groupHead...)
	dst = strconv.AppendInt(dst, gone.UnixMilli(), 10)
	dst = append(dst, groupGeneration...)
	dst = strconv.AppendUint(dst, generation, 10)
	return append(dst, '}')
}

// parseGroup gives generation 0 for anything that is not exactly what appendGroup writes.
func parseGroup(data []byte) (generation uint64, gone int64) {
	rest, ok := cut(data, groupHead)
	if !ok {
		return 0, 0
	}
	if gone, rest, ok = cutInt(rest); !ok {
		return 0, 0
	}
	if rest, ok = cut(rest, groupGeneration); !ok {
		return 0, 0
	}
	n, rest, ok := cutInt(rest)
	if !ok || string(rest) != "}" {
		return 0, 0
	}
	return uint64(n), gone
}

// see notes the generations that stand in values.
func (g *groups) see(values []Value) {
	now := time.Now().UnixMilli()
	for i, v := range values {
		generation, gone := parseGroup(v)
		if now >= gone {
			generation = 0
		}
		g.now[i] = generation
	}
}

// match reports whether an entry's generations are those last seen.
func (g *groups) match(stored []byte) bool {
	if g == nil {
		return len(stored) == 0
	}
	for i, generation := range g.now {
		if i > 0 {
			var ok bool
			if stored, ok = cut(stored, ","); !ok {
				return false
			}
		}
		n, rest, ok := cutInt(stored)
		if !ok || uint64(n) != generation { // n is never 0
			return false
		}
		stored = rest
	}
	return len(stored) == 0
}

// append appends the generations to an entry.
func (g *groups) append(dst []byte) []byte {
	if g == nil {
		return dst
	}
	for i, generation := range g.now {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, generation, 10)
	}
	return dst
}

// read asks the tiers for key and the generations of its groups, all in one round trip where a tier can.
func (g *groups) read(ctx context.Context, c *Cache, key string) (Value, error) {
	if g == nil {
		return c.tiers.read(ctx, key, everywhere)
	}
	values, err := c.tiers.readMany(ctx, append([]string{key}, g.keys...), c.overdue.has)
	g.see(values[1:])
	if values[0] == nil {
		if err == nil {
			err = ErrMiss
		}
		return nil, err
	}
	if e, ok := parseEntry(values[0]); ok && g.below && !g.match(e.groups) && c.tiers.tiers[0].local && !c.overdue.has(key) {
		return c.tiers.read(ctx, key, outside)
	}
	return values[0], nil
}

// have notes the generations that are known, and reports whether they are those of all groups.
func (g *groups) have(generations map[string]uint64) bool {
	if g == nil {
		return true
	}
	for i, key := range g.keys {
		if g.now[i] = generations[key]; g.now[i] == 0 {
			return false
		}
	}
	return true
}

// look reads the generations anew.
func (g *groups) look(ctx context.Context, c *Cache) {
	if g != nil {
		values, _ := c.tiers.readMany(ctx, g.keys, c.overdue.has)
		g.see(values)
	}
}

// take makes sure that all groups have a generation, for what is loaded next and kept for ttl. It reports whether they
// have: with a shared tier that fails, or that an eviction of theirs has not reached, they have not.
func (g *groups) take(ctx context.Context, c *Cache, ttl time.Duration, seen bool) bool {
	if g == nil {
		return true
	}
	if !seen {
		g.look(ctx, c)
	}
	var none []int
	for i, key := range g.keys {
		if g.now[i] != 0 {
			continue
		}
		if c.overdue.has(key) {
			return false
		}
		none = append(none, i)
	}
	life := max(minGroupLife, groupLife*ttl)
	if len(none) <= 2 || c.tiers.last().local {
		for _, i := range none {
			if g.now[i] = c.tiers.newGeneration(ctx, g.keys[i], life); g.now[i] == 0 {
				return false
			}
		}
		return true
	}
	return g.takeTogether(ctx, c, none, life)
}

// takeTogether gives generations to the groups in none, several at a time, until one cannot have any.
func (g *groups) takeTogether(ctx context.Context, c *Cache, none []int, life time.Duration) bool {
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(len(none), maxClaims) {
		wg.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(none)) && !failed.Load(); n = next.Add(1) - 1 {
				i := none[n]
				if g.now[i] = c.tiers.newGeneration(ctx, g.keys[i], life); g.now[i] == 0 {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return !failed.Load()
}

// newGeneration gives key a generation, or returns the one that it has got meanwhile; 0 says that the last tier did not
// take it. A number that nobody has seen before does no harm whenever it comes to stand in a tier, also after an
// eviction: whoever uses it loads later.
func (t *Tiered) newGeneration(ctx context.Context, key string, life time.Duration) uint64 {
	generation := 1 + rand.Uint64N(1<<generationBits-1)
	value := Value(appendGroup(nil, time.Now().Add(scaled(life, t.maxScale)), generation))
	s, last := t.stripes.of(key), t.last()
	gen := s.generation()
	if t.overdue != nil && t.overdue.has(key) { // once the generation is taken: see read
		return 0
	}
	held, err := last.claim(ctx, s, key, value, scaled(life, last.scale))
	if err != nil {
		return 0
	}
	if isTombstone(held) {
		return 0
	}
	generation, gone := parseGroup(held)
	left := time.Until(time.UnixMilli(gone))
	if generation == 0 || left <= 0 {
		_, _ = t.RemoveIf(ctx, key, held)
		return 0
	}
	for i := len(t.tiers) - 2; i >= 0; i-- {
		if upper := t.tiers[i]; !t.off(upper) {
			t.promoteTo(ctx, upper, key, held, scaled(left, min(1, upper.scale/t.maxScale)), s, gen)
		}
	}
	return generation
}

// claim stores value under key where nothing stands there, and returns what stands there then. A shared store that is no
// Leaser takes the value in any case: of two processes the last has it, and the entries of the other count no more.
func (t *tier) claim(ctx context.Context, s *stripe, key string, value Value, ttl time.Duration) (Value, error) {
	switch {
	case t.leaser != nil:
		held, err := observed(ctx, t, "lease", t.told(key), func(ctx context.Context) (Value, error) {
			held, acquired, err := t.leaser.Lease(ctx, key, value, ttl)
			if acquired {
				held = value
			}
			return held, err
		}, nil)
		return held, t.stored(1, err)
	case t.local:
		s.mu.Lock()
		defer s.mu.Unlock()
		if held, err := t.get(ctx, key); err == nil {
			return held, nil
		}
	}
	return value, t.set(ctx, key, value, ttl, nil)
}
