package backendtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var busChecks = []check{
	{name: "Bus", applies: is[runtime.Bus], run: func(s *suite) {
		bus := s.b.(runtime.Bus)
		channel := s.key("channel")
		s.no(bus.Publish(s.ctx(), channel, []byte("nobody listens")), "Publish without subscribers")
		l := s.listen(bus, channel)
		s.no(bus.Publish(s.ctx(), s.key("other"), []byte("elsewhere")), "Publish")
		s.no(bus.Publish(s.ctx(), channel, []byte("own")), "Publish")
		l.want("own") // and not what went before it came up, or elsewhere
	}},
	{name: "Bus/order", applies: is[runtime.Bus], run: func(s *suite) {
		bus := s.b.(runtime.Bus)
		first, second := s.listen(bus, s.key("channel")), s.listen(s.open(s.T).(runtime.Bus), s.key("channel"))
		for i := range 300 {
			s.no(bus.Publish(s.ctx(), s.key("channel"), fmt.Append(nil, i)), "Publish")
		}
		for i := range 300 {
			first.want(fmt.Sprint(i))
			second.want(fmt.Sprint(i))
		}
	}},
	{name: "Bus/bytes", applies: is[runtime.Bus], run: func(s *suite) {
		bus := s.b.(runtime.Bus)
		first, second := s.listen(bus, s.key("channel")), s.listen(bus, s.key("channel"))
		var all []byte
		for i := range 256 {
			all = append(all, byte(i))
		}
		for _, message := range [][]byte{all, []byte("\r\n"), {}, bytes.Repeat(all, 400)} {
			mine := bytes.Clone(message)
			s.no(bus.Publish(s.ctx(), s.key("channel"), mine), "Publish")
			scribble(mine)
			first.want(string(message)) // the listeners scribble on what they were given
			second.want(string(message))
		}
	}},
	{name: "Bus/ends", applies: is[runtime.Bus], run: func(s *suite) {
		l := s.listen(s.b.(runtime.Bus), s.key("channel"))
		l.cancel()
		select {
		case err := <-l.ended:
			s.wantError("Subscribe", err, context.Canceled)
		case <-time.After(s.Wait):
			s.Fatalf("Subscribe has not returned %v after its ctx ended", s.Wait)
		}
		l.over.Store(true)
		s.no(s.b.(runtime.Bus).Publish(s.ctx(), s.key("channel"), []byte("late")), "Publish")
		time.Sleep(20 * time.Millisecond) // time for a callback that must not come
	}},
	{name: "Bus/many", applies: is[runtime.Bus], run: func(s *suite) {
		// Each message arrives once, whoever publishes, and each publisher's arrive in order.
		const publishers, messages = 4, 50
		bus, ctx := s.b.(runtime.Bus), s.ctx()
		l := s.listen(bus, s.key("channel"))
		var wg sync.WaitGroup
		for p := range publishers {
			wg.Go(func() {
				for i := range messages {
					if err := bus.Publish(ctx, s.key("channel"), fmt.Appendf(nil, "%d %d", p, i)); err != nil {
						s.Errorf("Publish: %v", err)
					}
				}
			})
		}
		wg.Wait()
		var next [publishers]int
		for range publishers * messages {
			var p, i int
			if _, err := fmt.Sscan(l.next(), &p, &i); err != nil || i != next[p] {
				s.Fatalf("message %d of publisher %d came when %d was due (%v)", i, p, next[p], err)
			}
			next[p]++
		}
	}},
}

// listener is a subscription under test.
type listener struct {
	s        *suite
	cancel   context.CancelFunc
	ended    chan error
	messages chan string
	busy     atomic.Bool // a callback is running
	up       atomic.Bool
	over     atomic.Bool // no callback may come any more

	mu   sync.Mutex
	deaf bool // the check is over: a callback that comes yet has nobody to complain to
}

// listen subscribes to channel and returns when the subscription is up.
func (s *suite) listen(bus runtime.Bus, channel string) *listener {
	s.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{s: s, cancel: cancel, ended: make(chan error, 1), messages: make(chan string, 10_000)}
	up := make(chan struct{}, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.ended <- bus.Subscribe(ctx, channel, runtime.Subscription{
			Up: func() {
				l.callback(func() {
					if l.up.Swap(true) {
						l.complain("Up without a Down between")
					}
					up <- struct{}{}
				})
			},
			Down: func(err error) {
				l.callback(func() {
					if !l.up.Swap(false) {
						l.complain("Down without an Up before it")
					}
					if err == nil || errors.Is(err, context.Canceled) {
						l.complain("Down(%v); want what was lost", err)
					}
				})
			},
			Message: func(message []byte) {
				l.callback(func() {
					if !l.up.Load() {
						l.complain("message %q came while the subscription was not up", brief(message))
					}
					l.messages <- string(message)
					scribble(message)
				})
			},
		})
	}()
	s.Cleanup(func() {
		cancel()
		<-done
		l.mu.Lock()
		defer l.mu.Unlock()
		l.deaf = true
	})
	select {
	case <-up:
	case err := <-l.ended:
		s.Fatalf("Subscribe returned %v", err)
	case <-time.After(s.Wait):
		s.Fatalf("the subscription is not up after %v", s.Wait)
	}
	return l
}

func (l *listener) callback(f func()) {
	if l.busy.Swap(true) {
		l.complain("two callbacks of one subscription run at a time")
	}
	if l.over.Load() {
		l.complain("a callback came after Subscribe had returned")
	}
	f()
	l.busy.Store(false)
}

// complain reports a fault of the backend's from a callback.
func (l *listener) complain(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.deaf {
		l.s.Errorf(format, args...)
	}
}

func (l *listener) next() string {
	l.s.Helper()
	select {
	case m := <-l.messages:
		return m
	case <-time.After(l.s.Wait):
		l.s.Fatalf("no message came within %v", l.s.Wait)
		return ""
	}
}

func (l *listener) want(message string) {
	l.s.Helper()
	if got := l.next(); got != message {
		l.s.Fatalf("message %q came; want %q", brief([]byte(got)), brief([]byte(message)))
	}
}
