package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

var errDown = errors.New("the store is down")

// counting is a wrapped method that answers with how often it was called, or fails.
type counting struct {
	mu    sync.Mutex
	calls int
	err   error
	takes time.Duration
}

func (s *counting) load(ctx context.Context, _ *Fill) (int, error) {
	s.mu.Lock()
	s.calls++
	n, err, takes := s.calls, s.err, s.takes
	s.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return n, err
}

func (s *counting) set(err error, takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.takes = err, takes
}

// staleTest runs test in a bubble, with a method whose answers are fresh for a minute, over each kind of tiers.
func staleTest(t *testing.T, config MethodConfig[int], test func(t *testing.T, m *Method[int], s *counting, want func(v int))) {
	config.Prefix, config.Name, config.Codec, config.Jitter = "p.Ints", "Get", codec.Reflect[int](), -1
	if config.TTL == 0 {
		config.TTL = time.Minute
	}
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		m, s := NewMethod(c, config), new(counting)
		if err := c.Err(); err != nil {
			t.Fatal(err)
		}
		want := func(v int) {
			t.Helper()
			got, err := m.callAs(t.Context(), keyOf(m, "1"), s.load)
			if got != v || err != nil {
				t.Errorf("got %d, %v, want %d", got, err, v)
			}
			synctest.Wait()
		}
		test(t, m, s, want)
	})
}

func TestAStaleResultIsServedWhereLoadingFails(t *testing.T) {
	staleTest(t, MethodConfig[int]{Stale: time.Hour}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		want(1)
		time.Sleep(2 * time.Minute)
		s.set(errDown, 0)
		for range 10 {
			want(1)
		}
		if s.calls != 2 {
			t.Errorf("the failing store was called %d times at once, want 1", s.calls-1)
		}
		time.Sleep(failurePause)
		want(1)
		s.set(nil, 0)
		time.Sleep(failurePause)
		want(4)
		if s := m.counters.snapshot(); s.Stale != 11 || s.LoadErrors != 2 {
			t.Errorf("stats are %+v", s)
		}
		time.Sleep(time.Minute + time.Hour)
		s.set(errDown, 0)
		if _, err := m.callAs(t.Context(), keyOf(m, "1"), s.load); err != errDown {
			t.Errorf("past the TTL and Stale the error is %v, want the store's", err)
		}
	})
}

func TestAnEvictedResultIsNeverServedStale(t *testing.T) {
	staleTest(t, MethodConfig[int]{Stale: time.Hour}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		evict := func() { m.cache.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, keyOf(m, "1")) }) }
		want(1)
		evict()
		s.set(errDown, 0)
		if v, err := m.callAs(t.Context(), keyOf(m, "1"), s.load); err != errDown {
			t.Errorf("after an eviction: got %d, %v, want the store's error", v, err)
		}
		s.set(nil, 0)
		want(3)
		time.Sleep(2 * time.Minute)
		s.set(errDown, time.Second)
		failed := make(chan error)
		go func() {
			_, err := m.callAs(t.Context(), keyOf(m, "1"), s.load)
			failed <- err
		}()
		synctest.Wait()
		evict() // while the load that will fail is under way
		if err := <-failed; err != errDown {
			t.Errorf("evicted during the load: the error is %v, want the store's", err)
		}
	})
}

func TestAReloadIsNotAnsweredWithWhatIsStale(t *testing.T) {
	staleTest(t, MethodConfig[int]{Stale: time.Hour}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		want(1)
		time.Sleep(2 * time.Minute)
		s.set(errDown, 0)
		if v, err := m.Reload(t.Context(), keyOf(m, "1"), s.load); err != errDown {
			t.Errorf("got %d, %v, want the store's error", v, err)
		}
	})
}

func TestACallerWaitsNoLongerThanTheTimeoutWhereThereIsAStaleResult(t *testing.T) {
	staleTest(t, MethodConfig[int]{Stale: time.Hour, Timeout: 100 * time.Millisecond}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		s.set(nil, time.Second)
		began := time.Now()
		want(1) // there is nothing to serve instead
		if took := time.Since(began); took != time.Second {
			t.Errorf("a call without a stale result took %v, want the load's second", took)
		}
		time.Sleep(2 * time.Minute)
		began = time.Now()
		want(1)
		want(1) // joins the load, and leaves it again
		if took := time.Since(began); took != 200*time.Millisecond {
			t.Errorf("two calls with a stale result took %v, want 200ms", took)
		}
		time.Sleep(time.Second) // the load that all have left goes on, and is stored
		began = time.Now()
		want(2)
		if took := time.Since(began); took != 0 || s.calls != 2 {
			t.Errorf("then a call took %v, after %d loads; want 0 and 2", took, s.calls)
		}
	})
}

func TestAResultNearItsEndIsRefreshedInTheBackground(t *testing.T) {
	for _, config := range []MethodConfig[int]{{Refresh: 12 * time.Second}, {RefreshPercent: 20}} {
		staleTest(t, config, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
			want(1)
			time.Sleep(47 * time.Second)
			want(1)
			if s.calls != 1 {
				t.Fatalf("%d loads before the end is near, want 1", s.calls)
			}
			time.Sleep(2 * time.Second)
			s.set(nil, time.Second)
			began := time.Now()
			for range 5 {
				want(1)
			}
			if took := time.Since(began); took != 0 || s.calls != 2 {
				t.Errorf("five calls took %v and began %d loads, want 0 and 1", took, s.calls-1)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			want(2)
			time.Sleep(40 * time.Second)
			want(2) // fresh for a minute again
			if s := m.counters.snapshot(); s.Refreshes != 1 || s.Loads != 2 {
				t.Errorf("stats are %+v", s)
			}
		})
	}
}

func TestARefreshThatFailsChangesNothing(t *testing.T) {
	staleTest(t, MethodConfig[int]{RefreshPercent: 20}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		want(1)
		time.Sleep(50 * time.Second)
		s.set(errDown, 0)
		for range 5 {
			want(1)
		}
		if s.calls != 2 {
			t.Errorf("%d loads, want 2: a refresh that failed is not tried again at once", s.calls)
		}
		time.Sleep(failurePause)
		s.set(nil, 0)
		want(1)
		want(3)
	})
}

func TestAnEvictionDuringARefreshKeepsItFromBeingStored(t *testing.T) {
	staleTest(t, MethodConfig[int]{RefreshPercent: 20}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		want(1)
		time.Sleep(50 * time.Second)
		s.set(nil, time.Second)
		want(1)
		m.cache.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, keyOf(m, "1")) })
		time.Sleep(2 * time.Second)
		want(3)
	})
}

func TestABatchIsAnsweredStaleWhereThatAnswersAllThatItLacks(t *testing.T) {
	staleTest(t, MethodConfig[int]{Stale: time.Hour}, func(t *testing.T, m *Method[int], s *counting, want func(int)) {
		var fails error
		batch := func(ids ...int) (map[int]int, error) {
			return BatchMap(t.Context(), m, ids, func(id int) string { return keyOf(m, fmt.Sprint(id)) },
				func(_ context.Context, _ *Fill, ids []int) (map[int]int, error) {
					all := map[int]int{}
					for _, id := range ids {
						all[id] = id
					}
					return all, fails
				})
		}
		if _, err := batch(1, 2); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		fails = errDown
		if got, err := batch(1, 2); err != nil || len(got) != 2 || got[2] != 2 {
			t.Errorf("got %v, %v, want both stale", got, err)
		}
		if got, err := batch(1, 3); err != errDown {
			t.Errorf("got %v, %v, want the error: of 3 there is nothing to serve", got, err)
		}
	})
}
