package wild

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table is a Channels that holds rows and counts who asks for what.
type table struct {
	calls
	rows  map[string]*Channel
	usage int64
	teams map[string][]string
	fails error
}

func (t *table) Get(id string, _ bool) (*Channel, error) {
	t.called("Get " + id)
	c, ok := t.rows[id]
	if !ok {
		return nil, ErrGone
	}
	row := *c
	return &row, nil
}

func (t *table) Usage(_, deleted bool) (int64, error) {
	t.called(fmt.Sprint("Usage ", deleted))
	if deleted {
		return -t.usage, nil
	}
	return t.usage, nil
}

func (t *table) GetMany(_ context.Context, ids []string) ([]*Channel, error) {
	t.called("GetMany " + strings.Join(ids, " "))
	var found []*Channel
	for _, id := range ids {
		if c, ok := t.rows[id]; ok {
			row := *c
			found = append(found, &row)
		}
	}
	return found, nil
}

func (t *table) MemberCounts(ids []string) (map[string]int64, error) {
	t.called("MemberCounts " + strings.Join(ids, " "))
	counts := make(map[string]int64)
	for _, id := range ids {
		counts[id] = int64(len(id) - 1)
	}
	return counts, nil
}

func (t *table) GetByName(team, name string, _ bool) (*Channel, error) {
	t.called("GetByName " + team + " " + name)
	for _, c := range t.rows {
		if c.Team == team && c.Name == name {
			row := *c
			return &row, nil
		}
	}
	return nil, ErrGone
}

func (t *table) GetByNames(team string, names []string, _ bool) ([]*Channel, error) {
	t.called("GetByNames " + team + " " + strings.Join(names, " "))
	var found []*Channel
	for _, c := range t.rows {
		if c.Team == team && slices.Contains(names, c.Name) {
			row := *c
			found = append(found, &row)
		}
	}
	return found, nil
}

func (t *table) SaveMany(channels []*Channel) ([]*Channel, error) {
	var saved []*Channel
	for i, c := range channels {
		row := *c
		if row.ID == "" {
			row.ID = fmt.Sprint("new", i)
		}
		t.rows[row.ID] = &row
		saved = append(saved, &row)
	}
	return saved, t.fails
}

func (t *table) Save(c *Channel) (*Channel, error) {
	row := *c
	t.rows[c.ID] = &row
	return &row, t.fails
}

func (t *table) Delete(id string) (*Channel, error) {
	c := t.rows[id]
	delete(t.rows, id)
	return c, t.fails
}

func (t *table) Update(c *Channel) (*Channel, error) {
	return t.Save(c)
}

func (t *table) Posts(o PostOptions, _ bool, extra map[string]bool) ([]string, error) {
	t.called("Posts")
	return []string{o.Channel, fmt.Sprint(o.Page, o.PerPage, o.Collapsed)}, nil
}

func (t *table) TeamIDs(user string, _ bool) ([]string, error) {
	t.called("TeamIDs " + user)
	return t.teams[user], nil
}

func newChannels(t *testing.T) (*table, *CachedChannels) {
	store := &table{
		rows: map[string]*Channel{
			"a": {"a", "red", "town"}, "b": {"b", "red", "off"}, "c": {"c", "blue", "town"},
		},
		usage: 10,
		teams: map[string][]string{"ann": {"red"}},
	}
	return store, NewCachedChannels(store, newCache(t))
}

func TestCase01AFlagThatSkipsTheCacheIsNoPartOfTheKey(t *testing.T) {
	store, w := newChannels(t)
	first := must[*Channel](t)(w.Get("a", true))
	first.Name = "changed by its caller"
	if c := must[*Channel](t)(w.Get("a", true)); c.Name != "town" {
		t.Errorf("got %v", c)
	}
	store.want(t, "Get a", 1)
	must[*Channel](t)(w.Get("a", false))
	store.want(t, "Get a", 2)
	store.rows["a"].Name = "changed in the store"
	if c := must[*Channel](t)(w.Get("a", true)); c.Name != "town" {
		t.Errorf("a call that skips the cache stored its answer: %v", c)
	}
	store.want(t, "Get a", 2)
}

func TestCase02AFlagThatSkipsTheReadStores(t *testing.T) {
	store, w := newChannels(t)
	must[int64](t)(w.Usage(true, false))
	store.usage = 20
	if n := must[int64](t)(w.Usage(true, false)); n != 10 {
		t.Errorf("got %d, want what is cached", n)
	}
	if n := must[int64](t)(w.Usage(false, false)); n != 20 {
		t.Errorf("got %d, want what is in the store", n)
	}
	if n := must[int64](t)(w.Usage(true, false)); n != 20 {
		t.Errorf("got %d, want what the last call stored", n)
	}
	store.want(t, "Usage false", 2)
	if n := must[int64](t)(w.Usage(true, true)); n != -20 {
		t.Errorf("got %d: the other flag is part of the key", n)
	}
}

func TestCase03ABatchAsksForWhatIsMissingAndLeavesTheCallersSliceAlone(t *testing.T) {
	store, w := newChannels(t)
	must[*Channel](t)(w.Get("b", true))
	ids := []string{"c", "b", "a", "none", "b"}
	got := must[[]*Channel](t)(w.GetMany(t.Context(), ids))
	want := []*Channel{{"c", "blue", "town"}, {"b", "red", "off"}, {"a", "red", "town"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	store.want(t, "GetMany c a none", 1)
	if d := cmp.Diff([]string{"c", "b", "a", "none", "b"}, ids); d != "" {
		t.Error(d)
	}
	must[*Channel](t)(w.Get("a", true))
	store.want(t, "Get a", 0)
}

func TestCase04AZeroInABatchIsAHit(t *testing.T) {
	store, w := newChannels(t)
	want := map[string]int64{"a": 0, "bb": 1}
	for range 2 {
		if d := cmp.Diff(want, must[map[string]int64](t)(w.MemberCounts([]string{"a", "bb"}))); d != "" {
			t.Error(d)
		}
	}
	store.want(t, "MemberCounts a bb", 1)
	must[map[string]int64](t)(w.MemberCounts([]string{"a", "ccc"}))
	store.want(t, "MemberCounts ccc", 1)
}

func TestCase05ABatchHasAFixedPartOfItsKeysBesideTheVaryingOne(t *testing.T) {
	store, w := newChannels(t)
	must[*Channel](t)(w.GetByName("red", "town", true))
	must[*Channel](t)(w.GetByName("blue", "town", true))
	got := must[[]*Channel](t)(w.GetByNames("red", []string{"town", "off"}, true))
	if d := cmp.Diff([]*Channel{{"a", "red", "town"}, {"b", "red", "off"}}, got); d != "" {
		t.Error(d)
	}
	store.want(t, "GetByNames red off", 1)
	got = must[[]*Channel](t)(w.GetByNames("blue", []string{"town", "off"}, true))
	if d := cmp.Diff([]*Channel{{"c", "blue", "town"}}, got); d != "" {
		t.Error(d)
	}
	store.want(t, "GetByNames blue off", 1)
	must[[]*Channel](t)(w.GetByNames("red", []string{"town"}, false))
	store.want(t, "GetByNames red town", 1)
}

func TestCase06EachElementOfTheResultIsEvicted(t *testing.T) {
	store, w := newChannels(t)
	must[*Channel](t)(w.Get("a", true))
	if _, err := w.Get("new1", true); err != ErrGone {
		t.Fatal(err)
	}
	// The second has its id from the store: no argument tells it.
	must[[]*Channel](t)(w.SaveMany([]*Channel{{"a", "red", "renamed"}, {"", "red", "second"}}))
	if c := must[*Channel](t)(w.Get("a", true)); c.Name != "renamed" {
		t.Errorf("got %v", c)
	}
	if c := must[*Channel](t)(w.Get("new1", true)); c.Name != "second" {
		t.Errorf("got %v", c)
	}
	store.want(t, "Get a", 2)
}

func TestCase07AnEntryAndAllOfAnotherMethodGoAlsoWhenTheWriteFails(t *testing.T) {
	store, w := newChannels(t)
	must[*Channel](t)(w.Get("a", true))
	must[*Channel](t)(w.Get("b", true))
	must[*Channel](t)(w.GetByName("red", "town", true))
	must[*Channel](t)(w.GetByName("blue", "town", true))
	store.fails = context.DeadlineExceeded // the write happened all the same
	if _, err := w.Save(&Channel{"a", "red", "renamed"}); err != store.fails {
		t.Fatal(err)
	}
	if c := must[*Channel](t)(w.Get("a", true)); c.Name != "renamed" {
		t.Errorf("got %v", c)
	}
	must[*Channel](t)(w.Get("b", true))
	store.want(t, "Get b", 1)
	if _, err := w.GetByName("red", "town", true); err != ErrGone {
		t.Errorf("a name that is no more: %v", err)
	}
	must[*Channel](t)(w.GetByName("blue", "town", true))
	store.want(t, "GetByName blue town", 2)
}

func TestCase08AKeyFromTheResultIsEvicted(t *testing.T) {
	store, w := newChannels(t)
	must[*Channel](t)(w.GetByName("red", "town", true))
	must[*Channel](t)(w.GetByName("blue", "town", true))
	must[*Channel](t)(w.Delete("a"))
	if _, err := w.GetByName("red", "town", true); err != ErrGone {
		t.Errorf("got %v", err)
	}
	must[*Channel](t)(w.GetByName("blue", "town", true))
	store.want(t, "GetByName blue town", 1)
	// No result, no key: the call does not fail of it.
	if c, err := w.Delete("none"); c != nil || err != nil {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestCase10WhatIsEvictedDependsOnTheStateBefore(t *testing.T) {
	store, w := newChannels(t)
	must[*Channel](t)(w.GetByName("red", "town", true))
	if _, err := w.GetByName("red", "city", true); err != ErrGone {
		t.Fatal(err)
	}
	must[*Channel](t)(w.Update(&Channel{"a", "red", "city"}))
	if _, err := w.GetByName("red", "town", true); err != ErrGone {
		t.Errorf("the old name still answers: %v", err)
	}
	if c := must[*Channel](t)(w.GetByName("red", "city", true)); c.ID != "a" {
		t.Errorf("got %v", c)
	}
	store.want(t, "Get a", 1)
}

func TestCase14OnlyTheFirstPageIsCached(t *testing.T) {
	store, w := newChannels(t)
	posts := func(o PostOptions) []string { return must[[]string](t)(w.Posts(o, true, map[string]bool{"x": true})) }
	for range 2 {
		if d := cmp.Diff([]string{"a", "0 30 false"}, posts(PostOptions{"a", 0, 30, false})); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"a", "0 60 true"}, posts(PostOptions{"a", 0, 60, true})); d != "" {
			t.Error(d)
		}
	}
	store.want(t, "Posts", 2)
	for range 2 {
		posts(PostOptions{"a", 1, 30, false})
		posts(PostOptions{"a", 0, 31, false})
	}
	store.want(t, "Posts", 6)
}

func TestCase15AnEmptyAnswerIsNotStored(t *testing.T) {
	store, w := newChannels(t)
	for range 2 {
		must[[]string](t)(w.TeamIDs("ann", true))
		must[[]string](t)(w.TeamIDs("bob", true))
	}
	store.want(t, "TeamIDs ann", 1)
	store.want(t, "TeamIDs bob", 2)
	store.teams["bob"] = []string{"blue"}
	if d := cmp.Diff([]string{"blue"}, must[[]string](t)(w.TeamIDs("bob", true))); d != "" {
		t.Error(d)
	}
}
