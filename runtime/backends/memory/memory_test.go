package memory_test

import (
	"testing"

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
