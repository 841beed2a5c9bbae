package runtime

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// A mark stands beside the key of an entry, in the shared tier, and says that the entry was evicted, or put, in the last
// markTime. What a write puts, or what a load by an index finds, was not loaded under a lease of the entry; it is stored only
// where the mark at the end is the one from before the beginning: else it may be older than what was evicted meanwhile.
// Evictions leave marks where some method of the cache wants them.
const markTime = 30 * time.Second

// markKey is the key of key's mark. In a Redis Cluster it lives where key does.
func markKey(key string) string { return "{" + key + "}~put" }

func newMark(key string) Item {
	value := append(appendFill(Value{'"'}, rand.Uint64()), '"')
	return Item{Key: markKey(key), Value: value, TTL: markTime}
}

// mark leaves marks beside keys, if any are wanted, where that is not done in one step with the keys' removal.
func (c *Cache) mark(ctx context.Context, keys []string) error {
	// Model: step leaveMark.
	last := c.tiers.last()
	if !c.marks.Load() || last.putter == nil {
		return nil
	}
	var errs []error
	for _, key := range keys {
		m := newMark(key)
		errs = append(errs, last.set(ctx, m.Key, m.Value, m.TTL, nil))
	}
	return errors.Join(errs...)
}

// marked returns the marks of keys, each of which has one now. It is nil where they are not to be had.
func (c *Cache) marked(ctx context.Context, keys []string) map[string]Value {
	// Model: step beginWrite.
	last := c.tiers.last()
	if len(keys) == 0 || last.local || last.putter == nil || last.leaser == nil {
		return nil
	}
	marks := make(map[string]Value, len(keys))
	for _, key := range keys {
		m := newMark(key)
		held, acquired, err := last.lease(ctx, m.Key, m.Value, m.TTL)
		if acquired {
			held = m.Value
		}
		if err != nil {
			return nil
		}
		marks[key] = held
	}
	return marks
}

// unmarked reports whether no mark has come beside key since began.
func (c *Cache) unmarked(ctx context.Context, key string, began beginning) bool {
	last := c.tiers.last()
	old, ok := began.mark(key)
	if !ok || last.putter == nil || !c.marks.Load() {
		return false
	}
	held, err := last.raw(ctx, markKey(key))
	if errors.Is(err, ErrMiss) {
		return old == nil
	}
	return err == nil && bytes.Equal(held, old)
}
