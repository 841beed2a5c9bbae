package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

const (
	connectLimit = 5 * time.Second // for an attempt to subscribe
	minPause     = 50 * time.Millisecond
	maxPause     = 2 * time.Second
)

// Publish sends message to all present subscribers of channel. Where the connection fails, go-redis tries again, and
// subscribers may get the message twice.
func (b *Backend) Publish(ctx context.Context, channel string, message []byte) error {
	// Model: step publish.
	message = b.keep(message)
	_, err := call(b, ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, b.publish(ctx, channel, message)
	})
	return wrap(ctx, err, fmt.Sprintf("publish %d bytes", len(message)))
}

func (b *Backend) publish(ctx context.Context, channel string, message any) error {
	if b.cluster == nil {
		return b.client.Publish(ctx, channel, message).Err()
	}
	// Any node of a Cluster passes messages on. But messages that went by different nodes may overtake each
	// other, so they all go by the one to which Subscribe connects too.
	node, err := b.cluster.MasterForKey(ctx, channel)
	if err != nil {
		return err
	}
	if err = node.Publish(ctx, channel, message).Err(); err != nil {
		b.cluster.ReloadState(ctx) // another node may have taken its place
	}
	return err
}

// Subscribe calls s for what happens on channel until ctx ends; see runtime.Bus and WithHeartbeat.
//
// It does not use go-redis' PubSub.Channel, which reconnects without a word, so that the messages lost meanwhile would
// go unnoticed, and drops messages where its reader is slow.
func (b *Backend) Subscribe(ctx context.Context, channel string, s runtime.Subscription) error {
	// Model: step subscribe.
	pause := minPause
	for ctx.Err() == nil {
		beats := b.beatChannel(channel)
		pubsub, err := b.connect(ctx, channel, beats)
		if err == nil {
			pause = minPause
			s.Up()
			err = b.receive(ctx, pubsub, channel, beats, s.Message)
			pubsub.Close()
			if ctx.Err() != nil {
				break
			}
			s.Down(wrap(ctx, err, "receive messages"))
		} else if b.cluster != nil {
			b.cluster.ReloadState(ctx)
		}
		// Many processes lose the same server at the same moment; they should not all come back at the same moment.
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
		pause = min(2*pause, maxPause)
	}
	return ctx.Err()
}

// connect returns a subscription that the server has confirmed. It returns when ctx ends, although go-redis may not:
// whatever it does meanwhile goes on in the background and is undone.
func (b *Backend) connect(ctx context.Context, channels ...string) (*goredis.PubSub, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	done := make(chan *goredis.PubSub)
	failed := make(chan error, 1)
	go func() {
		pubsub, err := subscribe(ctx, b.client, channels)
		if err != nil {
			failed <- err
			return
		}
		select {
		case done <- pubsub:
		case <-ctx.Done():
			pubsub.Close()
		}
	}()
	select {
	case pubsub := <-done:
		return pubsub, nil
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func subscribe(ctx context.Context, client goredis.UniversalClient, channels []string) (_ *goredis.PubSub, err error) {
	defer func() {
		if r := recover(); r != nil { // a Ring without a live shard panics
			err = fmt.Errorf("subscribe: %v", r)
		}
	}()
	pubsub := client.Subscribe(ctx, channels...)
	for range channels {
		var reply any
		if reply, err = pubsub.ReceiveTimeout(ctx, connectLimit); err != nil {
			break
		}
		if confirmed, ok := reply.(*goredis.Subscription); !ok || confirmed.Kind != "subscribe" {
			err = fmt.Errorf("subscribe: unexpected reply %T", reply)
			break
		}
	}
	if err != nil {
		pubsub.Close()
		return nil, err
	}
	return pubsub, nil
}

var (
	errSilent       = errors.New("no sign of life comes through the channel")
	errResubscribed = errors.New("the client has reconnected")
)

// ended has ended. PubSub's methods use their context for one thing only when there is a connection: to reconnect, by
// themselves, when they find that it is lost, which can take long, and only then to report the loss. With this context
// that fails at once.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// receive passes messages of channel to message until the connection is lost, no more beats come through it, or ctx ends,
// and says why it stopped.
func (b *Backend) receive(ctx context.Context, pubsub *goredis.PubSub, channel, beats string, message func([]byte)) error {
	// Model: step noticeCut.
	// Closing it is what ends a read; a read with a time limit could stop in the middle of a message.
	stop := context.AfterFunc(ctx, func() { pubsub.Close() })
	defer stop()
	h := newHeartbeat(b, channel, beats)
	var silent atomic.Bool
	defer h.start(func() {
		silent.Store(true)
		pubsub.Close()
	})()

	for {
		reply, err := pubsub.ReceiveTimeout(ended, 0) // 0: no limit
		if err != nil {
			if silent.Load() {
				return errSilent
			}
			return err
		}
		switch reply := reply.(type) {
		case *goredis.Message:
			if reply.Channel == beats {
				h.hear(reply.Payload)
			} else {
				message([]byte(reply.Payload))
			}
		case *goredis.Subscription:
			return errResubscribed
		}
	}
}
