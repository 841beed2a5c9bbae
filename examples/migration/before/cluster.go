package before

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"

	goredis "github.com/redis/go-redis/v9"
)

const channel = "chat:invalidate"

// op is what to drop from a cache.
type op string

const (
	opKeys    op = "keys"
	opPrefix  op = "prefix"
	opHolding op = "holding"
	opAll     op = "all"
)

// message tells the other nodes what to drop.
type message struct {
	Node  string
	Cache string
	Op    op
	Args  []string
}

// Cluster carries invalidations between the nodes, over Redis' publish/subscribe. A nil Cluster is one node alone.
type Cluster struct {
	client   goredis.UniversalClient
	sub      *goredis.PubSub
	node     string
	handlers map[string]func(op, []string)
}

// Join subscribes to what the other nodes send; they are heard once New has returned. Without a client there are none.
func Join(ctx context.Context, client goredis.UniversalClient) (*Cluster, error) {
	if client == nil {
		return nil, nil
	}
	sub := client.Subscribe(ctx, channel)
	if _, err := sub.Receive(ctx); err != nil {
		sub.Close()
		return nil, fmt.Errorf("joining the cluster: %w", err)
	}
	return &Cluster{client: client, sub: sub, node: rand.Text(), handlers: make(map[string]func(op, []string))}, nil
}

// Close leaves the cluster.
func (c *Cluster) Close() error {
	if c == nil {
		return nil
	}
	return c.sub.Close()
}

func (c *Cluster) handle(cache string, drop func(op, []string)) {
	if c != nil {
		c.handlers[cache] = drop
	}
}

func (c *Cluster) start() {
	if c != nil {
		go c.listen()
	}
}

func (c *Cluster) listen() {
	for received := range c.sub.Channel() {
		var m message
		if err := json.Unmarshal([]byte(received.Payload), &m); err != nil {
			slog.Error("cannot read a cluster message", "error", err)
			continue
		}
		if drop := c.handlers[m.Cache]; drop != nil && m.Node != c.node {
			drop(m.Op, m.Args)
		}
	}
}

func (c *Cluster) send(ctx context.Context, m message) {
	if c == nil {
		return
	}
	m.Node = c.node
	payload, err := json.Marshal(m)
	if err == nil {
		// The write has happened, whatever became of its caller.
		err = c.client.Publish(context.WithoutCancel(ctx), channel, payload).Err()
	}
	if err != nil {
		slog.Error("cannot tell the cluster to invalidate", "cache", m.Cache, "error", err)
	}
}
