package redis

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// A heartbeat finds a subscription to which messages no longer come, although its connection may look well: the server has
// gone silent, or it is no longer the one that this process publishes to, since a replica has taken its place. It sends
// beats the way that messages go, to a channel which is heard on the subscription's own connection and by nobody else.
//
// In a Cluster an eviction's message goes by the node that has the evicted key, so beats go by each master. One that cannot
// be reached from here owes none: there are no evictions there either.
type heartbeat struct {
	b              *Backend
	channel, beats string

	mu   sync.Mutex
	owed map[string]time.Time // by the node that it went by: since when a beat has not come back
}

func newHeartbeat(b *Backend, channel, beats string) *heartbeat {
	return &heartbeat{b: b, channel: channel, beats: beats, owed: make(map[string]time.Time)}
}

// beatChannel returns the name of a channel of this process' own, which lives where channel does.
func (b *Backend) beatChannel(channel string) string {
	if b.ring != nil && !strings.Contains(channel, "{") {
		channel = "{" + channel + "}"
	}
	return channel + ":" + rand.Text()
}

// start sends a beat each interval, and calls silent when one has not come back for two. stop ends it.
func (h *heartbeat) start(silent func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go h.send(ctx)
	go func() {
		ticker := time.NewTicker(h.b.beat / 4)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if h.late() {
				silent()
				return
			}
		}
	}()
	return cancel
}

func (h *heartbeat) send(ctx context.Context) {
	ticker := time.NewTicker(h.b.beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		h.owe(own)
		limited, cancel := context.WithTimeout(ctx, h.b.beat)
		_, _ = call(h.b, limited, func(ctx context.Context) (struct{}, error) {
			if h.b.cluster != nil {
				h.sendByEach(ctx)
				return struct{}{}, nil
			}
			return struct{}{}, h.b.client.Publish(ctx, h.beats, own).Err()
		})
		cancel()
	}
}

// own stands for the node that the subscription is connected to, whose beats are owed whether they could be sent or not.
const own = "own"

func (h *heartbeat) sendByEach(ctx context.Context) {
	mine, err := h.b.cluster.MasterForKey(ctx, h.channel)
	if err != nil {
		return
	}
	_ = h.b.cluster.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error {
		name := node.Options().Addr
		if name == mine.Options().Addr {
			name = own
		}
		h.owe(name)
		if err := node.Publish(ctx, h.beats, name).Err(); err != nil && name != own {
			h.hear(name)
		}
		return nil
	})
}

// owe notes that a beat is sent by node.
func (h *heartbeat) owe(node string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, owed := h.owed[node]; !owed {
		h.owed[node] = time.Now()
	}
}

// hear notes that a beat by node has come back, or will not.
func (h *heartbeat) hear(node string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.owed, node)
}

// late reports whether a beat is overdue.
func (h *heartbeat) late() bool {
	// Model: step noticeSilence.
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, since := range h.owed {
		if time.Since(since) >= 2*h.b.beat {
			return true
		}
	}
	return false
}
