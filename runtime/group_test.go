package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// lists is a method whose entries are lists of a team, each in the group of its team and in the one of all.
type lists struct{ *Method[int] }

func newLists(c *Cache) lists {
	return lists{NewMethod(c, MethodConfig[int]{Prefix: "p.Lists", Name: "List", Codec: codec.Reflect[int](), Jitter: -1, Groups: 2})}
}

func (l lists) key(team, page int) string { return keyOf(l.Method, fmt.Sprintf("%d:%d", team, page)) }
func (l lists) team(team int) string      { return keyOf(l.Method, fmt.Sprintf("%d:_", team)) }
func (l lists) all() string               { return keyOf(l.Method, "_:_") }

// list is what a generated method does.
func (l lists) list(ctx context.Context, team, page int, load func(context.Context, *Fill) (int, error)) (int, error) {
	key, groups := l.key(team, page), []string{l.team(team), l.all()}
	if v, ok, err := l.Get(ctx, key, groups...); ok {
		return v, err
	}
	return l.Load(ctx, key, load, groups...)
}

// want lists and reports where the answer, which is v if it has to be loaded, is not want.
func (l lists) want(t *testing.T, team, page, v, want int) {
	t.Helper()
	got, err := l.list(t.Context(), team, page, func(context.Context, *Fill) (int, error) { return v, nil })
	if err != nil || got != want {
		t.Errorf("team %d, page %d: got %d, %v, want %d", team, page, got, err, want)
	}
}

// everyTiers runs test over a tier in process, a shared one, and both.
func everyTiers(t *testing.T, test func(t *testing.T, c *Cache, stores []*store)) {
	for _, names := range [][]string{{"local"}, {"shared"}, {"leasing"}, {"local", "shared"}, {"local", "leasing"}} {
		t.Run(strings.Join(names, " "), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stores []*store
				var tiers []Tier
				for _, name := range names {
					s := newStore(name, name == "local")
					stores = append(stores, s)
					if name == "leasing" {
						tiers = append(tiers, Tier{Backend: leasing{capable{s}}})
					} else {
						tiers = append(tiers, Tier{Backend: capable{s}})
					}
				}
				test(t, mustCache(t, mustTiers(t, tiers...)), stores)
			})
		})
	}
}

func TestEvictingAGroupEndsItsEntriesAndNoOthers(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, stores []*store) {
		l := newLists(c)
		fill := func(v int) {
			for _, team := range []int{1, 2} {
				for _, page := range []int{1, 2} {
					l.want(t, team, page, v, v)
				}
			}
		}
		fill(10)
		l.want(t, 1, 1, 11, 10)
		before := stores[len(stores)-1].count("remove")
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(l, l.team(1)) })
		if n := stores[len(stores)-1].count("remove") - before; n != 1 {
			t.Errorf("%d keys are removed for a group, want one", n)
		}
		l.want(t, 1, 1, 12, 12)
		l.want(t, 1, 2, 12, 12)
		l.want(t, 2, 1, 12, 10)
		l.want(t, 2, 2, 12, 10)
		if err := c.EvictNow(t.Context(), l, l.key(2, 1)); err != nil {
			t.Fatal(err)
		}
		l.want(t, 2, 1, 13, 13)
		l.want(t, 2, 2, 13, 10)
		if err := c.EvictNow(t.Context(), l, l.all()); err != nil {
			t.Fatal(err)
		}
		fill(14)
		fill(14)
	})
}

func TestAGroupEvictedByOneProcessIsSeenByTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		a := newProcess(t, newStore("a", true), shared)
		b := newProcess(t, newStore("b", true), shared)
		la, lb := newLists(a.Cache), newLists(b.Cache)
		la.want(t, 1, 1, 10, 10)
		lb.want(t, 1, 1, 11, 10)
		la.want(t, 2, 1, 10, 10)
		if v, _ := b.own.has(lb.team(1)); v == nil {
			t.Error("b keeps no copy of the group's generation")
		}
		shared.onEach(func(_ context.Context, op, _ string) error {
			if op == "get" {
				t.Error("a hit in process asks the shared tier")
			}
			return nil
		})
		lb.want(t, 1, 1, 12, 10)
		shared.onEach(nil)
		if err := a.EvictNow(t.Context(), la, la.team(1)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v, _ := b.own.has(lb.key(1, 1)); v == nil {
			t.Fatal("the test is to show that b's copy of the entry does not count, but it is gone")
		}
		lb.want(t, 1, 1, 13, 13)
		la.want(t, 1, 1, 14, 13)
		lb.want(t, 2, 1, 14, 10)
	})
}

func TestALoadBegunBeforeAGroupsEvictionIsNeitherStoredNorJoined(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := newLists(c)
		slow := func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil }
		var wg sync.WaitGroup
		for range 2 { // the second joins the first, and may ask anew if the load had begun by then
			wg.Go(func() {
				if v, err := l.list(t.Context(), 1, 1, slow); v != 1 && v != 2 || err != nil {
					t.Errorf("the earlier caller got %d, %v", v, err)
				}
			})
		}
		wg.Go(func() {
			if v, err := l.list(t.Context(), 1, 2, slow); v != 1 || err != nil {
				t.Errorf("the caller of another page got %d, %v", v, err)
			}
		})
		synctest.Wait()
		if err := c.EvictNow(t.Context(), l, l.team(1)); err != nil {
			t.Fatal(err)
		}
		l.want(t, 1, 1, 2, 2)
		wg.Wait()
		l.want(t, 1, 1, 3, 2)
		l.want(t, 1, 2, 3, 3)
		if n := c.Stats().Methods["p.Lists.List"].Coalesced; n != 1 {
			t.Errorf("%d callers waited for another's load, want 1", n)
		}
	})
}

func TestALoadBegunBeforeAGroupsEvictionElsewhereIsNotJoinedAfterTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		a := newProcess(t, newStore("a", true), shared)
		b := newProcess(t, newStore("b", true), shared)
		la, lb := newLists(a.Cache), newLists(b.Cache)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = lb.list(t.Context(), 1, 1, func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
		})
		synctest.Wait()
		if err := a.EvictNow(t.Context(), la, la.team(1)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		lb.want(t, 1, 1, 2, 2)
		wg.Wait()
		lb.want(t, 1, 1, 3, 2)
	})
}

// The eviction happens in another process, whose messages this one, having no tier of its own, does not hear.
func TestALoadBegunBeforeAGroupsEvictionElsewhereDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore("shared", false)
		a, b := mustCache(t, capable{shared}), mustCache(t, capable{shared})
		la, lb := newLists(a), newLists(b)
		la.want(t, 1, 2, 0, 0) // the group has a generation
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = lb.list(t.Context(), 1, 1, func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
		})
		synctest.Wait()
		if err := a.EvictNow(t.Context(), la, la.team(1)); err != nil {
			t.Fatal(err)
		}
		la.want(t, 1, 2, 2, 2) // and a new one
		wg.Wait()
		if v, _ := shared.has(lb.key(1, 1)); v == nil {
			t.Fatal("the test is to show that the entry does not count, but it was not stored")
		}
		lb.want(t, 1, 1, 3, 3)
		la.want(t, 1, 1, 4, 3)
	})
}

func TestAGroupThatAStoreDroppedTakesItsEntriesWithIt(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, stores []*store) {
		l := newLists(c)
		l.want(t, 1, 1, 10, 10)
		old, _ := stores[0].has(l.key(1, 1))
		for _, s := range stores {
			_ = s.Remove(t.Context(), l.team(1))
		}
		l.want(t, 1, 1, 11, 11)
		for _, s := range stores {
			s.put(l.key(1, 1), string(old), time.Hour)
		}
		l.want(t, 1, 1, 12, 12)
		for _, s := range stores {
			s.put(l.team(1), `{"kind":"group"`, time.Hour)
		}
		l.want(t, 1, 1, 13, 13)
		// What stood there has been replaced, or is cleared first.
		v, _ := l.list(t.Context(), 1, 1, func(context.Context, *Fill) (int, error) { return 14, nil })
		l.want(t, 1, 1, 15, v)
	})
}

func TestAGroupsEvictionThatDoesNotReachTheSharedTierIsRetriedAndReadPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, shared := newStore("own", true), newStore("shared", false)
		c := mustCache(t, mustTiers(t, Tier{Backend: own}, Tier{Backend: shared}), WithBreaker(1000, time.Second))
		l := newLists(c)
		l.want(t, 1, 1, 10, 10)
		shared.onEach(broken("remove"))
		if err := c.EvictNow(t.Context(), l, l.team(1)); !errors.Is(err, errBroken) {
			t.Errorf("the eviction gives %v", err)
		}
		l.want(t, 1, 1, 11, 11)
		l.want(t, 1, 1, 12, 12) // nor is anything kept under a generation that may go any time
		shared.onEach(nil)
		time.Sleep(10 * time.Second)
		if v, _ := shared.has(l.team(1)); v != nil {
			t.Error("the eviction has not been retried")
		}
		l.want(t, 1, 1, 13, 13)
		l.want(t, 1, 1, 14, 13)
	})
}

func TestACallThatNamesOtherGroupsBypassesTheCache(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, stores []*store) {
		l := newLists(c)
		l.want(t, 1, 1, 10, 10)
		for _, groups := range [][]string{nil, {l.all()}, {l.team(1), ""}, {l.team(1), l.all(), l.team(2)}} {
			if v, ok, _ := l.Get(t.Context(), l.key(1, 1), groups...); ok {
				t.Errorf("groups %q: found %d", groups, v)
			}
			v, err := l.Load(t.Context(), l.key(1, 1), func(context.Context, *Fill) (int, error) { return 11, nil }, groups...)
			if v != 11 || err != nil {
				t.Errorf("groups %q: got %d, %v", groups, v, err)
			}
		}
		l.want(t, 1, 1, 12, 10)
		without := intMethod(c)
		entry, _ := stores[0].has(l.key(1, 1))
		for _, s := range stores {
			s.put(keyOf(without, "1"), string(entry), time.Hour)
		}
		if v, ok, _ := without.Get(t.Context(), keyOf(without, "1")); ok {
			t.Errorf("a method without groups takes the entry of one with groups: %d", v)
		}
	})
}

func TestAReloadReplacesTheEntryOfAGroup(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := newLists(c)
		l.want(t, 1, 1, 10, 10)
		v, err := l.Reload(t.Context(), l.key(1, 1), func(context.Context, *Fill) (int, error) { return 11, nil }, l.team(1), l.all())
		if v != 11 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
		l.want(t, 1, 1, 12, 11)
	})
}

// batching is a store that reads many keys at once.
type batching struct{ *store }

func (s batching) GetMany(ctx context.Context, keys []string) ([]Value, error) {
	if err := s.begin(ctx, "getmany", strings.Join(keys, " ")); err != nil {
		return nil, err
	}
	var values []Value
	for _, key := range keys {
		v, _ := s.has(key)
		values = append(values, slices.Clone(v))
	}
	return values, nil
}

func TestAnEntryAndItsGroupsAreReadInOneRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore("shared", false)
		l := newLists(mustCache(t, batching{shared}))
		l.want(t, 1, 1, 10, 10)
		many, single := shared.count("getmany"), shared.count("get")
		l.want(t, 1, 1, 11, 10)
		if many, single = shared.count("getmany")-many, shared.count("get")-single; many != 1 || single != 0 {
			t.Errorf("%d reads of many keys and %d of one, want one of many", many, single)
		}
	})
}

func TestAGroupOutlivesItsEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		upper, lower := newStore("upper", true), newStore("lower", false)
		c := mustCache(t, mustTiers(t, Tier{Backend: upper, TTLScale: 0.5}, Tier{Backend: lower, TTLScale: 2}))
		l := newLists(c)
		l.want(t, 1, 1, 10, 10)
		for _, s := range []*store{upper, lower} {
			_, entry := s.has(l.key(1, 1))
			for _, key := range []string{l.team(1), l.all()} {
				if _, group := s.has(key); group < 10*entry {
					t.Errorf("in %s the entry lives for %v, its group for %v", s.name, entry, group)
				}
			}
		}
	})
}

func TestGroupsHaveOneDocumentedForm(t *testing.T) {
	const text = `{"kind":"group","gone":1730000300000,"generation":5577006791947779}`
	if got := appendGroup(nil, time.UnixMilli(1730000300000), 5577006791947779); string(got) != text {
		t.Errorf("got %s", got)
	}
	if generation, gone := parseGroup([]byte(text)); generation != 5577006791947779 || gone != 1730000300000 {
		t.Errorf("read as %d until %d", generation, gone)
	}
	for _, bad := range []string{"", "1", text[:len(text)-1], text + " ", strings.Replace(text, "5577", "055", 1), strings.Replace(text, `"group"`, `"value"`, 1),
		strings.Replace(text, "5577006791947779", "0", 1), strings.Replace(text, "55770067919", "x", 1), strings.Replace(text, "1730000300000", "", 1)} {
		if generation, _ := parseGroup([]byte(bad)); generation != 0 {
			t.Errorf("%q is generation %d", bad, generation)
		}
	}
}

func TestGroupsInAStoreThatFailsLeaveCallsAlone(t *testing.T) {
	for _, ops := range [][]string{{"get"}, {"set"}, {"remove"}, {"get", "set", "remove"}} {
		everyTiers(t, func(t *testing.T, c *Cache, stores []*store) {
			l := newLists(c)
			// A tier in process that cannot remove is at fault for good: nothing retries it.
			last := stores[len(stores)-1]
			if last.local && slices.Contains(ops, "remove") {
				return
			}
			last.onEach(broken(ops...))
			for v := range 3 {
				got, err := l.list(t.Context(), 1, 1, func(context.Context, *Fill) (int, error) { return v, nil })
				if err != nil || got > v {
					t.Errorf("%v fail: got %d, %v", ops, got, err)
				}
			}
			_ = c.EvictNow(t.Context(), l, l.team(1))
			last.onEach(nil)
			time.Sleep(time.Minute) // the breaker has closed, the eviction has been retried
			l.want(t, 1, 1, 10, 10)
			l.want(t, 1, 1, 11, 10)
		})
	}
}
