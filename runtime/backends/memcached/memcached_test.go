package memcached_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/memcached"
)

func dial(t testing.TB, servers ...*servertest.Server) *memcache.Client {
	t.Helper()
	var addrs []string
	for _, s := range servers {
		addrs = append(addrs, s.Addr())
	}
	client := memcache.New(addrs...)
	client.MaxIdleConns = 32
	client.Timeout = 5 * time.Second
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func open(t testing.TB, client *memcache.Client, options ...memcached.Option) *memcached.Backend {
	t.Helper()
	b, err := memcached.New(client, options...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return b
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		servers  int
		options  []memcached.Option
		flags    []string
		tooLarge int
	}{
		"one server":    {1, nil, nil, 1 << 20},
		"three servers": {3, nil, nil, 1 << 20},
		"large items":   {1, []memcached.Option{memcached.WithMaxItemSize(16 << 20)}, []string{"-I", "16m", "-m", "512"}, 16 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var servers []*servertest.Server
			for range c.servers {
				servers = append(servers, servertest.Memcached(t, c.flags...))
			}
			client := dial(t, servers...)
			backendtest.Run(t, func(t *testing.T) runtime.CacheBackend { return open(t, client, c.options...) },
				backendtest.Config{TooLarge: c.tooLarge})
		})
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	if _, err := memcached.New(nil); err == nil {
		t.Error("no client: no error")
	}
	if _, err := memcached.New(memcache.New(), memcached.WithMaxItemSize(0)); err == nil {
		t.Error("items of no size: no error")
	}
}

func TestTheLargestItemsFitAndLargerOnesCostNothing(t *testing.T) {
	t.Parallel()
	b := open(t, dial(t, servertest.Memcached(t)))
	ctx := t.Context()
	stored := 0
	for size := 1<<20 - 400; size <= 1<<20; size++ {
		value := runtime.Value(strings.Repeat("1", size))
		err := b.SetWithTTL(ctx, "key", value, time.Minute)
		switch {
		case err == nil:
			stored = size
		case !errors.Is(err, runtime.ErrTooLarge):
			t.Fatalf("%d bytes: %v", size, err)
		}
		if got, err := b.Get(ctx, "key"); err != nil || len(got) != stored {
			t.Fatalf("after an attempt with %d bytes, %d stand there, %v; want %d", size, len(got), err, stored)
		}
	}
	if stored < 1<<20-200 {
		t.Errorf("the largest value that was stored has %d bytes", stored)
	}
}

func TestAServerThatTakesLessThanItShould(t *testing.T) {
	t.Parallel()
	b := open(t, dial(t, servertest.Memcached(t)), memcached.WithMaxItemSize(8<<20))
	err := b.SetWithTTL(t.Context(), "key", runtime.Value(strings.Repeat("1", 4<<20)), time.Minute)
	if !errors.Is(err, runtime.ErrTooLarge) || !strings.Contains(err.Error(), "WithMaxItemSize") {
		t.Errorf("got %v", err)
	}
}

func TestAnyStringIsAKey(t *testing.T) {
	t.Parallel()
	b := open(t, dial(t, servertest.Memcached(t)))
	keys := []string{"", "a", "a b", "a\r\nflush_all\r\n", "\x7f", "é", strings.Repeat("k", 250), strings.Repeat("k", 251),
		strings.Repeat("k", 252), "#" + strings.Repeat("0", 64)}
	for i, key := range keys {
		if err := b.SetWithTTL(t.Context(), key, runtime.Value(fmt.Sprint(i)), time.Minute); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	values, err := b.GetMany(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		got, err := b.Get(t.Context(), key)
		if err != nil || string(got) != fmt.Sprint(i) || !bytes.Equal(values[i], got) {
			t.Errorf("%q: %s and %s, %v; want %d", key, got, values[i], err, i)
		}
	}
}

func TestLongTTLs(t *testing.T) {
	t.Parallel()
	b := open(t, dial(t, servertest.Memcached(t)))
	const day = 24 * time.Hour
	for _, ttl := range []time.Duration{20 * day, 20*day + 1, 30 * day, 31 * day, 365 * day, 1<<63 - 1} {
		if err := b.SetWithTTL(t.Context(), "key", runtime.Value(`1`), ttl); err != nil {
			t.Errorf("%v: %v", ttl, err)
		}
		if got, err := b.Get(t.Context(), "key"); err != nil || string(got) != `1` {
			t.Errorf("%v: %s, %v", ttl, got, err)
		}
	}
}

func TestAPausedServerHoldsNobodyBeyondTheContext(t *testing.T) {
	t.Parallel()
	server := servertest.Memcached(t)
	b := open(t, dial(t, server))
	if err := b.SetWithTTL(t.Context(), "key", runtime.Value(`1`), time.Minute); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	defer server.Resume()
	for { // until all its threads have stopped
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := b.Get(ctx, "key")
		cancel()
		if err != nil {
			break
		}
	}
	for name, f := range map[string]func(context.Context) error{
		"Get":         func(ctx context.Context) error { _, err := b.Get(ctx, "key"); return err },
		"Set":         func(ctx context.Context) error { return b.SetWithTTL(ctx, "key", runtime.Value(`2`), time.Minute) },
		"Remove":      func(ctx context.Context) error { return b.Remove(ctx, "key") },
		"HealthCheck": b.HealthCheck,
		"GetMany":     func(ctx context.Context) error { _, err := b.GetMany(ctx, []string{"key"}); return err },
		"RemoveMany":  func(ctx context.Context) error { return b.RemoveMany(ctx, []string{"key", "other"}) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := f(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}
