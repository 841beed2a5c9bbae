package runtime

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
)

// pages asks for page 1 of many teams at once, as a generated batch does. What must be loaded answers v. It returns the
// answers and the teams that were loaded.
func (l lists) pages(t *testing.T, v int, teams ...int) (got map[int]int, loaded []int) {
	t.Helper()
	got, err := BatchMap(t.Context(), l.Method, teams, func(team int) string { return l.key(team, 1) },
		func(_ context.Context, _ *Fill, teams []int) (map[int]int, error) {
			loaded = slices.Sorted(slices.Values(teams))
			answers := make(map[int]int)
			for _, team := range teams {
				answers[team] = v
			}
			return answers, nil
		}, InGroups(func(team int) []string { return []string{l.team(team), l.all()} }))
	if err != nil {
		t.Error(err)
	}
	return got, loaded
}

func TestABatchKeepsItsEntriesInGroups(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := newLists(c)
		want := func(got map[int]int, loaded []int, answers map[int]int, loads ...int) {
			t.Helper()
			if !maps.Equal(got, answers) || !slices.Equal(loaded, loads) {
				t.Errorf("got %v, with %v loaded; want %v, %v", got, loaded, answers, loads)
			}
		}
		got, loaded := l.pages(t, 1, 1, 2, 3)
		want(got, loaded, map[int]int{1: 1, 2: 1, 3: 1}, 1, 2, 3)
		got, loaded = l.pages(t, 2, 3, 2, 1)
		want(got, loaded, map[int]int{1: 1, 2: 1, 3: 1})
		l.want(t, 2, 1, 9, 1) // the single-key method finds the batch's entry

		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(l, l.team(2)) })
		got, loaded = l.pages(t, 3, 1, 2, 3)
		want(got, loaded, map[int]int{1: 1, 2: 3, 3: 1}, 2)
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(l, l.all()) })
		got, loaded = l.pages(t, 4, 1, 2, 3)
		want(got, loaded, map[int]int{1: 4, 2: 4, 3: 4}, 1, 2, 3)
	})
}

func TestABatchBegunBeforeAGroupsEvictionIsNotStored(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := newLists(c)
		l.pages(t, 1, 1)
		loading, finish := make(chan struct{}), make(chan struct{})
		done := make(chan map[int]int)
		go func() {
			got, _ := BatchMap(t.Context(), l.Method, []int{2}, func(team int) string { return l.key(team, 1) },
				func(context.Context, *Fill, []int) (map[int]int, error) {
					close(loading)
					<-finish
					return map[int]int{2: 1}, nil
				}, InGroups(func(team int) []string { return []string{l.team(team), l.all()} }))
			done <- got
		}()
		<-loading
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(l, l.team(2)) })
		l.want(t, 2, 1, 5, 5) // does not join it
		close(finish)
		<-done
		l.want(t, 2, 1, 6, 5)
	})
}

func TestABatchInGroupsReadsInOneRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore("shared", false)
		l := newLists(mustCache(t, batching{shared}))
		l.pages(t, 1, 1, 2, 3)
		before := shared.count("getmany")
		if got, loaded := l.pages(t, 2, 1, 2, 3); len(got) != 3 || len(loaded) > 0 {
			t.Errorf("got %v, with %v loaded", got, loaded)
		}
		if n := shared.count("getmany") - before; n != 1 {
			t.Errorf("%d round trips, want 1", n)
		}
	})
}

func TestALargeBatchGoesInSeveralRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore("shared", false)
		m := intMethod(mustCache(t, batching{shared}))
		ids := make([]int, 2*oneTrip+1)
		for i := range ids {
			ids[i] = i
		}
		batch := func() (loaded int) {
			got, err := BatchMap(t.Context(), m, ids, func(id int) string { return keyOf(m, fmt.Sprint(id)) },
				func(_ context.Context, _ *Fill, ids []int) (map[int]int, error) {
					answers := make(map[int]int)
					for _, id := range ids {
						answers[id] = id
					}
					loaded = len(ids)
					return answers, nil
				})
			if err != nil || len(got) != len(ids) || got[2*oneTrip] != 2*oneTrip {
				t.Errorf("got %d answers, %v", len(got), err)
			}
			return loaded
		}
		if n := batch(); n != len(ids) {
			t.Errorf("%d loaded, want all", n)
		}
		before := shared.count("getmany")
		if n := batch(); n != 0 {
			t.Errorf("%d loaded again", n)
		}
		if n := shared.count("getmany") - before; n != 3 {
			t.Errorf("%d round trips for %d keys, want 3", n, len(ids))
		}
	})
}
