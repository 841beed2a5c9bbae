package near

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

type table map[string]string

func (t table) Get(name string) (*Setting, error) {
	return &Setting{Value: t[name], History: []string{t[name]}}, nil
}
func (t table) Names() []string                        { return slices.Sorted(maps.Keys(t)) }
func (t table) Plain(name string) (*Setting, error)    { return t.Get(name) }
func (t table) Size(string, int64, bool) (Size, error) { return Size{4, 3}, nil }
func (t table) Set(name, value string) error {
	t[name] = value
	return nil
}

func setUp(t testing.TB) (*CachedSettings, func() runtime.MethodStats) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return NewCachedSettings(table{"color": "red"}, cache), func() runtime.MethodStats {
		return cache.Stats().Methods["cachegen/internal/behaviour/near.Settings.Get"]
	}
}

func TestACallerMayChangeWhatItGotFromTheDecodedTier(t *testing.T) {
	settings, stats := setUp(t)
	for range 4 {
		s, err := settings.Get("color")
		if err != nil || s.Value != "red" || s.History[0] != "red" {
			t.Fatalf("got %+v, %v", s, err)
		}
		s.Value, s.History[0] = "changed", "changed"
	}
	if s := stats(); s.Loads != 1 || s.NearHits != 2 {
		t.Errorf("%d loads and %d hits that were kept decoded, want 1 and 2", s.Loads, s.NearHits)
	}
}

func TestTheDecodedTierIsEvictedAsTheOthersAre(t *testing.T) {
	settings, _ := setUp(t)
	for range 3 {
		if s, err := settings.Get("color"); err != nil || s.Value != "red" || !slices.Equal(settings.Names(), []string{"color"}) {
			t.Fatal(s, err)
		}
	}
	if err := settings.Set("size", "1"); err != nil {
		t.Fatal(err)
	}
	if err := settings.Set("color", "blue"); err != nil {
		t.Fatal(err)
	}
	if s, err := settings.Get("color"); err != nil || s.Value != "blue" {
		t.Errorf("got %+v, %v, want blue", s, err)
	}
	if names := settings.Names(); !slices.Equal(names, []string{"color", "size"}) {
		t.Errorf("got %v, want both names", names)
	}
}

func TestAHitAllocatesTheCopyThatItHandsOutAndNoKey(t *testing.T) {
	settings, _ := setUp(t)
	long := strings.Repeat("color", 100)
	original := &Setting{"red", []string{"red"}}
	copied := testing.AllocsPerRun(1000, func() {
		s := *original
		s.History = slices.Clone(s.History)
		kept = &s
	})
	for name, c := range map[string]struct {
		call func()
		most float64
	}{
		"near":           {func() { kept, _ = settings.Get("color") }, copied},
		"near, long key": {func() { kept, _ = settings.Get(long) }, copied + 1}, // the key outgrows its buffer
		"near=share":     {func() { _ = settings.Names() }, 0},
		"immutable":      {func() { _, _ = settings.Size("ann", 7, true) }, 0},
		// The key, the entry's JSON, and what it is decoded to: the struct, its strings, the slice and its string.
		"JSON": {func() { kept, _ = settings.Plain("color") }, 2 + copied + 2},
	} {
		for range 3 {
			c.call()
		}
		if n := testing.AllocsPerRun(1000, c.call); n > c.most {
			t.Errorf("%s: a hit allocates %v times, want %v", name, n, c.most)
		}
	}
}

// kept keeps the compiler from leaving out what nobody else looks at.
var kept *Setting

func BenchmarkHit(b *testing.B) {
	settings, _ := setUp(b)
	for name, call := range map[string]func(){
		"near":       func() { kept, _ = settings.Get("color") },
		"near=share": func() { _ = settings.Names() },
		"immutable":  func() { _, _ = settings.Size("ann", 7, true) },
		"JSON":       func() { kept, _ = settings.Plain("color") },
	} {
		b.Run(name, func(b *testing.B) {
			for range 3 {
				call()
			}
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
