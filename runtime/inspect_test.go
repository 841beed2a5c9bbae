package runtime

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

func inspected(t *testing.T, c *Cache, key string) Inspection {
	t.Helper()
	i, err := c.Inspect(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestInspectShowsWhatEachTierHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, shared := newStore("own", true), newStore("shared", false)
		c := mustCache(t, mustTiers(t, Tier{Backend: own}, Tier{Backend: leasing{capable{shared}}}))
		m := observedInts(c)
		key := keyOf(m, "1")
		if i := inspected(t, c, key); i.Method != "p.Ints.Get" || i.Tiers[0].Kind != KindNone || i.Tiers[1].Kind != KindNone {
			t.Errorf("nothing is cached, and Inspect shows %+v", i)
		}
		ask(t.Context(), t, m, key, 7)
		own.Remove(t.Context(), key)
		time.Sleep(20 * time.Second)
		i := inspected(t, c, key)
		want := Held{Tier: "shared", Kind: KindValue, Fresh: 40 * time.Second, Gone: 40 * time.Second, TTL: 40 * time.Second,
			Schema: m.schema, Value: Value("7"), Bytes: i.Tiers[1].Bytes}
		if got := i.Tiers[1]; !reflect.DeepEqual(got, want) || got.Bytes == 0 {
			t.Errorf("the shared tier holds %+v, want %+v", got, want)
		}
		if got := i.Tiers[0]; got.Kind != KindNone || got.Tier != "own" {
			t.Errorf("the tier in process holds %+v, which was removed", got)
		}

		none := keyOf(m, "none")
		_, _ = m.callAs(t.Context(), none, func(context.Context, *Fill) (int, error) { return 0, errNotFound })
		if got := inspected(t, c, none).Tiers[0]; got.Kind != KindNotFound || got.Sentinel != "ErrNotFound" || got.Unfit != "" {
			t.Errorf("of what is not found, the tier holds %+v", got)
		}
		for text, kind := range map[string]HeldKind{
			string(newLease(nil)):                   KindLease,
			string(tombstone(departed)):             KindTombstone,
			"null":                                  KindCorrupt,
			"<b>":                                   KindCorrupt,
			"":                                      KindCorrupt,
			string(appendGroup(nil, time.Now(), 5)): KindGroup,
			`{"kind":"value","fill":"x","fresh":1 }}`: KindCorrupt,
		} {
			shared.put(key, text, time.Minute)
			if got := inspected(t, c, key).Tiers[1]; got.Kind != kind || got.Unfit == "" {
				t.Errorf("%q: %+v", text, got)
			}
		}
		own.put(key, string(appendEntryHead(nil, 1, time.Now(), time.Now().Add(time.Minute), "old", "", nil, nil))+"1}", time.Minute)
		if got := inspected(t, c, key).Tiers[0]; got.Unfit == "" || got.Schema != "old" {
			t.Errorf("an entry of another shape: %+v", got)
		}
	})
}

func TestInspectDisturbsNothing(t *testing.T) {
	var w witness
	own, shared := newStore("own", true), newStore("shared", false)
	c := mustCache(t, mustTiers(t, Tier{Backend: capable{own}}, Tier{Backend: leasing{capable{shared}}}), WithObserver(&w))
	l := newLists(c)
	l.want(t, 1, 1, 5, 5)
	own.Remove(t.Context(), l.key(1, 1))
	told, stats, held := len(w.ops), c.Stats(), maps.Clone(own.entries)
	for range 10 {
		if i := inspected(t, c, l.key(1, 1)); i.Tiers[1].Kind != KindValue {
			t.Fatalf("%+v", i)
		}
	}
	if got := c.Stats(); !reflect.DeepEqual(got, stats) {
		t.Errorf("counters changed from %+v to %+v", stats, got)
	}
	if !maps.EqualFunc(own.entries, held, func(a, b stored) bool { return string(a.value) == string(b.value) }) {
		t.Errorf("what is held in process changed from %v to %v", held, own.entries)
	}
	if len(w.ops) != told {
		t.Errorf("observers were told: %q", w.ops[told:])
	}
}

func TestInspectAsksPastABreaker(t *testing.T) {
	shared := newStore("shared", false)
	c := mustCache(t, shared, WithBreaker(1, time.Hour))
	m := intMethod(c)
	key := keyOf(m, "1")
	shared.onEach(func(context.Context, string, string) error { return errBroken })
	ask(t.Context(), t, m, key, 1)
	if got := inspected(t, c, key).Tiers[0]; !errors.Is(got.Err, errBroken) {
		t.Errorf("of a tier that fails, Inspect shows %+v", got)
	}
	if h := c.Health(t.Context()); len(h) != 1 || !errors.Is(h[0].Err, errBroken) || h[0].Breaker != "open" || h[0].Off == "" {
		t.Errorf("its health is %+v", h)
	}
	shared.onEach(nil)
	shared.put(key, "null", time.Minute)
	if got := inspected(t, c, key).Tiers[0]; got.Kind != KindCorrupt || got.Err != nil {
		t.Errorf("of a tier that works again, Inspect shows %+v", got)
	}
	if h := c.Health(t.Context()); h[0].Err != nil || h[0].Breaker != "open" {
		t.Errorf("its health is %+v", h)
	}
}

func TestHealthGivesUpABackendThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, shared := newStore("own", true), newStore("shared", false)
		c := mustCache(t, mustTiers(t, Tier{Backend: own}, Tier{Backend: shared}))
		free := make(chan struct{})
		shared.onEach(func(context.Context, string, string) error { <-free; return nil })
		h := c.Health(t.Context())
		if h[0].Err != nil || h[0].Name != "own" || h[0].Breaker != "" || !errors.Is(h[1].Err, ErrTimeout) {
			t.Errorf("%+v", h)
		}
		close(free)
	})
}

func TestInspectKnowsTheGroupsOfAKey(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := newLists(c)
		l.want(t, 1, 2, 5, 5)
		check := func(teamEvicted bool) {
			t.Helper()
			for _, held := range inspected(t, c, l.key(1, 2)).Tiers {
				if held.Kind != KindValue || len(held.Groups) != 2 || (held.Unfit != "") != teamEvicted {
					t.Fatalf("%+v", held)
				}
				team, all := held.Groups[0], held.Groups[1]
				if team.Current() == teamEvicted || !teamEvicted && team.Key != l.team(1) || team.Generation == 0 {
					t.Errorf("the team's group is shown as %+v", team)
				}
				if !all.Current() || all.Key != l.all() {
					t.Errorf("the group of all is shown as %+v", all)
				}
			}
		}
		check(false)
		if got := inspected(t, c, l.team(1)).Tiers[0]; got.Kind != KindGroup || got.Generation == 0 || got.Unfit != "" {
			t.Errorf("the group itself: %+v", got)
		}
		c.EvictKey(t.Context(), l.team(1))
		check(true)
		l.want(t, 1, 1, 6, 6) // it has another generation now
		check(true)
		l.want(t, 1, 2, 7, 7)
		check(false)
	})
}

func TestInspectShowsTags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustCache(t, capable{newStore("own", true)})
		ch := newChannels(c)
		ch.want(t, "c", []string{"ann", "bob"}, []string{"ann", "bob"})
		key := keyOf(ch.Method, "c")
		groups := inspected(t, c, key).Tiers[0].Groups
		if len(groups) != 2 || groups[0].Key != ch.mark("ann") || !groups[0].Current() || !groups[1].Current() {
			t.Errorf("marks: %+v", groups)
		}
		if err := c.EvictKey(t.Context(), ch.mark("bob")); err != nil {
			t.Fatal(err)
		}
		held := inspected(t, c, key).Tiers[0]
		if held.Groups[1].Current() || held.Groups[1].Key != ch.mark("bob") || held.Unfit == "" {
			t.Errorf("after bob's eviction: %+v", held)
		}
		ch.want(t, "c", []string{"ann"}, []string{"ann"})
	})
}

func TestInspectShowsWhatIsKeptDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustCache(t, newStore("own", true))
		m := NewMethod(c, MethodConfig[int]{
			Prefix: "p.Ints", Name: "Near", Codec: codec.Reflect[int](), TTL: time.Minute, Jitter: -1, Near: NearCopy,
			NotFound: []Sentinel{{"ErrNotFound", errNotFound}},
		})
		key := keyOf(m, "1")
		ask(t.Context(), t, m, key, 1)
		if near := inspected(t, c, key).Near; near.Kind != KindNone || near.Tier != "near" {
			t.Errorf("nothing is kept yet, and Inspect shows %+v", near)
		}
		ask(t.Context(), t, m, key, 1)
		time.Sleep(time.Second)
		near := inspected(t, c, key).Near
		if near.Kind != KindValue || near.Unfit != "" || near.Fresh != 59*time.Second || near.Bytes == 0 {
			t.Errorf("what is kept is shown as %+v", near)
		}
		if err := c.EvictKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if i := inspected(t, c, key); i.Near.Kind != KindNone || i.Tiers[0].Kind != KindNone {
			t.Errorf("after its eviction: %+v", i)
		}
		if got := c.Stats().Methods["p.Ints.Near"].Evictions; got != 1 {
			t.Errorf("%d evictions are counted to the method", got)
		}
	})
}

func TestForeignKeysAreNeitherShownNorEvicted(t *testing.T) {
	s := newStore("own", true)
	c := mustCache(t, s, WithNamespace("shop"))
	s.put("session:1", `"secret"`, time.Hour)
	s.put("shopping:1", `"secret"`, time.Hour)
	for key, want := range map[string]error{"session:1": ErrForeignKey, "shopping:1": ErrForeignKey, "": ErrUnkeyed} {
		_, err := c.Inspect(t.Context(), key)
		if evicting := c.EvictKey(t.Context(), key); !errors.Is(err, want) || !errors.Is(evicting, want) {
			t.Errorf("%q: %v, %v, want %v", key, err, evicting, want)
		}
	}
	if v, _ := s.has("session:1"); v == nil {
		t.Error("somebody else's key was removed")
	}
	if c.Namespace() != "shop" || (*Cache)(nil).Namespace() != "" {
		t.Errorf("the namespace is %q", c.Namespace())
	}
	_ = c.Close()
	_, err := c.Inspect(t.Context(), "shop:1")
	if err != ErrClosed || c.EvictKey(t.Context(), "shop:1") != ErrClosed || c.Health(t.Context())[0].Err != ErrClosed {
		t.Errorf("a closed cache: %v", err)
	}
}

func TestEvictKeyReachesOtherProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		var caches []*Cache
		var methods []*Method[int]
		for range 2 {
			c := mustCache(t, mustTiers(t, Tier{Backend: newStore("own", true)}, Tier{Backend: h}))
			caches, methods = append(caches, c), append(methods, intMethod(c))
		}
		synctest.Wait()
		key := keyOf(methods[0], "1")
		ask(t.Context(), t, methods[0], key, 1)
		ask(t.Context(), t, methods[1], key, 2)
		if i := inspected(t, caches[1], key); i.Tiers[0].Kind != KindValue {
			t.Fatalf("%+v", i)
		}
		if err := caches[0].EvictKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for n, c := range caches {
			for _, held := range inspected(t, c, key).Tiers {
				if held.Kind != KindNone {
					t.Errorf("process %d, tier %s: %+v", n, held.Tier, held)
				}
			}
		}
	})
}
