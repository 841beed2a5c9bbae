package slogs

import (
	"sync"
	"time"
)

// subject is what a message is about. There are few: methods and tiers times what can happen to them.
type subject struct{ message, method, tier, operation string }

// often keeps messages about one subject apart by a pause, and counts those that it leaves out.
type often struct {
	pause time.Duration

	mu   sync.Mutex
	last map[subject]*told
}

type told struct {
	at      time.Time
	leftOut int
}

// may reports whether a message about s may be logged now; if so, how many were left out since the last.
func (o *often) may(s subject) (now bool, leftOut int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.last[s]
	switch {
	case last == nil:
		if o.last == nil {
			o.last = make(map[subject]*told)
		}
		o.last[s] = &told{at: time.Now()}
		return true, 0
	case time.Since(last.at) < o.pause:
		last.leftOut++
		return false, 0
	}
	leftOut = last.leftOut
	*last = told{at: time.Now()}
	return true, leftOut
}

// switches remember which subjects are down.
type switches struct {
	mu   sync.Mutex
	down map[subject]bool
}

// set reports whether that is news.
func (s *switches) set(about subject, down bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down[about] == down {
		return false
	}
	if s.down == nil {
		s.down = make(map[subject]bool)
	}
	s.down[about] = down
	return true
}
