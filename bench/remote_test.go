package bench

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/eko/gocache/lib/v4/cache"
	"github.com/eko/gocache/lib/v4/marshaler"
	gocacheredis "github.com/eko/gocache/store/redis/v4"
	rediscache "github.com/go-redis/cache/v9"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidisaside"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// remote keep values in Redis and nothing in process, but for rueidisaside.
func remote[T any](v value[T]) []candidate[T] {
	var useless T
	bytes := text[T]{"bytes", generated(v).encode, func([]byte) (T, error) { return useless, nil }}
	all := []candidate[T]{
		{"go-redis-bytes", false, inStore(goRedis, bytes)},
		{"go-redis+generated", false, inStore(goRedis, generated(v))},
		{"go-redis+jsonv2", false, inStore(goRedis, v2[T]())},
		{"go-redis-autopipeline+generated", false, inStore(goRedisPipelining(false), generated(v))},
		{"go-redis-autopipeline-duplex+generated", false, inStore(goRedisPipelining(true), generated(v))},
		{"rueidis-bytes", false, inStore(rueidisStore, bytes)},
		{"rueidis+generated", false, inStore(rueidisStore, generated(v))},
		{"rueidis+jsonv2", false, inStore(rueidisStore, v2[T]())},
		{"go-redis-cache", false, openRedisCacheRemote[T]},
		{"gocache-marshaler-redis", false, openMarshalerRemote[T]},
		{"rueidisaside+jsonv2", false, openAside[T]}, // answers hits from its client-side cache
	}
	for _, b := range redisBackends {
		all = append(all, candidate[T]{b.name, false, tiersOver[T](b.open)})
	}
	return all
}

// redisBackends are ours.
var redisBackends = []struct {
	name string
	open func(s setup, bytes int) runtime.CacheBackend
}{
	{"cachegen-redis", openRedisBackend},
}

func openRedisBackend(s setup, _ int) runtime.CacheBackend {
	b, err := redis.New(hooked(s, goredis.NewClient(&goredis.Options{
		Addr: s.redis.Options().Addr, ContextTimeoutEnabled: true, // as our README says
	})))
	return opened(s, b, err)
}

// byteStore is a store of bytes by hand. What is missing is nil.
type byteStore struct {
	get func(ctx context.Context, key string) ([]byte, error)
	set func(ctx context.Context, key string, data []byte) error
}

func inStore[T any](open func(setup) byteStore, text text[T]) func(setup, value[T], get[T]) get[T] {
	return func(s setup, _ value[T], load get[T]) get[T] {
		c := open(s)
		return func(ctx context.Context, id int64) (T, error) {
			key := keyOf(id)
			if data, err := c.get(ctx, key); err == nil && data != nil {
				return text.decode(data)
			}
			v, err := load(ctx, id)
			if err != nil {
				return v, err
			}
			data, err := text.encode(v)
			if err != nil {
				return v, err
			}
			return v, c.set(ctx, key, data)
		}
	}
}

func goRedis(s setup) byteStore { return goRedisStore(s.redis) }

func goRedisStore(c goredis.Cmdable) byteStore {
	return byteStore{
		func(ctx context.Context, key string) ([]byte, error) {
			data, err := c.Get(ctx, key).Bytes()
			if errors.Is(err, goredis.Nil) {
				return nil, nil
			}
			return data, err
		},
		func(ctx context.Context, key string, data []byte) error { return c.Set(ctx, key, data, ttl).Err() },
	}
}

func goRedisPipelining(duplex bool) func(s setup) byteStore {
	return func(s setup) byteStore {
		options := goredis.DefaultBlockingAutoPipelineOptions()
		options.FullDuplex = duplex
		c, err := s.redis.AutoPipelineWithOptions(options)
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { _ = c.Close() })
		return goRedisStore(c)
	}
}

func newRueidis(s setup) rueidis.Client {
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.redis.Options().Addr}})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(c.Close)
	return c
}

func rueidisStore(s setup) byteStore {
	c := newRueidis(s)
	return byteStore{
		func(ctx context.Context, key string) ([]byte, error) {
			data, err := c.Do(ctx, c.B().Get().Key(key).Build()).AsBytes()
			if rueidis.IsRedisNil(err) {
				return nil, nil
			}
			return data, err
		},
		func(ctx context.Context, key string, data []byte) error {
			return c.Do(ctx, c.B().Set().Key(key).Value(rueidis.BinaryString(data)).Ex(ttl).Build()).Error()
		},
	}
}

func openRedisCacheRemote[T any](s setup, _ value[T], load get[T]) get[T] {
	return onceIn(rediscache.New(&rediscache.Options{Redis: s.redis}), load)
}

func openMarshalerRemote[T any](s setup, _ value[T], load get[T]) get[T] {
	return throughMarshaler(marshaler.New(cache.New[any](gocacheredis.NewRedis(s.redis))), load)
}

func openAside[T any](s setup, _ value[T], load get[T]) get[T] {
	c, err := rueidisaside.NewClient(rueidisaside.ClientOption{
		ClientOption: rueidis.ClientOption{InitAddress: []string{s.redis.Options().Addr}},
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(c.Close)
	text := v2[T]()
	return func(ctx context.Context, id int64) (T, error) {
		var loaded *T
		data, err := c.Get(ctx, ttl, keyOf(id), func(ctx context.Context, _ string) (string, error) {
			v, err := load(ctx, id)
			if err != nil {
				return "", err
			}
			loaded = &v
			data, err := text.encode(v)
			return string(data), err
		})
		if err != nil || loaded != nil {
			var v T
			if loaded != nil {
				v = *loaded
			}
			return v, err
		}
		return text.decode([]byte(data))
	}
}

// server is a redis-server for benchmarks.
func server(tb testing.TB) string { return servertest.Redis(tb).Addr() }

// onServer is a setup with an empty server.
func onServer(tb testing.TB, size int, addr string) setup {
	s := setup{TB: tb, size: size}
	s.redis = hooked(s, goredis.NewClient(&goredis.Options{Addr: addr}))
	if err := s.redis.FlushAll(tb.Context()).Err(); err != nil {
		tb.Fatal(err)
	}
	return s
}

func hooked(s setup, c *goredis.Client) *goredis.Client {
	s.Cleanup(func() { _ = c.Close() })
	if countTrips {
		c.AddHook(&trips)
	}
	return c
}

// countTrips is true while clients are opened whose round trips are counted in trips.
var (
	countTrips bool
	trips      tripHook
)

// tripHook counts round trips of go-redis.
type tripHook struct{ n atomic.Int64 }

func (h *tripHook) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h *tripHook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		switch cmd.Name() {
		case "hello", "client", "publish": // of a connection, and of heartbeats
		default:
			h.n.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (h *tripHook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if name := cmds[0].Name(); name != "hello" && name != "client" {
			h.n.Add(1)
		}
		return next(ctx, cmds)
	}
}
