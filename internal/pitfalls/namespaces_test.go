package pitfalls

import (
	"context"
	"maps"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// Two applications with the same wrapper and the same arguments, on one Redis, never touch each other.
func TestApplicationsWithNamespacesOfTheirOwnNeverTouchEachOther(t *testing.T) {
	// Names that begin with another's, and such as mean more than themselves where keys are looked for by a pattern.
	names := []string{"shop", "shop2", "shop.eu", "sho", "sho*", "sh?p", "[s]hop", "*"}
	addr := servertest.Redis(t).Addr()
	all := make(map[string]*application)
	for _, name := range names {
		all[name] = begin(t, addr, name)
	}
	for _, acting := range names {
		for _, a := range all {
			a.use(t)
		}
		before := make(map[string]map[string]string)
		for name, a := range all {
			before[name] = a.stored(t)
			if len(before[name]) < 10 {
				t.Fatalf("%s has stored %v", name, before[name])
			}
		}
		a := all[acting]
		for _, act := range []struct {
			name string
			do   func() error
		}{
			{"Update", func() error { return a.Update(t.Context(), Article{ID: 1, Title: a.title}) }},
			{"Retitle", func() error { return a.Retitle(t.Context(), 2, a.title) }},
			{"DeleteMany", func() error { return a.DeleteMany(t.Context(), []int64{77}) }},
			{"Reindex", func() error { return a.Reindex(t.Context()) }},
			{"Rename", func() error { return a.Rename(t.Context(), "x") }},
			{"EvictTagBy", func() error { return a.EvictTagBy(t.Context(), "x") }},
			{"EvictAllList", func() error { return a.EvictAllList(t.Context()) }},
			{"EvictSearch", func() error { return a.EvictSearch(t.Context(), "x", "y", nil, nil) }},
			{"Flush", func() error { return a.cache.Flush(t.Context()) }},
		} {
			heard := a.twin.cache.Stats().ReceivedEvictions
			if err := act.do(); err != nil {
				t.Errorf("%s in %s: %v", act.name, acting, err)
			}
			if act.name != "Flush" {
				eventually(t, "the message", func() bool { return a.twin.cache.Stats().ReceivedEvictions > heard })
			}
			for name, other := range all {
				if name == acting {
					continue
				}
				if !maps.Equal(other.stored(t), before[name]) {
					t.Errorf("%s in %s has changed what %s has stored", act.name, acting, name)
				}
			}
		}
		if left := a.stored(t); len(left) != 0 {
			t.Errorf("after Flush %s has %v", acting, left)
		}
		for name, other := range all {
			loads := other.db.reads()
			other.use(t) // its answers are its own
			switch n := other.db.reads() - loads; {
			case name != acting && n != 0:
				t.Errorf("%s loads %d times after what %s did", name, n, acting)
			case name == acting && n == 0:
				t.Errorf("%s has evicted nothing", acting)
			}
			if n := other.cache.Stats().ReceivedEvictions; n != 0 {
				t.Errorf("%s received %d evictions, and has done all of its own itself", name, n)
			}
		}
	}
	client := dial(t, addr)
	for _, key := range keysOf(t, client) {
		owners := 0
		for _, name := range names {
			if all[name].owns(key) {
				owners++
			}
		}
		if owners != 1 {
			t.Errorf("%q is %d applications' key", key, owners)
		}
	}
}

// A colon stands between a namespace and what is in it, so that none can be within another.
func TestANamespaceCannotBeWithinAnother(t *testing.T) {
	backend := must[*memory.Backend](t)(memory.New(memory.Config{}))
	for _, name := range []string{"shop:eu", "shop:", ":shop", "", "{shop}"} {
		if _, err := runtime.New(backend, runtime.WithNamespace(name)); err == nil {
			t.Errorf("%q is a namespace", name)
		}
	}
}

// application has a namespace, a database and two processes: what the second one is for is to hear of the first one's evictions.
type application struct {
	*process
	twin  *process
	name  string
	title string
	db    *table
}

func begin(t *testing.T, addr, name string) *application {
	t.Helper()
	a := &application{name: name, title: "of " + name, db: newTable(1, 2, 3)}
	for id := range a.db.rows {
		must[any](t)(nil, a.db.Update(t.Context(), Article{ID: id, Title: a.title}))
	}
	a.db.token = Token{Text: a.title, For: 1 << 40}
	a.db.draft = a.title
	a.process = start(t, a.db, addr, runtime.WithNamespace(name))
	a.twin = start(t, a.db, addr, runtime.WithNamespace(name))
	return a
}

// use asks for everything, twice, with arguments that are the same in all applications.
func (a *application) use(t *testing.T) {
	t.Helper()
	for range 2 {
		got := []any{
			must[*Article](t)(a.Get(t.Context(), 1)).Title, must[map[int64]*Article](t)(a.GetMany(t.Context(), []int64{2, 3, 1}))[2].Title,
			must[*Article](t)(a.Latest(t.Context())).Title, must[string](t)(a.Title(t.Context(), 1)), must[Draft](t)(a.Draft(t.Context(), 1)).Text,
			must[Token](t)(a.Token(t.Context(), "x")).Text, must[[]Article](t)(a.List(t.Context(), "x", 1))[0].Title,
			must[[]Article](t)(a.List(t.Context(), "y", 1))[2].Title,
		}
		for i, title := range got {
			if title != a.title {
				t.Errorf("%s got %v as answer %d", a.name, title, i)
			}
		}
		must[string](t)(a.Search(t.Context(), "x", "y", nil, nil))
		if _, err := a.Get(t.Context(), 88); err != ErrNotFound {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

// owns reports whether a key of the shared tier is a's. Marks, which go by themselves, have their entry's key in braces.
func (a *application) owns(key string) bool {
	return strings.HasPrefix(strings.TrimPrefix(key, "{"), a.name+":")
}

// stored is what a has in the shared tier, but for marks.
func (a *application) stored(t *testing.T) map[string]string {
	t.Helper()
	values := make(map[string]string)
	for _, key := range keysOf(t, a.client) {
		if a.owns(key) && !strings.HasPrefix(key, "{") {
			values[key] = must[string](t)(a.client.Get(t.Context(), key).Result())
		}
	}
	return values
}

func keysOf(t *testing.T, client *goredis.Client) []string {
	t.Helper()
	return must[[]string](t)(client.Keys(context.Background(), "*").Result())
}

// reads is how often the database was read.
func (t *table) reads() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, calls := range t.calls {
		n += calls
	}
	return n
}
