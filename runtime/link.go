package runtime

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// A link tells other processes of evictions, and is told of theirs.
type link struct {
	cache   *Cache
	bus     Bus
	channel string
	id      string
	once    sync.Once
}

// message is what goes over the Bus.
type message struct {
	From string   `json:"from"`
	Keys []string `json:"keys,omitempty"`
	All  bool     `json:"all,omitempty"` // everything in the namespace
	At   int64    `json:"at,omitempty"`  // when it was sent, in unix ms
}

// newLink returns the link of a cache whose last tier is a Bus, nil for any other. Where there are tiers in process,
// they stay unused until the link is up, and whenever it is down: other processes' evictions would pass unnoticed.
func newLink(c *Cache) *link {
	last := c.tiers.last()
	if last.local || last.bus == nil {
		return nil
	}
	l := &link{cache: c, bus: last.bus, channel: c.opts.namespace + ":evicted", id: rand.Text()}
	c.tiers.gate = new(gate)
	for _, t := range c.tiers.tiers {
		if t.local {
			l.start()
		}
	}
	return l
}

// start begins to listen, where something in this process must be kept as others' evictions leave it.
func (l *link) start() {
	if l == nil {
		return
	}
	l.once.Do(func() {
		if l.cache.work.begin() {
			go func() {
				defer l.cache.work.end()
				l.listen(l.cache.work.ctx)
			}()
		}
	})
}

// listen keeps the gate: open while messages arrive.
func (l *link) listen(ctx context.Context) {
	s := Subscription{
		Up: func() {
			l.set(ctx, true)
			l.cache.opts.observers.notice(Event{Kind: LinkUp, Tier: l.cache.tiers.last().name})
		},
		Down: func(err error) {
			l.set(ctx, false)
			l.cache.opts.observers.notice(Event{Kind: LinkDown, Tier: l.cache.tiers.last().name, Err: err})
		},
		Message: func(data []byte) { l.receive(ctx, data) },
	}
	pause := firstRetry
	for ctx.Err() == nil {
		_, err := safely(ctx, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, l.bus.Subscribe(ctx, l.channel, s)
		})
		l.set(ctx, false)
		if ctx.Err() != nil {
			return
		}
		// A Bus reconnects by itself; one that gave up is asked again, not too often.
		_ = l.cache.tiers.last().failed("subscribe", err)
		sleep(ctx, pause)
		pause = min(2*pause, longestRetry)
	}
}

// set opens or closes the gate. In between the tiers in process are emptied: they may have missed a message.
func (l *link) set(ctx context.Context, open bool) {
	// Model: steps noticeCut, noticeSilence, emptyUpper, openGate.
	t := l.cache.tiers
	t.recent.all()
	t.gate.set(false)
	t.stripes.raise() // whoever found the gate open has stored by now
	for _, tier := range t.tiers {
		if tier.local {
			tier.flush(ctx)
		}
	}
	t.near.Load().flush()
	l.cache.overdue.add(l.cache.replay.take()...) // the server may be another
	t.gate.set(open)
}

// receive forgets what another process evicted. It touches nothing outside this process: the sender has removed the
// entries there.
func (l *link) receive(ctx context.Context, data []byte) {
	// Model: step receive.
	var m message
	if err := json.Unmarshal(data, &m); err != nil || m.From == "" {
		// Nobody knows what it was to make us forget.
		open := l.cache.tiers.gate.live()
		l.set(ctx, open)
		return
	}
	if m.From == l.id {
		return
	}
	if m.All {
		l.cache.tiers.forgetAll(ctx, func(*stripe) {})
	}
	if o := l.cache.opts.observers; o != nil {
		o.notice(Event{Kind: EvictionReceived, Tier: l.cache.tiers.last().name, Keys: len(m.Keys), Lag: m.lag()})
	}
	l.cache.receivedEvictions.Add(uint64(len(m.Keys)))
	l.cache.touch(m.Keys)
	_ = l.cache.tiers.removeLocal(ctx, m.Keys, false)
}

// lag is how long m was on its way, by two clocks.
func (m message) lag() time.Duration {
	if m.At == 0 {
		return 0
	}
	return max(0, time.Since(time.UnixMilli(m.At)))
}

// publish tells the other processes that keys were evicted.
func (c *Cache) publish(ctx context.Context, keys []string) error {
	// Model: step publish.
	if c.link == nil || len(keys) == 0 {
		return nil
	}
	return c.link.send(ctx, message{Keys: keys})
}

func (l *link) send(ctx context.Context, m message) error {
	data, err := l.text(m)
	if err != nil {
		return err
	}
	last := l.cache.tiers.last()
	_, err = observed(ctx, last, "publish", m.Keys, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, l.bus.Publish(ctx, l.channel, data)
	}, nil)
	if err != nil {
		return last.failed("publish", err)
	}
	return nil
}

func (l *link) text(m message) ([]byte, error) {
	m.From, m.At = l.id, time.Now().UnixMilli()
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("cachegen: publish: %w", err)
	}
	return data, nil
}

// evict removes keys from last and tells the other processes, each key in one step.
func (l *link) evict(ctx context.Context, last *tier, keys []string) error {
	// Model: step removeShared.
	removals := make([]Removal, len(keys))
	for i, key := range keys {
		text, err := l.text(message{Keys: keys[i : i+1]})
		if err != nil {
			return err
		}
		removals[i] = Removal{Key: key, Message: text}
		if l.cache.marks.Load() {
			removals[i].Mark = newMark(key)
		}
	}
	_, err := observed(ctx, last, "evict", keys, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, last.evicter.Evict(ctx, l.channel, removals)
	}, nil)
	return last.removed(len(keys), err)
}
