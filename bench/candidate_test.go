package bench

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// candidate is a way of caching a call.
type candidate[T any] struct {
	who string
	// shared is true where all callers get the same memory.
	shared bool
	// open returns load with a cache around it. It is closed with the setup's test.
	open func(s setup, v value[T], load get[T]) get[T]
}

// setup is what a candidate is opened for.
type setup struct {
	testing.TB
	size  int             // entries it is to hold, at least
	redis *goredis.Client // of an empty server, where the candidate wants one
}

// ttl is longer than anything here takes.
const ttl = time.Hour

// keyOf is the key of a call, made as one makes it by hand.
func keyOf(id int64) string {
	return string(strconv.AppendInt(append(make([]byte, 0, 32), "bench:user:"...), id, 10))
}

// idOf is for loaders that are told the key alone.
func idOf(key string) int64 {
	id, err := strconv.ParseInt(key[len("bench:user:"):], 10, 64)
	if err != nil {
		panic(err)
	}
	return id
}

// megabytes is room for the entries of byte stores, twice over, since shards are not equally full.
func megabytes(s setup, bytes int) int { return max(64, s.size*(bytes+256)*2>>20) }

// counted is load with a counter.
func counted[T any](load get[T]) (get[T], *atomic.Int64) {
	loads := new(atomic.Int64)
	return func(ctx context.Context, id int64) (T, error) {
		loads.Add(1)
		return load(ctx, id)
	}, loads
}

// filled opens c with the values of ids 0 to size-1 in it, from where they are kept for good.
func filled[T any](s setup, c candidate[T], v value[T]) get[T] {
	s.Helper()
	load, loads := counted(func(_ context.Context, id int64) (T, error) { return v.make(id), nil })
	get := c.open(s, v, load)
	for pass := 0; ; pass++ {
		before := loads.Load()
		for id := range int64(s.size) {
			if _, err := get(s.Context(), id); err != nil {
				s.Fatalf("%s: %v", c.who, err)
			}
		}
		if loads.Load() == before {
			break
		}
		if pass == 100 {
			s.Fatalf("%s does not keep %d of %d of %s", c.who, loads.Load()-before, s.size, v.name)
		}
		time.Sleep(5 * time.Millisecond) // some store in the background
	}
	return get
}
