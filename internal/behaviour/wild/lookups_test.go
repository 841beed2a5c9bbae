package wild

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegen-go/cachegen/internal/behaviour/wild/other"
)

// lookup is a Lookups that counts who asks for what.
type lookup struct {
	calls
	names map[string]bool
	paths map[string]int64
	state string
	metas *[]Meta
}

func (l *lookup) Membership(_ context.Context, u *User, name string) (member, admin bool, err error) {
	l.called(fmt.Sprint("Membership ", u.ID, " ", name))
	return u.ID == 1, name == "root", nil
}

func (l *lookup) Execution(_ context.Context, q Lookup) (string, int64, bool) {
	l.called("Execution")
	return fmt.Sprint(q), int64(q.Shard), q.Archived
}

func (l *lookup) Exists(_ context.Context, name string) bool {
	l.called("Exists " + name)
	return l.names[name]
}

func (l *lookup) Find(_ context.Context, id int64) (*User, bool, error) {
	l.called(fmt.Sprint("Find ", id))
	if id != 1 {
		return nil, false, nil
	}
	return &User{ID: id, Login: "ann", Token: "secret"}, true, nil
}

func (l *lookup) All(context.Context) []User {
	l.called("All")
	return []User{{ID: 1, Login: "ann"}}
}

func (l *lookup) Flags(_ context.Context, req *other.ListRequest[other.NamespaceRequest]) ([]string, error) {
	l.called("Flags " + req.Request.Namespace())
	return []string{req.Request.Namespace(), req.Page}, nil
}

func (l *lookup) Project(_ context.Context, idOrName any) (string, error) {
	what := fmt.Sprintf("%T %v", idOrName, idOrName)
	l.called("Project " + what)
	return what, nil
}

func (l *lookup) FindPath(_ context.Context, path string) (int64, error) {
	l.called("FindPath")
	return l.paths["/a"], nil
}

func (l *lookup) MovePath(context.Context, string) error {
	l.paths["/a"]++
	return nil
}

func (l *lookup) Client(_ context.Context, id string) (string, error) {
	l.called("Client " + id)
	return l.state, nil
}

func (l *lookup) UpdateClient(_ context.Context, _ string, updater func(string) (string, error)) (err error) {
	l.state, err = updater(l.state)
	return err
}

func (l *lookup) Hour(_ context.Context, at time.Time) (*Hour, error) {
	l.called("Hour")
	return &Hour{at: at, available: true}, nil
}

func (l *lookup) FetchMulti(_ context.Context, id string, keys []Label) (map[Label][]byte, []Label) {
	l.called("FetchMulti")
	return map[Label][]byte{keys[0]: []byte(id), {"", "x"}: nil}, keys[1:]
}

func (l *lookup) GetAll(_ context.Context, _ int64, sortBy, order string, _, _ int, search string, _ bool, tags []string) (*[]Meta, error) {
	l.called(fmt.Sprintf("GetAll %q %q %q %q", sortBy, order, search, tags))
	if l.metas == nil {
		return nil, nil
	}
	var all []Meta
	for _, m := range *l.metas {
		all = append(all, Meta{m.Name, maps.Clone(m.Tags)})
	}
	return &all, nil
}

func (l *lookup) Albums(_ context.Context, artist string, opts ...Option) ([]string, error) {
	l.called("Albums")
	return []string{artist, fmt.Sprint(len(opts))}, nil
}

func (l *lookup) Clash(_ context.Context, delete string, strings ...string) (string, error) {
	l.called("Clash")
	return fmt.Sprint(delete, strings), nil
}

func (l *lookup) Rows(context.Context) (<-chan string, error) {
	l.called("Rows")
	return nil, nil
}

func newLookups(t *testing.T) (*lookup, *CachedLookups) {
	store := &lookup{names: make(map[string]bool), paths: make(map[string]int64)}
	return store, NewCachedLookups(store, newCache(t))
}

func TestCase17OneFieldOfAPointerIsTheKey(t *testing.T) {
	store, w := newLookups(t)
	for _, u := range []*User{{ID: 1, Login: "ann"}, {ID: 1, Login: "renamed", Token: "another"}} {
		member, admin, err := w.Membership(t.Context(), u, "root")
		if !member || !admin || err != nil {
			t.Errorf("got %t, %t, %v", member, admin, err)
		}
	}
	store.want(t, "Membership 1 root", 1)
	if member, admin, _ := w.Membership(t.Context(), &User{ID: 2}, "wheel"); member || admin {
		t.Errorf("got %t, %t", member, admin)
	}
	store.want(t, "Membership 2 wheel", 1)
}

func TestCase18AStructOfFiveFieldsIsTheKey(t *testing.T) {
	store, w := newLookups(t)
	all := []Lookup{
		{"n", "w", "r", 1, true}, {"nw", "", "r", 1, true}, {"n", "wr", "", 1, true}, {"n", "w", "r", 2, true}, {"n", "w", "r", 1, false},
	}
	for range 2 {
		for _, q := range all {
			host, epoch, ok := w.Execution(t.Context(), q)
			if host != fmt.Sprint(q) || epoch != int64(q.Shard) || ok != q.Archived {
				t.Errorf("got %s, %d, %t of %v", host, epoch, ok, q)
			}
		}
	}
	store.want(t, "Execution", len(all))
}

func TestCase21MethodsWithoutAnErrorAreCachedAndFalseIsAnAnswer(t *testing.T) {
	store, w := newLookups(t)
	for range 2 {
		if w.Exists(t.Context(), "ann") {
			t.Error("ann exists")
		}
		if u, ok, err := w.Find(t.Context(), 2); u != nil || ok || err != nil {
			t.Errorf("got %v, %t, %v", u, ok, err)
		}
		if u, ok, err := w.Find(t.Context(), 1); u == nil || u.Token != "secret" || !ok || err != nil {
			t.Errorf("got %v, %t, %v", u, ok, err)
		}
		if d := cmp.Diff([]User{{ID: 1, Login: "ann"}}, w.All(t.Context())); d != "" {
			t.Error(d)
		}
	}
	for _, what := range []string{"Exists ann", "Find 1", "Find 2", "All"} {
		store.want(t, what, 1)
	}
}

func TestCase23TenantsDoNotShareAnEntry(t *testing.T) {
	store, w := newLookups(t)
	for range 2 {
		for _, tenant := range []string{"red", "blue"} {
			req := &other.ListRequest[other.NamespaceRequest]{Request: other.InNamespace(tenant), Page: "1"}
			if d := cmp.Diff([]string{tenant, "1"}, must[[]string](t)(w.Flags(t.Context(), req))); d != "" {
				t.Error(d)
			}
		}
	}
	store.want(t, "Flags red", 1)
	store.want(t, "Flags blue", 1)
}

func TestCase25AnyIsKeyedByItsTypeAndValue(t *testing.T) {
	store, w := newLookups(t)
	for range 2 {
		for _, q := range []any{1, "1", int64(1), nil, []string{"1"}} {
			if got, want := must[string](t)(w.Project(t.Context(), q)), fmt.Sprintf("%T %v", q, q); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	for _, what := range []string{"int 1", "string 1", "int64 1", "<nil> <nil>", "[]string [1]"} {
		store.want(t, "Project "+what, 1)
	}
	// A channel has no key.
	c := make(chan int)
	for range 2 {
		must[string](t)(w.Project(t.Context(), c))
	}
	store.want(t, fmt.Sprintf("Project chan int %v", c), 2)
	if n := w.cache.Stats().Methods["cachegen/internal/behaviour/wild.Lookups.Project"].Unkeyed; n != 2 {
		t.Errorf("%d calls bypassed the cache, want 2", n)
	}
}

func TestCase26ReadsAndEvictionsFoldAlike(t *testing.T) {
	store, w := newLookups(t)
	must[int64](t)(w.FindPath(t.Context(), "/A"))
	must[int64](t)(w.FindPath(t.Context(), "/a"))
	store.want(t, "FindPath", 1)
	if err := w.MovePath(t.Context(), "/A"); err != nil {
		t.Fatal(err)
	}
	if n := must[int64](t)(w.FindPath(t.Context(), "/a")); n != 1 {
		t.Errorf("got %d, which was before the move", n)
	}
}

func TestCase27ACallerOutsideTheInterfaceEvicts(t *testing.T) {
	store, w := newLookups(t)
	must[int64](t)(w.FindPath(t.Context(), "/a"))
	store.paths["/a"] = 7
	if err := w.EvictFindPath(t.Context(), "/A"); err != nil {
		t.Fatal(err)
	}
	if n := must[int64](t)(w.FindPath(t.Context(), "/a")); n != 7 {
		t.Errorf("got %d", n)
	}
}

func TestCase28AnEvictionByThePlainParameterBesideAFunc(t *testing.T) {
	store, w := newLookups(t)
	must[string](t)(w.Client(t.Context(), "1"))
	must[string](t)(w.Client(t.Context(), "2"))
	err := w.UpdateClient(t.Context(), "1", func(old string) (string, error) { return old + "changed", nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := must[string](t)(w.Client(t.Context(), "1")); got != "changed" {
		t.Errorf("got %q", got)
	}
	must[string](t)(w.Client(t.Context(), "2"))
	store.want(t, "Client 2", 1)
}

func TestCase29UnexportedFieldsComeBack(t *testing.T) {
	store, w := newLookups(t)
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.FixedZone("here", 7200))
	for range 2 {
		h := must[*Hour](t)(w.Hour(t.Context(), at))
		if !h.at.Equal(at) || h.at.Format(time.RFC3339) != at.Format(time.RFC3339) || !h.available {
			t.Errorf("got %+v", h)
		}
	}
	store.want(t, "Hour", 1)
}

func TestCase30MapsWithStructKeysAndSeveralResultsWithoutAnError(t *testing.T) {
	store, w := newLookups(t)
	keys := []Label{{"a", "1"}, {"b", "2"}}
	for range 2 {
		hits, misses := w.FetchMulti(t.Context(), "id", keys)
		if d := cmp.Diff(map[Label][]byte{{"a", "1"}: []byte("id"), {"", "x"}: nil}, hits); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]Label{{"b", "2"}}, misses); d != "" {
			t.Error(d)
		}
	}
	store.want(t, "FetchMulti", 1)
	w.FetchMulti(t.Context(), "id", []Label{{"a", "1b"}, {"", "2"}})
	store.want(t, "FetchMulti", 2)
}

func TestCase31AdjacentStringsDoNotRunTogetherAndNilIsAnAnswer(t *testing.T) {
	store, w := newLookups(t)
	list := func(sortBy, order, search string, tags ...string) *[]Meta {
		return must[*[]Meta](t)(w.GetAll(t.Context(), 1, sortBy, order, 10, 0, search, false, tags))
	}
	for range 2 {
		if got := list("ab", "c", ""); got != nil {
			t.Errorf("got %v", got)
		}
	}
	store.want(t, `GetAll "ab" "c" "" []`, 1)
	store.metas = &[]Meta{{Name: "x", Tags: map[string]string{"k": "v"}}}
	for range 2 {
		for _, got := range []*[]Meta{list("a", "bc", ""), list("a", "b", "c"), list("a", "b", "", "c"), list("a", "b", "", "c,d"), list("a", "b", "", "c", "d")} {
			if d := cmp.Diff(&[]Meta{{Name: "x", Tags: map[string]string{"k": "v"}}}, got); d != "" {
				t.Error(d)
			}
			(*got)[0].Tags["k"] = "changed by its caller"
		}
	}
	store.want(t, `GetAll "a" "bc" "" []`, 1)
	store.want(t, `GetAll "a" "b" "" ["c,d"]`, 1)
	store.want(t, `GetAll "a" "b" "" ["c" "d"]`, 1)
	store.want(t, `GetAll "a" "b" "c" []`, 1)
}

func TestCase32OptionsOfFuncsAreCachedWhereThereAreNone(t *testing.T) {
	store, w := newLookups(t)
	for range 2 {
		must[[]string](t)(w.Albums(t.Context(), "x"))
	}
	store.want(t, "Albums", 1)
	for range 2 {
		got := must[[]string](t)(w.Albums(t.Context(), "x", func(*Meta) {}))
		if d := cmp.Diff([]string{"x", "1"}, got); d != "" {
			t.Error(d)
		}
	}
	store.want(t, "Albums", 3)
}

func TestCase34NamesThatHideOthersAreForwarded(t *testing.T) {
	store, w := newLookups(t)
	for range 2 {
		if got := must[string](t)(w.Clash(t.Context(), "a", "b", "c")); got != "a[b c]" {
			t.Errorf("got %s", got)
		}
		if got := must[string](t)(w.Clash(t.Context(), "a", "b c")); got != "a[b c]" {
			t.Errorf("got %s", got)
		}
	}
	store.want(t, "Clash", 2)
}

func TestCase35WhatCannotBeStoredCallsStraightThrough(t *testing.T) {
	store, w := newLookups(t)
	for range 2 {
		if rows, err := w.Rows(t.Context()); rows != nil || err != nil {
			t.Errorf("got %v, %v", rows, err)
		}
	}
	store.want(t, "Rows", 2)
}
