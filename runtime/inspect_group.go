package runtime

import (
	"context"
	"slices"
	"strings"
)

// groupList are the groups that entries under a key are in, as far as they are known.
type groupList struct {
	keys  []string
	now   []uint64
	exact bool // keys stand in the order of generations in entries; else they are those that there may be
}

// maxParts bounds of how many parts of a key all subsets are tried.
const maxParts = 6

// groupsUnder finds the groups of key's entry, with their generations.
func (c *Cache) groupsUnder(ctx context.Context, m *method, key string) groupList {
	if m == nil || m.groups == 0 {
		return groupList{}
	}
	l := groupList{keys: c.hot.groupsOf(key)}
	if l.exact = len(l.keys) == m.groups; !l.exact {
		l.keys = possibleGroups(m.prefix, key)
	}
	l.now = c.generationsNow(ctx, l.keys)
	return l
}

// possibleGroups lists the keys of all groups of a method that an entry may be in: those with _ for some of the parts.
func possibleGroups(prefix, key string) (keys []string) {
	args, ok := strings.CutPrefix(key, prefix+":")
	if !ok || strings.Contains(args, "#") {
		return nil
	}
	parts := strings.Split(args, ":")
	if len(parts) > maxParts {
		return nil
	}
	for mask := 1; mask < 1<<len(parts); mask++ {
		group := prefix
		for i, part := range parts {
			if mask&(1<<i) != 0 {
				part = "_"
			}
			group += ":" + part
		}
		keys = append(keys, group)
	}
	return keys
}

// of says which groups an entry with those generations is in.
func (l groupList) of(stored []byte) (all []HeldGroup) {
	for i := 0; len(stored) > 0; i++ {
		n, rest, ok := cutInt(stored)
		if !ok {
			return all
		}
		g := HeldGroup{Generation: uint64(n)}
		at := i
		if !l.exact {
			at = slices.Index(l.now, g.Generation)
		}
		if at >= 0 && at < len(l.keys) {
			g.Key, g.Now = l.keys[at], l.now[at]
		}
		all = append(all, g)
		stored, _ = cut(rest, ",")
	}
	return all
}

// tagsNow are the marks of an entry, which stand in it with their keys.
func (c *Cache) tagsNow(ctx context.Context, marks []byte) (all []HeldGroup) {
	keys, generations := tagsOf(marks)
	for i, now := range c.generationsNow(ctx, keys) {
		all = append(all, HeldGroup{Key: keys[i], Generation: generations[i], Now: now})
	}
	return all
}

// generationsNow are the generations of groups as a reader in this process sees them, read as Inspect reads.
func (c *Cache) generationsNow(ctx context.Context, keys []string) []uint64 {
	if len(keys) == 0 {
		return nil
	}
	g := groupsOf(keys)
	values := make([]Value, len(keys))
	for _, t := range c.tiers.tiers {
		if c.tiers.off(t) {
			continue
		}
		var wanted []string
		var at []int
		for i, key := range keys {
			if values[i] == nil && (t.local || !c.overdue.has(key)) {
				wanted, at = append(wanted, key), append(at, i)
			}
		}
		if len(wanted) == 0 {
			break
		}
		got, _ := aside(ctx, t, func(ctx context.Context) ([]Value, error) { return t.fetch(ctx, wanted) })
		for i, v := range got {
			if isEntry(v) {
				values[at[i]] = v
			}
		}
	}
	g.see(values)
	return g.now
}
