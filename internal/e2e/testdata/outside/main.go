package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"reflect"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// Report is what one round of all the calls came to.
type Report struct {
	Calls   int
	Hits    uint64   // calls that the cache answered
	Unread  uint64   // entries that could not be written or read
	Wrong   []string // calls whose answer was not the bare store's
	Median  time.Duration
	Slowest time.Duration
}

// The program runs a round of calls for each line on its standard input, and answers with a Report. The word
// "shared" makes it use a cache without the local tier, so that each hit comes from Redis.
func main() {
	client := goredis.NewClient(&goredis.Options{Addr: os.Args[1]})
	two, inTwo, err := newStore(client, true)
	if err != nil {
		log.Fatal(err)
	}
	one, inOne, err := newStore(client, false)
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		store, cache := two, inTwo
		if lines.Text() == "shared" {
			store, cache = one, inOne
		}
		hits, unread := counts(cache)
		r := round(store)
		r.Hits, r.Unread = counts(cache)
		r.Hits, r.Unread = r.Hits-hits, r.Unread-unread
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			log.Fatal(err)
		}
	}
}

// counts sums up what a cache did.
func counts(cache *runtime.Cache) (hits, unread uint64) {
	for _, m := range cache.Stats().Methods {
		hits += m.Hits
		unread += m.Corrupt + m.Schema + m.Unencoded
	}
	return hits, unread
}

func newStore(client *goredis.Client, local bool) (Store, *runtime.Cache, error) {
	shared, err := redis.New(client)
	if err != nil {
		return nil, nil, err
	}
	var backend runtime.CacheBackend = shared
	if local {
		memory, err := bigcache.New(bigcache.Config{})
		if err != nil {
			return nil, nil, err
		}
		if backend, err = runtime.NewTiered(runtime.Tier{Backend: memory}, runtime.Tier{Backend: shared}); err != nil {
			return nil, nil, err
		}
	}
	cache, err := runtime.New(backend, runtime.WithNamespace(fmt.Sprintf("outside-%t", local)), runtime.WithKeySecret([]byte("pepper")))
	if err != nil {
		return nil, nil, err
	}
	return NewCachedStore(memoryStore{}, cache), cache, nil
}

// round makes every call of the interface, on the bare store and on the cached one, and compares.
func round(cached Store) Report {
	ctx := context.Background()
	var r Report
	var times []time.Duration
	same := func(name string, call func(Store) []any) {
		want := call(memoryStore{})
		start := time.Now()
		got := call(cached)
		times = append(times, time.Since(start))
		r.Calls++
		if !reflect.DeepEqual(got, want) {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s: got %#v, want %#v", name, got, want))
		}
	}
	all := func(values ...any) []any {
		for i, v := range values {
			if d, ok := v.(*Document); ok { // time.Time holds its zone by pointer: compare instant and offset
				copied := *d
				at := copied.Created
				copied.Created = time.Time{}
				_, offset := at.Zone()
				values[i] = []any{copied, at.UnixNano(), offset}
			}
		}
		return values
	}
	for range 2 {
		same("GetChannel", func(s Store) []any { return all(s.GetChannel("general", true)) })
		same("GetChannel, not cached", func(s Store) []any { return all(s.GetChannel("general", false)) })
		same("GetChannel, none", func(s Store) []any { return all(s.GetChannel("none", true)) })
		same("GetStorageUsage", func(s Store) []any { return all(s.GetStorageUsage(true, false)) })
		same("GetStorageUsage, reload", func(s Store) []any { return all(s.GetStorageUsage(false, true)) })
		same("GetRole", func(s Store) []any { return all(s.GetRole("1")) })
		same("GetRoleByName", func(s Store) []any { return all(s.GetRoleByName(ctx, "role 1")) })
		same("SaveRole", func(s Store) []any { return all(s.SaveRole(&Role{ID: "1", Name: "role 1"})) })
		same("DeleteRole", func(s Store) []any { return all(s.DeleteRole("1")) })
		same("HigherScopedPermissions", func(s Store) []any { return all(s.HigherScopedPermissions([]string{"b", "a", "b"})) })
		same("GetPosts", func(s Store) []any { return all(s.GetPosts(GetPostsOptions{"c", 0, 30}, true, nil)) })
		same("GetPosts, page 2", func(s Store) []any { return all(s.GetPosts(GetPostsOptions{"c", 2, 30}, true, nil)) })
		same("GetUserTeamIDs", func(s Store) []any { return all(s.GetUserTeamIDs("ann", true)) })
		same("GetUserTeamIDs, empty", func(s Store) []any { return all(s.GetUserTeamIDs("new", true)) })
		same("Membership", func(s Store) []any { return all(s.Membership(ctx, &User{ID: 1}, "admin")) })
		same("Membership, nil", func(s Store) []any { return all(s.Membership(ctx, nil, "admin")) })
		same("FindQueue", func(s Store) []any { return all(s.FindQueue(ctx, QueueRequest{"ns", "queue", 1, 2, true})) })
		same("Exists", func(s Store) []any { return all(s.Exists(ctx, "ann")) })
		same("Find", func(s Store) []any { return all(s.Find(ctx, 1)) })
		same("Find, none", func(s Store) []any { return all(s.Find(ctx, 2000)) })
		same("UpdateUser", func(s Store) []any { return all(s.UpdateUser(ctx, &User{ID: 1, Name: "ann"})) })
		same("UpdateUser, nil", func(s Store) []any { return all(s.UpdateUser(ctx, nil)) })
		same("List", func(s Store) []any { return all(s.List(ctx)) })
		same("GetRepository, id", func(s Store) []any { return all(s.GetRepository(ctx, 1)) })
		same("GetRepository, name", func(s Store) []any { return all(s.GetRepository(ctx, "1")) })
		same("GetRepository, no key", func(s Store) []any { return all(s.GetRepository(ctx, make(chan int))) })
		same("FetchMulti", func(s Store) []any { return all(s.FetchMulti(ctx, "id", []Label{{"a", "b"}, {"c", "d"}})) })
		same("GetAll", func(s Store) []any { return all(s.GetAll(ctx, 1, "name", "asc", 10, 0, "x", true, []string{"t"})) })
		same("GetAll, nil", func(s Store) []any { return all(s.GetAll(ctx, 0, "name", "asc", 10, 0, "x", true, nil)) })
		same("Session", func(s Store) []any { return all(s.Session(ctx, "token")) })
		same("Session, none", func(s Store) []any { return all(s.Session(ctx, "")) })
		same("Session, gone", func(s Store) []any { return all(s.Session(ctx, "old")) })
		same("DeleteAttachment", func(s Store) []any { return all(s.DeleteAttachment(ctx, &DeleteAttachment{Hard: true})) })
		same("DeleteAttachment, nil", func(s Store) []any { return all(s.DeleteAttachment(ctx, nil)) })
		same("Objects", func(s Store) []any { return all(s.Objects(ctx, Bucket{Name: "b"}, "option")) })
		same("GetClient", func(s Store) []any { return all(s.GetClient(ctx, "app")) })
		same("UpdateClient", func(s Store) []any {
			return all(s.UpdateClient(ctx, "app", func(c Client) (Client, error) { return c, errors.ErrUnsupported }))
		})
		same("GetMember", func(s Store) []any { return all(s.GetMember("ann")) })
		same("SaveMultipleMembers", func(s Store) []any { return all(s.SaveMultipleMembers([]*Member{{"ann", "1"}, nil, {"bob", "1"}})) })
		same("GetHour", func(s Store) []any { return all(s.GetHour(ctx, time.Unix(1_800_000_000, 0))) })
		same("GetDocument", func(s Store) []any { return all(s.GetDocument(ctx, [16]byte{1, 2, 255})) })
		same("All", func(s Store) []any {
			var users []any
			for u, err := range s.All(ctx) {
				users = append(users, u, err)
			}
			return users
		})
	}
	slices.Sort(times)
	r.Median, r.Slowest = times[len(times)/2], times[len(times)-1]
	return r
}
