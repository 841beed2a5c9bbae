package redis_test

import (
	"context"
	"errors"
	"net"
	goruntime "runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// subscriber notes what its subscription tells it.
type subscriber struct {
	t      *testing.T
	events chan string // "up", "down", or a message
	lost   chan error  // Down's errors
	cancel context.CancelFunc
	ended  chan error
}

func subscribe(t *testing.T, b *redis.Backend, channel string) *subscriber {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &subscriber{t: t, events: make(chan string, 1000), lost: make(chan error, 1000), cancel: cancel, ended: make(chan error, 1)}
	go func() {
		s.ended <- b.Subscribe(ctx, channel, runtime.Subscription{
			Up:      func() { s.events <- "up" },
			Down:    func(err error) { s.lost <- err; s.events <- "down" },
			Message: func(m []byte) { s.events <- string(m) },
		})
		close(s.ended)
	}()
	t.Cleanup(func() {
		cancel()
		for range s.ended {
		}
	})
	return s
}

// want waits for the next event.
func (s *subscriber) want(event string, within time.Duration) {
	s.t.Helper()
	select {
	case got := <-s.events:
		if got != event {
			s.t.Fatalf("%q came; want %q", got, event)
		}
	case <-time.After(within):
		s.t.Fatalf("%q did not come within %v", event, within)
	}
}

// end ends the subscription, which must not take long.
func (s *subscriber) end() {
	s.t.Helper()
	s.cancel()
	select {
	case err := <-s.ended:
		if !errors.Is(err, context.Canceled) {
			s.t.Errorf("Subscribe returned %v", err)
		}
	case <-time.After(time.Second):
		s.t.Fatal("Subscribe has not returned a second after its context ended")
	}
}

func TestSubscriptionReportsACrashAtOnceAndComesBack(t *testing.T) {
	server := servertest.Redis(t)
	b := open(t, dial(t, server.Addr()))
	s := subscribe(t, b, "c")
	s.want("up", 5*time.Second)
	for range 3 {
		server.Kill()
		s.want("down", time.Second) // as soon as the connection is reset, not after attempts to reconnect
		if err := <-s.lost; err == nil {
			t.Error("Down(nil)")
		}
		server.Restart()
		s.want("up", 10*time.Second)
		if err := b.Publish(t.Context(), "c", []byte("after")); err != nil {
			t.Fatal(err)
		}
		s.want("after", 5*time.Second)
	}
	s.end()
}

func TestSubscriptionSurvivesAKilledConnection(t *testing.T) {
	client := dial(t, servertest.Redis(t).Addr())
	b := open(t, client)
	s := subscribe(t, b, "c")
	s.want("up", 5*time.Second)
	if err := client.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
		t.Fatal(err)
	}
	s.want("down", time.Second)
	s.want("up", 5*time.Second)
	if err := b.Publish(t.Context(), "c", []byte("m")); err != nil {
		t.Fatal(err)
	}
	s.want("m", 5*time.Second)
}

func TestSubscriptionNoticesASilentServer(t *testing.T) {
	server := servertest.Redis(t)
	const beat = 100 * time.Millisecond
	s := subscribe(t, open(t, dial(t, server.Addr()), redis.WithHeartbeat(beat)), "c")
	s.want("up", 5*time.Second)
	select { // an idle connection is not a dead one
	case e := <-s.events:
		t.Fatalf("%q on an idle connection", e)
	case <-time.After(5 * beat):
	}
	server.Pause()
	s.want("down", 3*beat+time.Second)
	if err := <-s.lost; !strings.Contains(err.Error(), "no sign of life") {
		t.Errorf("Down(%v)", err)
	}
	server.Resume()
	s.want("up", 15*time.Second)
}

func TestSubscribeEndsPromptlyWhateverTheServerDoes(t *testing.T) {
	server := servertest.Redis(t)
	b := open(t, dial(t, server.Addr()))
	s := subscribe(t, b, "c")
	s.want("up", 5*time.Second)
	server.Pause()
	connecting := subscribe(t, b, "c")
	time.Sleep(50 * time.Millisecond) // time to get stuck in the handshake
	connecting.end()
	s.end()
	server.Resume()
	server.Kill()
	refused := subscribe(t, b, "c")
	time.Sleep(50 * time.Millisecond)
	refused.end()
	if len(connecting.events)+len(refused.events) > 0 {
		t.Error("a subscription that never was had callbacks")
	}
}

func TestSubscribeLeavesNoGoroutine(t *testing.T) {
	b := open(t, dial(t, servertest.Redis(t).Addr()))
	subscribe(t, b, "c").end() // what the client starts once
	before := goruntime.NumGoroutine()
	for range 10 {
		s := subscribe(t, b, "c")
		s.want("up", 5*time.Second)
		s.end()
	}
	deadline := time.Now().Add(5 * time.Second)
	for goruntime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, were %d", goruntime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestSubscriptionInAClusterFollowsItsChannel(t *testing.T) {
	cluster := servertest.RedisCluster(t)
	client := closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs()}))
	b := open(t, client)
	s := subscribe(t, b, "c")
	s.want("up", 5*time.Second)
	owner, err := client.MasterForKey(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range cluster.Nodes {
		if node.Addr() == owner.Options().Addr {
			node.Kill()
			s.want("down", time.Second)
			node.Restart()
		}
	}
	s.want("up", 20*time.Second)
	if err := b.Publish(t.Context(), "c", []byte("m")); err != nil {
		t.Fatal(err)
	}
	s.want("m", 5*time.Second)
}

func TestSubscriptionFollowsAFailover(t *testing.T) {
	set := servertest.Sentinel(t)
	b := open(t, closed(t, goredis.NewFailoverClient(&goredis.FailoverOptions{
		MasterName: set.MasterName, SentinelAddrs: set.Addrs(),
	})))
	s := subscribe(t, b, "c")
	s.want("up", 5*time.Second)
	set.Master.Kill()
	s.want("down", time.Second)
	s.want("up", 30*time.Second)
	if err := b.Publish(t.Context(), "c", []byte("m")); err != nil {
		t.Fatal(err)
	}
	s.want("m", 5*time.Second)
	if err := b.SetWithTTL(t.Context(), "k", []byte("1"), time.Minute); err != nil {
		t.Errorf("SetWithTTL after the failover: %v", err)
	}
}

func TestRingWithoutALiveShardIsAnError(t *testing.T) {
	server := servertest.Redis(t)
	ring := closed(t, goredis.NewRing(&goredis.RingOptions{
		Addrs: map[string]string{"one": server.Addr()}, HeartbeatFrequency: 50 * time.Millisecond,
	}))
	b := open(t, ring)
	server.Kill()
	deadline := time.Now().Add(10 * time.Second)
	for ring.Len() > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if err := b.HealthCheck(t.Context()); err == nil {
		t.Error("HealthCheck of a Ring without a live shard found it healthy")
	}
	s := subscribe(t, b, "c")
	time.Sleep(100 * time.Millisecond)
	s.end()
}

// After a failover the old master may live on, cut off from the others: a subscription that stays there hears nothing of
// what is published at the new one.
func TestSubscriptionNoticesThatMessagesGoElsewhere(t *testing.T) {
	before, after := servertest.Redis(t), servertest.Redis(t)
	var addr atomic.Value
	addr.Store(before.Addr())
	client := closed(t, goredis.NewClient(&goredis.Options{
		Addr:   "moving:6379",
		Dialer: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", addr.Load().(string)) },
	}))
	const beat = 200 * time.Millisecond
	b := open(t, client, redis.WithHeartbeat(beat))
	s := subscribe(t, b, "c")
	s.want("up", 5*time.Second)
	addr.Store(after.Addr())
	if err := dial(t, before.Addr()).ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	s.want("down", 3*beat+5*time.Second)
	s.want("up", 5*time.Second)
	if err := b.Publish(t.Context(), "c", []byte("m")); err != nil {
		t.Fatal(err)
	}
	s.want("m", 5*time.Second)
}
