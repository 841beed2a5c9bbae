package runtime

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestAFlushLeavesNothingInAnyProcess(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key, other := keyOf(here, "1"), keyOf(here, "2")
		shared.put("elsewhere:p.Ints.Get:1", "1", time.Hour)
		wantInt(t, here, key, gives(1, 0, nil), 1)
		wantInt(t, there, key, gives(2, 0, nil), 1)

		// Loads from before it go on, in both.
		finish, done := make(chan struct{}), make(chan int, 2)
		for i, m := range all {
			go func() {
				v, _ := m.callAs(t.Context(), fmt.Sprint(other, i), func(context.Context, *Fill) (int, error) { <-finish; return 1, nil })
				done <- v
			}()
		}
		synctest.Wait()
		if err := here.cache.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // for the message
		for i, m := range all {
			wantInt(t, m, fmt.Sprint(other, i), gives(2, 0, nil), 2)
		}
		close(finish)
		if a, b := <-done, <-done; a != 1 || b != 1 {
			t.Errorf("callers from before got %d and %d, want 1", a, b)
		}
		wantInt(t, there, key, gives(3, 0, nil), 3)
		wantInt(t, here, key, gives(4, 0, nil), 3)
		for i, m := range all {
			wantInt(t, m, fmt.Sprint(other, i), gives(5, 0, nil), 2)
		}
		if v, _ := shared.has("elsewhere:p.Ints.Get:1"); v == nil {
			t.Error("it removed what is in another namespace")
		}
	})
}

func TestAFlushOfTiersInProcess(t *testing.T) {
	for _, tier := range []CacheBackend{capable{newStore("flushes", true)}, newStore("cannot flush", true)} {
		m := intMethod(mustCache(t, tier))
		key := keyOf(m, "1")
		ask(t.Context(), t, m, key, 1)
		if err := m.cache.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ask(t.Context(), t, m, key, 2); got != 2 {
			t.Errorf("%s: after a flush a caller got %d", tier.Name(), got)
		}
	}
}

func TestAFlushSaysWhatItCannotDo(t *testing.T) {
	c := mustCache(t, capable{newStore("shared", false)})
	if err := c.Flush(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Flush = %v", err)
	}
	_ = c.Close()
	if err := c.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush of a closed cache = %v", err)
	}
	if err := (*Cache)(nil).Flush(t.Context()); err != nil {
		t.Errorf("Flush of no cache = %v", err)
	}
}

// A process cannot reach the shared tier, and evicts more than it can remember.
func TestTooManyOverdueEvictionsFlushTheNamespace(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		keys := make([]string, maxOverdue+2)
		for i := range keys {
			keys[i] = keyOf(here, fmt.Sprint(i))
		}
		last := keys[len(keys)-1]
		wantInt(t, there, last, gives(1, 0, nil), 1)
		wantInt(t, here, last, gives(2, 0, nil), 1)
		shared.onEach(func(context.Context, string, string) error { return errBroken })
		here.cache.Evict(t.Context(), func(ev *Eviction) {
			for _, key := range keys {
				ev.Remove(here, key)
			}
		})
		wantInt(t, here, last, gives(3, 0, nil), 3)
		if n := here.cache.Stats().PendingEvictions; n < maxOverdue {
			t.Errorf("%d evictions are pending, want more than %d", n, maxOverdue)
		}
		time.Sleep(time.Minute) // it is tried again and again
		shared.onEach(nil)
		time.Sleep(time.Minute)
		if n := shared.count("removeprefix"); n == 0 {
			t.Error("there was no flush")
		}
		if n := here.cache.Stats().PendingEvictions; n != 0 {
			t.Errorf("%d evictions are pending still", n)
		}
		wantInt(t, there, last, gives(4, 0, nil), 4)
		wantInt(t, here, last, gives(5, 0, nil), 4)
	})
}
