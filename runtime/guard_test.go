package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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
