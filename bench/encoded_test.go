package bench

import (
	"context"
	"encoding/json"
	"time"

	"github.com/allegro/bigcache/v3"
	"github.com/bytedance/sonic"
	"github.com/coocood/freecache"
	"github.com/eko/gocache/lib/v4/cache"
	"github.com/eko/gocache/lib/v4/marshaler"
	"github.com/eko/gocache/lib/v4/store"
	gocachebigcache "github.com/eko/gocache/store/bigcache/v4"
	jsonv2 "github.com/go-json-experiment/json"
	rediscache "github.com/go-redis/cache/v9"
	goccy "github.com/goccy/go-json"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// text is a way of encoding values.
type text[T any] struct {
	name   string
	encode func(T) ([]byte, error)
	decode func([]byte) (T, error)
}

// decoding makes a decode of a function with json.Unmarshal's form.
func decoding[T any](unmarshal func([]byte, *T) error) func([]byte) (T, error) {
	return func(data []byte) (v T, err error) {
		err = unmarshal(data, &v)
		return v, err
	}
}

func standard[T any]() text[T] {
	return text[T]{"json", func(v T) ([]byte, error) { return json.Marshal(v) },
		decoding(func(data []byte, v *T) error { return json.Unmarshal(data, v) })}
}

func v2[T any]() text[T] {
	return text[T]{"jsonv2", func(v T) ([]byte, error) { return jsonv2.Marshal(v) },
		decoding(func(data []byte, v *T) error { return jsonv2.Unmarshal(data, v) })}
}

func sonicText[T any]() text[T] {
	return text[T]{"sonic", func(v T) ([]byte, error) { return sonic.Marshal(v) },
		decoding(func(data []byte, v *T) error { return sonic.Unmarshal(data, v) })}
}

func goccyText[T any]() text[T] {
	return text[T]{"goccy", func(v T) ([]byte, error) { return goccy.Marshal(v) },
		decoding(func(data []byte, v *T) error { return goccy.Unmarshal(data, v) })}
}

// generated is what cachegen writes, without its wrapper.
func generated[T any](v value[T]) text[T] {
	return text[T]{"generated", func(t T) ([]byte, error) { return codec.Marshal(v.codec, nil, t) },
		func(data []byte) (T, error) { return codec.Unmarshal(v.codec, data) }}
}

// encoded keep values as bytes, so that each caller has one of its own.
func encoded[T any](v value[T]) []candidate[T] {
	all := []candidate[T]{{"bigcache-bytes", false, openBigcacheBytes[T]}}
	for _, text := range []text[T]{generated(v), goccyText[T](), sonicText[T](), v2[T](), standard[T]()} {
		all = append(all, candidate[T]{"bigcache+" + text.name, false, bigcacheWith(text)})
	}
	for _, text := range []text[T]{sonicText[T](), standard[T]()} {
		all = append(all, candidate[T]{"freecache+" + text.name, false, freecacheWith(text)})
	}
	return append(all,
		candidate[T]{"go-redis-cache", false, openRedisCache[T]},
		candidate[T]{"gocache-marshaler-bigcache", false, openMarshaler[T]},
	)
}

func newBigcache(s setup, bytes int) *bigcache.BigCache {
	config := bigcache.DefaultConfig(ttl)
	config.HardMaxCacheSize = megabytes(s, bytes)
	config.Verbose = false
	c, err := bigcache.New(context.Background(), config)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = c.Close() })
	return c
}

func bigcacheWith[T any](text text[T]) func(setup, value[T], get[T]) get[T] {
	return func(s setup, v value[T], load get[T]) get[T] {
		c := newBigcache(s, v.bytes)
		return func(ctx context.Context, id int64) (T, error) {
			key := keyOf(id)
			if data, err := c.Get(key); err == nil {
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
			return v, c.Set(key, data)
		}
	}
}

// openBigcacheBytes is the store's own part of a hit: it decodes nothing and answers with a value of no use.
func openBigcacheBytes[T any](s setup, v value[T], load get[T]) get[T] {
	var useless T
	return bigcacheWith(text[T]{"bytes", generated(v).encode, func([]byte) (T, error) { return useless, nil }})(s, v, load)
}

func freecacheWith[T any](text text[T]) func(setup, value[T], get[T]) get[T] {
	return func(s setup, v value[T], load get[T]) get[T] {
		// An entry may have a 1024th of all at most.
		c := freecache.NewCache(max(megabytes(s, v.bytes)<<20, 2048*v.bytes))
		return func(ctx context.Context, id int64) (T, error) {
			key := []byte(keyOf(id))
			if data, err := c.Get(key); err == nil {
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
			return v, c.Set(key, data, int(ttl/time.Second))
		}
	}
}

// openRedisCache has no Redis: its local cache alone, with msgpack and S2.
func openRedisCache[T any](s setup, _ value[T], load get[T]) get[T] {
	c := rediscache.New(&rediscache.Options{LocalCache: rediscache.NewTinyLFU(2*s.size, ttl)}) // with s.size it gives up some
	return onceIn(c, load)
}

func onceIn[T any](c *rediscache.Cache, load get[T]) get[T] {
	return func(ctx context.Context, id int64) (v T, err error) {
		err = c.Once(&rediscache.Item{Ctx: ctx, Key: keyOf(id), Value: &v, TTL: ttl, Do: func(i *rediscache.Item) (any, error) {
			return load(i.Context(), id)
		}})
		return v, err
	}
}

func openMarshaler[T any](s setup, v value[T], load get[T]) get[T] {
	return throughMarshaler(marshaler.New(cache.New[any](gocachebigcache.NewBigcache(newBigcache(s, v.bytes)))), load)
}

func throughMarshaler[T any](m *marshaler.Marshaler, load get[T]) get[T] {
	return func(ctx context.Context, id int64) (v T, err error) {
		key := keyOf(id)
		if _, err := m.Get(ctx, key, &v); err == nil {
			return v, nil
		}
		if v, err = load(ctx, id); err != nil {
			return v, err
		}
		return v, m.Set(ctx, key, v, store.WithExpiration(ttl))
	}
}
