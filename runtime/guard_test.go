package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// deaf is how a client behaves that ignores its context, its server being dead.
func deaf(context.Context, string, string) error {
	time.Sleep(10 * time.Second)
	return errBroken
}

func TestWithADeadBackendACallCostsLittleMoreThanTheWrappedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("dead", false)
		m := intMethod(mustCache(t, s, WithBreaker(5, 5*time.Second)))
		s.onEach(deaf)
		calls := 0
		call := func() time.Duration {
			calls++
			began := time.Now()
			v, err := m.callAs(t.Context(), keyOf(m, fmt.Sprint(calls)), func(context.Context, *Fill) (int, error) { return 1, nil })
			if v != 1 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
			return time.Since(began)
		}
		if took := call(); took > 3*200*time.Millisecond {
			t.Errorf("the first call took %v", took)
		}
		call()
		if took := call(); took != 0 {
			t.Errorf("with the breaker open a call took %v", took)
		}
		stats := m.cache.Stats().Tiers[0]
		if stats.Breaker != "open" || stats.Timeouts != 5 {
			t.Errorf("stats are %+v", stats)
		}

		s.onEach(nil) // recovered
		time.Sleep(6 * time.Second)
		call()
		call()
		if _, ok, _ := m.Get(t.Context(), keyOf(m, fmt.Sprint(calls))); !ok {
			t.Error("after recovery the cache does not serve")
		}
		if stats := m.cache.Stats().Tiers[0]; stats.Breaker != "closed" {
			t.Errorf("after recovery the stats are %+v", stats)
		}
		time.Sleep(time.Minute) // the abandoned operations end
	})
}

func TestAPanicInABackendIsItsFailure(t *testing.T) {
	for _, tc := range []struct {
		local bool
		fail  func()
	}{
		{true, func() { panic("bug") }},
		{false, func() { panic("bug") }},
		{false, runtime.Goexit},
	} {
		s := newStore("buggy", tc.local)
		m := intMethod(mustCache(t, s, WithBackendTimeout(time.Minute)))
		s.onEach(func(context.Context, string, string) error { tc.fail(); return nil })
		v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 1, nil })
		if v != 1 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
		if err := m.cache.EvictNow(t.Context(), m, keyOf(m, "1")); err == nil {
			t.Error("a panic in Remove is no error")
		}
		if stats := m.cache.Stats().Tiers[0]; stats.Errors < 3 {
			t.Errorf("stats are %+v", stats)
		}
		s.onEach(nil)
	}
}

func TestWhatIsNoFailureDoesNotOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("shared", false)
		tiered := mustCache(t, s, WithBreaker(2, time.Minute)).tiers
		for range 10 {
			_, _ = tiered.Get(t.Context(), "absent")
		}
		s.onEach(func(_ context.Context, op, _ string) error {
			if op == "set" {
				return ErrTooLarge
			}
			return nil
		})
		for range 10 {
			if err := tiered.SetWithTTL(t.Context(), "k", Value("1"), time.Minute); !errors.Is(err, ErrTooLarge) {
				t.Fatal(err)
			}
		}
		s.onEach(func(ctx context.Context, _, _ string) error { <-ctx.Done(); return ctx.Err() })
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := tiered.Get(ctx, "k"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) {
				t.Errorf("the caller's own deadline gives %v", err)
			}
			cancel()
		}
		if state := tiered.tiers[0].guard.breaker.State().String(); state != "closed" {
			t.Errorf("the breaker is %s", state)
		}
	})
}

func TestABackendThatHangsForeverHoldsABoundedNumberOfGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("hung", false)
		release := make(chan struct{})
		s.onEach(func(context.Context, string, string) error { <-release; return nil })
		c := mustCache(t, s, WithBreaker(1_000_000, time.Second))
		for range 10 {
			together(100, func(int) { _, _ = c.tiers.read(t.Context(), "k", everywhere) })
		}
		if n := s.count("get"); n > maxAbandoned+100 {
			t.Errorf("%d operations hang", n)
		}
		close(release)
		synctest.Wait()
		if _, err := c.tiers.read(t.Context(), "k", everywhere); err != ErrMiss {
			t.Errorf("after recovery: %v", err)
		}
	})
}

// punctual is a store whose client keeps time limits.
type punctual struct{ *store }

func (punctual) Punctual() bool { return true }

func goroutine() string {
	stack := make([]byte, 64)
	id, _, _ := strings.Cut(string(stack[:runtime.Stack(stack, false)]), " [")
	return id
}

func TestAPunctualBackendIsCalledByItsCaller(t *testing.T) {
	s := punctual{newStore("shared", false)}
	tier := mustCache(t, s, WithBackendTimeout(time.Minute)).tiers.tiers[0]
	called := ""
	s.onEach(func(context.Context, string, string) error { called = goroutine(); return nil })
	for what, call := range map[string]func() error{
		"get":     func() error { _, err := tier.get(t.Context(), "k"); return err },
		"getMany": func() error { _, err := tier.getMany(t.Context(), []string{"k"}); return err },
		"set":     func() error { return tier.set(t.Context(), "k", Value("1"), time.Minute, nil) },
	} {
		called = ""
		if err := call(); err != nil && err != ErrMiss {
			t.Errorf("%s: %v", what, err)
		}
		if called != goroutine() {
			t.Errorf("%s ran in %q, its caller is %q", what, called, goroutine())
		}
	}
	s.onEach(nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n := testing.AllocsPerRun(1000, func() { _, _ = tier.get(ctx, "k") }); n > 1 {
		t.Errorf("a read makes %v allocations beside the backend's, want the context's only", n)
	}
}

func TestAPunctualBackendHasTheSameTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 160 * time.Millisecond
		s := punctual{newStore("shared", false)}
		c := mustCache(t, s, WithBackendTimeout(limit), WithBreaker(1000, time.Second))
		s.onEach(func(ctx context.Context, _, _ string) error {
			if ctx.Value(flightKey{}) != "value" {
				t.Error("the caller's values are lost")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		ctx := context.WithValue(t.Context(), flightKey{}, "value")
		get := func(ctx context.Context) (time.Duration, error) {
			began := time.Now()
			_, err := c.tiers.tiers[0].get(ctx, "k")
			return time.Since(began), err
		}
		together(20, func(i int) {
			time.Sleep(time.Duration(i) * time.Millisecond) // some share a timer
			if took, err := get(ctx); !errors.Is(err, ErrTimeout) || took < limit || took > limit+limit/16 {
				t.Errorf("%d: %v after %v", i, err, took)
			}
			sooner, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			if took, err := get(sooner); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) || took != time.Millisecond {
				t.Errorf("%d: the caller's own deadline gives %v after %v", i, err, took)
			}
			gone, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Millisecond, cancel)
			if _, err := get(gone); err != context.Canceled && !errors.Is(err, context.Canceled) {
				t.Errorf("%d: of a caller who has gone: %v", i, err)
			}
		})
		if stats := c.Stats().Tiers[0]; stats.Timeouts != 20 {
			t.Errorf("stats are %+v", stats)
		}
	})
}

// A client that observes a deadline notices it a moment before a context does, and says that it was the network.
func TestAnOperationThatPassedItsDeadlineHasTimedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := punctual{newStore("shared", false)}
		tier := mustCache(t, s).tiers.tiers[0]
		s.onEach(func(ctx context.Context, _, _ string) error {
			deadline, _ := ctx.Deadline()
			time.Sleep(time.Until(deadline))
			return errBroken
		})
		if _, err := tier.get(t.Context(), "k"); !errors.Is(err, ErrTimeout) {
			t.Errorf("got %v", err)
		}
		s.onEach(func(context.Context, string, string) error { time.Sleep(time.Second); return nil })
		if _, err := tier.get(t.Context(), "k"); err != ErrMiss {
			t.Errorf("an answer that came late: %v", err)
		}
	})
}

func TestAStoreThatAPunctualBackendCutOffIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := punctual{newStore("shared", false)}
		m := intMethod(mustCache(t, s))
		key := keyOf(m, "1")
		s.onEach(func(ctx context.Context, op, _ string) error {
			if op != "set" {
				return nil
			}
			go func() { // on the way, where nobody can stop it
				time.Sleep(230 * time.Millisecond)
				s.put(key, "anything", time.Hour)
			}()
			<-ctx.Done()
			return ctx.Err()
		})
		if v, err := m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 1, nil }); v != 1 || err != nil {
			t.Fatal(v, err)
		}
		time.Sleep(time.Minute)
		if v, _ := s.has(key); v != nil {
			t.Errorf("there is %s", v)
		}
	})
}

func TestOnlyFailuresInARowOpenTheBreaker(t *testing.T) {
	s := punctual{newStore("shared", false)}
	g := mustCache(t, s, WithBreaker(3, time.Hour)).tiers.tiers[0]
	for i, fails := range []bool{true, true, false, false, true, true, false, true, true, true} {
		if state := g.guard.breaker.State().String(); state != "closed" {
			t.Errorf("the breaker is %s before operation %d", state, i)
		}
		s.onEach(func(context.Context, string, string) error {
			if fails {
				return errBroken
			}
			return nil
		})
		_, _ = g.get(t.Context(), "k")
	}
	asked := s.count("get")
	if _, err := g.get(t.Context(), "k"); !errors.Is(err, ErrUnavailable) || s.count("get") != asked {
		t.Errorf("after three failures in a row: %v", err)
	}
}

func TestABreakerCountsRightUnderConcurrency(t *testing.T) {
	s := punctual{newStore("shared", false)}
	tier := mustCache(t, s, WithBreaker(5, time.Hour)).tiers.tiers[0]
	var fails atomic.Bool
	s.onEach(func(context.Context, string, string) error {
		if fails.Load() {
			return errBroken
		}
		return nil
	})
	for range 50 { // of four callers each fails once
		fails.Store(true)
		together(4, func(int) { _, _ = tier.get(t.Context(), "k") })
		fails.Store(false)
		together(4, func(int) { _, _ = tier.get(t.Context(), "k") })
	}
	if state := tier.guard.breaker.State().String(); state != "closed" {
		t.Errorf("the breaker is %s", state)
	}
	if n := tier.guard.failing.Load(); n != 0 {
		t.Errorf("it counts %d failures", n)
	}
	fails.Store(true)
	together(20, func(int) { _, _ = tier.get(t.Context(), "k") })
	if state := tier.guard.breaker.State().String(); state != "open" {
		t.Errorf("with a broken backend the breaker is %s", state)
	}
}

func BenchmarkGuard(b *testing.B) {
	for _, s := range []CacheBackend{newStore("shared", false), punctual{newStore("shared", false)}} {
		c, err := New(s)
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		b.Run(fmt.Sprintf("%T", s), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.tiers.read(ctx, "absent", everywhere); err != ErrMiss {
					b.Fatal(err)
				}
			}
		})
	}
}
