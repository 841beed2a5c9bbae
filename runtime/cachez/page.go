package cachez

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// Page is the page: an http.Handler, and a runtime.Observer. Make it with New. All its methods are safe for concurrent use.
type Page struct {
	evict bool
	token string
	cross *http.CrossOriginProtection

	all atomic.Pointer[map[seriesOf]*series]

	mu      sync.Mutex
	watched []*watched
	events  []event
	timer   *time.Timer
	ticks   int
	closed  bool
}

// watched is one cache on the page.
type watched struct {
	name    string
	cache   *runtime.Cache
	samples []sample // the page's lock is theirs

	mu      sync.Mutex
	health  []runtime.TierHealth
	checked time.Time
}

// Option configures a Page.
type Option func(*Page)

// WithEvict lets who sees the page evict entries and groups. Without it nothing can be changed.
//
// A request that does it must come from the page itself: what a browser says of its origin is checked (see
// http.CrossOriginProtection), and it must bring a token that only the page has.
func WithEvict() Option { return func(p *Page) { p.evict = true } }

var _ runtime.Watcher = (*Page)(nil)

// New makes a page, to be handed to runtime.New as an observer: see Page.Watch.
func New(options ...Option) *Page {
	p := &Page{token: rand.Text(), cross: http.NewCrossOriginProtection()}
	p.all.Store(&map[seriesOf]*series{})
	for _, o := range options {
		o(p)
	}
	return p
}

// Watch puts a cache on the page, under its namespace. runtime.New does that with each cache that has the page as its
// observer. From the first one on, until Close, the page notes once a second what they have done. A nil cache, and one that
// is on the page already, are left out. Times of two caches of one namespace are counted together.
func (p *Page) Watch(cache *runtime.Cache) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cache == nil || slices.ContainsFunc(p.watched, func(w *watched) bool { return w.cache == cache }) {
		return
	}
	name := cache.Namespace()
	for n := 2; p.find(name) != nil; n++ {
		name = fmt.Sprintf("%s (%d)", cache.Namespace(), n)
	}
	p.watched = append(p.watched, &watched{name: name, cache: cache, samples: []sample{sampleOf(cache, time.Now())}})
	if p.timer == nil && !p.closed {
		p.timer = time.AfterFunc(every, p.tick)
	}
}

// Close ends the sampling. The page goes on to show what it knows; caches are not closed.
func (p *Page) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	return nil
}

// find is the cache of a name, nil if there is none. It is called under the lock.
func (p *Page) find(name string) *watched {
	for _, w := range p.watched {
		if w.name == name {
			return w
		}
	}
	return nil
}

// chosen is the cache that a request is about, the first one if it does not say; nil if there is none.
func (p *Page) chosen(name string) *watched {
	p.mu.Lock()
	defer p.mu.Unlock()
	if name == "" && len(p.watched) > 0 {
		return p.watched[0]
	}
	return p.find(name)
}

const (
	// healthAge is for how long health is not asked for again, however many look at the page.
	healthAge = 2 * time.Second
	// healthLimit is how long a tier without a time limit of its own may take.
	healthLimit = time.Second
)

// healthNow is how the tiers are, or were a moment ago.
func (w *watched) healthNow() []runtime.TierHealth {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.health == nil || time.Since(w.checked) >= healthAge {
		// Whoever asks may leave; others see the answer too.
		ctx, cancel := context.WithTimeout(context.Background(), healthLimit)
		defer cancel()
		w.health, w.checked = w.cache.Health(ctx), time.Now()
	}
	return w.health
}
