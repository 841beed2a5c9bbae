package bench

import (
	"context"
	gort "runtime"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/bench/fixture"
)

const batchSize = 100

// getMany answers for many ids in the form of a repository's method.
type getMany func(ctx context.Context, ids []int64) (map[int64]*fixture.User, error)

// batcher is a way of answering from Redis for many ids. What is not cached it leaves out.
type batcher struct {
	who  string
	text text[*fixture.User] // what the values are stored as; without one, open's answer stores them
	open func(s setup, decode func([]byte) (*fixture.User, error)) getMany
}

func batchers() []batcher {
	bytes := generated(users)
	bytes.decode = func([]byte) (*fixture.User, error) { return nil, nil }
	all := []batcher{
		{"MGET-bytes", bytes, openMGet},
		{"MGET+generated", generated(users), openMGet},
		{"MGET+jsonv2", v2[*fixture.User](), openMGet},
		{"MGET+sonic", sonicText[*fixture.User](), openMGet},
		{"rueidis-MGET+generated", generated(users), openRueidisMGet},
		{"pipeline+generated", generated(users), openPipeline},
		{"GET+generated", generated(users), openGets},
	}
	for _, b := range redisBackends {
		all = append(all, batcher{b.name, text[*fixture.User]{}, func(s setup, _ func([]byte) (*fixture.User, error)) getMany {
			return fixture.NewCachedUsers(fixture.Source{}, newCache(s, b.open(s, users.bytes))).GetUsers
		}})
	}
	return all
}

// BenchmarkBatch has 100 users of 10,000 answered, all of which are there.
func BenchmarkBatch(b *testing.B) {
	addr := server(b)
	for _, c := range batchers() {
		b.Run("who="+c.who, func(b *testing.B) {
			get := func(ctx context.Context, first int64) (map[int64]*fixture.User, error) { return nil, nil }
			open := func() { get = c.filled(b, addr) }
			open()
			gort.GC()
			single(b, get, 10_000/batchSize)
			if c.who == "rueidis-MGET+generated" { // is not go-redis
				return
			}
			reportTrips(b, open, func(first int64) error {
				_, err := get(b.Context(), first)
				return err
			})
		})
	}
}

// filled answers for the batchSize users of a number.
func (c batcher) filled(tb testing.TB, addr string) get[map[int64]*fixture.User] {
	s := onServer(tb, 10_000, addr)
	many := c.open(s, c.text.decode)
	for id := range int64(s.size) {
		if c.text.encode == nil {
			break
		}
		data, err := c.text.encode(fixture.NewUser(id))
		if err == nil {
			err = s.redis.Set(s.Context(), keyOf(id), data, ttl).Err()
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	get := func(ctx context.Context, n int64) (map[int64]*fixture.User, error) {
		ids := make([]int64, batchSize)
		for i := range ids {
			ids[i] = n*batchSize + int64(i)
		}
		return many(ctx, ids)
	}
	for n := range int64(s.size / batchSize) {
		if _, err := get(s.Context(), n); err != nil {
			s.Fatal(err)
		}
	}
	return get
}

// collect decodes what a batch brought.
func collect(ids []int64, decode func([]byte) (*fixture.User, error), data func(i int) ([]byte, bool)) (map[int64]*fixture.User, error) {
	found := make(map[int64]*fixture.User, len(ids))
	for i, id := range ids {
		text, ok := data(i)
		if !ok {
			continue
		}
		u, err := decode(text)
		if err != nil {
			return nil, err
		}
		found[id] = u
	}
	return found, nil
}

func keysOf(ids []int64) []string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = keyOf(id)
	}
	return keys
}

func openMGet(s setup, decode func([]byte) (*fixture.User, error)) getMany {
	return func(ctx context.Context, ids []int64) (map[int64]*fixture.User, error) {
		values, err := s.redis.MGet(ctx, keysOf(ids)...).Result()
		if err != nil {
			return nil, err
		}
		return collect(ids, decode, func(i int) ([]byte, bool) {
			text, ok := values[i].(string)
			return []byte(text), ok
		})
	}
}

func openRueidisMGet(s setup, decode func([]byte) (*fixture.User, error)) getMany {
	c := newRueidis(s)
	return func(ctx context.Context, ids []int64) (map[int64]*fixture.User, error) {
		messages, err := c.Do(ctx, c.B().Mget().Key(keysOf(ids)...).Build()).ToArray()
		if err != nil {
			return nil, err
		}
		return collect(ids, decode, func(i int) ([]byte, bool) {
			data, err := messages[i].AsBytes()
			return data, err == nil
		})
	}
}

func openPipeline(s setup, decode func([]byte) (*fixture.User, error)) getMany {
	return func(ctx context.Context, ids []int64) (map[int64]*fixture.User, error) {
		pipeline := s.redis.Pipeline()
		commands := make([]*goredis.StringCmd, len(ids))
		for i, id := range ids {
			commands[i] = pipeline.Get(ctx, keyOf(id))
		}
		if _, err := pipeline.Exec(ctx); err != nil && err != goredis.Nil {
			return nil, err
		}
		return collect(ids, decode, func(i int) ([]byte, bool) {
			data, err := commands[i].Bytes()
			return data, err == nil
		})
	}
}

func openGets(s setup, decode func([]byte) (*fixture.User, error)) getMany {
	get := goRedis(s).get
	return func(ctx context.Context, ids []int64) (map[int64]*fixture.User, error) {
		return collect(ids, decode, func(i int) ([]byte, bool) {
			data, err := get(ctx, keyOf(ids[i]))
			return data, err == nil && data != nil
		})
	}
}

// reportTrips says how many round trips of go-redis a call takes. It opens anew what is called, since counting takes time.
func reportTrips(b *testing.B, open func(), call func(n int64) error) {
	b.Run("mode=trips", func(b *testing.B) {
		countTrips = true
		open()
		countTrips = false
		const calls = 20
		before := trips.n.Load()
		for n := range int64(calls) {
			if err := call(n); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(trips.n.Load()-before)/calls, "trips")
		b.ReportMetric(0, "ns/op") // means nothing
	})
}
