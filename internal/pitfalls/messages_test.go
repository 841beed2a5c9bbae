package pitfalls

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
)

// Case 4: invalidations lost while disconnected leave a stale in-process copy until its TTL.
func TestInvalidationsLostWhileDisconnectedLeaveNoStaleCopy(t *testing.T) {
	for name, how := range map[string]wireState{"cut": cut, "silent": silent} {
		t.Run(name, func(t *testing.T) {
			db, addr := newTable(1), servertest.Redis(t).Addr()
			wire := newWire(t, addr)
			here := start(t, db, wire.addr(), runtime.WithBackendTimeout(time.Second), runtime.WithBreaker(5, 100*time.Millisecond))
			there := start(t, db, addr)
			for _, p := range []*process{here, there} {
				for range 3 { // loaded, kept decoded, and found so
					must[*Article](t)(p.Get(t.Context(), 1))
					must[*Article](t)(p.Latest(t.Context()))
				}
			}
			if must[runtime.Value](t)(here.own.Get(t.Context(), here.getKey(1))) == nil || here.stats("Latest").NearHits == 0 {
				t.Fatal("there are no copies in process")
			}
			wire.become(how)
			must[any](t)(nil, there.Update(t.Context(), Article{ID: 1, Title: "new"}))
			must[*Article](t)(there.Get(t.Context(), 1))
			must[*Article](t)(there.Latest(t.Context())) // so that the first one stores nothing itself
			if how == silent {
				// It comes back without a sign that anything was lost, but for what did not come back.
				eventually(t, "a silence that is noticed", func() bool { return !here.listens() })
				wire.become(cut)
			}
			wire.become(whole)
			received := here.cache.Stats().ReceivedEvictions
			eventually(t, "the new title", func() bool {
				a, err := here.Get(t.Context(), 1)
				latest, failed := here.Latest(t.Context())
				if err != nil || failed != nil {
					t.Fatal(err, failed)
				}
				return a.Title == "new" && latest.Title == "new"
			})
			if n := here.cache.Stats().ReceivedEvictions; n != received {
				t.Errorf("%d evictions were received: the messages were not lost", n-received)
			}
			eventually(t, "the tier in process in use again", here.listens)
			for range 3 {
				a, latest := must[*Article](t)(here.Get(t.Context(), 1)), must[*Article](t)(here.Latest(t.Context()))
				if a.Title != "new" || latest.Title != "new" {
					t.Errorf("connected again it has %+v and %+v", a, latest)
				}
			}
		})
	}
}

// Case 6: receiving an invalidation deletes the shared tier again, also the sender's.
func TestReceivingAnInvalidationDeletesNothingInTheSharedTier(t *testing.T) {
	db := newTable(1, 2)
	addr := servertest.Redis(t).Addr()
	sender, receivers := start(t, db, addr), []*process{start(t, db, addr), start(t, db, addr)}
	for _, p := range append(receivers, sender) {
		must[*Article](t)(p.Get(t.Context(), 1))
		must[*Article](t)(p.Get(t.Context(), 2))
	}
	forget(t, sender.client)
	const updates = 10
	for n := range updates {
		must[any](t)(nil, sender.Update(t.Context(), Article{ID: 1, Title: "new"}))
		for _, p := range receivers {
			eventually(t, "a message", func() bool { return p.cache.Stats().ReceivedEvictions == uint64(3*(n+1)) })
		}
	}
	// What a receiver did about a message it has done when it took the next one; and it loads anew.
	for _, p := range receivers {
		if a := must[*Article](t)(p.Get(t.Context(), 1)); a.Title != "new" {
			t.Errorf("a receiver has %+v still", a)
		}
		must[any](t)(nil, p.HealthCheck(t))
	}
	counts := commands(t, sender.client)
	if n := counts["del"] + counts["unlink"]; n != 3*updates {
		t.Errorf("%d keys were deleted, want %d: the sender's; all commands: %v", n, 3*updates, counts)
	}
	// The sender's message does not end what it loads itself.
	must[*Article](t)(sender.Get(t.Context(), 1))
	if n := sender.cache.Stats().ReceivedEvictions; n != 0 {
		t.Errorf("the sender received %d evictions", n)
	}
	if n := must[int64](t)(sender.client.Exists(t.Context(), sender.getKey(1), sender.getKey(2)).Result()); n != 2 {
		t.Errorf("%d entries are in the shared tier, want both", n)
	}
}

// HealthCheck makes a round trip of p's own to the shared tier.
func (p *process) HealthCheck(t *testing.T) error { return p.cache.HealthCheck(t.Context()) }

// Case 6: every load broadcasts an invalidation.
func TestALoadPublishesNothing(t *testing.T) {
	db := newTable(1, 2, 3, 4)
	addr := servertest.Redis(t).Addr()
	all := []*process{start(t, db, addr), start(t, db, addr), start(t, db, addr)}
	messages := listen(t, addr, "cachegen:*")
	for _, p := range all {
		for id := range int64(8) { // some of which are not there
			_, err := p.Get(t.Context(), id)
			if err != nil && err != ErrNotFound {
				t.Fatal(err)
			}
			_, _ = p.Title(t.Context(), id)
		}
		must[map[int64]*Article](t)(p.GetMany(t.Context(), []int64{1, 2, 3, 4, 5}))
		must[*Article](t)(p.Latest(t.Context()))
		must[[]Article](t)(p.List(t.Context(), "x", 1))
		must[Token](t)(p.Token(t.Context(), "x"))
	}
	must[any](t)(nil, all[0].Update(t.Context(), Article{ID: 77})) // whose messages come after all others
	eventually(t, "the message of an eviction", func() bool { return messages.of(all[0].titleKey(77)) == 1 })
	for _, id := range []int64{1, 2, 3, 4, 5} {
		if n := messages.of(all[0].getKey(id)) + messages.of(all[0].titleKey(id)); n != 0 {
			t.Errorf("%d messages were about article %d, which was only read", n, id)
		}
	}
	if n := messages.of(methods); n != 3 {
		t.Errorf("%d messages were about articles, want the three of the eviction", n)
	}
	for _, p := range all[1:] {
		if n := p.cache.Stats().ReceivedEvictions; n > 3 {
			t.Errorf("a process received %d evictions, want at most three", n)
		}
	}
}

// messages are those that were published.
type messages struct {
	texts chan string
	seen  []string
}

// listen subscribes to a pattern of channels.
func listen(t *testing.T, addr, pattern string) *messages {
	t.Helper()
	pubsub := dial(t, addr).PSubscribe(t.Context(), pattern)
	t.Cleanup(func() { _ = pubsub.Close() })
	if _, err := pubsub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := &messages{texts: make(chan string, 10_000)}
	var ended atomic.Bool
	t.Cleanup(func() { ended.Store(true) })
	go func() {
		for !ended.Load() {
			reply, err := pubsub.Receive(t.Context())
			if err != nil {
				return
			}
			if message, ok := reply.(*goredis.Message); ok {
				m.texts <- message.Payload
			}
		}
	}()
	return m
}

// of counts the messages so far that mention what.
func (m *messages) of(what string) (n int) {
	for len(m.texts) > 0 {
		m.seen = append(m.seen, <-m.texts)
	}
	for _, text := range m.seen {
		if strings.Contains(text, what) {
			n++
		}
	}
	return n
}
