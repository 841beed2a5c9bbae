package pitfalls

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// Case 9: a cache write error is returned beside a good value.
func TestACacheWriteErrorIsNotTheCallersError(t *testing.T) {
	const limit = 3 << 20
	for name, test := range map[string]struct {
		options     []string
		begin, over func(*goredis.Client) error
	}{
		"full": {
			options: []string{"--maxmemory-policy", "noeviction"},
			begin: func(client *goredis.Client) (err error) {
				if err := client.ConfigSet(context.Background(), "maxmemory", fmt.Sprint(limit)).Err(); err != nil {
					return err
				}
				for i := 0; err == nil; i++ {
					err = client.Set(context.Background(), fmt.Sprint("other ", i), strings.Repeat("x", 64<<10), 0).Err()
				}
				if !strings.Contains(err.Error(), "OOM") {
					return err
				}
				return nil
			},
			over: func(client *goredis.Client) error {
				return client.ConfigSet(context.Background(), "maxmemory", "0").Err()
			},
		},
		"read-only": {
			begin: func(client *goredis.Client) error {
				return client.ReplicaOf(context.Background(), "127.0.0.1", "1").Err()
			},
			over: func(client *goredis.Client) error { return client.ReplicaOf(context.Background(), "NO", "ONE").Err() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := newTable(1, 2, 3)
			server := servertest.Redis(t, test.options...)
			for tiers, own := range map[string]*memory.Backend{"one tier": nil, "two tiers": must[*memory.Backend](t)(memory.New(memory.Config{}))} {
				var local runtime.CacheBackend
				if own != nil {
					local = own
				}
				client := dial(t, server.Addr())
				cache := overRedis(t, client, local, runtime.WithBreaker(1_000_000, time.Second), runtime.WithNamespace(tiers[:3]))
				articles := NewCachedArticles(db, cache)
				must[*Article](t)(articles.Get(t.Context(), 3))
				must[any](t)(nil, test.begin(client))
				for id := range int64(5) {
					if a, err := articles.Get(t.Context(), id); db.find(id) == nil {
						if a != nil || err != ErrNotFound {
							t.Errorf("%s: article %d: %+v, %v, want that it is not found", tiers, id, a, err)
						}
					} else if err != nil || a.ID != id {
						t.Errorf("%s: article %d: %+v, %v", tiers, id, a, err)
					}
				}
				if all, err := articles.GetMany(t.Context(), []int64{1, 2, 3, 4}); err != nil || len(all) != 3 {
					t.Errorf("%s: many: %v, %v", tiers, all, err)
				}
				if list, err := articles.List(t.Context(), "x", 1); err != nil || len(list) != 3 {
					t.Errorf("%s: list: %v, %v", tiers, list, err)
				}
				title := "new in " + tiers
				for what, err := range map[string]error{
					"update":  articles.Update(t.Context(), Article{ID: 3, Title: title}),
					"around":  articles.Retitle(t.Context(), 3, title),
					"reindex": articles.Reindex(t.Context()),
				} {
					if err != nil {
						t.Errorf("%s: %s: %v", tiers, what, err)
					}
				}
				if a, err := articles.Get(t.Context(), 3); err != nil || a.Title != title {
					t.Errorf("%s: after the update: %+v, %v", tiers, a, err)
				}
				if s := cache.Stats(); s.Tiers[len(s.Tiers)-1].Errors == 0 {
					t.Errorf("%s: the server took every write: this tests nothing", tiers)
				}
				must[any](t)(nil, test.over(client))
				eventually(t, "all evictions landed", func() bool { return cache.Stats().PendingEvictions == 0 })
				if a, err := articles.Get(t.Context(), 3); err != nil || a.Title != title {
					t.Errorf("%s: when it was over: %+v, %v", tiers, a, err)
				}
			}
		})
	}
}

// Case 10: a dead Redis makes one request take minutes.
func TestWithADeadRedisNoRequestTakesLong(t *testing.T) {
	const (
		requests = 300
		most     = 5 * time.Second  // for one, of a few milliseconds' work
		inAll    = 20 * time.Second // one after the other
	)
	for name, die := range map[string]func(*servertest.Server){
		"killed": (*servertest.Server).Kill,
		"paused": (*servertest.Server).Pause,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newTable(1, 2, 3)
			server := servertest.Redis(t)
			// All limits of the cache and the client are those that one gets without asking.
			client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
			t.Cleanup(func() { _ = client.Close() })
			cache := overRedis(t, client, must[*memory.Backend](t)(memory.New(memory.Config{})), runtime.WithBackendTimeout(200*time.Millisecond))
			articles := NewCachedArticles(db, cache)
			must[*Article](t)(articles.Get(t.Context(), 1))
			die(server)
			began := time.Now()
			var slowest time.Duration
			for n := range requests {
				start := time.Now()
				id := int64(n%3) + 1
				a, err := articles.Get(context.Background(), id)
				if err != nil || a.ID != id {
					t.Fatalf("request %d: %+v, %v", n, a, err)
				}
				if n%10 == 0 {
					must[any](t)(nil, articles.Update(context.Background(), Article{ID: id, Title: fmt.Sprint(n)}))
					must[any](t)(nil, articles.Retitle(context.Background(), id, fmt.Sprint(n)))
					if a := must[*Article](t)(articles.Get(context.Background(), id)); a.Title != fmt.Sprint(n) {
						t.Errorf("after an update to %d: %+v", n, a)
					}
					must[map[int64]*Article](t)(articles.GetMany(context.Background(), []int64{1, 2, 3}))
				}
				slowest = max(slowest, time.Since(start))
			}
			if took := time.Since(began); slowest > most || took > inAll {
				t.Errorf("%d requests took %v, the slowest of them %v", requests, took, slowest)
			}
			if name == "paused" {
				server.Resume()
			} else {
				server.Restart()
			}
			eventually(t, "all evictions landed", func() bool { return cache.Stats().PendingEvictions == 0 })
		})
	}
}

// Case 14: MGET across slots fails on Redis Cluster.
func TestManyKeysAcrossTheSlotsOfACluster(t *testing.T) {
	cluster := servertest.RedisCluster(t)
	var ids, gone []int64
	for id := range int64(300) {
		ids = append(ids, id)
		if id%2 == 0 {
			gone = append(gone, id)
		}
	}
	db := newTable(ids...)
	var all []*CachedArticles
	var caches []*runtime.Cache
	for range 2 {
		client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs()})
		t.Cleanup(func() { _ = client.Close() })
		cache := overRedis(t, client, nil)
		caches, all = append(caches, cache), append(all, NewCachedArticles(db, cache))
	}
	// A message, or the beginning of a subscription, during a load would keep its result from being stored.
	received := []uint64{0, 0}
	hears := func(i, keys int, of error) {
		t.Helper()
		must[any](t)(nil, of)
		received[i] += uint64(keys)
		eventually(t, "messages", func() bool { return caches[i].Stats().ReceivedEvictions == received[i] })
	}
	var nodes []*goredis.Client
	for _, node := range cluster.Nodes {
		nodes = append(nodes, dial(t, node.Addr()))
	}
	eventually(t, "two subscriptions", func() bool {
		var n int64
		for _, node := range nodes {
			n += node.PubSubNumSub(t.Context(), "cachegen:evicted").Val()["cachegen:evicted"]
		}
		return n == 2
	})
	for i := range all {
		hears(i, 1, all[1-i].EvictDraft(t.Context(), 1))
	}
	want := func(call, loads, found int) {
		t.Helper()
		got, err := all[call%2].GetMany(t.Context(), ids)
		if err != nil || len(got) != found {
			t.Errorf("call %d: %d articles, %v, want %d", call, len(got), err, found)
		}
		for id, a := range got {
			if a.ID != id {
				t.Errorf("call %d: under %d: %+v", call, id, a)
			}
		}
		if n := db.called("GetMany"); n != loads {
			t.Errorf("call %d: %d loads, want %d", call, n, loads)
		}
	}
	want(0, 1, len(ids))
	want(1, 1, len(ids))
	want(2, 1, len(ids))
	for i, node := range nodes {
		if n := must[int64](t)(node.DBSize(t.Context()).Result()); n < 50 {
			t.Errorf("node %d has %d keys: the entries are not spread over the slots", i, n)
		}
	}
	hears(1, len(gone), all[0].DeleteMany(t.Context(), gone))
	want(3, 2, len(ids)-len(gone))
	want(4, 2, len(ids)-len(gone))
	// Groups and marks are keys of other slots than the entries'.
	for call := range 4 {
		must[[]Article](t)(all[call%2].List(t.Context(), "x", 1))
	}
	if n := db.called("List"); n != 1 {
		t.Errorf("%d loads of a list, want 1", n)
	}
	hears(0, 2, all[1].Rename(t.Context(), "x"))
	for call := range 4 {
		must[[]Article](t)(all[call%2].List(t.Context(), "x", 1))
	}
	if n := db.called("List"); n != 2 {
		t.Errorf("%d loads of a list, want 2", n)
	}
	for _, c := range caches {
		if s := c.Stats(); s.Tiers[0].Errors != 0 || s.PendingEvictions != 0 {
			t.Errorf("%d operations failed, %d evictions wait", s.Tiers[0].Errors, s.PendingEvictions)
		}
	}
}
