package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// witness notes what it is told.
type witness struct {
	mu     sync.Mutex
	ops    []string
	events []Event
	panics bool
}

type witnessed struct{}

func (w *witness) Begin(ctx context.Context, op Operation) (context.Context, func(Result)) {
	what := op.Name + " " + op.Method + op.Tier + " " + strings.Join(op.Keys, ",")
	if w.panics {
		panic("an observer's")
	}
	return context.WithValue(ctx, witnessed{}, op.Name), func(r Result) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if r.Hits > 0 {
			what += fmt.Sprintf(" hits %d", r.Hits)
		}
		if r.Err != nil {
			what += " failed"
		}
		w.ops = append(w.ops, what)
		if w.panics {
			panic("an observer's")
		}
	}
}

func (w *witness) Notice(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	if w.panics {
		panic("an observer's")
	}
}

func (w *witness) has(kind EventKind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.events, func(e Event) bool { return e.Kind == kind })
}

func observedInts(c *Cache) *Method[int] {
	return NewMethod(c, MethodConfig[int]{
		Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), TTL: time.Minute, Jitter: -1,
		NotFound: []Sentinel{{"ErrNotFound", errNotFound}},
	})
}

func TestAnObserverIsToldOfLoadsAndOfTiersOutsideTheProcess(t *testing.T) {
	var w, second witness
	c := mustCache(t, mustTiers(t, Tier{Backend: newStore("own", true)}, Tier{Backend: newStore("shared", false)}), WithObserver(&w), WithObserver(nil, &second))
	m := observedInts(c)
	key := keyOf(m, "1")
	load := func(ctx context.Context, _ *Fill) (int, error) {
		if ctx.Value(witnessed{}) != "load" {
			t.Error("a load runs without the observer's context")
		}
		return 1, nil
	}
	for range 2 {
		if _, err := m.callAs(t.Context(), key, load); err != nil {
			t.Fatal(err)
		}
	}
	bad := keyOf(m, "bad")
	_, _ = m.callAs(t.Context(), bad, func(context.Context, *Fill) (int, error) { return 0, errors.New("no") })
	none := keyOf(m, "none")
	_, _ = m.callAs(t.Context(), none, func(context.Context, *Fill) (int, error) { return 0, errNotFound })
	panics := keyOf(m, "panics")
	func() {
		defer func() { _ = recover() }()
		_, _ = m.callAs(t.Context(), panics, func(context.Context, *Fill) (int, error) { panic("the load's") })
	}()
	c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, key) })
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, want := range []string{
		"get shared " + key, "load p.Ints.Get " + key, "set shared " + key,
		"load p.Ints.Get " + bad + " failed", "load p.Ints.Get " + none, "load p.Ints.Get " + panics + " failed",
		"remove shared " + key,
	} {
		if !slices.Contains(w.ops, want) {
			t.Errorf("%q is not among %q", want, w.ops)
		}
	}
	for _, op := range w.ops {
		if strings.Contains(op, "own") {
			t.Errorf("%q is of a tier in process", op)
		}
	}
	if !slices.Equal(w.ops, second.ops) {
		t.Errorf("two observers were told %q and %q", w.ops, second.ops)
	}
}

func TestAnObserverIsToldOfHitsInTheSharedTier(t *testing.T) {
	var w witness
	shared := newStore("shared", false)
	m := observedInts(mustCache(t, shared, WithObserver(&w)))
	for range 2 {
		if _, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 1, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if last := w.ops[len(w.ops)-1]; last != "get shared "+keyOf(m, "1")+" hits 1" {
		t.Errorf("the last is %q", last)
	}
}

func TestAnObserverIsToldOfWhatGoesWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w, other witness
		shared := newHub()
		open := func(w *witness) *Method[int] {
			m := observedInts(mustCache(t, mustTiers(t, Tier{Backend: newStore("own", true)}, Tier{Backend: shared}), WithObserver(w), WithBreaker(1, time.Second)))
			synctest.Wait()
			return m
		}
		m, theirs := open(&w), open(&other)
		if !w.has(LinkUp) {
			t.Errorf("not told of the link: %+v", w.events)
		}
		evict := func() { theirs.cache.Evict(t.Context(), func(ev *Eviction) { ev.Remove(theirs, keyOf(theirs, "1")) }) }
		evict()
		synctest.Wait()
		if !w.has(EvictionReceived) || other.has(EvictionReceived) {
			t.Errorf("told of others' evictions: %+v; of its own: %+v", w.events, other.events)
		}
		key := keyOf(m, "2")
		if err := shared.SetWithTTL(t.Context(), key, Value(`{"kind":"value"}`), time.Minute); err != nil {
			t.Fatal(err)
		}
		_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 1, nil })
		if !w.has(EntryCorrupt) {
			t.Errorf("not told of a corrupt entry: %+v", w.events)
		}
		shared.onEach(func(context.Context, string, string) error { return errors.New("broken") })
		evict()
		synctest.Wait()
		if !other.has(EvictionFailed) || !other.has(BreakerChanged) {
			t.Errorf("not told of an eviction that failed, or of the breaker: %+v", other.events)
		}
		shared.onEach(nil)
	})
}

// watcher keeps the cache that it is given.
type watcher struct {
	witness
	cache *Cache
}

func (w *watcher) Watch(c *Cache) {
	w.cache = c
	if w.panics {
		panic("an observer's")
	}
}

func TestAWatcherIsGivenTheCache(t *testing.T) {
	var one watcher
	two := watcher{witness: witness{panics: true}}
	if c := mustCache(t, newStore("own", true), WithObserver(&one, &witness{}, &two)); one.cache != c || two.cache != c {
		t.Errorf("the watchers were given %p and %p, the cache is %p", one.cache, two.cache, c)
	}
}

func TestLoadsNeverCountBackwards(t *testing.T) {
	c := mustCache(t, newStore("own", true))
	m := observedInts(c)
	loads := func() uint64 { return c.Stats().Methods["p.Ints.Get"].Loads }
	if _, err := m.callAs(t.Context(), keyOf(m, "1"), func(_ context.Context, fill *Fill) (int, error) {
		fill.found = true // as an index does that finds the entry after all
		if n := loads(); n != 0 {
			t.Errorf("%d loads are counted before anybody knows whether it is one", n)
		}
		return 1, nil
	}); err != nil {
		t.Fatal(err)
	}
	if n := loads(); n != 0 {
		t.Errorf("%d loads are counted where nothing was loaded", n)
	}
}

func TestAPanicOfAnObserverReachesNobody(t *testing.T) {
	w := witness{panics: true}
	m := observedInts(mustCache(t, newStore("shared", false), WithObserver(&w)))
	for range 2 {
		if v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 1, nil }); v != 1 || err != nil {
			t.Errorf("got %v, %v", v, err)
		}
	}
}

func BenchmarkObserved(b *testing.B) {
	for name, opts := range map[string][]Option{"none": nil, "one": {WithObserver(&nobody{})}} {
		b.Run("observers="+name, func(b *testing.B) {
			m := observedInts(mustCache(b, newStore("shared", false), opts...))
			key := keyOf(m, "1")
			_, _ = m.callAs(b.Context(), key, func(context.Context, *Fill) (int, error) { return 1, nil })
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, _ := m.Get(b.Context(), key); !ok {
					b.Fatal("a miss")
				}
			}
		})
	}
}

type nobody struct{}

func (*nobody) Begin(ctx context.Context, _ Operation) (context.Context, func(Result)) {
	return ctx, nil
}
func (*nobody) Notice(Event) {}
