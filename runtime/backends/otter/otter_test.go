package otter_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/otter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, config otter.Config) *otter.Backend {
	t.Helper()
	b, err := otter.New(config)
	if err != nil {
		t.Fatalf("New(%+v): %v", config, err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

func set(t testing.TB, b *otter.Backend, key, value string, ttl time.Duration) {
	t.Helper()
	if err := b.SetWithTTL(context.Background(), key, runtime.Value(value), ttl); err != nil {
		t.Fatalf("set %s: %v", key, err)
	}
}

// held counts those of n keys that are there.
func held(t testing.TB, b *otter.Backend, n int) (count int) {
	t.Helper()
	for i := range n {
		if _, err := b.Get(context.Background(), fmt.Sprint(i)); err == nil {
			count++
		} else if err != runtime.ErrMiss {
			t.Fatal(err)
		}
	}
	return count
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]struct {
		config   otter.Config
		tooLarge int
	}{
		"default": {otter.Config{}, otter.DefaultMaxBytes},
		"bounded": {otter.Config{MaxEntries: 5000, MaxBytes: 4 << 20}, 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t *testing.T) runtime.CacheBackend { return open(t, c.config) },
				backendtest.Config{TooLarge: c.tooLarge})
		})
	}
}

func TestNewRefusesNegativeBounds(t *testing.T) {
	for _, config := range []otter.Config{{MaxEntries: -1}, {MaxBytes: -1}} {
		if _, err := otter.New(config); err == nil {
			t.Errorf("New(%+v) returned no error", config)
		}
	}
}

func TestBothBoundsHold(t *testing.T) {
	const entry = 1 << 10
	value := `"` + strings.Repeat("x", entry-2) + `"`
	for _, tc := range []struct {
		config otter.Config
		most   int
	}{
		{otter.Config{MaxEntries: 100}, 100},
		{otter.Config{MaxBytes: 100 * entry}, 100},
		{otter.Config{MaxEntries: 1000, MaxBytes: 100 * entry}, 100},
		{otter.Config{MaxEntries: 100, MaxBytes: 1 << 40}, 100},
	} {
		b := open(t, tc.config)
		for i := range 10 * tc.most {
			set(t, b, fmt.Sprint(i), value, time.Minute)
		}
		// What has to go goes in the background.
		n := 0
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if n = held(t, b, 10*tc.most); n <= tc.most {
				break
			}
		}
		if n > tc.most || n < tc.most*3/4 {
			t.Errorf("%+v: %d entries are kept, want at most %d, and not many less", tc.config, n, tc.most)
		}
	}
}

func TestAScanDoesNotFlushWhatIsAskedForAgain(t *testing.T) {
	// Between two readings of a hot key twice as many others are stored as there is room for.
	const room, hot, rounds = 1000, 100, 20
	b := open(t, otter.Config{MaxEntries: room})
	scanned, hits := 0, 0
	for round := range rounds {
		for i := range hot {
			for range 2 * room / hot {
				scanned++
				set(t, b, fmt.Sprint("scanned ", scanned), `1`, time.Hour)
			}
			key := fmt.Sprint(i)
			_, err := b.Get(t.Context(), key)
			if err != nil {
				set(t, b, key, `1`, time.Hour)
			} else if round >= rounds/2 {
				hits++
			}
		}
	}
	if asked := hot * rounds / 2; hits < asked*8/10 {
		t.Errorf("%d of the last %d readings of hot keys are hits", hits, asked)
	}
}

func TestExpiryIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, otter.Config{})
		set(t, b, "k", `1`, time.Second)
		time.Sleep(time.Second - time.Nanosecond)
		if v, left, err := b.GetWithTTL(t.Context(), "k"); string(v) != `1` || left != 1 || err != nil {
			t.Errorf("just before the end: %s, %v, %v", v, left, err)
		}
		time.Sleep(time.Nanosecond)
		if v, err := b.Get(t.Context(), "k"); err != runtime.ErrMiss {
			t.Errorf("at the end: %s, %v", v, err)
		}
		if n, err := b.RemovePrefix(t.Context(), "k"); n != 0 || err != nil {
			t.Errorf("%d expired entries were there to be removed, %v", n, err)
		}
	})
}

func TestClosedBackendFails(t *testing.T) {
	b := open(t, otter.Config{})
	set(t, b, "k", `1`, time.Minute)
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Get(t.Context(), "k"); err == nil || err == runtime.ErrMiss {
		t.Errorf("Get after Close: %v", err)
	}
	if err := b.SetWithTTL(t.Context(), "k", runtime.Value(`1`), time.Minute); err == nil {
		t.Error("Set after Close succeeded")
	}
	if err := b.HealthCheck(t.Context()); err == nil {
		t.Error("a closed backend is healthy")
	}
}

func TestAHitCopiesTheValueAndNothingElse(t *testing.T) {
	b := open(t, otter.Config{})
	set(t, b, "k", `{"a":1}`, time.Hour)
	if n := testing.AllocsPerRun(100, func() { _, _ = b.Get(context.Background(), "k") }); n > 1 {
		t.Errorf("a hit allocates %v times, want 1", n)
	}
}

func BenchmarkGet(b *testing.B) {
	backend := open(b, otter.Config{})
	set(b, backend, "k", `"`+strings.Repeat("x", 430)+`"`, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := backend.Get(context.Background(), "k"); err != nil {
			b.Fatal(err)
		}
	}
}
