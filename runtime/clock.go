package runtime

import (
	"sync/atomic"
	"time"
)

// clock tells the time of day to who reads an entry. It reads the monotonic clock, which costs about half of time.Now,
// and looks once a second how far that is from the time of day.
type clock struct {
	start  time.Time
	offset atomic.Int64 // the time of day at start, in unix ns
	until  atomic.Int64 // for how long after start offset is taken to be right
}

const clockSync = time.Second

func newClock() *clock {
	c := &clock{start: time.Now()}
	c.offset.Store(c.start.UnixNano())
	c.until.Store(int64(clockSync))
	return c
}

// now is the time in unix ms. Within a second after the time of day was set, or the machine woke up, it may be the old one.
func (c *clock) now() int64 {
	passed := int64(time.Since(c.start))
	if passed >= c.until.Load() {
		c.offset.Store(time.Now().UnixNano() - passed)
		c.until.Store(passed + int64(clockSync))
	}
	return (c.offset.Load() + passed) / int64(time.Millisecond)
}
