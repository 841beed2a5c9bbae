package slogs_test

import (
	"log"
	"log/slog"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/observe/slogs"
)

func Example() {
	tiers, err := memory.New(memory.Config{MaxEntries: 10_000})
	if err != nil {
		log.Fatal(err)
	}
	cache, err := runtime.New(tiers, runtime.WithObserver(slogs.New(slog.Default())))
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
}
