package before

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// entry is a value, or the knowledge that there is none.
type entry[V any] struct {
	value   V
	missing bool
}

// cache is an LRU in this process whose invalidations go to the other nodes too.
type cache[V any] struct {
	name    string
	lru     *expirable.LRU[string, entry[V]]
	clone   func(V) V
	holds   func(value V, id string) bool // nil: dropHolding is not used
	cluster *Cluster
}

func newCache[V any](name string, size int, ttl time.Duration, cluster *Cluster, clone func(V) V) *cache[V] {
	c := &cache[V]{name: name, lru: expirable.NewLRU[string, entry[V]](size, nil, ttl), clone: clone, cluster: cluster}
	cluster.handle(name, c.apply)
	return c
}

// get returns a copy of the value under key, which the caller may change.
func (c *cache[V]) get(key string) (value V, missing, ok bool) {
	e, ok := c.lru.Get(key)
	if !ok || e.missing {
		return value, e.missing, ok
	}
	return c.clone(e.value), false, true
}

func (c *cache[V]) add(key string, value V) { c.lru.Add(key, entry[V]{value: c.clone(value)}) }
func (c *cache[V]) addMissing(key string)   { c.lru.Add(key, entry[V]{missing: true}) }

// readThrough returns what is under key, and loads it where nothing is.
func (c *cache[V]) readThrough(key string, load func() (V, error)) (V, error) {
	value, missing, ok := c.get(key)
	if missing {
		return value, store.ErrNotFound
	}
	if ok {
		return value, nil
	}
	value, err := load()
	switch {
	case err == nil:
		c.add(key, value)
	case errors.Is(err, store.ErrNotFound):
		c.addMissing(key)
	}
	return value, err
}

// readMany is readThrough for many keys: what is not there is loaded together.
func (c *cache[V]) readMany(keys []string, load func(keys []string) (map[string]V, error)) (map[string]V, error) {
	found := make(map[string]V, len(keys))
	var absent []string
	for _, key := range keys {
		value, missing, ok := c.get(key)
		switch {
		case !ok:
			absent = append(absent, key)
		case !missing:
			found[key] = value
		}
	}
	if len(absent) == 0 {
		return found, nil
	}
	loaded, err := load(absent)
	if err != nil {
		return nil, err
	}
	for _, key := range absent {
		if value, ok := loaded[key]; ok {
			c.add(key, value)
			found[key] = value
		} else {
			c.addMissing(key)
		}
	}
	return found, nil
}

func (c *cache[V]) drop(ctx context.Context, keys ...string) { c.invalidate(ctx, opKeys, keys...) }
func (c *cache[V]) dropPrefix(ctx context.Context, prefix string) {
	c.invalidate(ctx, opPrefix, prefix)
}
func (c *cache[V]) dropHolding(ctx context.Context, ids ...string) {
	c.invalidate(ctx, opHolding, ids...)
}
func (c *cache[V]) dropAll(ctx context.Context) { c.invalidate(ctx, opAll) }

// invalidate drops entries here and on the other nodes.
func (c *cache[V]) invalidate(ctx context.Context, op op, args ...string) {
	c.apply(op, args)
	c.cluster.send(ctx, message{Cache: c.name, Op: op, Args: args})
}

// apply drops entries here.
func (c *cache[V]) apply(op op, args []string) {
	switch op {
	case opKeys:
		for _, key := range args {
			c.lru.Remove(key)
		}
	case opPrefix:
		for _, key := range c.lru.Keys() {
			if strings.HasPrefix(key, args[0]) {
				c.lru.Remove(key)
			}
		}
	case opHolding:
		for _, key := range c.lru.Keys() {
			e, ok := c.lru.Peek(key)
			if ok && !e.missing && c.holds(e.value, args[0]) {
				c.lru.Remove(key)
			}
		}
	case opAll:
		c.lru.Purge()
	}
}
