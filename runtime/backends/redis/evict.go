package redis

import (
	"context"
	"fmt"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

var (
	// The entry goes first: a full server refuses a mark, but not from a script that has removed something.
	evictScript = goredis.NewScript(`
redis.call('DEL', KEYS[1])
if ARGV[1] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
return 1`)

	putScript = goredis.NewScript(`
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[5] then return 0 end
local held = redis.call('GET', KEYS[1])
if held and ARGV[6] ~= '' and string.sub(held, 1, #ARGV[6]) == ARGV[6] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[7], 'PX', ARGV[8])
if ARGV[1] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return 1`)
)

// Evict removes keys and publishes the message of each with it, in one round trip to each server, and in two the first
// time. In a Cluster a mark's key must live in the slot of the key that it belongs to. With a Ring, whose shards know nothing
// of each other, the messages follow in a step of their own.
func (b *Backend) Evict(ctx context.Context, channel string, removals []runtime.Removal) error {
	// Model: step removeShared.
	removals = slices.Clone(removals)
	for i := range removals {
		r := &removals[i]
		if r.Mark.Key != "" && r.Mark.TTL <= 0 {
			return runtime.ErrInvalidTTL
		}
		r.Message, r.Mark.Value = b.keep(r.Message), b.keep(r.Mark.Value)
	}
	_, err := call(b, ctx, func(ctx context.Context) (struct{}, error) {
		var failed failures
		for i, reply := range b.runEach(ctx, evictScript, len(removals), func(i int) (keys []string, args []any) {
			r := removals[i]
			if r.Mark.Key == "" {
				return []string{r.Key}, []any{b.within(channel), r.Message}
			}
			return []string{r.Key, r.Mark.Key}, []any{b.within(channel), r.Message, []byte(r.Mark.Value), milliseconds(r.Mark.TTL)}
		}) {
			if err := b.after(ctx, channel, removals[i].Message, reply.Err()); err != nil {
				failed.add(i, err)
			}
		}
		return struct{}{}, failed.error("key")
	})
	return wrap(ctx, err, fmt.Sprintf("evict %d keys", len(removals)))
}

// within is the channel that a script publishes on, if it does: where all servers pass on messages.
func (b *Backend) within(channel string) string {
	if b.ring != nil {
		return ""
	}
	return channel
}

// after publishes what a script could not, if it succeeded.
func (b *Backend) after(ctx context.Context, channel string, message []byte, err error) error {
	if b.ring == nil || err != nil {
		return err
	}
	return b.publish(ctx, channel, message)
}

// Put stores what puts say, each with its mark and message, where the marks are what they were. It makes one round trip to
// each server, and two the first time. In a Cluster a mark's key must live in the slot of the key that it belongs to.
func (b *Backend) Put(ctx context.Context, channel string, puts []runtime.Putting) ([]bool, error) {
	// Model: step putValue.
	puts = slices.Clone(puts)
	for i := range puts {
		p := &puts[i]
		if err := check(p.Key, p.Value, min(p.TTL, p.Mark.TTL)); err != nil {
			return nil, err
		}
		p.Message, p.Mark.Value, p.Value = b.keep(p.Message), b.keep(p.Mark.Value), b.keep(p.Value)
		p.Old, p.Unless = b.keep(p.Old), b.keep(p.Unless)
	}
	stored, err := call(b, ctx, func(ctx context.Context) ([]bool, error) {
		stored := make([]bool, len(puts))
		var failed failures
		for i, reply := range b.runEach(ctx, putScript, len(puts), func(i int) (keys []string, args []any) {
			p := puts[i]
			return []string{p.Key, p.Mark.Key}, []any{
				b.within(channel), p.Message, []byte(p.Mark.Value), milliseconds(p.Mark.TTL), []byte(p.Old), p.Unless, []byte(p.Value), milliseconds(p.TTL),
			}
		}) {
			var err error
			if stored[i], err = reply.Bool(); stored[i] {
				err = b.after(ctx, channel, puts[i].Message, err)
			}
			if err != nil {
				failed.add(i, err)
			}
		}
		return stored, failed.error("key")
	})
	if err != nil {
		return nil, wrap(ctx, err, fmt.Sprintf("put %d keys", len(puts)))
	}
	return stored, nil
}
