//go:build unix

package observetest_test

import (
	"context"
	"log/slog"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/codec"
	"github.com/cachegen-go/cachegen/runtime/observe/internal/observetest"
	"github.com/cachegen-go/cachegen/runtime/observe/otel"
	"github.com/cachegen-go/cachegen/runtime/observe/prometheus"
	"github.com/cachegen-go/cachegen/runtime/observe/slogs"
)

// elsewhere is a backend in memory that is treated as one outside the process which keeps time limits by itself, as Redis is:
// so what is measured is the observer, without the network.
type elsewhere struct{ *memory.Backend }

func (elsewhere) InProcess() bool { return false }
func (elsewhere) Punctual() bool  { return true }

// BenchmarkHit shows what observers add to a hit: in process, where they are not told of it, and outside.
func BenchmarkHit(b *testing.B) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what the backend cannot do
	b.Cleanup(func() { slog.SetDefault(before) })
	for _, observer := range []struct {
		name string
		make func() (runtime.Observer, error)
	}{
		{"none", func() (runtime.Observer, error) { return nil, nil }},
		{"slogs", func() (runtime.Observer, error) { return slogs.New(slog.Default()), nil }},
		{"prometheus", func() (runtime.Observer, error) { return prometheus.New(), nil }},
		{"otel-unsampled", func() (runtime.Observer, error) {
			return otel.New(otel.WithTracerProvider(trace.NewTracerProvider(trace.WithSampler(trace.NeverSample()))),
				otel.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))))
		}},
	} {
		for _, place := range []string{"in-process", "outside"} {
			b.Run("tier="+place+"/observer="+observer.name, func(b *testing.B) {
				o, err := observer.make()
				if err != nil {
					b.Fatal(err)
				}
				local, err := memory.New(memory.Config{MaxEntries: 10})
				if err != nil {
					b.Fatal(err)
				}
				var backend runtime.CacheBackend = local
				if place == "outside" {
					backend = elsewhere{local}
				}
				cache, err := runtime.New(backend, runtime.WithObserver(o))
				if err != nil {
					b.Fatal(err)
				}
				defer cache.Close()
				hit(b, cache)
			})
		}
	}
}

func hit(b *testing.B, cache *runtime.Cache) {
	users := runtime.NewMethod(cache, runtime.MethodConfig[string]{Prefix: "shop.Users", Name: "Get", Codec: codec.Reflect[string]()})
	ctx, key := context.Background(), observetest.Key(users, "1")
	if _, err := users.Load(ctx, key, func(context.Context, *runtime.Fill) (string, error) { return "Ann", nil }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, _ := users.Get(ctx, key); !ok {
			b.Fatal("a miss")
		}
	}
}
