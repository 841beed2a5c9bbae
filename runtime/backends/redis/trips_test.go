package redis_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	cachegen "github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// trips is a hook that counts round trips.
type trips struct{ n atomic.Int64 }

func (h *trips) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (h *trips) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		h.n.Add(1)
		return next(ctx, cmd)
	}
}

func (h *trips) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		h.n.Add(1)
		return next(ctx, cmds)
	}
}

// written counts the commands that a server was sent, but for those that only read and those of connecting and asking.
func written(t *testing.T, client *goredis.Client) map[string]string {
	t.Helper()
	calls := make(map[string]string)
	for line := range strings.Lines(client.Info(t.Context(), "commandstats").Val()) {
		name, stats, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "cmdstat_"), ":")
		switch count, _, _ := strings.Cut(stats, ","); name {
		case "get", "mget", "info", "hello", "ping", "# Commandstats", "":
		default:
			if !strings.HasPrefix(name, "client") {
				calls[name] = count
			}
		}
	}
	return calls
}

func TestWhatAHitAndAMissCost(t *testing.T) {
	for _, groups := range []int{0, 1, 2} {
		t.Run(fmt.Sprintf("%d groups", groups), func(t *testing.T) {
			client := observing(t, servertest.Redis(t).Addr())
			operator := dial(t, client.Options().Addr)
			h := &trips{}
			client.AddHook(h)
			cache, err := cachegen.New(open(t, client), cachegen.WithBackendTimeout(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cache.Close() })
			m := cachegen.NewMethod(cache, cachegen.MethodConfig[string]{
				Prefix: "trips", Name: "Get", TTL: time.Hour, Groups: groups,
				Codec: codec.Codec[string]{Encode: (*codec.Encoder).Str, Decode: (*codec.Decoder).Str, Schema: "s"},
			})
			key := func(id int) string { return string(fmt.Appendf(m.Key(nil), ":%d", id)) }
			of := func(int) []string { return []string{"trips:group(1)", "trips:group(2)"}[:groups] }
			loads := 0
			single := func(id int) {
				v, ok, err := m.Get(t.Context(), key(id), of(id)...)
				if !ok && err == nil {
					v, err = m.Load(t.Context(), key(id), func(context.Context, *cachegen.Fill) (string, error) {
						loads++
						return fmt.Sprint(id), nil
					}, of(id)...)
				}
				if err != nil || v != fmt.Sprint(id) {
					t.Errorf("%d: %s, %v", id, v, err)
				}
			}
			batch := func(ids []int) {
				got, err := cachegen.BatchMap(t.Context(), m, ids, key, func(_ context.Context, _ *cachegen.Fill, ids []int) (map[int]string, error) {
					loads++
					found := make(map[int]string)
					for _, id := range ids {
						found[id] = fmt.Sprint(id)
					}
					return found, nil
				}, cachegen.InGroups(of))
				if err != nil || len(got) != len(ids) {
					t.Errorf("%d of %d, %v", len(got), len(ids), err)
				}
			}
			ids := make([]int, 100)
			for i := range ids {
				ids[i] = i + 1000
			}
			// One to read, one to lease, one to fill; and one to read the groups' generations once more, before the load.
			miss := int64(3 + min(1, groups))
			single(1) // connects, gives the groups their generations, and lets the server see the scripts
			batch([]int{2, 3})
			for _, c := range []struct {
				what  string
				call  func()
				trips int64
				loads int
			}{
				{"a miss", func() { single(10) }, miss, 1},
				{"a hit", func() { single(10) }, 1, 0},
				{"a batch of misses", func() { batch(ids) }, miss, 1},
				{"a batch of hits", func() { batch(ids) }, 1, 0},
			} {
				h.n.Store(0)
				loads = 0
				before := written(t, operator)
				c.call()
				if n := h.n.Load(); n != c.trips || loads != c.loads {
					t.Errorf("%s: %d round trips and %d loads, want %d and %d", c.what, n, loads, c.trips, c.loads)
				}
				if after := written(t, operator); c.loads == 0 && !maps.Equal(before, after) {
					t.Errorf("%s writes: the server's commands were %v, and are %v", c.what, before, after)
				}
			}
		})
	}
}
