package runtime

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// channels is a method whose results, members of a channel, are marked by each member.
type channels struct {
	*Method[[]string]
	member *Tag
}

func newChannels(c *Cache) channels {
	member := NewTag(c, "p.Channels", "member")
	return channels{NewMethod(c, MethodConfig[[]string]{
		Prefix: "p.Channels", Name: "Members", Codec: codec.Reflect[[]string](), TTL: time.Minute, Jitter: -1, Tags: []*Tag{member},
	}), member}
}

func (c channels) mark(member string) string {
	return string(append(append(c.member.Key(nil), ':'), member...))
}

func (c channels) evict(t *testing.T, member string) {
	t.Helper()
	if err := c.cache.EvictTag(t.Context(), c.member, c.mark(member)); err != nil {
		t.Error(err)
	}
}

// members is what a generated method does; load runs where the cache has nothing.
func (c channels) members(ctx context.Context, channel string, load func() []string) []string {
	v, _ := c.callAs(ctx, keyOf(c.Method, channel), func(_ context.Context, fill *Fill) ([]string, error) {
		result := load()
		fill.Tags(func(mark func(string)) {
			for _, member := range result {
				mark(c.mark(member))
			}
		})
		return result, nil
	})
	return v
}

// want reports where the members of a channel, which are now if they have to be loaded, are not those wanted.
func (c channels) want(t *testing.T, channel string, now, want []string) {
	t.Helper()
	if got := c.members(t.Context(), channel, func() []string { return now }); !slices.Equal(got, want) {
		t.Errorf("channel %s: got %v, want %v", channel, got, want)
	}
}

func TestEvictingAMarkEndsTheEntriesThatBearItAndNoOthers(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		ch := newChannels(c)
		ann, both, none := []string{"ann"}, []string{"ann", "bea"}, []string{}
		ch.want(t, "1", ann, ann)
		ch.want(t, "2", both, both)
		ch.want(t, "3", none, none)
		for _, channel := range []string{"1", "2", "3"} {
			if _, ok, _ := ch.Get(t.Context(), keyOf(ch.Method, channel)); !ok {
				t.Errorf("channel %s was not stored", channel)
			}
		}
		ch.evict(t, "bea")
		ch.want(t, "1", none, ann)
		ch.want(t, "2", ann, ann)
		ch.want(t, "3", ann, none)
		ch.evict(t, "ann")
		ch.want(t, "1", none, none)
		ch.want(t, "2", none, none)
		ch.want(t, "3", ann, none)
	})
}

func TestALoadBegunBeforeAMarksEvictionIsNeitherStoredNorJoined(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		ch := newChannels(c)
		old, now := []string{"ann", "old"}, []string{"ann", "new"}
		for _, known := range []bool{false, true} {
			if known { // the mark has a generation before the load begins
				ch.want(t, "other", old, old)
			}
			loading, finish, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				ch.members(t.Context(), "1", func() []string { close(loading); <-finish; return old })
			}()
			<-loading
			ch.evict(t, "ann")
			ch.want(t, "1", now, now)
			close(finish)
			<-done
			ch.want(t, "1", old, now)
			ch.evict(t, "ann")
		}
	})
}

func TestALoadBegunBeforeAMarksEvictionElsewhereDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// No messages: the processes hear of each other by the shared tier alone.
		shared := capable{newStore("shared", false)}
		here := newChannels(mustCache(t, shared))
		there := newChannels(mustCache(t, shared))
		old, now := []string{"ann", "old"}, []string{"ann", "new"}
		for _, known := range []bool{false, true} {
			if known {
				there.want(t, "other", old, old)
			}
			loading, finish, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				here.members(t.Context(), "1", func() []string { close(loading); <-finish; return old })
			}()
			<-loading
			there.evict(t, "ann")
			there.want(t, "other", now, now) // makes a new generation for the mark
			close(finish)
			<-done
			there.want(t, "1", now, now)
			here.want(t, "1", old, now)
			there.evict(t, "ann")
		}
	})
}

func TestAMarkEvictedBetweenItsTwoRemovalsIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := capable{newStore("shared", false)}
		ch := newChannels(mustCache(t, shared))
		other := newChannels(mustCache(t, shared))
		old := []string{"ann"}
		// The other process has removed the epoch, and not yet the mark.
		ch.members(t.Context(), "1", func() []string {
			if err := other.cache.evict(t.Context(), []string{other.member.prefix}, nil, other.cache.tiers.removeShared); err != nil {
				t.Error(err)
			}
			return old
		})
		if _, ok, _ := ch.Get(t.Context(), keyOf(ch.Method, "1")); ok {
			t.Error("what was loaded before the epoch's end was stored")
		}
		// A load from after the write is stored, and ends with the mark.
		ch.want(t, "1", old, old)
		if err := other.cache.evict(t.Context(), []string{other.mark("ann")}, nil, other.cache.tiers.removeShared); err != nil {
			t.Error(err)
		}
		ch.want(t, "1", []string{"new"}, []string{"new"})
	})
}

func TestAResultWithMarksThatCannotBeMadeIsNotStored(t *testing.T) {
	ch := newChannels(mustCache(t, newStore("store", true)))
	call := func(tags func(mark func(string))) {
		_, _ = ch.callAs(t.Context(), keyOf(ch.Method, "1"), func(_ context.Context, fill *Fill) ([]string, error) {
			fill.Tags(tags)
			return nil, nil
		})
		if _, ok, _ := ch.Get(t.Context(), keyOf(ch.Method, "1")); ok {
			t.Error("it was stored")
		}
	}
	call(func(func(string)) { panic("no mark") })
	call(func(mark func(string)) { mark("") })
	call(func(mark func(string)) {
		for i := range maxTags + 1 {
			mark(ch.mark(time.Unix(int64(i), 0).UTC().Format("2006-01-02T15:04:05")))
		}
	})
}

func TestAMarkIsNotRemovedBeforeItsEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore("shared", false)
		here := newChannels(mustCache(t, shared, WithBreaker(1_000_000, time.Second)))
		there := newChannels(mustCache(t, shared))
		old, now := []string{"ann"}, []string{"ann", "new"}
		here.want(t, "other", old, old)
		there.members(t.Context(), "1", func() []string {
			shared.onEach(func(_ context.Context, op, key string) error {
				if op == "remove" && key == here.member.prefix {
					return errors.New("out of reach")
				}
				return nil
			})
			if here.cache.EvictTag(t.Context(), here.member, here.mark("ann")) == nil {
				t.Error("the eviction reached a store that is out of reach")
			}
			time.Sleep(time.Second) // the mark could be tried again
			here.want(t, "other", now, now)
			return old
		})
		shared.onEach(nil)
		time.Sleep(2 * longestRetry)
		if n := here.cache.overdue.len(); n != 0 || len(here.cache.overdue.held) != 0 || len(here.cache.overdue.after) != 0 {
			t.Errorf("%d evictions have not landed, %d are held", n, len(here.cache.overdue.held))
		}
		there.want(t, "1", now, now)
		here.want(t, "1", old, now)
	})
}

func TestWhatAnotherProcessStoredAfterAMarksEvictionIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newHub()
		process := func() channels {
			return newChannels(mustCache(t, mustTiers(t, Tier{Backend: newStore("local", true)}, Tier{Backend: shared})))
		}
		here, there := process(), process()
		synctest.Wait()
		old, now := []string{"ann"}, []string{"ann", "new"}
		here.want(t, "1", old, old)
		there.want(t, "1", now, old)
		here.evict(t, "ann")
		synctest.Wait()
		here.want(t, "1", now, now)
		there.want(t, "1", old, now)
		gets := shared.count("get")
		there.want(t, "1", old, now)
		if n := shared.count("get") - gets; n != 0 {
			t.Errorf("a copy here took %d round trips, want none", n)
		}
	})
}
