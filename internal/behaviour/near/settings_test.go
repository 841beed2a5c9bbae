package near

import (
	"maps"
	"slices"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

type table map[string]string

func (t table) Get(name string) (*Setting, error) {
	return &Setting{Value: t[name], History: []string{t[name]}}, nil
}
func (t table) Names() []string { return slices.Sorted(maps.Keys(t)) }
func (t table) Set(name, value string) error {
	t[name] = value
	return nil
}

func setUp(t *testing.T) (*CachedSettings, func() runtime.MethodStats) {
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
