package pitfalls

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// Case 5: a remaining TTL under one second becomes "no TTL", or much more, on promotion.
func TestARemainingTTLUnderASecondStaysOneOnPromotion(t *testing.T) {
	db := newTable()
	addr := servertest.Redis(t).Addr()
	here, there := start(t, db, addr), start(t, db, addr)
	client := here.client
	db.token = Token{Text: "first", For: 2 * time.Second}
	// Where the machine is so slow that the rest has passed before it is read, try again.
	for try := 0; ; try++ {
		user := fmt.Sprint("user ", try)
		key := here.tokenKey(user)
		must[Token](t)(here.Token(t.Context(), user))
		if ttl := must[time.Duration](t)(client.PTTL(t.Context(), key).Result()); ttl <= 0 || ttl > db.token.For {
			t.Fatalf("Redis keeps it for %v, want at most %v", ttl, db.token.For)
		}
		eventually(t, "less than a second left", func() bool { return client.PTTL(t.Context(), key).Val() < 900*time.Millisecond })
		left := client.PTTL(t.Context(), key).Val()
		must[Token](t)(there.Token(t.Context(), user))
		_, promoted, err := there.own.GetWithTTL(t.Context(), key)
		if err == nil && db.called("Token") == try+1 {
			if promoted > left+20*time.Millisecond {
				t.Errorf("with %v left it was promoted for %v", left, promoted)
			}
			eventually(t, "its end", func() bool {
				_, err := there.own.Get(t.Context(), key)
				return errors.Is(err, runtime.ErrMiss)
			})
			eventually(t, "its end in Redis", func() bool { return client.Exists(t.Context(), key).Val() == 0 })
			if must[Token](t)(there.Token(t.Context(), user)); db.called("Token") != try+2 {
				t.Errorf("%d loads, want one more after the TTL", db.called("Token"))
			}
			return
		}
		if try == 10 {
			t.Fatal("nothing was promoted in ten tries")
		}
	}
}

// Case 5: a TTL under one second becomes one hour.
func TestATTLUnderASecondIsKept(t *testing.T) {
	db := newTable()
	p := start(t, db, servertest.Redis(t).Addr())
	db.token = Token{Text: "first", For: 300 * time.Millisecond}
	must[Token](t)(p.Token(t.Context(), "x"))
	key := p.tokenKey("x")
	if ttl := must[time.Duration](t)(p.client.PTTL(t.Context(), key).Result()); ttl == -1 || ttl > db.token.For {
		t.Errorf("Redis keeps it for %v, want at most %v", ttl, db.token.For)
	}
	eventually(t, "its end", func() bool {
		_, ok, _ := p.token.Get(t.Context(), key)
		return !ok && p.client.Exists(t.Context(), key).Val() == 0
	})
}

// Case 7: a corrupt or old-shaped payload is an error until its TTL, or decodes to zero values with no error.
func TestACorruptOrOldShapedPayloadIsLoadedAnewAtOnce(t *testing.T) {
	db := newTable(1)
	p := start(t, db, servertest.Redis(t).Addr())
	key := p.getKey(1)
	must[*Article](t)(p.Get(t.Context(), 1))
	good := must[string](t)(p.client.Get(t.Context(), key).Result())

	// The program before this one had a smaller Article.
	type article struct{ ID int64 }
	old := runtime.NewMethod(overRedis(t, dial(t, p.client.Options().Addr), nil), runtime.MethodConfig[*article]{
		Prefix: "cachegen/internal/pitfalls.Articles", Name: "Get", Codec: codec.Reflect[*article](),
	})
	must[int64](t)(p.client.Del(t.Context(), key).Result())
	must[*article](t)(old.Load(t.Context(), key, func(context.Context, *runtime.Fill) (*article, error) { return &article{1}, nil }))
	oldShape := must[string](t)(p.client.Get(t.Context(), key).Result())
	if oldShape == good || !strings.Contains(oldShape, `"ID":1`) {
		t.Fatalf("the old program stored %s", oldShape)
	}
	for name, payload := range map[string]string{
		"old-shaped": oldShape, "garbage": "\x00\xffgarbage", "nothing": "", "another program's": `{"id":1,"title":"x"}`, "cut short": good[:len(good)-3],
		"zero": "{}", "null": "null", "gob": "\x0a\xff\x81\x03\x01", "a payload of another type": good[:strings.Index(good, `"value":`)] + `"value":[1,2]}`,
	} {
		t.Run(name, func(t *testing.T) {
			must[string](t)(p.client.Set(t.Context(), key, payload, time.Hour).Result())
			must[any](t)(nil, p.own.Flush(t.Context()))
			before := db.called("Get")
			for range 2 {
				if a, err := p.Get(t.Context(), 1); err != nil || a.Title != "title 1" || len(a.Words) != 2 {
					t.Errorf("got %+v, %v", a, err)
				}
			}
			if n := db.called("Get") - before; n != 1 {
				t.Errorf("%d loads, want 1", n)
			}
			if now := p.client.Get(t.Context(), key).Val(); len(now) != len(good) {
				t.Errorf("left in the store is %q", now)
			}
			// Nor does it hold up a write.
			must[string](t)(p.client.Set(t.Context(), key, payload, time.Hour).Result())
			done := make(chan error, 1)
			go func() { done <- p.Retitle(context.Background(), 1, "title 1") }()
			if err := soon(t, "a write around", done); err != nil {
				t.Error(err)
			}
			if n := p.client.Exists(t.Context(), key).Val(); n != 0 {
				t.Errorf("left after a write is %q", p.client.Get(t.Context(), key).Val())
			}
		})
	}
}

// after runs something in between: when a client has had the answer to a command.
type after struct {
	command string
	do      func(goredis.Cmder)
}

func (a after) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (a after) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := next(ctx, cmd)
		if cmd.Name() == a.command {
			a.do(cmd)
		}
		return err
	}
}

func (a after) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if cmd.Name() == a.command {
				a.do(cmd)
			}
		}
		return err
	}
}

// Case 7: a corrupt payload is removed blindly although a newer value is there.
func TestANewerValueIsNotRemovedInPlaceOfACorruptOne(t *testing.T) {
	db := newTable(1)
	addr := servertest.Redis(t).Addr()
	client, there := dial(t, addr), start(t, db, addr)
	here := NewCachedArticles(db, overRedis(t, client, nil))
	key := here.getKey(1)
	must[string](t)(there.client.Set(t.Context(), key, "corrupt", time.Hour).Result())
	var newer string
	client.AddHook(after{"get", func(cmd goredis.Cmder) {
		if newer != "" || !strings.Contains(cmd.String(), "corrupt") {
			return
		}
		there.client.Del(context.Background(), key)
		_, _ = there.Get(context.Background(), 1)
		newer = there.client.Get(context.Background(), key).Val()
	}})
	if a := must[*Article](t)(here.Get(t.Context(), 1)); a.Version != 1 {
		t.Errorf("got %+v", a)
	}
	if now := there.client.Get(t.Context(), key).Val(); newer == "" || now != newer {
		t.Errorf("left is %q, want the newer value %q", now, newer)
	}
	if n := db.called("Get"); n != 1 {
		t.Errorf("%d loads, want the other process's alone", n)
	}
	if s := here.cache.Stats().Methods[methods+"Get"]; s.Corrupt != 1 {
		t.Errorf("%d corrupt entries were counted, want the one", s.Corrupt)
	}
}

// Case 12: clearing a method's entries blocks the server with KEYS.
func TestClearingAMethodsEntriesNeitherListsKeysNorCountsThem(t *testing.T) {
	db := newTable(1)
	p := start(t, db, servertest.Redis(t).Addr())
	var before map[string]int
	for _, entries := range []int{10, 1000} {
		for page := range entries {
			must[[]Article](t)(p.List(t.Context(), "x", page))
		}
		loads := db.called("List")
		if must[[]Article](t)(p.List(t.Context(), "x", entries-1)); db.called("List") != loads {
			t.Error("an entry was not kept")
		}
		forget(t, p.client)
		must[any](t)(nil, p.Reindex(t.Context()))
		must[any](t)(nil, p.EvictAllList(t.Context()))
		must[any](t)(nil, p.Rename(t.Context(), "x"))
		counts := commands(t, p.client)
		for _, command := range []string{"keys", "scan", "flushdb", "flushall", "randomkey", "dbsize"} {
			if n := counts[command]; n != 0 {
				t.Errorf("%d times %s", n, command)
			}
		}
		for _, command := range []string{"del", "unlink", "set"} {
			if before != nil && counts[command] != before[command] {
				t.Errorf("%s: %d times for 1000 entries, %d times for 10", command, counts[command], before[command])
			}
		}
		before = counts
		for page := range 10 {
			must[[]Article](t)(p.List(t.Context(), "x", page))
		}
		if n := db.called("List") - loads; n != 10 {
			t.Errorf("%d loads of ten entries that were cleared", n)
		}
	}
}

// Case 12: clearing deletes entries written meanwhile.
func TestClearingDeletesNoEntriesWrittenMeanwhile(t *testing.T) {
	db := newTable(1)
	addr := servertest.Redis(t).Addr()
	here, there := start(t, db, addr), start(t, db, addr)
	must[[]Article](t)(there.List(t.Context(), "x", 1))
	cleared, received := false, there.cache.Stats().ReceivedEvictions
	here.client.AddHook(after{"evalsha", func(cmd goredis.Cmder) {
		if cleared || cmd.Err() != nil || !strings.Contains(cmd.String(), here.listGroup()) {
			return
		}
		cleared = true                                          // on the server; the call that does it has not ended yet
		for there.cache.Stats().ReceivedEvictions == received { // a message during a load would keep it from being stored
			time.Sleep(time.Millisecond)
		}
		_, _ = there.List(context.Background(), "x", 1)
		_, _ = there.List(context.Background(), "y", 2)
	}})
	must[any](t)(nil, here.Reindex(t.Context()))
	if !cleared { // the server has not known the script: the second time it does
		eventually(t, "the message", func() bool { return there.cache.Stats().ReceivedEvictions > received })
		received = there.cache.Stats().ReceivedEvictions
		must[any](t)(nil, here.Reindex(t.Context()))
	}
	loads := db.called("List")
	if !cleared || loads < 3 {
		t.Fatalf("%d loads, want that before the clearing and two meanwhile", loads)
	}
	for _, p := range []*process{here, there} {
		must[[]Article](t)(p.List(t.Context(), "x", 1))
		must[[]Article](t)(p.List(t.Context(), "y", 2))
	}
	if n := db.called("List"); n != loads {
		t.Errorf("%d loads of what was stored after the clearing", n-loads)
	}
}

func overBigcache(t *testing.T, db Articles, config bigcache.Config) (*CachedArticles, *bigcache.Backend) {
	t.Helper()
	backend := must[*bigcache.Backend](t)(bigcache.New(config))
	cache := must[*runtime.Cache](t)(runtime.New(backend))
	t.Cleanup(func() { _ = cache.Close() })
	return NewCachedArticles(db, cache), backend
}

// Case 15: in bigcache, an oversized entry empties its shard.
func TestAnOversizedEntryCostsNoOther(t *testing.T) {
	const huge, others = 1000, 100
	db := newTable()
	for id := range int64(others) {
		must[any](t)(nil, db.Update(t.Context(), Article{ID: id, Title: "small"}))
	}
	must[any](t)(nil, db.Update(t.Context(), Article{ID: huge, Title: strings.Repeat("x", 2<<20)}))
	articles, _ := overBigcache(t, db, bigcache.Config{MaxBytes: 1 << 20, Shards: 1})
	read := func() {
		for id := range int64(others) {
			must[*Article](t)(articles.Get(t.Context(), id))
		}
	}
	read()
	for range 3 {
		if a, err := articles.Get(t.Context(), huge); err != nil || len(a.Title) != 2<<20 {
			t.Errorf("the large article comes back with %d bytes, %v", len(a.Title), err)
		}
	}
	if read(); db.called("Get") != others+3 {
		t.Errorf("%d loads, want one for each small article and three for the large one", db.called("Get"))
	}
}

// Case 15: in bigcache, the TTL is one for the whole cache.
func TestEachEntryInBigcacheHasItsOwnTTL(t *testing.T) {
	db := newTable()
	articles, backend := overBigcache(t, db, bigcache.Config{})
	ttls := map[string]time.Duration{"short": 200 * time.Millisecond, "middle": 3 * time.Minute, "long": 2 * time.Hour}
	for user, ttl := range ttls {
		db.token = Token{Text: user, For: ttl}
		must[Token](t)(articles.Token(t.Context(), user))
	}
	for user, ttl := range ttls {
		_, left, err := backend.GetWithTTL(t.Context(), articles.tokenKey(user))
		if errors.Is(err, runtime.ErrMiss) && user == "short" {
			continue // on a slow machine
		}
		if err != nil || left > ttl || left < ttl-time.Minute {
			t.Errorf("the %s one is kept for %v, %v, want %v", user, left, err, ttl)
		}
	}
	eventually(t, "the end of the short one", func() bool {
		_, ok, _ := articles.token.Get(t.Context(), articles.tokenKey("short"))
		return !ok
	})
	for _, user := range []string{"middle", "long"} {
		if token := must[Token](t)(articles.Token(t.Context(), user)); token.Text != user {
			t.Errorf("%s: %+v", user, token)
		}
	}
	if n := db.called("Token"); n != len(ttls) {
		t.Errorf("%d loads, want %d", n, len(ttls))
	}
}
