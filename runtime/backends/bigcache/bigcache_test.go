package bigcache_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
)

func open(t testing.TB, config bigcache.Config) *bigcache.Backend {
	t.Helper()
	b, err := bigcache.New(config)
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

func TestConformance(t *testing.T) {
	for name, c := range map[string]struct {
		config   bigcache.Config
		tooLarge int
	}{
		"default":   {bigcache.Config{}, 2 << 20},
		"one shard": {bigcache.Config{MaxBytes: 8 << 20, Shards: 1}, 8 << 20},
		"small":     {bigcache.Config{MaxBytes: 1 << 20, Shards: 2}, 1 << 19},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t *testing.T) runtime.CacheBackend { return open(t, c.config) },
				backendtest.Config{TooLarge: c.tooLarge})
		})
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	for want, config := range map[string]bigcache.Config{
		"MaxBytes -1 must not be negative": {MaxBytes: -1},
		"Shards 3 must be a power of two":  {Shards: 3},
		"Shards -8 must be a power of two": {Shards: -8},
		"lower Shards":                     {MaxBytes: 1 << 20, Shards: 1 << 12},
		"raise Shards":                     {MaxBytes: 4 << 30, Shards: 2},
	} {
		if _, err := bigcache.New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v): %v; want %q", config, err, want)
		}
	}
}

func TestExpiryIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, bigcache.Config{MaxBytes: 1 << 20})
		for _, ttl := range []time.Duration{1, time.Millisecond, time.Hour, 1 << 62} {
			set(t, b, "k", `1`, ttl)
			time.Sleep(ttl - 1)
			if _, left, err := b.GetWithTTL(t.Context(), "k"); err != nil || left != 1 {
				t.Errorf("TTL %v: a nanosecond before its end: %v left, %v", ttl, left, err)
			}
			time.Sleep(time.Nanosecond)
			if _, err := b.Get(t.Context(), "k"); !errors.Is(err, runtime.ErrMiss) {
				t.Errorf("TTL %v: at its end: %v", ttl, err)
			}
		}
	})
}

func TestLongKeys(t *testing.T) {
	b := open(t, bigcache.Config{})
	// bigcache counts a key's bytes in 16 bits, also where it adds its header's: longer keys it mistakes for shorter
	// ones, or panics.
	long := strings.Repeat("k", 1<<16+1)
	for _, length := range []int{1<<16 - 18, 1<<16 - 1, 1 << 16, 1<<16 + 1} {
		if err := b.SetWithTTL(t.Context(), long[:length], []byte(`1`), time.Minute); !errors.Is(err, runtime.ErrTooLarge) {
			t.Errorf("SetWithTTL with a key of %d bytes: %v", length, err)
		}
		if _, err := b.Get(t.Context(), long[:length]); !errors.Is(err, runtime.ErrMiss) {
			t.Errorf("Get of a key of %d bytes: %v", length, err)
		}
	}
	longest := long[:1<<16-19]
	set(t, b, longest, `1`, time.Minute)
	if value, err := b.Get(t.Context(), longest); string(value) != `1` || err != nil {
		t.Errorf("Get of a key of %d bytes: %s, %v", len(longest), value, err)
	}
}

func TestOldestEntriesMakeRoom(t *testing.T) {
	const size, bound = 10_000, 4 << 20
	b := open(t, bigcache.Config{MaxBytes: bound})
	value := `"` + strings.Repeat("v", size-2) + `"`
	for i := range 1000 {
		set(t, b, fmt.Sprint(i), value, time.Minute)
	}
	held := 0
	for i := range 1000 {
		if _, err := b.Get(t.Context(), fmt.Sprint(i)); err == nil {
			held++
		}
	}
	if held*size > bound || held*size < bound*8/10 {
		t.Errorf("%d bytes are held, of %d", held*size, bound)
	}
	if _, err := b.Get(t.Context(), "999"); err != nil {
		t.Errorf("the newest entry is gone: %v", err)
	}
}

func TestNoGoroutineIsStarted(t *testing.T) {
	before := goruntime.NumGoroutine()
	b := open(t, bigcache.Config{})
	if now := goruntime.NumGoroutine(); now > before {
		t.Errorf("New started %d goroutines", now-before)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "k"); err == nil || errors.Is(err, runtime.ErrMiss) {
		t.Errorf("Get after Close: %v", err)
	}
	if err := b.HealthCheck(t.Context()); err == nil {
		t.Error("a closed backend is healthy")
	}
}

func set(t testing.TB, b *bigcache.Backend, key, value string, ttl time.Duration) {
	t.Helper()
	if err := b.SetWithTTL(context.Background(), key, []byte(value), ttl); err != nil {
		t.Fatalf("SetWithTTL(%.20q): %v", key, err)
	}
}

// BenchmarkGet also reports the 99th percentile: DESIGN.md wants it below 1 ms.
func BenchmarkGet(b *testing.B) {
	const keys = 10_000
	backend := open(b, bigcache.Config{})
	value := `"` + strings.Repeat("v", 428) + `"`
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("cachegen:shop.Users.GetUser:%d", i)
		set(b, backend, names[i], value, time.Hour)
	}
	b.Run("mean", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			backend.Get(context.Background(), names[i%keys])
			i++
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				backend.Get(context.Background(), names[i%keys])
			}
		})
	})
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			backend.SetWithTTL(context.Background(), names[i%keys], []byte(value), time.Hour)
			i++
		}
	})
	b.Run("p99", func(b *testing.B) {
		took := make([]time.Duration, 0, 1<<20)
		for b.Loop() {
			start := time.Now()
			backend.Get(context.Background(), names[len(took)%keys])
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
	})
}
