package runtime

import (
	"sync"
	"time"
)

const (
	// replayTime is for how long an eviction that the shared tier has confirmed may still be lost.
	replayTime = time.Minute
	// maxReplay leaves room among the overdue for others: too many of these cost a flush.
	maxReplay = maxOverdue / 2
)

// replay are the evictions that the shared tier has confirmed of late. They may be lost: a replica that takes a server's
// place lacks what that one confirmed and had not passed on yet, and all that it confirms until its clients hear of it. So
// they are repeated when the subscription is lost or made anew, which a heartbeat sees to where such a thing happens.
type replay struct {
	mu   sync.Mutex
	keys map[string]time.Time
}

// note remembers keys. Where there are too many, it forgets those that have been remembered for long enough, or any.
func (r *replay) note(keys []string) {
	// Model: step removeShared.
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.keys == nil {
		r.keys = make(map[string]time.Time)
	}
	if len(r.keys)+len(keys) > maxReplay {
		for key, at := range r.keys {
			if now.Sub(at) > replayTime {
				delete(r.keys, key)
			}
		}
	}
	for key := range r.keys {
		if len(r.keys)+len(keys) <= maxReplay {
			break
		}
		delete(r.keys, key)
	}
	for _, key := range keys {
		r.keys[key] = now
	}
}

// take returns the keys that are to be evicted again.
func (r *replay) take() (keys []string) {
	// Model: step emptyUpper.
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, at := range r.keys {
		if time.Since(at) <= replayTime {
			keys = append(keys, key)
		}
	}
	return keys
}
