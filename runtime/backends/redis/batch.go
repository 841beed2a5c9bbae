package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

// The batches are pipelines of commands with one key each, not commands with many keys: those a Cluster refuses where
// the keys live in different slots. But with one server, MGET costs that and the client less.

// GetMany returns the values of keys, nil where one is absent, in one round trip to each server. If any key could not
// be asked for, it returns an error and no values.
func (b *Backend) GetMany(ctx context.Context, keys []string) ([]runtime.Value, error) {
	keys = slices.Clone(keys)
	values, err := call(b, ctx, func(ctx context.Context) ([]runtime.Value, error) {
		values := make([]runtime.Value, len(keys))
		if len(keys) == 0 {
			return values, nil
		}
		if b.plain {
			return values, b.getTogether(ctx, keys, values)
		}
		pipe := b.client.Pipeline()
		gets := make([]*goredis.StringCmd, len(keys))
		for i, key := range keys {
			gets[i] = pipe.Get(ctx, key)
		}
		pipe.Exec(ctx) // each command has its own error
		var failed failures
		for i, get := range gets {
			value, err := get.Bytes()
			if err == nil {
				values[i] = value
			} else if !errors.Is(err, goredis.Nil) {
				failed.add(i, err)
			}
		}
		return values, failed.error("key")
	})
	if err != nil {
		return nil, wrap(ctx, err, fmt.Sprintf("get %d keys", len(keys)))
	}
	return values, nil
}

// getTogether gets values by MGET, to which a key of another type is one that is absent.
func (b *Backend) getTogether(ctx context.Context, keys []string, values []runtime.Value) error {
	got, err := b.client.MGet(ctx, keys...).Result()
	if err == nil && len(got) != len(keys) {
		err = fmt.Errorf("%d values for %d keys", len(got), len(keys))
	}
	if err != nil {
		return err
	}
	for i, v := range got {
		switch v := v.(type) {
		case nil:
		case string:
			values[i] = bytesOf(v)
		default:
			return fmt.Errorf("key %d: a reply of type %T", i, v)
		}
	}
	return nil
}

// bytesOf returns the bytes of a reply without copying them, as Bytes does of the reply of a GET: nobody else has them.
// (Not of a short one. Go keeps strings of one byte where they must not be written to.)
func bytesOf(reply string) []byte {
	if len(reply) < 2 {
		return []byte(reply)
	}
	return unsafe.Slice(unsafe.StringData(reply), len(reply))
}

// SetMany stores items in one round trip to each server. Its error joins those of the items that were not stored.
func (b *Backend) SetMany(ctx context.Context, items []runtime.Item) error {
	items = slices.Clone(items)
	for i := range items {
		items[i].Value = b.keep(items[i].Value)
	}
	_, err := call(b, ctx, func(ctx context.Context) (struct{}, error) {
		var failed failures
		pipe := b.client.Pipeline()
		sets := make([]*goredis.Cmd, len(items))
		for i, item := range items {
			if err := check(item.Key, item.Value, item.TTL); err != nil {
				failed.add(i, err)
				continue
			}
			sets[i] = pipe.Do(ctx, setArgs(item.Key, item.Value, item.TTL)...)
		}
		if pipe.Len() > 0 {
			pipe.Exec(ctx)
		}
		for i, set := range sets {
			if set != nil && set.Err() != nil {
				failed.add(i, set.Err())
			}
		}
		return struct{}{}, failed.error("item")
	})
	return wrap(ctx, err, fmt.Sprintf("set %d keys", len(items)))
}

// RemoveMany removes keys in one round trip to each server. Its error joins those of the keys that it could not
// remove.
func (b *Backend) RemoveMany(ctx context.Context, keys []string) error {
	keys = slices.Clone(keys)
	_, err := call(b, ctx, func(ctx context.Context) (int64, error) {
		return b.removeEach(ctx, keys, goredis.Pipeliner.Del)
	})
	return wrap(ctx, err, fmt.Sprintf("remove %d keys", len(keys)))
}

// removeEach removes keys by a pipeline of remove, which is Del or Unlink, and returns how many there were.
func (b *Backend) removeEach(
	ctx context.Context, keys []string, remove func(goredis.Pipeliner, context.Context, ...string) *goredis.IntCmd,
) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	pipe := b.client.Pipeline()
	removals := make([]*goredis.IntCmd, len(keys))
	for i, key := range keys {
		removals[i] = remove(pipe, ctx, key)
	}
	pipe.Exec(ctx)
	var failed failures
	var removed int64
	for i, r := range removals {
		if err := r.Err(); err != nil {
			failed.add(i, err)
		}
		removed += r.Val()
	}
	return removed, failed.error("key")
}

// failures gathers what went wrong in a batch. Where a server is down that is one text for very many keys, which is
// told once.
type failures []failure

type failure struct {
	err   error
	first int // the index of the first that failed so
	more  int
}

func (f *failures) add(i int, err error) {
	for j := range *f {
		if known := &(*f)[j]; known.err.Error() == err.Error() {
			known.more++
			return
		}
	}
	*f = append(*f, failure{err: err, first: i})
}

// error joins what was added, nil if nothing was.
func (f failures) error(what string) error {
	errs := make([]error, len(f))
	for i, failed := range f {
		if errs[i] = fmt.Errorf("%s %d: %w", what, failed.first, failed.err); failed.more > 0 {
			errs[i] = fmt.Errorf("%s %d and %d more: %w", what, failed.first, failed.more, failed.err)
		}
	}
	return errors.Join(errs...)
}
