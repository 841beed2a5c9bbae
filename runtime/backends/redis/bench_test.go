package redis_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// BenchmarkGet compares Get with the client's own, in both ways of observing a context.
func BenchmarkGet(b *testing.B) {
	addr := servertest.Redis(b).Addr()
	for name, observes := range map[string]bool{"observing": true, "guarded": false} {
		client := closed(b, goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: observes}))
		backend := open(b, client)
		client.Set(b.Context(), "k", strings.Repeat("v", 430), time.Hour)
		bench(b, name+"/client", func(ctx context.Context) error { return client.Get(ctx, "k").Err() })
		bench(b, name+"/backend", func(ctx context.Context) error { _, err := backend.Get(ctx, "k"); return err })
		bench(b, name+"/backend with TTL", func(ctx context.Context) error { _, _, err := backend.GetWithTTL(ctx, "k"); return err })
	}
}

// bench reports the 99th percentile too: DESIGN.md wants it below 5 ms.
func bench(b *testing.B, name string, call func(context.Context) error) {
	b.Run(name, func(b *testing.B) {
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
		defer cancel()
		took := make([]time.Duration, 0, 1<<20)
		for b.Loop() {
			start := time.Now()
			if err := call(ctx); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	})
}
