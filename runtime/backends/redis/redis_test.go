package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// dial returns a client of one server, closed with the test.
func dial(t testing.TB, addr string) *goredis.Client {
	t.Helper()
	return closed(t, goredis.NewClient(&goredis.Options{Addr: addr}))
}

func closed[C goredis.UniversalClient](t testing.TB, client C) C {
	t.Helper()
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("close the client: %v", err)
		}
	})
	return client
}

func open(t testing.TB, client goredis.UniversalClient, options ...redis.Option) *redis.Backend {
	t.Helper()
	b, err := redis.New(client, options...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return b
}

func conform(t *testing.T, client goredis.UniversalClient) {
	t.Helper()
	backendtest.Run(t, func(t *testing.T) runtime.CacheBackend { return open(t, client) }, backendtest.Config{})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	addr := servertest.Redis(t).Addr()
	t.Run("RESP3", func(t *testing.T) { conform(t, dial(t, addr)) })
	t.Run("RESP2", func(t *testing.T) {
		conform(t, closed(t, goredis.NewClient(&goredis.Options{Addr: addr, Protocol: 2, ContextTimeoutEnabled: true})))
	})
}

func TestConformanceSentinel(t *testing.T) {
	t.Parallel()
	set := servertest.Sentinel(t)
	conform(t, closed(t, goredis.NewFailoverClient(&goredis.FailoverOptions{
		MasterName: set.MasterName, SentinelAddrs: set.Addrs(),
	})))
}

func TestConformanceCluster(t *testing.T) {
	t.Parallel()
	cluster := servertest.RedisCluster(t)
	for _, observes := range []bool{false, true} {
		t.Run(fmt.Sprintf("ContextTimeoutEnabled=%v", observes), func(t *testing.T) {
			conform(t, closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{
				Addrs: cluster.Addrs(), ContextTimeoutEnabled: observes,
			})))
		})
	}
}

func TestConformanceRing(t *testing.T) {
	t.Parallel()
	conform(t, closed(t, goredis.NewRing(&goredis.RingOptions{
		Addrs: map[string]string{"one": servertest.Redis(t).Addr(), "two": servertest.Redis(t).Addr()},
	})))
}

// embedded is a client type of a user's own.
type embedded struct{ *goredis.Client }

func TestConformanceEmbeddedClient(t *testing.T) {
	t.Parallel()
	conform(t, embedded{dial(t, servertest.Redis(t).Addr())})
}

func TestNewRefusesClientsThatReadWhatIsStale(t *testing.T) {
	for name, client := range map[string]goredis.UniversalClient{
		"nil":            nil,
		"ReadOnly":       goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, ReadOnly: true}),
		"RouteByLatency": goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, RouteByLatency: true}),
		"RouteRandomly":  goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, RouteRandomly: true}),
		"client-side cache": goredis.NewClient(&goredis.Options{
			Addr: "127.0.0.1:1", ClientSideCacheConfig: &goredis.ClientSideCacheConfig{},
		}),
	} {
		if client != nil {
			closed(t, client)
		}
		if _, err := redis.New(client); err == nil {
			t.Errorf("%s: New accepted the client", name)
		}
	}
	if _, err := redis.New(dial(t, "127.0.0.1:1"), redis.WithHeartbeat(0)); err == nil {
		t.Error("New accepted WithHeartbeat(0)")
	}
}

func TestNewLeavesTheClientAsItWas(t *testing.T) {
	client := closed(t, goredis.NewClient(&goredis.Options{
		Addr: servertest.Redis(t).Addr(), ReadTimeout: 3 * time.Second, WriteTimeout: 4 * time.Second,
	}))
	hook := &commands{}
	client.AddHook(hook)
	b := open(t, client)
	if _, err := b.Get(t.Context(), "k"); !errors.Is(err, runtime.ErrMiss) {
		t.Errorf("Get: %v", err)
	}
	if o := client.Options(); o.ContextTimeoutEnabled || o.ReadTimeout != 3*time.Second || o.WriteTimeout != 4*time.Second {
		t.Errorf("New changed the client's options: %+v", o)
	}
	if got := hook.take(); len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "get k") {
		t.Errorf("the client's hooks saw %v", got)
	}
}

func TestStalledServerHoldsNobodyBeyondHisDeadline(t *testing.T) {
	server := servertest.Redis(t)
	cluster := servertest.RedisCluster(t)
	clients := map[string]goredis.UniversalClient{
		"client":  dial(t, server.Addr()),
		"cluster": closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs()})),
		"observing cluster": closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{
			Addrs: cluster.Addrs(), ContextTimeoutEnabled: true,
		})),
		"ring": closed(t, goredis.NewRing(&goredis.RingOptions{Addrs: map[string]string{"one": server.Addr()}})),
	}
	for name, client := range clients {
		if err := client.Set(t.Context(), "warm", "1", time.Minute).Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	servers := append(cluster.Nodes, server)
	for _, s := range servers {
		s.Pause()
	}
	defer func() {
		for _, s := range servers {
			s.Resume()
		}
	}()
	for name, client := range clients {
		b := open(t, client)
		for what, call := range map[string]func(context.Context) error{
			"Get":         func(ctx context.Context) error { _, err := b.Get(ctx, "k"); return err },
			"SetWithTTL":  func(ctx context.Context) error { return b.SetWithTTL(ctx, "k", []byte("1"), time.Minute) },
			"GetMany":     func(ctx context.Context) error { _, err := b.GetMany(ctx, []string{"k", "l"}); return err },
			"Fill":        func(ctx context.Context) error { _, err := b.Fill(ctx, "k", nil, nil, time.Minute); return err },
			"HealthCheck": b.HealthCheck,
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			start := time.Now()
			err := call(ctx)
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s, %s: returned %v after a deadline of 100ms", name, what, took)
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, %s: %v; want DeadlineExceeded", name, what, err)
			}
			cancel()
		}
	}
}

func TestTTLReachesTheServerInMilliseconds(t *testing.T) {
	client := dial(t, servertest.Redis(t).Addr())
	b, ctx := open(t, client), t.Context()
	set := map[string]func(key string, ttl time.Duration) error{
		"SetWithTTL": func(key string, ttl time.Duration) error { return b.SetWithTTL(ctx, key, []byte("1"), ttl) },
		"SetMany": func(key string, ttl time.Duration) error {
			return b.SetMany(ctx, []runtime.Item{{Key: key, Value: []byte("1"), TTL: ttl}})
		},
		"Lease": func(key string, ttl time.Duration) error {
			_, _, err := b.Lease(ctx, key, []byte("1"), ttl)
			return err
		},
	}
	for name, set := range set {
		for _, ttl := range []time.Duration{2*time.Hour + 345*time.Millisecond, 90*time.Second + 999_999} {
			key := name + ttl.String()
			if err := set(key, ttl); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got := client.PTTL(ctx, key).Val()
			if got > ttl || got < ttl-time.Second {
				t.Errorf("%s for %v: the server says %v", name, ttl, got)
			}
		}
		for _, ttl := range []time.Duration{1, 999 * time.Microsecond} {
			if err := set(name+"tiny", ttl); err != nil {
				t.Errorf("%s for %v: %v", name, ttl, err)
			}
			if got := client.PTTL(ctx, name+"tiny").Val(); got == -1 {
				t.Errorf("%s for %v: stored without a TTL", name, ttl)
			}
			client.Del(ctx, name+"tiny")
		}
	}
}

func TestEntryThatAnotherProgramLeftWithoutTTL(t *testing.T) {
	client := dial(t, servertest.Redis(t).Addr())
	client.Set(t.Context(), "k", `"forever"`, 0)
	value, left, err := open(t, client).GetWithTTL(t.Context(), "k")
	if string(value) != `"forever"` || left != 0 || err != nil {
		t.Errorf("GetWithTTL = %s, %v, %v; want the value with no TTL known", value, left, err)
	}
}

func TestErrorsTellNoKey(t *testing.T) {
	client := dial(t, servertest.Redis(t).Addr())
	client.LPush(t.Context(), "secret", "not a string")
	_, err := open(t, client).Get(t.Context(), "secret")
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "WRONGTYPE") ||
		!strings.Contains(err.Error(), "get a key of 6 bytes") {
		t.Errorf("Get of a list: %v", err)
	}
}

func TestFullServerIsAnError(t *testing.T) {
	b := open(t, dial(t, servertest.Redis(t, "--maxmemory", "3mb", "--maxmemory-policy", "noeviction").Addr()))
	value := runtime.Value(`"` + strings.Repeat("v", 100<<10) + `"`)
	var items []runtime.Item
	for i := range 60 {
		items = append(items, runtime.Item{Key: fmt.Sprint(i), Value: value, TTL: time.Minute})
	}
	err := b.SetMany(t.Context(), items)
	if err == nil || !strings.Contains(err.Error(), "OOM") || errors.Is(err, runtime.ErrTooLarge) {
		t.Errorf("SetMany beyond maxmemory: %v", err)
	}
	if len(err.Error()) > 500 {
		t.Errorf("the error repeats itself: %d bytes", len(err.Error()))
	}
	if got, err := b.Get(t.Context(), "0"); err != nil || !bytes.Equal(got, value) {
		t.Errorf("what had room was not stored: %v", err)
	}
}

func TestMoreThanTheProtocolTakesIsTooLarge(t *testing.T) {
	client := dial(t, servertest.Redis(t).Addr())
	b := open(t, client)
	huge := make([]byte, 512<<20+1)
	if err := b.SetWithTTL(t.Context(), "k", huge, time.Minute); !errors.Is(err, runtime.ErrTooLarge) {
		t.Errorf("SetWithTTL of %d bytes: %v", len(huge), err)
	}
}

func TestScriptsSurviveARestart(t *testing.T) {
	server := servertest.Redis(t)
	b, ctx := open(t, dial(t, server.Addr())), t.Context()
	for range 2 {
		if err := b.SetWithTTL(ctx, "k", []byte(`1`), time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.GetWithTTL(ctx, "k"); err != nil {
			t.Errorf("GetWithTTL: %v", err)
		}
		if removed, err := b.RemoveIf(ctx, "k", []byte(`1`)); !removed || err != nil {
			t.Errorf("RemoveIf = %v, %v", removed, err)
		}
		server.Restart() // which forgets scripts
	}
}

func TestRemovePrefixReachesEveryMasterAndNeverBlocksOne(t *testing.T) {
	cluster := servertest.RedisCluster(t)
	client := closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs()}))
	b, ctx := open(t, client), t.Context()
	var items []runtime.Item
	for i := range 9000 {
		items = append(items, runtime.Item{Key: fmt.Sprintf("p%d:%d", i%2, i), Value: []byte(`1`), TTL: time.Minute})
	}
	if err := b.SetMany(ctx, items); err != nil {
		t.Fatal(err)
	}
	if n, err := b.RemovePrefix(ctx, "p0:"); n != 4500 || err != nil {
		t.Errorf("RemovePrefix = %d, %v; want 4500", n, err)
	}
	for i, node := range cluster.Nodes {
		server := dial(t, node.Addr())
		if n := server.DBSize(ctx).Val(); n < 1000 || n > 2000 {
			t.Errorf("node %d has %d keys left; want about 1500", i, n)
		}
		stats := server.Info(ctx, "commandstats").Val()
		if strings.Contains(stats, "cmdstat_keys:") || !strings.Contains(stats, "cmdstat_scan:") {
			t.Errorf("node %d was asked by other means than SCAN:\n%s", i, stats)
		}
	}
}

func TestHealthCheckFindsADeadMaster(t *testing.T) {
	cluster := servertest.RedisCluster(t)
	b := open(t, closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs()})))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.HealthCheck(ctx); err != nil {
		t.Fatalf("HealthCheck: %v", err)
	}
	cluster.Nodes[1].Kill()
	if err := b.HealthCheck(ctx); err == nil {
		t.Error("HealthCheck found a dead master healthy")
	}
}
