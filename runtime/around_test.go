package runtime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestDuringAWriteWithAroundNothingIsStoredOrJoined(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		m := intMethod(c)
		key := keyOf(m, "1")
		entries := func(ev *Eviction) { ev.Remove(m, key) }
		ask(t.Context(), t, m, key, 1)

		// A load from before the write goes on into it.
		early, finish := make(chan int), make(chan struct{})
		other := keyOf(m, "2")
		go func() {
			v, _ := m.callAs(t.Context(), other, func(context.Context, *Fill) (int, error) { <-finish; return 1, nil })
			early <- v
		}()
		synctest.Wait()
		end := c.Around(t.Context(), func(ev *Eviction) { entries(ev); ev.Remove(m, other) })
		second := c.Around(t.Context(), entries)
		for v := range 3 {
			if got := ask(t.Context(), t, m, key, v+10); got != v+10 {
				t.Errorf("during the write a caller got %d, want %d, the store's own", got, v+10)
			}
		}
		if got := ask(t.Context(), t, m, other, 2); got != 2 {
			t.Errorf("during the write a caller got %d of a load from before, want 2", got)
		}
		close(finish)
		if got := <-early; got != 1 {
			t.Errorf("the caller from before got %d, want 1", got)
		}
		end(entries)
		if got := ask(t.Context(), t, m, key, 20); got != 20 {
			t.Errorf("between the ends of two writes a caller got %d, want 20", got)
		}
		if got := ask(t.Context(), t, m, key, 21); got != 21 {
			t.Errorf("an entry was stored while the second write was under way: got %d, want 21", got)
		}
		second(func(ev *Eviction) { Put(ev, m, key, func() int { return 30 }) })
		if got := ask(t.Context(), t, m, key, 31); got == 21 {
			t.Errorf("after the writes a caller got %d", got)
		}
		if got := ask(t.Context(), t, m, other, 40); got != 40 {
			t.Errorf("what was named only before the write was not removed after it: got %d", got)
		}
	})
}

func TestAPutEndsAWriteWithAround(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		m := intMethod(c)
		key := keyOf(m, "1")
		end := c.Around(t.Context(), func(ev *Eviction) { ev.Remove(m, key) })
		end(func(ev *Eviction) { Put(ev, m, key, func() int { return 30 }) })
		want := 30
		if !c.tiers.last().local && c.tiers.leaser() == nil {
			want = 31 // nobody can say whether another process's write came between
		}
		if got := ask(t.Context(), t, m, key, 31); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	})
}

func TestAPutOfOneOfTwoWritesWithAroundIsNotStored(t *testing.T) {
	shared := leasing{capable{newStore("shared", false)}}
	// Of two processes, since one knows of its own.
	m, other := intMethod(mustCache(t, shared)), intMethod(mustCache(t, shared))
	key := keyOf(m, "1")
	entry := func(ev *Eviction) { ev.Remove(m, key) }
	end, endOther := m.cache.Around(t.Context(), entry), other.cache.Around(t.Context(), entry)
	endOther(entry)
	end(func(ev *Eviction) { Put(ev, m, key, func() int { return 30 }) })
	if got := ask(t.Context(), t, m, key, 31); got != 31 {
		t.Errorf("got %d, which a later write may have overtaken", got)
	}
}

func TestAGroupIsHeldByAWriteWithAround(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := newLists(c)
		l.want(t, 1, 1, 1, 1)
		end := c.Around(t.Context(), func(ev *Eviction) { ev.Remove(l, l.team(1)) })
		l.want(t, 1, 1, 2, 2)
		l.want(t, 1, 1, 3, 3)
		l.want(t, 2, 1, 4, 4)
		l.want(t, 2, 1, 5, 4)
		end(func(ev *Eviction) { ev.Remove(l, l.team(1)) })
		l.want(t, 1, 1, 6, 6)
		l.want(t, 1, 1, 7, 6)
	})
}

func TestAroundInATransactionEvictsAtItsEnd(t *testing.T) {
	m := intMethod(mustCache(t, newStore("store", true)))
	key := keyOf(m, "1")
	evict := func(ev *Eviction) { ev.Remove(m, key) }
	ask(t.Context(), t, m, key, 1)
	ctx, done := DeferEvictions(t.Context())
	m.cache.Around(ctx, evict)(evict)
	if got := ask(t.Context(), t, m, key, 2); got != 1 {
		t.Errorf("before the commit: got %d, want 1", got)
	}
	done()
	if got := ask(t.Context(), t, m, key, 3); got != 3 {
		t.Errorf("after the commit: got %d, want 3", got)
	}
}

type fromPrimary struct{}

// primaryMethod tells by its answer where it was loaded from: 1 is the primary.
func primaryMethod(c *Cache) (m *Method[int], call func(ctx context.Context, key string) (int, error)) {
	m = NewMethod(c, MethodConfig[int]{Prefix: "p.Ints", Name: "Get", Codec: intMethod(c).codec, Jitter: -1, TTL: time.Second,
		Primary: func(ctx context.Context) context.Context { return context.WithValue(ctx, fromPrimary{}, true) }})
	load := func(ctx context.Context, _ *Fill) (int, error) {
		if ctx.Value(fromPrimary{}) != nil {
			return 1, nil
		}
		return 0, nil
	}
	return m, func(ctx context.Context, key string) (int, error) { return m.callAs(ctx, key, load) }
}

func TestTheFirstLoadsAfterAnEvictionReadFromThePrimary(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		m, call := primaryMethod(c)
		key := keyOf(m, "1")
		time.Sleep(time.Minute) // a process that has just come up trusts no replica
		want := func(what, key string, want int) {
			t.Helper()
			if got, err := call(t.Context(), key); got != want || err != nil {
				t.Errorf("%s: got %d, %v, want %d", what, got, err, want)
			}
		}
		want("before any eviction", key, 0)
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, key) })
		want("after the eviction", key, 1)
		want("of another key", keyOf(m, "2"), 0)
		time.Sleep(3 * time.Second)
		want("when the entry has ended, within the lag", key, 1)
		time.Sleep(3 * time.Second)
		want("after the lag", key, 0)
	})
}

func TestAnEvictionElsewhereHasLoadsReadFromThePrimary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		here, there := newProcess(t, newStore("own", true), shared), newProcess(t, newStore("own", true), shared)
		m, call := primaryMethod(here.Cache)
		time.Sleep(time.Minute)
		if got, err := call(t.Context(), keyOf(m, "1")); got != 0 || err != nil {
			t.Fatalf("before: got %d, %v", got, err)
		}
		other, _ := primaryMethod(there.Cache)
		there.Evict(t.Context(), func(ev *Eviction) { ev.Remove(other, keyOf(other, "1")) })
		synctest.Wait()
		if got, err := call(t.Context(), keyOf(m, "1")); got != 1 || err != nil {
			t.Errorf("after: got %d, %v, want 1: from the primary", got, err)
		}
	})
}

func TestMoreEvictionsThanAreRememberedCountForAllKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecent(time.Second)
		r.watch()
		for range maxRecent {
			r.add([]string{time.Now().String()})
			time.Sleep(time.Nanosecond)
		}
		if r.has("other") {
			t.Error("a key that was never evicted counts as evicted")
		}
		r.add([]string{"one", "more"})
		if !r.has("other") {
			t.Error("with too many to remember, not all keys count as evicted")
		}
		time.Sleep(time.Second)
		if r.has("other") {
			t.Error("they count for longer than the lag")
		}
	})
}

func TestDuringAWriteWithAroundNoOtherProcessStores(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key := keyOf(here, "1")
		entries := func(ev *Eviction) { ev.Remove(here, key) }
		wantInt(t, there, key, gives(1, 0, nil), 1)
		end := here.cache.Around(t.Context(), entries)
		second := here.cache.Around(t.Context(), entries)
		synctest.Wait()
		for v := 10; v < 13; v++ {
			wantInt(t, there, key, gives(v, 0, nil), v)
		}
		end(entries)
		synctest.Wait()
		wantInt(t, there, key, gives(13, 0, nil), 13)
		wantInt(t, there, key, gives(14, 0, nil), 14) // the other write is under way still
		second(entries)
		synctest.Wait() // for the message, which would end the load
		wantInt(t, there, key, gives(15, 0, nil), 15)
		wantInt(t, here, key, gives(16, 0, nil), 15)
		if v, _ := shared.has(key); !isEntry(v) {
			t.Errorf("left is %s", v)
		}
	})
}

func TestALoadOfAnotherProcessFromBeforeAWriteIsNotHandedToCallersAfterIt(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key := keyOf(here, "1")
		// Messages do not arrive: only the shared tier tells.
		shared.onEach(func(_ context.Context, op, _ string) error {
			if op == "publish" {
				return errBroken
			}
			return nil
		})
		go func() { _, _ = there.callAs(t.Context(), key, gives(1, time.Second, nil)) }()
		time.Sleep(100 * time.Millisecond)
		here.cache.Around(t.Context(), func(ev *Eviction) { ev.Remove(here, key) })(func(*Eviction) {})
		wantInt(t, there, key, gives(2, 0, nil), 2) // joins the load from before, and asks again
	})
}

func TestAGroupIsBarredDuringAWriteWithAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		here, there := newLists(mustCache(t, shared)), newLists(mustCache(t, shared))
		there.want(t, 1, 1, 1, 1)
		end := here.cache.Around(t.Context(), func(ev *Eviction) { ev.Remove(here, here.team(1)) })
		there.want(t, 1, 1, 2, 2)
		there.want(t, 1, 1, 3, 3)
		there.want(t, 2, 1, 4, 4)
		there.want(t, 2, 1, 5, 4)
		end(func(*Eviction) {})
		there.want(t, 1, 1, 6, 6)
		there.want(t, 1, 1, 7, 6)
	})
}

func TestATombstoneIsRenewedAndGoesByItself(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key := keyOf(here, "1")
		end := here.cache.Around(t.Context(), func(ev *Eviction) { ev.Remove(here, key) })
		time.Sleep(2 * tombstoneTime)
		wantInt(t, there, key, gives(1, 0, nil), 1)
		wantInt(t, there, key, gives(2, 0, nil), 2)
		_ = here.cache.Close() // as if the process had died
		end(func(*Eviction) {})
		time.Sleep(tombstoneTime)
		wantInt(t, there, key, gives(3, 0, nil), 3)
		wantInt(t, there, key, gives(4, 0, nil), 3)
	})
}

func TestTombstones(t *testing.T) {
	a, b := []byte(`"00000000000000aa"`), []byte(`"00000000000000bb"`)
	one := withWriter(Value(`{"kind":"value"}`), a)
	both := withWriter(one, b)
	for _, test := range []struct{ got, want Value }{
		{one, Value(`{"kind":"tombstone","writers":["00000000000000aa"]}`)},
		{both, Value(`{"kind":"tombstone","writers":["00000000000000aa","00000000000000bb"]}`)},
		{withWriter(both, a), both},
		{withoutWriter(both, b), Value(`{"kind":"tombstone","writers":["00000000000000aa","0000000000000000"]}`)},
		{withoutWriter(withoutWriter(both, b), a), nil},
		{withoutWriter(one, b), one},
		{withoutWriter(one, a), nil},
		{withoutWriter(Value(`{"kind":"value"}`), a), nil},
		{withoutWriter(nil, a), nil},
		{withWriter(Value(`{"kind":"tombstone","writers":[1]}`), a), one},
	} {
		if string(test.got) != string(test.want) {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}

func TestOnlyAWholeTombstoneIsOne(t *testing.T) {
	one, other := []byte(`"0123456789abcdef"`), []byte(`"fedcba9876543210"`)
	for _, whole := range []Value{tombstone(one), tombstone(departed), withWriter(tombstone(one), other)} {
		if !isTombstone(whole) {
			t.Errorf("%s is none", whole)
		}
		for n := range whole {
			if isTombstone(whole[:n]) {
				t.Errorf("%s is one", whole[:n])
			}
		}
		for _, more := range []string{" ", "}", ","} {
			if v := append(whole[:len(whole):len(whole)], more...); isTombstone(v) {
				t.Errorf("%s is one", v)
			}
		}
	}
	for _, bad := range []string{`{"kind":"tombstone","writers":[]}`, `{"kind":"tombstone","writers":["0123456789abcdeX"]}`} {
		if isTombstone(Value(bad)) {
			t.Errorf("%s is one", bad)
		}
	}
}
