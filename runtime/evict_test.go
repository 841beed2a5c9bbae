package runtime

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnEvictionRemovesFromAllTiers(t *testing.T) {
	upper, lower := newStore("upper", true), capable{newStore("lower", false)}
	c := mustCache(t, mustTiers(t, Tier{Backend: upper}, Tier{Backend: lower}))
	m := intMethod(c)
	for _, k := range []string{"1", "2", "3"} {
		_, _ = m.callAs(t.Context(), keyOf(m, k), func(context.Context, *Fill) (int, error) { return 1, nil })
	}
	c.Evict(t.Context(), func(ev *Eviction) {
		ev.Remove(m, keyOf(m, "1"))
		ev.Try(func() {
			var u *user
			ev.Remove(m, u.Name)
		})
		ev.Remove(m, "")
		ev.Remove(m, keyOf(m, "2"))
		panic("an expression of the directive")
	})
	for k, want := range map[string]bool{"1": false, "2": false, "3": true} {
		for _, s := range []*store{upper, lower.store} {
			if v, _ := s.has(keyOf(m, k)); (v != nil) != want {
				t.Errorf("%s has %q for %s", s.name, v, k)
			}
		}
	}
	if n := lower.count("removemany"); n != 1 {
		t.Errorf("%d round trips, want 1", n)
	}
	if s := c.Stats(); s.SkippedEvictions != 3 || s.Methods["p.Ints.Get"].Evictions != 2 {
		t.Errorf("stats are %+v", s)
	}
}

func TestAnEvictionLeavesThePanicOfTheMethodThatItFollows(t *testing.T) {
	s := newStore("store", true)
	c := mustCache(t, s)
	m := intMethod(c)
	s.put(keyOf(m, "1"), "x", time.Hour)
	_, panicked, _, _ := outcomeOf(func() (int, error) {
		defer c.Evict(t.Context(), func(ev *Eviction) {
			ev.Try(func() { ev.Remove(m, keyOf(m, "1")) })
		})
		panic("the method's")
	})
	if panicked != "the method's" {
		t.Errorf("the panic is now %v", panicked)
	}
	if v, _ := s.has(keyOf(m, "1")); v != nil {
		t.Error("nothing was evicted")
	}
}

func TestTheEndOfTheCallersContextDoesNotKeepAnEvictionFromHappening(t *testing.T) {
	s := newStore("store", false)
	s.onEach(func(ctx context.Context, _, _ string) error { return ctx.Err() })
	c := mustCache(t, s)
	m := intMethod(c)
	s.put(keyOf(m, "1"), "x", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Evict(ctx, func(ev *Eviction) { ev.Remove(m, keyOf(m, "1")) })
	if v, _ := s.has(keyOf(m, "1")); v != nil {
		t.Error("the entry is there still")
	}
	var none context.Context
	if err := c.EvictNow(none, m, keyOf(m, "1")); err != nil {
		t.Errorf("with a nil context: %v", err)
	}
	if err := c.EvictNow(t.Context(), m, ""); err != ErrUnkeyed {
		t.Errorf("without a key: %v", err)
	}
}

func TestALoadBegunBeforeAnEvictionIsNeitherStoredNorJoined(t *testing.T) {
	for _, tiers := range [][]bool{{true}, {false}, {true, false}} {
		synctest.Test(t, func(t *testing.T) {
			var stores []*store
			var tt []Tier
			for _, local := range tiers {
				stores = append(stores, newStore("s", local))
				tt = append(tt, Tier{Backend: stores[len(stores)-1]})
			}
			c := mustCache(t, mustTiers(t, tt...))
			m := intMethod(c)
			key := keyOf(m, "1")
			var wg sync.WaitGroup
			wg.Go(func() {
				v, err := m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
				if v != 1 || err != nil {
					t.Errorf("the earlier caller got %d, %v", v, err)
				}
			})
			synctest.Wait()
			if err := c.EvictNow(t.Context(), m, key); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				v, err := m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 2, nil })
				if v != 2 || err != nil {
					t.Errorf("who came after the write got %d, %v", v, err)
				}
			})
			wg.Wait()
			for range 2 {
				if v, ok, _ := m.Get(t.Context(), key); !ok || v != 2 {
					t.Errorf("the cache has %d, %v; want what was loaded after the eviction", v, ok)
				}
			}
		})
	}
}

// The store of the old value is on its way to the shared tier when the eviction comes.
func TestAnEvictionHasTheLastWordOverAStoreUnderWay(t *testing.T) {
	for _, slow := range []time.Duration{100 * time.Millisecond, time.Second} { // within the backend's time limit, and beyond it
		synctest.Test(t, func(t *testing.T) {
			upper, lower := newStore("upper", true), newStore("lower", false)
			lower.onEach(func(_ context.Context, op, _ string) error {
				if op == "set" {
					time.Sleep(slow)
				}
				return nil
			})
			c := mustCache(t, mustTiers(t, Tier{Backend: upper}, Tier{Backend: lower}))
			m := intMethod(c)
			key := keyOf(m, "1")
			go func() {
				_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 1, nil })
			}()
			synctest.Wait()
			if err := c.EvictNow(t.Context(), m, key); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			for _, s := range []*store{upper, lower} {
				if v, _ := s.has(key); v != nil {
					t.Errorf("a set that takes %v: %s has %s", slow, s.name, v)
				}
			}
		})
	}
}

func TestAnEvictionThatDoesNotReachTheSharedTierIsRetriedAndReadPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("shared", false)
		c := mustCache(t, s, WithBreaker(1_000_000, time.Second))
		m := intMethod(c)
		key := keyOf(m, "1")
		_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 1, nil })
		s.onEach(broken("remove"))
		if err := c.EvictNow(t.Context(), m, key); !errors.Is(err, errBroken) {
			t.Errorf("EvictNow says %v", err)
		}
		time.Sleep(time.Minute)
		if v, ok, _ := m.Get(t.Context(), key); ok {
			t.Errorf("the writing process reads %d, which it evicted", v)
		}
		if stats := c.Stats(); stats.PendingEvictions != 1 || stats.FailedEvictions != 1 {
			t.Errorf("stats are %+v", stats)
		}
		s.onEach(nil)
		time.Sleep(time.Minute)
		if v, _ := s.has(key); v != nil {
			t.Error("the eviction was not retried")
		}
		if n := c.Stats().PendingEvictions; n != 0 {
			t.Errorf("%d evictions are pending", n)
		}
		_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 2, nil })
		if v, ok, _ := m.Get(t.Context(), key); !ok || v != 2 {
			t.Errorf("afterwards the cache has %d, %v", v, ok)
		}
	})
}

func TestAKeyThatCannotBeRemovedDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("shared", false)
		c := mustCache(t, s, WithBreaker(1_000_000, time.Second))
		m := intMethod(c)
		s.onEach(broken("remove"))
		for _, k := range []string{"1", "bad", "2"} {
			s.put(keyOf(m, k), "x", time.Hour)
			_ = c.EvictNow(t.Context(), m, keyOf(m, k))
		}
		s.onEach(func(_ context.Context, op, key string) error {
			if op == "remove" && key == keyOf(m, "bad") {
				return errBroken
			}
			return nil
		})
		time.Sleep(time.Minute)
		for k, want := range map[string]bool{"1": false, "2": false, "bad": true} {
			if v, _ := s.has(keyOf(m, k)); (v != nil) != want {
				t.Errorf("under %s is %q", k, v)
			}
		}
		if n := c.Stats().PendingEvictions; n != 1 {
			t.Errorf("%d evictions are pending, want 1", n)
		}
	})
}

func TestAnEvictionDuringARetryOfTheSameKeyIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("shared", false)
		s.onEach(broken("remove"))
		o := mustCache(t, s, WithBreaker(1_000_000, time.Second)).overdue
		o.add("k")
		_, numbers, keys := o.some()
		o.add("k")
		o.landed(keys, numbers)
		if !o.has("k") {
			t.Error("the later eviction is forgotten")
		}
		_, numbers, keys = o.some()
		o.landed(keys, numbers)
		if o.has("k") {
			t.Error("an eviction that has landed is pending still")
		}
	})
}

func TestMoreEvictionsThanCanBeKeptSwitchTheSharedTierOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := capable{newStore("shared", false)}
		c := mustCache(t, s, WithBreaker(1_000_000, time.Second))
		m := intMethod(c)
		_, _ = m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 1, nil })
		s.onEach(broken("remove", "removemany"))
		for i := range maxOverdue {
			c.overdue.add(string(rune(i + 1000)))
		}
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, keyOf(m, "1")) })
		if _, ok, _ := m.Get(t.Context(), keyOf(m, "1")); ok {
			t.Error("an eviction was forgotten")
		}
		s.onEach(nil)
		time.Sleep(6 * time.Minute) // the default TTL, and some
		_, _ = m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 2, nil })
		if v, ok, _ := m.Get(t.Context(), keyOf(m, "1")); !ok || v != 2 {
			t.Errorf("afterwards the cache has %d, %v", v, ok)
		}
	})
}

// The removal has passed the middle tier, and not yet reached the first, when a reader wants to bring there what it
// found in the last.
func TestNothingIsPromotedBehindAnEviction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, middle, last := newStore("first", false), newStore("middle", false), newStore("last", false)
		c := mustCache(t, mustTiers(t, Tier{Backend: first}, Tier{Backend: middle}, Tier{Backend: slowGet{last}}))
		m := intMethod(c)
		key := keyOf(m, "1")
		gone := time.Now().Add(time.Hour)
		last.put(key, string(appendEntryHead(nil, 1, gone, gone, m.schema, "", nil, nil))+"1}", time.Hour)
		first.onEach(func(_ context.Context, op, _ string) error {
			if op == "remove" {
				time.Sleep(150 * time.Millisecond)
			}
			return nil
		})
		go func() { _, _, _ = m.Get(t.Context(), key) }()
		time.Sleep(50 * time.Millisecond)
		if err := c.EvictNow(t.Context(), m, key); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*store{first, middle, last} {
			if v, _ := s.has(key); v != nil {
				t.Errorf("%s has %s", s.name, v)
			}
		}
	})
}

// slowGet has read the value long before it returns.
type slowGet struct{ *store }

func (s slowGet) Get(ctx context.Context, key string) (Value, error) {
	v, err := s.store.Get(ctx, key)
	time.Sleep(100 * time.Millisecond)
	return v, err
}
