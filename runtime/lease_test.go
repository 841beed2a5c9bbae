package runtime

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// processes runs test in a bubble with the same method in n processes, each with a tier of its own above a shared one.
func processes(t *testing.T, n int, config MethodConfig[int], test func(t *testing.T, shared *hub, all []*Method[int])) {
	config.Prefix, config.Name, config.Codec, config.Jitter = "p.Ints", "Get", codec.Reflect[int](), -1
	if config.TTL == 0 {
		config.TTL = time.Hour
	}
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		var all []*Method[int]
		for range n {
			all = append(all, NewMethod(mustCache(t, mustTiers(t,
				Tier{Backend: capable{newStore("local", true)}}, Tier{Backend: shared})), config))
		}
		synctest.Wait()
		test(t, shared, all)
	})
}

func gives(v int, takes time.Duration, calls *atomic.Int64) func(context.Context, *Fill) (int, error) {
	return func(context.Context, *Fill) (int, error) {
		if calls != nil {
			calls.Add(1)
		}
		time.Sleep(takes)
		return v, nil
	}
}

func wantInt(t *testing.T, m *Method[int], key string, load func(context.Context, *Fill) (int, error), want int) {
	t.Helper()
	if v, err := m.callAs(t.Context(), key, load); v != want || err != nil {
		t.Errorf("got %d, %v, want %d", v, err, want)
	}
}

func TestOneOfAllProcessesLoads(t *testing.T) {
	for _, takes := range []time.Duration{0, 50 * time.Millisecond, 10 * time.Second} {
		processes(t, 8, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
			var calls atomic.Int64
			var wg sync.WaitGroup
			for _, m := range all {
				for range 25 {
					wg.Go(func() { wantInt(t, m, keyOf(m, "1"), gives(7, takes, &calls), 7) })
				}
			}
			wg.Wait()
			if n := calls.Load(); n != 1 {
				t.Errorf("a load of %v: %d loads, want 1", takes, n)
			}
			for _, m := range all {
				if s := m.counters.snapshot(); s.Corrupt != 0 {
					t.Errorf("%d leases were taken for corrupt entries", s.Corrupt)
				}
			}
		})
	}
}

func TestWhatWasLoadedBeforeAnotherProcessesEvictionIsNotStored(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key := keyOf(here, "1")
		go func() { _, _ = here.callAs(t.Context(), key, gives(1, time.Second, nil)) }()
		time.Sleep(100 * time.Millisecond)
		if err := there.cache.EvictNow(t.Context(), there, key); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		wantInt(t, there, key, gives(2, 0, nil), 2) // does not wait for the old load
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		time.Sleep(time.Second)
		wantInt(t, here, key, gives(3, 0, nil), 2)
		wantInt(t, there, key, gives(3, 0, nil), 2)
	})
}

func TestTheLeaseOfAProcessThatDiedEnds(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		m := all[0]
		key := keyOf(m, "1")
		shared.put(key, string(newLease(nil)), leaseTime)
		began := time.Now()
		var calls atomic.Int64
		var wg sync.WaitGroup
		for _, m := range all {
			wg.Go(func() { wantInt(t, m, key, gives(5, 0, &calls), 5) })
		}
		wg.Wait()
		if took := time.Since(began); took > leaseTime+2*longestLook || calls.Load() != 1 {
			t.Errorf("%d loads after %v", calls.Load(), took)
		}
		wantInt(t, m, key, gives(6, 0, nil), 5)
	})
}

func TestALoadThatStoresNothingGivesItsLeaseBack(t *testing.T) {
	broken := errors.New("broken")
	for name, load := range map[string]func(context.Context, *Fill) (int, error){
		"an error": func(context.Context, *Fill) (int, error) { return 0, broken },
		"unless":   func(_ context.Context, f *Fill) (int, error) { f.Unless(func() bool { return true }); return 1, nil },
		"a panic":  func(context.Context, *Fill) (int, error) { panic("broken") },
	} {
		processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
			key := keyOf(all[0], "1")
			func() {
				defer func() { _ = recover() }()
				_, _ = all[0].callAs(t.Context(), key, load)
			}()
			if v, _ := shared.has(key); v != nil {
				t.Errorf("%s leaves %s", name, v)
			}
			began := time.Now()
			wantInt(t, all[1], key, gives(2, 0, nil), 2)
			if took := time.Since(began); took != 0 {
				t.Errorf("after %s another process waits for %v", name, took)
			}
		})
	}
}

func TestALeaseThatIsLostStoresNothingInProcessEither(t *testing.T) {
	processes(t, 1, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		m := all[0]
		key := keyOf(m, "1")
		go func() { _, _ = m.callAs(t.Context(), key, gives(1, time.Second, nil)) }()
		time.Sleep(time.Millisecond)
		_ = shared.Remove(t.Context(), key) // by a program that sends no messages
		time.Sleep(2 * time.Second)
		wantInt(t, m, key, gives(2, 0, nil), 2)
	})
}

func TestAnEntryOfNoUseIsReplacedByOneLoad(t *testing.T) {
	for name, old := range map[string]string{
		"another schema":         `{"kind":"value","fill":"0000000000000000","fresh":9999999999999,"gone":9999999999999,"schema":"other","groups":[],"value":1}`,
		"garbage":                `{"kind":"lease","fill":"short"}`,
		"another program's JSON": `[1,2,3]`,
	} {
		processes(t, 4, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
			key := keyOf(all[0], "1")
			shared.put(key, old, time.Hour)
			var calls atomic.Int64
			var wg sync.WaitGroup
			for _, m := range all {
				wg.Go(func() { wantInt(t, m, key, gives(9, time.Second, &calls), 9) })
			}
			wg.Wait()
			if n := calls.Load(); n != 1 {
				t.Errorf("%s: %d loads, want 1", name, n)
			}
			if v, _ := shared.has(key); !strings.HasPrefix(string(v), entryValue) {
				t.Errorf("%s: left is %s", name, v)
			}
		})
	}
}

func TestOneOfAllProcessesRefreshes(t *testing.T) {
	processes(t, 4, MethodConfig[int]{TTL: time.Minute, Refresh: 20 * time.Second}, func(t *testing.T, shared *hub, all []*Method[int]) {
		key := keyOf(all[0], "1")
		for _, m := range all {
			wantInt(t, m, key, gives(1, 0, nil), 1)
		}
		time.Sleep(45 * time.Second)
		var calls atomic.Int64
		for _, m := range all {
			wantInt(t, m, key, gives(2, time.Second, &calls), 1)
		}
		time.Sleep(2 * time.Second)
		if n := calls.Load(); n != 1 {
			t.Errorf("%d loads, want 1", n)
		}
		if v, _ := shared.has(key + turnKey); v != nil {
			t.Errorf("left is %s", v)
		}
		// It may not have been the first, which has a copy that is good still.
		newcomer := NewMethod(mustCache(t, shared), MethodConfig[int]{
			Prefix: "p.Ints", Name: "Get", Codec: all[0].codec, Jitter: -1, TTL: time.Minute,
		})
		wantInt(t, newcomer, key, gives(3, 0, nil), 2)
	})
}

func TestARefreshIsNotStoredAfterAnEviction(t *testing.T) {
	processes(t, 2, MethodConfig[int]{TTL: time.Minute, Refresh: 20 * time.Second}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key := keyOf(here, "1")
		wantInt(t, here, key, gives(1, 0, nil), 1)
		time.Sleep(45 * time.Second)
		wantInt(t, here, key, gives(2, time.Second, nil), 1)
		time.Sleep(100 * time.Millisecond)
		if err := there.cache.EvictNow(t.Context(), there, key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		wantInt(t, there, key, gives(3, 0, nil), 3)
	})
}

func TestAReloadReplacesWhatIsThereUnlessItWasEvicted(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		key := keyOf(here, "1")
		wantInt(t, here, key, gives(1, 0, nil), 1)
		if v, err := here.Reload(t.Context(), key, gives(2, 0, nil)); v != 2 || err != nil {
			t.Fatal(v, err)
		}
		wantInt(t, here, key, gives(3, 0, nil), 2)
		wantInt(t, there, key, gives(3, 0, nil), 2)
		go func() { _, _ = here.Reload(t.Context(), key, gives(4, time.Second, nil)) }()
		time.Sleep(100 * time.Millisecond)
		if err := there.cache.EvictNow(t.Context(), there, key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		wantInt(t, there, key, gives(5, 0, nil), 5)
	})
}

func TestABatchIsNotStoredAfterAnotherProcessesEviction(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		here, there := all[0], all[1]
		keys := []string{"1", "2", "3"}
		load := func(v int, takes time.Duration) func(context.Context, *Fill, []string) (map[string]int, error) {
			return func(_ context.Context, _ *Fill, ids []string) (map[string]int, error) {
				time.Sleep(takes)
				got := make(map[string]int)
				for _, id := range ids {
					got[id] = v
				}
				return got, nil
			}
		}
		batch := func(m *Method[int], v int, takes time.Duration) map[string]int {
			got, err := BatchMap(t.Context(), m, keys, func(k string) string { return keyOf(m, k) }, load(v, takes))
			if err != nil {
				t.Error(err)
			}
			return got
		}
		go batch(here, 1, 5*time.Second) // longer than a lease stands unless it is renewed
		time.Sleep(100 * time.Millisecond)
		if err := there.cache.EvictNow(t.Context(), there, keyOf(there, "2")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		if got := batch(there, 2, 0); got["1"] != 1 || got["2"] != 2 || got["3"] != 1 {
			t.Errorf("got %v", got)
		}
		if got := batch(here, 3, 0); got["1"] != 1 || got["2"] != 2 || got["3"] != 1 {
			t.Errorf("got %v", got)
		}
	})
}

func TestASharedTierThatFailsKeepsNothingFromBeingLoaded(t *testing.T) {
	processes(t, 1, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		m := all[0]
		for _, op := range []string{"lease", "fill"} {
			shared.onEach(func(_ context.Context, o, _ string) error {
				if o == op {
					return errors.New("out of reach")
				}
				return nil
			})
			wantInt(t, m, keyOf(m, op), gives(1, 0, nil), 1)
			wantInt(t, m, keyOf(m, op), gives(2, 0, nil), 2) // nobody knows whether it may be kept
		}
	})
}

func TestTwoLoadsOfTwoProcessesThatWaitForEachOther(t *testing.T) {
	processes(t, 2, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		began := time.Now()
		var wg sync.WaitGroup
		for i, m := range all {
			wg.Go(func() {
				other := []string{"b", "a"}[i]
				wantInt(t, m, keyOf(m, []string{"a", "b"}[i]), func(ctx context.Context, _ *Fill) (int, error) {
					time.Sleep(time.Second)
					return m.callAs(ctx, keyOf(m, other), gives(1, 0, nil))
				}, 1)
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 3*leaseTime {
			t.Errorf("it took %v", took)
		}
	})
}
