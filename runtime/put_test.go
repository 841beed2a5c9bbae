package runtime

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// putMethod is a method whose results are put, of a process with a tier of its own.
func putMethod(t *testing.T, shared CacheBackend) *Method[int] {
	c := mustCache(t, mustTiers(t, Tier{Backend: newStore("own", true)}, Tier{Backend: shared}))
	m := NewMethod(c, MethodConfig[int]{Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), Jitter: -1, Marks: true})
	synctest.Wait() // subscribed
	return m
}

func TestAPutIsStoredUnlessAnotherProcessMayHaveWrittenLater(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, test := range []struct {
			name      string
			before    func(other *Method[int], key string) // the write
			meanwhile func(other *Method[int], key string)
			stored    bool
		}{
			{name: "nothing else", stored: true},
			{name: "a load before", before: load, stored: true},
			{name: "a load meanwhile", meanwhile: load, stored: true},
			{name: "an eviction long before", stored: true, before: func(other *Method[int], key string) {
				evict(other, key)
				time.Sleep(markTime)
			}},
			{name: "an eviction before", before: evict, stored: known},
			{name: "an eviction meanwhile", meanwhile: evict},
			{name: "an eviction meanwhile, of which nothing is left", meanwhile: func(other *Method[int], key string) {
				evict(other, key)
				load(other, key)
				time.Sleep(markTime)
			}},
			{name: "a put meanwhile", meanwhile: func(other *Method[int], key string) { write(other, key, 2, true, nil) }},
			{name: "a write around it that goes on", meanwhile: func(other *Method[int], key string) {
				other.cache.Around(context.Background(), func(ev *Eviction) { ev.Remove(other, key) })
			}},
			{name: "a write around it that is over", meanwhile: func(other *Method[int], key string) {
				entry := func(ev *Eviction) { ev.Remove(other, key) }
				other.cache.Around(context.Background(), entry)(entry)
			}},
		} {
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					shared := newHub()
					m, other := putMethod(t, shared), putMethod(t, shared)
					key := keyOf(m, "1")
					if test.before != nil {
						test.before(other, key)
						synctest.Wait() // for the message, which belongs before the write too
					}
					write(m, key, 30, known, func() {
						if test.meanwhile != nil {
							test.meanwhile(other, key)
						}
					})
					synctest.Wait() // for the messages
					want := 30
					if !test.stored {
						want = 40
					}
					for _, reader := range []*Method[int]{m, other} {
						if got := ask(t.Context(), t, reader, key, 40); got != want {
							t.Errorf("key known before the write: %v: got %d, want %d", known, got, want)
						}
					}
				})
			})
		}
	}
}

// An eviction by a write without around removes the tombstone; a renewal lays it anew.
func TestAPutAroundWhoseTombstoneWasLostIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		// Without a tier in process nobody hears of the eviction.
		config := MethodConfig[int]{Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), Jitter: -1, Marks: true}
		m, other := NewMethod(mustCache(t, shared), config), NewMethod(mustCache(t, shared), config)
		key := keyOf(m, "1")
		end := m.cache.Around(t.Context(), func(ev *Eviction) { ev.Remove(m, key) })
		evict(other, key)
		time.Sleep(tombstoneTime / 2)
		if v, _ := shared.has(key); !isTombstone(v) {
			t.Fatalf("there is %q and no tombstone", v)
		}
		end(func(ev *Eviction) { Put(ev, m, key, func() int { return 1 }) })
		if got := ask(t.Context(), t, m, key, 2); got != 2 {
			t.Errorf("got %d, which was put although another write may have been later", got)
		}
		if v, _ := shared.has(key); isTombstone(v) {
			t.Error("the tombstone is still there")
		}
	})
}

// What an index has loaded was loaded before its entry's load began.
func TestWhoJoinsWhatAnIndexFoundDoesNotGetTheStateBeforeAnotherProcessesWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		config := MethodConfig[int]{Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), Jitter: -1, Marks: true}
		here := NewMethod(mustCache(t, slowReply{shared, "lease"}, WithBackendTimeout(time.Minute)), config)
		there := NewMethod(mustCache(t, shared), config)
		index := NewMethod(here.cache, MethodConfig[[]string]{Prefix: "p.Ints", Name: "By", Codec: codec.Reflect[[]string](), Jitter: -1})
		key := keyOf(here, "1")
		leased := make(chan struct{})
		go func() {
			_, _ = LoadBy(t.Context(), index, here, keyOf(index, "one"), func(_ context.Context, fill *Fill) (int, error) {
				fill.Entry(func() (string, []string) { return key, nil })
				there.cache.Around(t.Context(), func(ev *Eviction) { ev.Remove(there, key) })(func(*Eviction) {})
				var once sync.Once
				shared.onEach(func(_ context.Context, op, of string) error {
					if op == "lease" && of == key {
						once.Do(func() { close(leased) })
					}
					return nil
				})
				return 1, nil
			})
		}()
		<-leased
		if got := ask(t.Context(), t, here, key, 2); got != 2 {
			t.Errorf("got %d, which was true before another process' write", got)
		}
		time.Sleep(time.Minute)
	})
}

func load(m *Method[int], key string) {
	_, _ = m.callAs(context.Background(), key, func(context.Context, *Fill) (int, error) { return 1, nil })
}

func evict(m *Method[int], key string) { _ = m.cache.EvictNow(context.Background(), m, key) }

// write is a mutator that puts v, with a key that it knows before, or from its results alone.
func write(m *Method[int], key string, v int, known bool, meanwhile func()) {
	var before func(*Eviction)
	if known {
		before = func(ev *Eviction) { ev.Remove(m, key) }
	}
	end := m.cache.Write(context.Background(), before)
	if meanwhile != nil {
		meanwhile()
	}
	end(func(ev *Eviction) { Put(ev, m, key, func() int { return v }) })
}

func TestAnIndexKeepsNothingThatAnotherProcessEvictedDuringTheLoad(t *testing.T) {
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			shared := newHub()
			m, other := putMethod(t, shared), putMethod(t, shared)
			index := NewMethod(m.cache, MethodConfig[[]string]{Prefix: "p.Ints", Name: "By", Codec: codec.Reflect[[]string](), Jitter: -1})
			key, by := keyOf(m, "1"), keyOf(index, "one")
			find := func(v int, meanwhile func()) int {
				got, err := LoadBy(t.Context(), index, m, by, func(_ context.Context, fill *Fill) (int, error) {
					meanwhile()
					fill.Entry(func() (string, []string) { return key, nil })
					return v, nil
				})
				if err != nil {
					t.Error(err)
				}
				return got
			}
			if known {
				find(0, func() {})
				evict(other, key)
				synctest.Wait()
			}
			if got := find(1, func() { evict(other, key) }); got != 1 {
				t.Errorf("got %d, want what was loaded", got)
			}
			synctest.Wait()
			if got := ask(t.Context(), t, m, key, 2); got != 2 {
				t.Errorf("entry known before the load: %v: got %d, which was evicted during its load", known, got)
			}
			evict(other, key)
			time.Sleep(markTime)
			find(3, func() {})
			if got := ask(t.Context(), t, other, key, 4); got != 3 {
				t.Errorf("entry known before the load: %v: got %d, want the 3 that the index loaded", known, got)
			}
		})
	}
}
