package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

// The scripts have one key each, or keys of one slot, so that they work in a Cluster. They are run by EVALSHA, and by EVAL
// the first time that a server has not seen one.
var (
	getWithTTLScript = goredis.NewScript(`
local value = redis.call('GET', KEYS[1])
if not value then return false end
return {value, redis.call('PTTL', KEYS[1])}`)

	removeIfScript = goredis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

	leaseScript = goredis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`)

	fillScript = goredis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)
)

// GetWithTTL returns the value under key and what is left of its TTL, or runtime.ErrMiss. An entry that somebody else
// stored without a TTL is returned with 0.
func (b *Backend) GetWithTTL(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
	reply, err := call(b, ctx, func(ctx context.Context) ([]any, error) {
		return getWithTTLScript.Run(ctx, b.client, []string{key}).Slice()
	})
	if err != nil {
		return nil, 0, keyError(ctx, err, "get with its TTL", key)
	}
	if len(reply) == 2 {
		value, isText := reply[0].(string)
		left, isNumber := reply[1].(int64)
		switch {
		case !isText || !isNumber:
		case left == 0: // less than a millisecond
			return nil, 0, runtime.ErrMiss
		default:
			return runtime.Value(value), time.Duration(max(0, left)) * time.Millisecond, nil
		}
	}
	return nil, 0, fmt.Errorf("redis: get a key of %d bytes with its TTL: unexpected reply of %d parts", len(key), len(reply))
}

// RemoveIf removes key if old stands under it, and reports whether it did.
func (b *Backend) RemoveIf(ctx context.Context, key string, old runtime.Value) (bool, error) {
	old = b.keep(old)
	removed, err := call(b, ctx, func(ctx context.Context) (bool, error) {
		return removeIfScript.Run(ctx, b.client, []string{key}, []byte(old)).Bool()
	})
	return removed, keyError(ctx, err, "remove on a condition", key)
}

// Lease returns what stands under key, or stores lease for ttl where nothing does. Its errors are SetWithTTL's.
//
// go-redis repeats a command whose reply was lost; then Lease may return the caller's own lease as what stands there.
func (b *Backend) Lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
	if err := check(key, lease, ttl); err != nil {
		return nil, false, err
	}
	lease = b.keep(lease)
	held, err := call(b, ctx, func(ctx context.Context) (string, error) { return b.lease(ctx, key, lease, ttl) })
	switch {
	case errors.Is(err, goredis.Nil):
		return nil, true, nil
	case err != nil:
		return nil, false, keyError(ctx, err, "lease", key)
	}
	return runtime.Value(held), false, nil
}

// lease returns what is held, or goredis.Nil where the lease was acquired.
func (b *Backend) lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (string, error) {
	if !b.noSetNXGet.Load() {
		held, err := b.client.Do(ctx, "set", key, []byte(lease), "nx", "get", "px", milliseconds(ttl)).Text()
		if err == nil || !strings.HasPrefix(err.Error(), "ERR syntax error") {
			return held, err
		}
		b.noSetNXGet.Store(true) // before 7.0, NX and GET exclude each other
	}
	return leaseScript.Run(ctx, b.client, []string{key}, []byte(lease), milliseconds(ttl)).Text()
}

// Fill stores value for ttl if lease stands under key, and reports whether it did. Its errors are SetWithTTL's.
func (b *Backend) Fill(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
	if err := check(key, value, ttl); err != nil {
		return false, err
	}
	lease, value = b.keep(lease), b.keep(value)
	stored, err := call(b, ctx, func(ctx context.Context) (bool, error) {
		return fillScript.Run(ctx, b.client, []string{key}, []byte(lease), []byte(value), milliseconds(ttl)).Bool()
	})
	return stored, keyError(ctx, err, "fill", key)
}

// runEach runs script n times in one round trip to each server, and in two the first time.
func (b *Backend) runEach(ctx context.Context, script *goredis.Script, n int, input func(i int) (keys []string, args []any)) []*goredis.Cmd {
	replies := make([]*goredis.Cmd, n)
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	for _, run := range []func(*goredis.Script, context.Context, goredis.Scripter, []string, ...any) *goredis.Cmd{
		(*goredis.Script).EvalSha, (*goredis.Script).Eval,
	} {
		if len(at) == 0 {
			break
		}
		pipe := b.client.Pipeline()
		for _, i := range at {
			keys, args := input(i)
			replies[i] = run(script, ctx, pipe, keys, args...)
		}
		pipe.Exec(ctx) // each command has its own error
		var unknown []int
		for _, i := range at {
			if goredis.HasErrorPrefix(replies[i].Err(), "NOSCRIPT") {
				unknown = append(unknown, i)
			}
		}
		at = unknown
	}
	return replies
}
