package runtime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxOverdue     = 10_000
	firstRetry     = 50 * time.Millisecond
	longestRetry   = 5 * time.Second
	overdueAtOneGo = 100
	// flushLimit bounds a flush in the background, which looks at every key of the store.
	flushLimit = 10 * time.Minute
)

// overdue are the evictions that have not reached the tiers outside this process. They are tried again until they do. A
// store that was given up, and may happen at any time, makes for an eviction too, once it is over.
type overdue struct {
	cache *Cache
	n     atomic.Int64 // how many there are, so that the hit path need not lock

	// pastUntil is the unix ms until which the shared tier is not read at all, since there were more keys than can be
	// kept, and it cannot be flushed: by then all that it held has expired.
	pastUntil atomic.Int64

	mu      sync.Mutex
	keys    map[string]uint64          // to the number of their last eviction
	held    map[string]int             // to the number of reasons not to try them yet: stores under way that were given up, after
	after   map[string]map[string]bool // keys that wait for another to land
	lost    uint64                     // the number of the last key that there was no place for; 0: the shared tiers need no flush
	number  uint64
	running bool
	ttl     time.Duration // the longest of any method
}

func newOverdue(c *Cache) *overdue {
	return &overdue{cache: c, keys: make(map[string]uint64), held: make(map[string]int), after: make(map[string]map[string]bool)}
}

// longest notes how long entries live.
func (o *overdue) longest(ttls ...time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, ttl := range ttls {
		o.ttl = max(o.ttl, scaled(ttl, o.cache.tiers.maxScale))
	}
}

func (o *overdue) len() int { return int(o.n.Load()) }

// has reports whether what the shared tier holds under key must not be used.
func (o *overdue) has(key string) bool {
	// Model: step checkOverdue.
	if until := o.pastUntil.Load(); until != 0 && time.Now().UnixMilli() <= until {
		return true
	}
	if o.n.Load() == 0 {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.keys[key]
	return ok || o.lost > 0
}

func (o *overdue) add(keys ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.note(keys...)
	o.start()
}

// addAfter adds keys that are not tried before those of first that are overdue have landed.
func (o *overdue) addAfter(first, keys []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.note(keys...)
	for _, f := range first {
		if _, waits := o.keys[f]; !waits {
			continue
		}
		if o.after[f] == nil {
			o.after[f] = make(map[string]bool)
		}
		for _, key := range keys {
			if _, noted := o.keys[key]; noted && !o.after[f][key] {
				o.after[f][key] = true
				o.held[key]++
			}
		}
	}
	o.start()
}

// hold adds key, and keeps it from being tried until release.
func (o *overdue) hold(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held[key]++
	o.note(key)
}

func (o *overdue) release(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.free(key)
	o.start()
}

// free takes one of the reasons from key for which it is held.
func (o *overdue) free(key string) {
	if o.held[key]--; o.held[key] == 0 {
		delete(o.held, key)
	}
}

func (o *overdue) note(keys ...string) {
	for _, key := range keys {
		o.number++
		if _, known := o.keys[key]; known || len(o.keys) < maxOverdue {
			o.keys[key] = o.number
		} else if o.cache.tiers.flushable() {
			o.lost = o.number
		} else {
			o.pastUntil.Store(time.Now().Add(o.ttl).UnixMilli())
		}
	}
	o.count()
}

func (o *overdue) count() {
	n := len(o.keys)
	if o.lost > 0 {
		n++
	}
	o.n.Store(int64(n))
}

// start has the keys tried, if that is not under way already.
func (o *overdue) start() {
	if !o.running && (o.lost > 0 || len(o.keys) > len(o.held)) && o.cache.work.begin() {
		o.running = true
		go o.retry()
	}
}

// retry runs until all has landed or the cache is closed.
func (o *overdue) retry() {
	w := o.cache.work
	defer w.end()
	pause := firstRetry
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-timer.C:
		}
		lost, numbers, keys := o.some()
		if lost == 0 && keys == nil {
			return
		}
		if lost > 0 && o.flush(w.ctx, lost) || lost == 0 && o.try(w.ctx, keys, numbers) {
			pause = 0
		} else {
			pause = min(max(2*pause, firstRetry), longestRetry)
		}
		timer.Reset(pause)
	}
}

// try removes keys, one by one where not all can be removed: one that never can must not hold up the others.
func (o *overdue) try(ctx context.Context, keys []string, numbers []uint64) bool {
	// Model: step tryAgain.
	if o.cache.removeShared(ctx, keys) == nil {
		o.landed(keys, numbers)
		return true
	}
	for i := range keys {
		if ctx.Err() == nil && len(keys) > 1 && o.cache.removeShared(ctx, keys[i:i+1]) == nil {
			o.landed(keys[i:i+1], numbers[i:i+1])
		}
	}
	return false
}

// flush empties the shared tiers in place of evictions up to number, some of which nobody knows any longer.
func (o *overdue) flush(ctx context.Context, number uint64) bool {
	ctx, cancel := context.WithTimeout(ctx, flushLimit)
	defer cancel()
	if o.cache.Flush(ctx) != nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost == number {
		o.lost = 0
	}
	for key, n := range o.keys {
		if n <= number && o.held[key] == 0 {
			delete(o.keys, key)
		}
	}
	o.count()
	return true
}

// some returns keys to try, with their numbers, or the number up to which evictions were lost. Where there is nothing, the
// retrying is over.
func (o *overdue) some() (lost uint64, numbers []uint64, keys []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost > 0 {
		return o.lost, nil, nil
	}
	for key, number := range o.keys {
		if len(keys) == overdueAtOneGo {
			break
		}
		if o.held[key] > 0 {
			continue
		}
		keys, numbers = append(keys, key), append(numbers, number)
	}
	o.running = keys != nil
	return 0, numbers, keys
}

// landed forgets keys, but not those that were evicted anew meanwhile.
func (o *overdue) landed(keys []string, numbers []uint64) {
	// Model: step landed.
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, key := range keys {
		if o.keys[key] != numbers[i] {
			continue
		}
		delete(o.keys, key)
		o.cache.replay.note(keys[i : i+1])
		for waiting := range o.after[key] {
			o.free(waiting)
		}
		delete(o.after, key)
	}
	o.count()
}
