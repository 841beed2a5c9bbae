package runtime

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// process is a cache with a tier of its own over a shared one.
type process struct {
	*Cache
	*Method[int]
	own *store
}

func newProcess(t *testing.T, own CacheBackend, shared CacheBackend) *process {
	c := mustCache(t, mustTiers(t, Tier{Backend: own}, Tier{Backend: shared}))
	p := &process{Cache: c, Method: intMethod(c)}
	switch own := own.(type) {
	case *store:
		p.own = own
	case capable:
		p.own = own.store
	}
	synctest.Wait() // subscribed
	return p
}

func (p *process) call(t *testing.T, key string, v int) int {
	got, err := p.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return v, nil })
	if err != nil {
		t.Error(err)
	}
	return got
}

func TestAnEvictionReachesTheOtherProcessesOwnTiersAndOnlyThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		a := newProcess(t, newStore("a", true), shared)
		b := newProcess(t, newStore("b", true), shared)
		key := keyOf(a.Method, "1")
		a.call(t, key, 1)
		if got := b.call(t, key, 2); got != 1 {
			t.Errorf("b does not see a's value but %d", got)
		}
		if v, _ := b.own.has(key); v == nil {
			t.Fatal("b has not kept a copy")
		}
		before := a.own.count("remove")
		if err := a.EvictNow(t.Context(), a.Method, key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v, _ := b.own.has(key); v != nil {
			t.Error("b's copy is there still")
		}
		if n := shared.count("remove"); n != 1 {
			t.Errorf("the shared tier was told %d times to remove, want once", n)
		}
		if n := a.own.count("remove") - before; n != 1 {
			t.Errorf("a removed its own copy %d times, want once: one's own messages are to be ignored", n)
		}
		if n := b.Stats().ReceivedEvictions; n != 1 {
			t.Errorf("b counts %d received evictions", n)
		}
		if n := shared.count("publish"); n != 1 {
			t.Errorf("%d messages, want one: loads publish nothing", n)
		}
	})
}

func TestALoadBegunBeforeAMessageIsKeptInNoOwnTier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		a, b := newProcess(t, newStore("a", true), shared), newProcess(t, newStore("b", true), shared)
		key := keyOf(a.Method, "1")
		go func() {
			_, _ = b.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
		}()
		synctest.Wait()
		if err := a.EvictNow(t.Context(), a.Method, key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if v, _ := b.own.has(key); v != nil {
			t.Errorf("b keeps %s", v)
		}
	})
}

func TestAMessageDuringAStoreInTheSharedTierKeepsTheValueOutOfTheOwnTier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		a, b := newProcess(t, newStore("a", true), shared), newProcess(t, newStore("b", true), shared)
		key := keyOf(a.Method, "1")
		shared.onEach(func(_ context.Context, op, _ string) error {
			if op == "set" {
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		})
		go b.call(t, key, 1)
		synctest.Wait()
		if err := a.EvictNow(t.Context(), a.Method, key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if v, _ := b.own.has(key); v != nil {
			t.Errorf("b keeps %s", v)
		}
	})
}

func TestWhatIsMissedWhileCutOffIsNotServed(t *testing.T) {
	for _, flushable := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			shared := newHub()
			s := newStore("own", true)
			var own CacheBackend = s
			if flushable {
				own = capable{s}
			}
			p := newProcess(t, own, shared)
			key := keyOf(p.Method, "1")
			if _, ok := own.(Flusher); ok != flushable {
				t.Fatal("the fixture is wrong")
			}
			p.call(t, key, 1)
			if v, _ := s.has(key); v == nil {
				t.Fatal("nothing kept")
			}
			shared.each(func(s Subscription) { s.Down(errors.New("cut off")) })
			synctest.Wait()
			// Another process changes the entry.
			_ = shared.Remove(t.Context(), key)
			if got := p.call(t, key, 2); got != 2 {
				t.Errorf("while cut off: got %d", got)
			}
			sets := s.count("set")
			_ = shared.Remove(t.Context(), key)
			if got := p.call(t, key, 3); got != 3 || s.count("set") != sets {
				t.Errorf("while cut off: got %d, %d stores in the tier that is off", got, s.count("set")-sets)
			}
			_ = shared.Remove(t.Context(), key)
			shared.each(func(s Subscription) { s.Up() })
			synctest.Wait()
			if got := p.call(t, key, 4); got != 4 {
				t.Errorf("after reconnection: got %d (flushable: %v)", got, flushable)
			}
			time.Sleep(4 * time.Minute)
			if !flushable {
				time.Sleep(2 * time.Minute)
				p.call(t, key, 5)
			}
			reads := shared.count("get")
			p.call(t, key, 5)
			if shared.count("get") != reads {
				t.Errorf("the own tier is not in use again (flushable: %v)", flushable)
			}
		})
	}
}

func TestALoadDuringWhichTheLinkWasDownIsKeptInNoOwnTier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		p := newProcess(t, capable{newStore("own", true)}, shared)
		key := keyOf(p.Method, "1")
		go func() {
			_, _ = p.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
		}()
		synctest.Wait()
		shared.each(func(s Subscription) { s.Down(nil); s.Up() })
		time.Sleep(2 * time.Second)
		if v, _ := p.own.has(key); v != nil {
			t.Errorf("kept %s", v)
		}
	})
}

func TestAMessageThatNobodyUnderstandsEmptiesTheOwnTiers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		p := newProcess(t, capable{newStore("own", true)}, shared)
		for i, data := range []string{"", "{}", "\xff", `{"from":1}`, `["a"]`} {
			key := keyOf(p.Method, fmt.Sprint(i))
			p.call(t, key, 1)
			shared.each(func(s Subscription) { s.Message([]byte(data)) })
			synctest.Wait()
			if v, _ := p.own.has(key); v != nil {
				t.Errorf("message %q: %s is there still", data, v)
			}
		}
		p.call(t, "again", 1)
		if v, _ := p.own.has("again"); v == nil {
			t.Error("the own tier stays off")
		}
		shared.each(func(s Subscription) { s.Down(nil); s.Message(nil) })
		synctest.Wait()
		p.call(t, "cut off", 1)
		if v, _ := p.own.has("cut off"); v != nil {
			t.Error("such a message puts the own tier in use while cut off")
		}
	})
}

func TestClosingEndsTheSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		p := newProcess(t, newStore("own", true), shared)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(shared.subs) != 0 {
			t.Error("still subscribed")
		}
	})
}
