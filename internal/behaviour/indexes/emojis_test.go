package indexes

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// table is an Emojis that counts its reads.
type table struct {
	mu      sync.Mutex
	rows    map[string]Emoji
	reads   int
	loading func() // called after a read, before it returns
}

func (t *table) read(match func(Emoji) bool) (*Emoji, error) {
	t.mu.Lock()
	t.reads++
	var found *Emoji
	for _, e := range t.rows {
		if match(e) {
			found = &e
		}
	}
	loading := t.loading
	t.mu.Unlock()
	if loading != nil {
		loading()
	}
	if found == nil {
		return nil, ErrNotFound
	}
	return found, nil
}

func (t *table) Get(_ context.Context, id string, _ bool) (*Emoji, error) {
	return t.read(func(e Emoji) bool { return e.ID == id })
}

func (t *table) GetByName(_ context.Context, name string, _ bool) (*Emoji, error) {
	return t.read(func(e Emoji) bool { return strings.EqualFold(e.Name, name) })
}

func (t *table) Of(_ context.Context, creator, id string) (*Emoji, error) {
	return t.read(func(e Emoji) bool { return e.ID == id && e.Creator == creator })
}

func (t *table) OfName(_ context.Context, name string) (*Emoji, error) {
	return t.read(func(e Emoji) bool { return e.Name == name })
}

func (t *table) Delete(_ context.Context, e *Emoji, _ int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rows, e.ID)
	return nil
}

func (t *table) Update(_ context.Context, e *Emoji) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows[e.ID] = *e
	return nil
}

func (t *table) Ban(_ context.Context, creator string) error { return nil }

type fixture struct {
	*testing.T
	*table
	emojis *CachedEmojis
	cache  *runtime.Cache
}

func setUp(t *testing.T) *fixture {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	s := &table{rows: map[string]Emoji{"1": {"1", "smile", "ann"}, "2": {"2", "frown", "ann"}}}
	return &fixture{t, s, NewCachedEmojis(s, cache), cache}
}

// is reports where a call's answer is not the emoji called name, or "" for none, after so many reads in all.
func (f *fixture) is(what string, e *Emoji, err error, name string, reads int) {
	f.Helper()
	switch {
	case name == "" && err != ErrNotFound, name != "" && (err != nil || e == nil || e.Name != name):
		f.Errorf("%s: got %v, %v, want %q", what, e, err, name)
	case f.reads != reads:
		f.Errorf("%s: %d reads of the store, want %d", what, f.reads, reads)
	}
}

func (f *fixture) byName(name string) (*Emoji, error) {
	return f.emojis.GetByName(f.Context(), name, true)
}
func (f *fixture) get(id string) (*Emoji, error) { return f.emojis.Get(f.Context(), id, true) }

func TestOneEntryIsFoundByEitherArgument(t *testing.T) {
	f := setUp(t)
	e, err := f.byName("smile")
	f.is("by name", e, err, "smile", 1)
	e.Name = "changed by its caller"
	e, err = f.byName("SMILE")
	f.is("by name in another case", e, err, "smile", 1)
	e, err = f.get("1")
	f.is("by ID, after by name", e, err, "smile", 1)
	e, err = f.get("2")
	f.is("another by ID", e, err, "frown", 2)
	e, err = f.byName("frown")
	f.is("by name, for the first time", e, err, "frown", 3)
	e, err = f.emojis.GetByName(t.Context(), "frown", false)
	f.is("by name, not from the cache", e, err, "frown", 4)
	e, err = f.byName("frown")
	f.is("by name again", e, err, "frown", 4)
}

func TestAnEvictionOfTheEntryHoldsForTheIndex(t *testing.T) {
	f := setUp(t)
	_, _ = f.byName("smile")
	if err := f.emojis.EvictGet(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	e, err := f.byName("smile")
	f.is("after the entry was evicted", e, err, "smile", 2)
	e, err = f.get("1")
	f.is("by ID", e, err, "smile", 2)
	if err := f.emojis.Delete(t.Context(), &Emoji{ID: "1", Name: "smile"}, time.Now().Unix()); err != nil {
		t.Fatal(err)
	}
	e, err = f.byName("smile")
	f.is("after the delete, by name", e, err, "", 3)
	_, err = f.get("1")
	f.is("after the delete, by ID", nil, err, "", 4)
	e, err = f.byName("Smile")
	f.is("by name again", e, err, "", 4)
}

func TestARenameEvictsTheOldNameAndTheNew(t *testing.T) {
	f := setUp(t)
	_, _ = f.byName("smile")
	e, err := f.byName("grin")
	f.is("before the rename", e, err, "", 2)
	if err := f.emojis.Update(t.Context(), &Emoji{ID: "1", Name: "grin"}); err != nil {
		t.Fatal(err)
	}
	reads := f.reads // one more, for old=
	e, err = f.byName("grin")
	f.is("the new name", e, err, "grin", reads+1)
	e, err = f.byName("smile")
	f.is("the old name", e, err, "", reads+2)
}

func TestAResultWhoseEntryWasEvictedDuringTheLoadIsNotKept(t *testing.T) {
	f := setUp(t)
	f.loading = func() {
		f.loading = nil
		if err := f.emojis.Update(t.Context(), &Emoji{ID: "1", Name: "smile", Creator: "bea"}); err != nil {
			t.Error(err)
		}
	}
	if e, err := f.byName("smile"); err != nil || e.Creator != "ann" {
		t.Fatalf("got %v, %v", e, err)
	}
	if e, err := f.get("1"); err != nil || e.Creator != "bea" {
		t.Errorf("by ID: got %v, %v, want the state after the update", e, err)
	}
	if e, err := f.byName("smile"); err != nil || e.Creator != "bea" {
		t.Errorf("by name: got %v, %v, want the state after the update", e, err)
	}
}

func TestAnEntryInAGroupIsFoundByAnIndex(t *testing.T) {
	f := setUp(t)
	for range 2 { // the first shows which entry it is, and so which group
		if e, err := f.emojis.OfName(t.Context(), "smile"); err != nil || e.Name != "smile" {
			t.Fatalf("got %v, %v", e, err)
		}
	}
	reads := f.reads
	e, err := f.emojis.OfName(t.Context(), "smile")
	f.is("by name", e, err, "smile", reads)
	e, err = f.emojis.Of(t.Context(), "ann", "1")
	f.is("by ID", e, err, "smile", reads)
	if err := f.emojis.Ban(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	e, err = f.emojis.OfName(t.Context(), "smile")
	f.is("after the group was evicted", e, err, "smile", reads+1)
	e, err = f.emojis.OfName(t.Context(), "smile")
	f.is("then", e, err, "smile", reads+1)
}

func TestManyCallersByNameLoadOnce(t *testing.T) {
	f := setUp(t)
	entered := make(chan struct{})
	f.loading = func() { <-entered }
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if e, err := f.byName("smile"); err != nil || e.Name != "smile" {
				t.Errorf("got %v, %v", e, err)
			}
		})
	}
	for f.cache.Stats().Methods["cachegen/internal/behaviour/indexes.Emojis.GetByName"].Coalesced < 99 {
		time.Sleep(time.Millisecond)
	}
	close(entered)
	wg.Wait()
	e, err := f.byName("smile")
	f.is("100 callers at once", e, err, "smile", 1)
}
