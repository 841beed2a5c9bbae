package runtime_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/codec"
	"github.com/cachegen-go/cachegen/runtime/key"
)

// answer is a result whose decoding costs no allocation.
func answerCodec() codec.Codec[int64] {
	return codec.Codec[int64]{
		Encode: func(e *codec.Encoder, v int64) { e.Int64(v) },
		Decode: func(d *codec.Decoder) int64 { return d.Int64() },
		Schema: "int64",
	}
}

func newAnswers(tb testing.TB) (*runtime.Cache, *runtime.Method[int64]) {
	tb.Helper()
	backend, err := memory.New(memory.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = cache.Close() })
	m := runtime.NewMethod(cache, runtime.MethodConfig[int64]{Prefix: "p.Answers", Name: "Get", Codec: answerCodec()})
	if err := cache.Err(); err != nil {
		tb.Fatal(err)
	}
	return cache, m
}

func answerKey(m *runtime.Method[int64], id int64) string {
	k := m.Key(make([]byte, 0, key.Size))
	return key.String(key.Int(append(k, ':'), id))
}

func TestAStampedeOnMemoryLoadsOnce(t *testing.T) {
	_, m := newAnswers(t)
	for round := range int64(20) {
		var loads atomic.Int64
		start := make(chan struct{})
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				<-start
				k := answerKey(m, round)
				v, ok, err := m.Get(t.Context(), k)
				if !ok {
					v, err = m.Load(t.Context(), k, func(context.Context, *runtime.Fill) (int64, error) {
						loads.Add(1)
						time.Sleep(time.Millisecond)
						return 42, nil
					})
				}
				if v != 42 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		close(start)
		wg.Wait()
		if loads.Load() != 1 {
			t.Fatalf("round %d: %d loads, want 1", round, loads.Load())
		}
	}
}

// The backend's copy is the hit path's only allocation; there is none of ours.
func TestAHitAllocatesNoMoreThanTheBackendDoes(t *testing.T) {
	cache, m := newAnswers(t)
	k := answerKey(m, 1)
	if _, err := m.Load(t.Context(), k, func(context.Context, *runtime.Fill) (int64, error) { return 42, nil }); err != nil {
		t.Fatal(err)
	}
	hit := testing.AllocsPerRun(100, func() {
		if v, ok, err := m.Get(t.Context(), k); v != 42 || !ok || err != nil {
			t.Fatal(v, ok, err)
		}
	})
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	if err := backend.SetWithTTL(t.Context(), k, runtime.Value("42"), time.Minute); err != nil {
		t.Fatal(err)
	}
	raw := testing.AllocsPerRun(100, func() { _, _ = backend.Get(t.Context(), k) })
	if hit > raw {
		t.Errorf("a hit makes %v allocations, the backend alone %v", hit, raw)
	}
	if got := cache.Stats().Methods["p.Answers.Get"].Hits; got < 100 {
		t.Errorf("%d hits counted", got)
	}
}

func BenchmarkHit(b *testing.B) {
	_, m := newAnswers(b)
	ctx := b.Context()
	k := answerKey(m, 1)
	_, _ = m.Load(ctx, k, func(context.Context, *runtime.Fill) (int64, error) { return 42, nil })
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, _ := m.Get(ctx, k); !ok {
			b.Fatal("miss")
		}
	}
}

func BenchmarkHitWithKey(b *testing.B) {
	_, m := newAnswers(b)
	ctx := b.Context()
	_, _ = m.Load(ctx, answerKey(m, 1), func(context.Context, *runtime.Fill) (int64, error) { return 42, nil })
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, _ := m.Get(ctx, answerKey(m, 1)); !ok {
			b.Fatal("miss")
		}
	}
}

func BenchmarkHitParallel(b *testing.B) {
	_, m := newAnswers(b)
	ctx := b.Context()
	k := answerKey(m, 1)
	_, _ = m.Load(ctx, k, func(context.Context, *runtime.Fill) (int64, error) { return 42, nil })
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _, _ = m.Get(ctx, k)
		}
	})
}

func BenchmarkBackendAlone(b *testing.B) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Close()
	ctx := b.Context()
	_ = backend.SetWithTTL(ctx, "k", runtime.Value("42"), time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = backend.Get(ctx, "k")
	}
}

func BenchmarkMiss(b *testing.B) {
	_, m := newAnswers(b)
	ctx := b.Context()
	load := func(context.Context, *runtime.Fill) (int64, error) { return 42, nil }
	b.ReportAllocs()
	var id int64
	for b.Loop() {
		id++
		k := answerKey(m, id)
		if _, ok, _ := m.Get(ctx, k); !ok {
			_, _ = m.Load(ctx, k, load)
		}
	}
}
