package bigcache_test

import (
	"testing"

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
