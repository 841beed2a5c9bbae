package prometheus_test

import (
	"log"

	prom "github.com/prometheus/client_golang/prometheus"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/observe/prometheus"
)

func Example() {
	tiers, err := memory.New(memory.Config{MaxEntries: 10_000})
	if err != nil {
		log.Fatal(err)
	}
	metrics := prometheus.New()
	cache, err := runtime.New(tiers, runtime.WithObserver(metrics))
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
	prom.MustRegister(metrics)
}
