package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var errNotFound = errors.New("no such user")

// together calls call in n goroutines and returns when all have returned.
func together(n int, call func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { call(i) })
	}
	wg.Wait()
}

func TestAThousandCallersOfOneMissingKeyLoadOnce(t *testing.T) {
	for _, local := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			m := userMethod(mustCache(t, newStore("store", local)))
			var loads atomic.Int64
			var mu sync.Mutex
			seen := map[*user]bool{}
			together(1000, func(int) {
				u, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (*user, error) {
					loads.Add(1)
					time.Sleep(10 * time.Millisecond)
					return &user{Name: "Ann", Tags: []string{"a"}}, nil
				})
				if err != nil || u.Name != "Ann" {
					t.Errorf("got %v, %v", u, err)
				}
				u.Tags[0] = "mine" // a race with anyone who shares it
				mu.Lock()
				defer mu.Unlock()
				if seen[u] {
					t.Error("two callers got one pointer")
				}
				seen[u] = true
			})
			if loads.Load() != 1 {
				t.Errorf("%d loads, want 1", loads.Load())
			}
		})
	}
}

// The store is as fast as can be, so that many callers miss before the load ends and ask for one after it.
func TestALateMissDoesNotLoadAgain(t *testing.T) {
	m := intMethod(mustCache(t, newStore("store", true)))
	for i := range 300 {
		var loads atomic.Int64
		key := keyOf(m, fmt.Sprint(i))
		together(50, func(int) {
			_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) {
				loads.Add(1)
				return 1, nil
			})
		})
		if loads.Load() != 1 {
			t.Fatalf("round %d: %d loads, want 1", i, loads.Load())
		}
	}
}

func TestTheFirstCallersEndDoesNotEndTheLoad(t *testing.T) {
	for _, followers := range []int{1, 100} {
		synctest.Test(t, func(t *testing.T) { theFirstOfManyLeaves(t, followers) })
	}
}

func theFirstOfManyLeaves(t *testing.T, followers int) {
	m := intMethod(mustCache(t, newStore("store", true)))
	var loads atomic.Int64
	load := func(ctx context.Context, _ *Fill) (int, error) {
		loads.Add(1)
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(10 * time.Millisecond):
			return 7, nil
		}
	}
	first, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := m.callAs(first, keyOf(m, "1"), load); !errors.Is(err, context.Canceled) {
			t.Errorf("the first caller got %v, want its own cancellation", err)
		}
	})
	synctest.Wait()
	wg.Go(func() {
		together(followers, func(int) {
			if v, err := m.callAs(t.Context(), keyOf(m, "1"), load); v != 7 || err != nil {
				t.Errorf("a follower got %d, %v", v, err)
			}
		})
	})
	synctest.Wait()
	cancel()
	wg.Wait()
	if loads.Load() != 1 {
		t.Errorf("%d loads, want 1", loads.Load())
	}
}

func TestAFollowersDeadlineHoldsDuringALoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true)))
		load := func(context.Context, *Fill) (int, error) { time.Sleep(300 * time.Millisecond); return 1, nil }
		go func() { _, _ = m.callAs(t.Context(), keyOf(m, "1"), load) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := m.callAs(ctx, keyOf(m, "1"), load)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 20*time.Millisecond {
			t.Errorf("got %v after %v", err, took)
		}
		time.Sleep(time.Second)
	})
}

func TestWhenTheLastCallerLeavesTheLoadIsCancelledAndNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("store", true)
		m := intMethod(mustCache(t, s))
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, _ = m.callAs(ctx, keyOf(m, "1"), func(ctx context.Context, _ *Fill) (int, error) {
				<-ctx.Done()
				ended <- ctx.Err()
				return 1, nil // as one that does not heed its context would
			})
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the load's context ended with %v", err)
		}
		synctest.Wait()
		if v, _ := s.has(keyOf(m, "1")); v != nil {
			t.Errorf("stored %s", v)
		}
		v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 2, nil })
		if v != 2 || err != nil {
			t.Errorf("a later caller got %d, %v; want a load of its own", v, err)
		}
	})
}

func TestALoadHasTheCallersValuesAndTheLaterOfTwoDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true), WithLoadTimeout(time.Minute)))
		type mine struct{}
		ctx := context.WithValue(t.Context(), mine{}, "value")
		for _, tc := range []struct{ caller, want time.Duration }{{0, time.Minute}, {time.Second, time.Minute}, {time.Hour, time.Hour}} {
			ctx := ctx
			if tc.caller > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tc.caller)
				defer cancel()
			}
			_, _ = m.callAs(ctx, keyOf(m, tc.caller.String()), func(ctx context.Context, _ *Fill) (int, error) {
				if ctx.Value(mine{}) != "value" {
					t.Error("the caller's values are gone")
				}
				if d, ok := ctx.Deadline(); !ok || time.Until(d) != tc.want {
					t.Errorf("caller with %v: the load has %v, want %v", tc.caller, time.Until(d), tc.want)
				}
				return 1, nil
			})
		}
	})
}

// outcomeOf runs call in a goroutine and tells how it ended.
func outcomeOf(call func() (int, error)) (v int, panicked any, exited bool, err error) {
	done := make(chan struct{})
	exited = true
	go func() {
		defer close(done)
		defer func() {
			if panicked = recover(); panicked != nil {
				exited = false
			}
		}()
		v, err = call()
		exited = false
	}()
	<-done
	return
}

func TestAPanicInALoadReachesItsCallerAndHangsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true)))
		boom := errors.New("boom")
		load := func(context.Context, *Fill) (int, error) {
			time.Sleep(time.Millisecond)
			panic(boom)
		}
		var panics, errs atomic.Int64
		together(100, func(int) {
			_, panicked, exited, err := outcomeOf(func() (int, error) { return m.callAs(t.Context(), keyOf(m, "1"), load) })
			var p *LoadPanicError
			switch {
			case exited:
				t.Error("a caller exited")
			case panicked != nil:
				panics.Add(1)
				err, _ := panicked.(error)
				if !errors.As(err, &p) || p.Value != boom || !strings.Contains(err.Error(), "TestAPanicInALoad") {
					t.Errorf("panic with %v; want the value and the load's stack", panicked)
				}
			case errors.As(err, &p) && errors.Is(err, boom):
				errs.Add(1)
			default:
				t.Errorf("a caller got %v", err)
			}
		})
		if panics.Load() != 1 || errs.Load() != 99 {
			t.Errorf("%d panics and %d errors, want 1 and 99", panics.Load(), errs.Load())
		}
		if v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 3, nil }); v != 3 || err != nil {
			t.Errorf("the next call got %d, %v", v, err)
		}
	})
}

func TestAGoexitInALoadEndsItsCallerAndHangsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true)))
		var exits, errs atomic.Int64
		together(100, func(int) {
			_, panicked, exited, err := outcomeOf(func() (int, error) {
				return m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) {
					time.Sleep(time.Millisecond)
					runtime.Goexit()
					return 0, nil
				})
			})
			switch {
			case exited:
				exits.Add(1)
			case errors.Is(err, ErrLoadExited):
				errs.Add(1)
			default:
				t.Errorf("a caller got %v, %v", err, panicked)
			}
		})
		if exits.Load() != 1 || errs.Load() != 99 {
			t.Errorf("%d exits and %d errors, want 1 and 99", exits.Load(), errs.Load())
		}
	})
}

func TestALoadErrorGoesToAllWithItsValueAndIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("store", true)
		m := userMethod(mustCache(t, s))
		failure := errors.New("database is down")
		together(20, func(int) {
			u, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (*user, error) {
				time.Sleep(time.Millisecond)
				return &user{Name: "partial"}, failure
			})
			if !errors.Is(err, failure) || u == nil || u.Name != "partial" {
				t.Errorf("got %v, %v", u, err)
			}
		})
		if s.count("set") != 0 {
			t.Error("an error was stored")
		}
		stats := m.counters.snapshot()
		if stats.Loads != 1 || stats.LoadErrors != 1 || stats.Coalesced != 19 || stats.Misses != 20 {
			t.Errorf("stats are %+v", stats)
		}
	})
}

func TestReloadJoinsNoEarlierLoadAndItsResultStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", false)))
		key := keyOf(m, "1")
		var wg sync.WaitGroup
		wg.Go(func() {
			v, err := m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
			if v != 1 || err != nil {
				t.Errorf("the earlier caller got %d, %v", v, err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			v, err := m.Reload(t.Context(), key, func(context.Context, *Fill) (int, error) { time.Sleep(100 * time.Millisecond); return 2, nil })
			if v != 2 || err != nil {
				t.Errorf("the reload got %d, %v", v, err)
			}
		})
		synctest.Wait()
		if v, err := m.callAs(t.Context(), key, nil); v != 2 || err != nil {
			t.Errorf("a later caller got %d, %v; want the reload's", v, err)
		}
		wg.Wait()
		if v, ok, _ := m.Get(t.Context(), key); !ok || v != 2 {
			t.Errorf("stored is %d, %v; want the reload's result", v, ok)
		}
	})
}

func TestAReloadThatCannotBeStoredLeavesNoOlderResult(t *testing.T) {
	for _, failure := range []error{errBroken, ErrTooLarge} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore("store", false)
			m := intMethod(mustCache(t, s))
			key := keyOf(m, "1")
			_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 1, nil })
			s.onEach(func(_ context.Context, op, _ string) error {
				if op == "set" {
					return failure
				}
				return nil
			})
			v, err := m.Reload(t.Context(), key, func(context.Context, *Fill) (int, error) { return 2, nil })
			if v != 2 || err != nil {
				t.Errorf("%v: got %d, %v", failure, v, err)
			}
			if v, ok, _ := m.Get(t.Context(), key); ok {
				t.Errorf("%v: afterwards a hit gives %d", failure, v)
			}
			time.Sleep(time.Second)
			if v, _ := s.has(key); v != nil {
				t.Errorf("%v: the store still has %s", failure, v)
			}
			if n := m.cache.Stats().PendingEvictions; n != 0 {
				t.Errorf("%v: %d evictions are pending", failure, n)
			}
		})
	}
}

func TestTheLastCallersEndDoesNotEndAStoreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("store", false)
		s.onEach(func(ctx context.Context, op, _ string) error {
			if op != "set" {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(100 * time.Millisecond):
				return nil
			}
		})
		m := intMethod(mustCache(t, s))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, _ = m.callAs(ctx, keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 1, nil })
		time.Sleep(time.Second)
		if v, ok, _ := m.Get(t.Context(), keyOf(m, "1")); !ok || v != 1 {
			t.Errorf("stored is %d, %v", v, ok)
		}
	})
}

func TestCallersAfterTheLimitBeginALoadOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true), WithLoadTimeout(time.Second)))
		var wg sync.WaitGroup
		wg.Go(func() {
			v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { time.Sleep(time.Hour); return 1, nil })
			if v != 1 || err != nil {
				t.Errorf("who waits for a slow load got %d, %v", v, err)
			}
		})
		time.Sleep(2 * time.Second)
		v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 2, nil })
		if v != 2 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
		wg.Wait()
	})
}

func TestMaxLoadsBoundsLoadsAndNestedOnesDoNotDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true), WithMaxLoads(2)))
		var running, most atomic.Int64
		leaf := func(context.Context, *Fill) (int, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Millisecond)
			return 1, nil
		}
		together(20, func(i int) {
			if v, err := m.callAs(t.Context(), keyOf(m, fmt.Sprint(i)), leaf); v != 1 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		})
		if most.Load() != 2 {
			t.Errorf("%d loads at once, want 2", most.Load())
		}
		// All places are taken by loads that want one key, which another caller has begun to load but has no place for.
		began := time.Now()
		together(10, func(i int) {
			var err error
			if i%3 == 2 {
				_, err = m.callAs(t.Context(), keyOf(m, "shared"), leaf)
			} else {
				_, err = m.callAs(t.Context(), keyOf(m, fmt.Sprint("outer", i)), func(ctx context.Context, _ *Fill) (int, error) {
					time.Sleep(time.Millisecond)
					return m.callAs(ctx, keyOf(m, "shared"), leaf)
				})
			}
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		})
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestALoadWithinALoadNeedsNoPlaceOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true), WithMaxLoads(1)))
		v, err := m.callAs(t.Context(), keyOf(m, "outer"), func(ctx context.Context, _ *Fill) (int, error) {
			return m.callAs(ctx, keyOf(m, "inner"), func(ctx context.Context, _ *Fill) (int, error) {
				return m.callAs(ctx, keyOf(m, "innermost"), func(context.Context, *Fill) (int, error) { return 9, nil })
			})
		})
		if v != 9 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
}

func TestWaitingForAPlaceRespectsTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true), WithMaxLoads(1)))
		go func() {
			_, _ = m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { time.Sleep(time.Hour); return 1, nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := m.callAs(ctx, keyOf(m, "2"), func(context.Context, *Fill) (int, error) {
			t.Error("loaded without a place")
			return 0, nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestALoadThatCallsItselfDoesNotWaitForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := intMethod(mustCache(t, newStore("store", true)))
		depth := 0
		var load func(ctx context.Context, _ *Fill) (int, error)
		load = func(ctx context.Context, _ *Fill) (int, error) {
			if depth++; depth == 3 {
				return 5, nil
			}
			return m.callAs(ctx, keyOf(m, "1"), load)
		}
		if v, err := m.callAs(t.Context(), keyOf(m, "1"), load); v != 5 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
}

func TestWhatCannotBeKeyedGoesStraightThrough(t *testing.T) {
	m := intMethod(mustCache(t, newStore("store", true)))
	for _, tc := range []struct {
		what string
		ctx  context.Context
		key  string
	}{{"no key", t.Context(), ""}, {"nil context", nil, keyOf(m, "1")}} {
		if _, ok, _ := m.Get(tc.ctx, tc.key); ok {
			t.Errorf("%s: a hit", tc.what)
		}
		v, err := m.Load(tc.ctx, tc.key, func(ctx context.Context, _ *Fill) (int, error) {
			if ctx != tc.ctx {
				t.Errorf("%s: another context", tc.what)
			}
			return 4, nil
		})
		if v != 4 || err != nil {
			t.Errorf("%s: got %d, %v", tc.what, v, err)
		}
	}
	if s := m.counters.snapshot(); s.Unkeyed != 1 || s.Loads != 0 || s.Misses != 0 {
		t.Errorf("stats are %+v", s)
	}
}

func TestWhatCannotBeEncodedIsReturnedButNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("store", true)
		c := mustCache(t, s)
		m := NewMethod(c, MethodConfig[*cycle]{Prefix: "p", Name: "M", Codec: cycleCodec()})
		var loads atomic.Int64
		together(10, func(int) {
			v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (*cycle, error) {
				loads.Add(1)
				time.Sleep(time.Millisecond)
				v := new(cycle)
				v.Next = v
				return v, nil
			})
			if err != nil || v.Next != v {
				t.Errorf("got %v, %v", v, err)
			}
		})
		if loads.Load() != 10 {
			t.Errorf("%d loads; want each caller to make its own, since the value cannot be copied", loads.Load())
		}
		if got := m.counters.snapshot().Unencoded; got != 1 || s.count("set") != 0 {
			t.Errorf("%d counted, %d stored; want 1 and 0", got, s.count("set"))
		}
	})
}

func TestUnlessAndTTLSayWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("store", true)
		m := intMethod(mustCache(t, s))
		for i, tc := range []struct {
			what string
			say  func(*Fill)
			want time.Duration
		}{
			{"nothing", func(*Fill) {}, 5 * time.Minute},
			{"unless false", func(f *Fill) { f.Unless(func() bool { return false }) }, 5 * time.Minute},
			{"unless true", func(f *Fill) { f.Unless(func() bool { return true }) }, 0},
			{"unless panics", func(f *Fill) { f.Unless(func() bool { panic(1) }) }, 0},
			{"TTL", func(f *Fill) { f.TTL(func() time.Duration { return time.Second }) }, time.Second},
			{"no TTL", func(f *Fill) { f.TTL(func() time.Duration { return 0 }) }, 0},
			{"TTL panics", func(f *Fill) { f.TTL(func() time.Duration { panic(1) }) }, 0},
		} {
			key := keyOf(m, fmt.Sprint(i))
			v, err := m.callAs(t.Context(), key, func(_ context.Context, f *Fill) (int, error) { tc.say(f); return 1, nil })
			if v != 1 || err != nil {
				t.Errorf("%s: got %d, %v", tc.what, v, err)
			}
			if _, ttl := s.has(key); ttl != tc.want {
				t.Errorf("%s: stored for %v, want %v", tc.what, ttl, tc.want)
			}
		}
	})
}
