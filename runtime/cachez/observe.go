package cachez

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// seriesOf says what durations are of: a method's loads, or one operation of a tier.
type seriesOf struct{ namespace, method, tier, operation string }

// series are durations.
type series struct {
	histogram
	errors atomic.Uint64
	// newer and older are what was counted at two moments, a minute apart. They are the sampler's.
	newer, older counts
}

// recent is what was counted in the last minute or two.
func (s *series) recent() counts {
	now := s.read()
	return now.since(&s.older)
}

// Begin is the page's as a runtime.Observer.
func (p *Page) Begin(ctx context.Context, op runtime.Operation) (context.Context, func(runtime.Result)) {
	s := p.series(seriesOf{namespaceOf(op.Keys), op.Method, op.Tier, op.Name})
	return ctx, func(r runtime.Result) {
		if !errors.Is(r.Err, runtime.ErrUnavailable) { // refused by the breaker, it took no time
			s.add(r.Took)
		}
		if r.Err != nil {
			s.errors.Add(1)
		}
	}
}

// series finds one without a lock, since every load asks for one, or adds it.
func (p *Page) series(of seriesOf) *series {
	if s := (*p.all.Load())[of]; s != nil {
		return s
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	all := *p.all.Load()
	s := all[of]
	if s == nil {
		s = new(series)
		all = maps.Clone(all)
		all[of] = s
		p.all.Store(&all)
	}
	return s
}

// namespaceOf tells by its keys which cache an operation is of. Keys beside those of entries begin with a brace.
func namespaceOf(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	namespace, _, _ := strings.Cut(keys[0], ":")
	return strings.TrimPrefix(namespace, "{")
}

// maxEvents bounds how many events are shown.
const maxEvents = 20

type event struct {
	runtime.Event
	at time.Time
}

// Notice is the page's as a runtime.Observer.
func (p *Page) Notice(e runtime.Event) {
	if e.Kind == runtime.EvictionReceived { // that is no news
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, event{e, time.Now()})
	if len(p.events) > maxEvents {
		p.events = append(p.events[:0], p.events[1:]...)
	}
}
