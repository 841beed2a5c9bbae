package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

func open(t testing.TB, config memory.Config) *memory.Backend {
	t.Helper()
	b, err := memory.New(config)
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
		config   memory.Config
		tooLarge int
	}{
		"default": {memory.Config{}, 4 << 20},
		"bounded": {memory.Config{MaxEntries: 5000, MaxBytes: 1 << 20}, 1 << 20},
		"large":   {memory.Config{MaxEntries: 1_000_000, MaxBytes: 1 << 30}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t *testing.T) runtime.CacheBackend { return open(t, c.config) },
				backendtest.Config{TooLarge: c.tooLarge})
		})
	}
}

func TestNewRefusesNegativeBounds(t *testing.T) {
	for _, config := range []memory.Config{{MaxEntries: -1}, {MaxBytes: -1}} {
		if _, err := memory.New(config); err == nil {
			t.Errorf("New(%+v) returned no error", config)
		}
	}
}

func TestBoundInEntriesHolds(t *testing.T) {
	for _, bound := range []int{1, 2, 10, 511, 512, 5000} {
		b := open(t, memory.Config{MaxEntries: bound})
		for i := range 3 * bound {
			set(t, b, fmt.Sprint(i), `1`, time.Minute)
			if _, err := b.Get(t.Context(), fmt.Sprint(i)); err != nil {
				t.Fatalf("bound %d: the newest entry is gone: %v", bound, err)
			}
		}
		held := count(t, b, 3*bound)
		if held > bound || held < bound*8/10 {
			t.Errorf("bound %d: %d entries are held", bound, held)
		}
	}
}

func TestBoundInBytesHolds(t *testing.T) {
	const bound, size = 1 << 20, 10_000
	b := open(t, memory.Config{MaxBytes: bound})
	value := `"` + strings.Repeat("v", size-2) + `"`
	for i := range 300 {
		set(t, b, fmt.Sprint(i), value, time.Minute)
	}
	if held := count(t, b, 300); held*size > bound || held*size < bound*8/10 {
		t.Errorf("%d bytes are held, of %d", held*size, bound)
	}
	// Replacing and removing give back what the old value took.
	for range 10_000 {
		set(t, b, "same", value, time.Minute)
	}
	if held := count(t, b, 300); held*size < bound*8/10 {
		t.Errorf("after replacing one entry many times, %d others are held", held)
	}
}

func TestEntriesThatAreReadStay(t *testing.T) {
	b := open(t, memory.Config{MaxEntries: 100})
	for i := range 10 {
		set(t, b, fmt.Sprint("hot", i), `1`, time.Minute)
	}
	for i := range 10_000 { // a scan
		set(t, b, fmt.Sprint(i), `1`, time.Minute)
		if _, err := b.Get(t.Context(), fmt.Sprint("hot", i%10)); err != nil {
			t.Fatalf("after %d others, an entry that is read all the time was given up", i)
		}
	}
}

func TestTheNewestEntriesStay(t *testing.T) {
	const bound = 100
	b := open(t, memory.Config{MaxEntries: bound})
	for i := range 10 * bound {
		set(t, b, fmt.Sprint(i), `1`, time.Minute)
	}
	for i := 10*bound - bound/2; i < 10*bound; i++ {
		if _, err := b.Get(t.Context(), fmt.Sprint(i)); err != nil {
			t.Errorf("%d, one of the last %d, is gone: %v", i, bound/2, err)
		}
	}
}

func TestExpiryIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, memory.Config{})
		for _, ttl := range []time.Duration{1, time.Millisecond, time.Hour} {
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

func TestExpiredEntriesMakeRoomFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, memory.Config{MaxEntries: 200})
		for i := range 200 {
			ttl := time.Hour
			if i%2 == 0 {
				ttl = time.Second
			}
			set(t, b, fmt.Sprint(i), `1`, ttl)
		}
		time.Sleep(time.Minute)
		for i := range 90 { // the sweep frees two places for each of these
			set(t, b, fmt.Sprint("new", i), `1`, time.Hour)
		}
		for i := 1; i < 200; i += 2 {
			if _, err := b.Get(t.Context(), fmt.Sprint(i)); err != nil {
				t.Fatalf("entry %d was given up while expired ones were there", i)
			}
		}
	})
}

func TestClosedBackendFails(t *testing.T) {
	b := open(t, memory.Config{})
	set(t, b, "k", `1`, time.Minute)
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

func set(t testing.TB, b *memory.Backend, key, value string, ttl time.Duration) {
	t.Helper()
	if err := b.SetWithTTL(context.Background(), key, []byte(value), ttl); err != nil {
		t.Fatalf("SetWithTTL(%q): %v", key, err)
	}
}

// count returns how many of the keys 0 to n-1 are there.
func count(t *testing.T, b *memory.Backend, n int) int {
	t.Helper()
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	values, err := b.GetMany(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, value := range values {
		if value != nil {
			held++
		}
	}
	return held
}

// BenchmarkGet also reports the 99th percentile: DESIGN.md wants it below 1 ms.
func BenchmarkGet(b *testing.B) {
	const keys = 10_000
	backend := open(b, memory.Config{})
	value := `"` + strings.Repeat("v", 428) + `"`
	for i := range keys {
		set(b, backend, fmt.Sprintf("cachegen:shop.Users.GetUser:%d", i), value, time.Hour)
	}
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("cachegen:shop.Users.GetUser:%d", i)
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
