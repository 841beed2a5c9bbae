package cachez

import (
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

const (
	every  = time.Second
	shown  = 120 // how many samples make the chart
	minute = 60  // after how many samples what the times are compared with moves on
)

// sample is what a cache had done at a moment.
type sample struct {
	at           time.Time
	hits, misses uint64
	loads        uint64
}

// point is what it did in the time between two samples.
type point struct {
	requests, loads float64 // in a second
	ratio           float64 // of hits; negative where nothing was asked for
}

func sampleOf(c *runtime.Cache, at time.Time) sample {
	s := sample{at: at}
	for _, m := range c.Stats().Methods {
		s.hits += m.Hits
		s.misses += m.Misses
		s.loads += m.Loads
	}
	return s
}

// pointOf compares two samples.
func pointOf(from, to sample) point {
	seconds := to.at.Sub(from.at).Seconds()
	if seconds <= 0 {
		return point{ratio: -1}
	}
	hits, misses := float64(to.hits-from.hits), float64(to.misses-from.misses)
	p := point{requests: (hits + misses) / seconds, loads: float64(to.loads-from.loads) / seconds, ratio: -1}
	if hits+misses > 0 {
		p.ratio = hits / (hits + misses)
	}
	return p
}

// tick samples all caches, and does so again.
func (p *Page) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	now := time.Now()
	for _, w := range p.watched {
		w.samples = append(w.samples, sampleOf(w.cache, now))
		if len(w.samples) > shown+1 {
			w.samples = append(w.samples[:0], w.samples[1:]...)
		}
	}
	if p.ticks++; p.ticks%minute == 0 {
		for _, s := range *p.all.Load() {
			s.older, s.newer = s.newer, s.read()
		}
	}
	p.timer.Reset(every)
}

// points are what happened between w's samples, the oldest first, of which there are fewer at first.
func (w *watched) points() []point {
	var all []point
	for i := 1; i < len(w.samples); i++ {
		all = append(all, pointOf(w.samples[i-1], w.samples[i]))
	}
	return all
}

// now is what happened in the last few seconds.
func (w *watched) now() point {
	n := len(w.samples)
	if n < 2 {
		return point{ratio: -1}
	}
	return pointOf(w.samples[max(0, n-4)], w.samples[n-1])
}
