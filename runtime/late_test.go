package runtime

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// slowReply is a store whose answers to some operation take long, although it is done at once.
type slowReply struct {
	*hub
	op string
}

func (s slowReply) after(op string) {
	if op == s.op {
		time.Sleep(time.Second)
	}
}

func (s slowReply) Lease(ctx context.Context, key string, lease Value, ttl time.Duration) (Value, bool, error) {
	defer s.after("lease")
	return s.hub.Lease(ctx, key, lease, ttl)
}

func (s slowReply) Fill(ctx context.Context, key string, lease, value Value, ttl time.Duration) (bool, error) {
	defer s.after("fill")
	return s.hub.Fill(ctx, key, lease, value, ttl)
}

// Another process' write may begin and end between the moment at which a result was true and that at which its load is over.
// This process does not hear of it where it has no tier of its own.
func TestWhoJoinsALoadAfterAnotherProcessesWriteDoesNotGetTheStateBeforeIt(t *testing.T) {
	for _, test := range []joining{
		{name: "a load that was stored", op: "fill"},
		{name: "a load that found the entry", op: "lease", held: true},
		{name: "a load that was not stored", skip: true},
		{name: "a load during another write", writing: true},
		{name: "a batch that was stored", op: "fill", batch: true},
		{name: "a batch that was not stored", skip: true, batch: true},
		{name: "a batch during another write", writing: true, batch: true},
	} {
		t.Run(test.name, test.test)
	}
}

// joining is a load under way that a caller joins.
type joining struct {
	name    string
	op      string // after which the load hangs; "": it takes long
	held    bool   // another process has stored the entry
	skip    bool   // the load stores nothing
	writing bool   // the write has begun before the load
	batch   bool
}

func (j joining) test(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		config := MethodConfig[int]{Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), Jitter: -1, TTL: time.Hour}
		here := NewMethod(mustCache(t, slowReply{shared, j.op}, WithBackendTimeout(time.Minute)), config)
		there := NewMethod(mustCache(t, shared), config)
		key := keyOf(here, "1")
		now := 1
		read := func(_ context.Context, f *Fill) (int, error) {
			v := now
			f.Unless(func() bool { return j.skip })
			if j.op == "" {
				time.Sleep(time.Second)
			}
			return v, nil
		}
		begin := func() (end func(func(*Eviction))) {
			return there.cache.Around(t.Context(), func(ev *Eviction) { ev.Remove(there, key) })
		}
		if j.held {
			wantInt(t, there, key, read, 1)
		}
		end := func(func(*Eviction)) {}
		if j.writing {
			end = begin()
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if !j.batch {
				_, _ = here.Load(t.Context(), key, read)
				return
			}
			_, _ = BatchMap(t.Context(), here, []string{key}, func(key string) string { return key },
				func(ctx context.Context, f *Fill, _ []string) (map[string]int, error) {
					v, err := read(ctx, f)
					return map[string]int{key: v}, err
				})
		})
		synctest.Wait()
		if !j.writing {
			end = begin()
		}
		now = 2
		end(func(*Eviction) {})
		wantInt(t, here, key, read, 2)
		wg.Wait()
		time.Sleep(time.Minute) // for the renewals of leases that were under way
	})
}
