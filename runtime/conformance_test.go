package runtime_test

import (
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

func TestTieredKeepsTheContractOfABackend(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) runtime.CacheBackend {
		upper, err := memory.New(memory.Config{})
		if err != nil {
			t.Fatal(err)
		}
		lower, err := bigcache.New(bigcache.Config{})
		if err != nil {
			t.Fatal(err)
		}
		tiered, err := runtime.NewTiered(runtime.Tier{Backend: upper}, runtime.Tier{Backend: lower})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tiered.Close() })
		return tiered
	}, backendtest.Config{})
}
