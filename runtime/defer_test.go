package runtime

import (
	"context"
	"fmt"
	"testing"
)

// ask returns what a caller with ctx gets for key while the wrapped method answers v.
func ask(ctx context.Context, t *testing.T, m *Method[int], key string, v int) int {
	t.Helper()
	got, err := m.callAs(ctx, key, func(context.Context, *Fill) (int, error) { return v, nil })
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDeferredEvictionsWaitForTheCommit(t *testing.T) {
	for what, evict := range map[string]func(ctx context.Context, m *Method[int], key string){
		"evict": func(ctx context.Context, m *Method[int], key string) {
			m.cache.Evict(ctx, func(ev *Eviction) { ev.Remove(m, key) })
		},
		"put": func(ctx context.Context, m *Method[int], key string) {
			m.cache.Write(ctx, nil)(func(ev *Eviction) { Put(ev, m, key, func() int { return 2 }) })
		},
		"by hand": func(ctx context.Context, m *Method[int], key string) {
			if err := m.cache.EvictNow(ctx, m, key); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			m := intMethod(mustCache(t, newStore("store", true)))
			key := keyOf(m, "1")
			ask(t.Context(), t, m, key, 1)

			ctx, done := DeferEvictions(t.Context())
			evict(ctx, m, key)
			if got := ask(t.Context(), t, m, key, 2); got != 1 {
				t.Errorf("before the commit another caller got %d, want 1 from the cache", got)
			}
			if got := ask(ctx, t, m, key, 2); got != 2 {
				t.Errorf("the transaction read %d, want its own 2", got)
			}
			done()
			if got := ask(t.Context(), t, m, key, 3); got != 3 {
				t.Errorf("after the commit a caller got %d, want 3, loaded anew", got)
			}

			ask(t.Context(), t, m, key, 0)
			done()
			if got := ask(t.Context(), t, m, key, 4); got != 3 {
				t.Errorf("a second call of done evicted: got %d, want 3", got)
			}
			evict(ctx, m, key)
			if got := ask(t.Context(), t, m, key, 5); got == 3 {
				t.Errorf("an eviction after the commit was not done at once: got %d", got)
			}
		})
	}
}

func TestAReadInATransactionNeitherStoresNorJoins(t *testing.T) {
	m := intMethod(mustCache(t, newStore("store", true)))
	key := keyOf(m, "1")
	ctx, done := DeferEvictions(t.Context())
	defer done()

	loading, leave := make(chan struct{}), make(chan struct{})
	outside := make(chan int)
	go func() {
		v, _ := m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) {
			close(loading)
			<-leave
			return 1, nil
		})
		outside <- v
	}()
	<-loading
	if got := ask(ctx, t, m, key, 2); got != 2 {
		t.Errorf("the transaction read %d of a load outside, want its own 2", got)
	}
	close(leave)
	if got := <-outside; got != 1 {
		t.Errorf("the caller outside got %d, want 1", got)
	}
	if got := ask(t.Context(), t, m, key, 3); got != 1 {
		t.Errorf("got %d, want 1: what the transaction read must not be stored", got)
	}
	results, err := BatchMap(ctx, m, []int{1}, func(id int) string { return keyOf(m, fmt.Sprint(id)) },
		func(_ context.Context, _ *Fill, ids []int) (map[int]int, error) { return map[int]int{1: 2}, nil })
	if err != nil || results[1] != 2 {
		t.Errorf("a batch in the transaction gave %v, %v, want its own 2", results, err)
	}
}

func TestATransactionWithinAnotherEvictsWithTheOuterOne(t *testing.T) {
	one, two := mustCache(t, newStore("one", true)), mustCache(t, newStore("two", true))
	a, b := intMethod(one), intMethod(two)
	key := keyOf(a, "1")
	ask(t.Context(), t, a, key, 1)
	ask(t.Context(), t, b, key, 1)

	outer, commit := DeferEvictions(t.Context())
	inner, release := DeferEvictions(outer)
	one.Evict(inner, func(ev *Eviction) { ev.Remove(a, key) })
	two.Evict(inner, func(ev *Eviction) { ev.Remove(b, key) })
	release()
	one.Evict(inner, func(ev *Eviction) { ev.Remove(a, key) })
	if ask(t.Context(), t, a, key, 2) != 1 || ask(t.Context(), t, b, key, 2) != 1 {
		t.Error("the inner one's end evicted before the outer one's")
	}
	commit()
	if ask(t.Context(), t, a, key, 2) != 2 || ask(t.Context(), t, b, key, 2) != 2 {
		t.Error("the outer one's end did not evict in both caches")
	}
}

func TestBypassLeavesTheCacheAloneButForEvictions(t *testing.T) {
	m := intMethod(mustCache(t, newStore("store", true)))
	key := keyOf(m, "1")
	ask(t.Context(), t, m, key, 1)
	ctx := Bypass(t.Context())
	if got := ask(ctx, t, m, key, 2); got != 2 {
		t.Errorf("got %d past the cache, want 2", got)
	}
	if got := ask(t.Context(), t, m, key, 3); got != 1 {
		t.Errorf("got %d from the cache, want 1", got)
	}
	m.cache.Evict(ctx, func(ev *Eviction) { ev.Remove(m, key) })
	if got := ask(t.Context(), t, m, key, 4); got != 4 {
		t.Errorf("got %d after an eviction, want 4", got)
	}
}
