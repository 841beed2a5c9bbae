package otel_test

import (
	"log"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/observe/otel"
)

func Example() {
	tiers, err := memory.New(memory.Config{MaxEntries: 10_000})
	if err != nil {
		log.Fatal(err)
	}
	observer, err := otel.New() // of the global providers
	if err != nil {
		log.Fatal(err)
	}
	cache, err := runtime.New(tiers, runtime.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
}
