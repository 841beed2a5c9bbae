package pitfalls

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

const methods = "cachegen/internal/pitfalls.Articles."

// table is the database: all processes of a test read and write it.
type table struct {
	mu    sync.Mutex
	rows  map[int64]Article
	calls map[string]int
	token Token
	draft string
	// during, if not nil, is called within each read, once it has seen what it will return.
	during func(ctx context.Context, method string) error
}

func newTable(ids ...int64) *table {
	t := &table{rows: make(map[int64]Article), calls: make(map[string]int)}
	for _, id := range ids {
		t.rows[id] = Article{ID: id, Title: fmt.Sprint("title ", id), Words: []string{"a", "b"}, Version: 1}
	}
	return t
}

// read counts a call and looks at the rows.
func (t *table) read(ctx context.Context, method string, look func()) error {
	t.mu.Lock()
	t.calls[method]++
	look()
	during := t.during
	t.mu.Unlock()
	if during != nil {
		return during(ctx, method)
	}
	return nil
}

func (t *table) onReads(during func(ctx context.Context, method string) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.during = during
}

func (t *table) called(method string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls[method]
}

func (t *table) find(id int64) (a *Article) {
	if row, ok := t.rows[id]; ok {
		row.Words = slices.Clone(row.Words)
		a = &row
	}
	return a
}

func (t *table) Get(ctx context.Context, id int64) (a *Article, err error) {
	err = t.read(ctx, "Get", func() { a = t.find(id) })
	if err == nil && a == nil {
		err = ErrNotFound
	}
	return a, err
}

func (t *table) GetMany(ctx context.Context, ids []int64) (map[int64]*Article, error) {
	all := make(map[int64]*Article)
	err := t.read(ctx, "GetMany", func() {
		for _, id := range ids {
			if a := t.find(id); a != nil {
				all[id] = a
			}
		}
	})
	return all, err
}

func (t *table) Latest(ctx context.Context) (a *Article, err error) {
	err = t.read(ctx, "Latest", func() {
		for id := range t.rows {
			if a == nil || id > a.ID {
				a = t.find(id)
			}
		}
	})
	return a, err
}

func (t *table) Title(ctx context.Context, id int64) (title string, err error) {
	var a *Article
	if err := t.read(ctx, "Title", func() { a = t.find(id) }); err != nil {
		return "", err
	}
	if a == nil {
		return "", ErrNotFound
	}
	return a.Title, nil
}

func (t *table) Draft(ctx context.Context, id int64) (d Draft, err error) {
	err = t.read(ctx, "Draft", func() { d.Text = t.draft })
	return d, err
}

func (t *table) Token(ctx context.Context, user string) (token Token, err error) {
	err = t.read(ctx, "Token", func() { token = t.token })
	return token, err
}

func (t *table) Search(ctx context.Context, author, title string, words []string, more any) (string, error) {
	err := t.read(ctx, "Search", func() {})
	return fmt.Sprintf("%q %q %#v %#v", author, title, words, more), err
}

func (t *table) List(ctx context.Context, author string, page int) (list []Article, err error) {
	err = t.read(ctx, "List", func() {
		for id := range t.rows {
			list = append(list, *t.find(id))
		}
	})
	slices.SortFunc(list, func(a, b Article) int { return int(a.ID - b.ID) })
	return list, err
}

func (t *table) write(ids []int64, change func(*Article)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		row := t.rows[id]
		change(&row)
		row.ID, row.Version = id, row.Version+1
		t.rows[id] = row
	}
	return nil
}

func (t *table) Update(_ context.Context, a Article) error {
	return t.write([]int64{a.ID}, func(row *Article) { row.Title, row.Words = a.Title, slices.Clone(a.Words) })
}

func (t *table) Retitle(_ context.Context, id int64, title string) error {
	return t.write([]int64{id}, func(row *Article) { row.Title = title })
}

func (t *table) DeleteMany(_ context.Context, ids []int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		delete(t.rows, id)
	}
	return nil
}

func (t *table) Reindex(context.Context) error {
	return t.write(t.ids(), func(*Article) {})
}

func (t *table) Rename(context.Context, string) error {
	return t.write(t.ids(), func(*Article) {})
}

func (t *table) ids() (ids []int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.rows {
		ids = append(ids, id)
	}
	return ids
}

// process is what one process has: a cache over a tier of its own and a Redis.
type process struct {
	*CachedArticles
	cache  *runtime.Cache
	own    *memory.Backend
	client *goredis.Client
}

// start starts a process and returns when it hears of the others' evictions.
func start(t testing.TB, db Articles, addr string, options ...runtime.Option) *process {
	t.Helper()
	own, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{own: own, client: dial(t, addr)}
	p.cache = overRedis(t, p.client, own, options...)
	p.CachedArticles = NewCachedArticles(db, p.cache)
	if err := p.cache.Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a tier of its own in use", p.listens)
	return p
}

// listens reports whether the tier in process is in use, which it is only while the process hears of evictions.
func (p *process) listens() bool {
	before := p.cache.Stats().Tiers[0].Gets
	_, _, _ = p.latest.Get(context.Background(), string(p.latest.Key(nil))+":nothing")
	return p.cache.Stats().Tiers[0].Gets > before
}

func dial(t testing.TB, addr string) *goredis.Client {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, MaxRetries: 1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// overRedis is a cache over own, if that is not nil, and the Redis of client. Its time limits are so long that a busy machine
// does not reach them, unless options say otherwise.
func overRedis(t testing.TB, client goredis.UniversalClient, own runtime.CacheBackend, options ...runtime.Option) *runtime.Cache {
	t.Helper()
	shared, err := redis.New(client, redis.WithHeartbeat(200*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	tiers := []runtime.Tier{{Backend: shared}}
	if own != nil {
		tiers = []runtime.Tier{{Backend: own}, {Backend: shared}}
	}
	tiered, err := runtime.NewTiered(tiers...)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(tiered, append([]runtime.Option{runtime.WithBackendTimeout(5 * time.Second)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return cache
}

// patience is how long a test waits for what must happen soon.
const patience = 20 * time.Second

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not so after %v", what, patience)
		}
	}
}

// soon returns what comes from c.
func soon[T any](t testing.TB, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("%s: not after %v", what, patience)
	}
	return v
}

// must returns a call's result and ends the test where the call failed.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (p *process) stats(method string) runtime.MethodStats {
	return p.cache.Stats().Methods[methods+method]
}

// commands tells how often a server was given each command since it was started or asked to forget.
func commands(t testing.TB, client *goredis.Client) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	for line := range strings.Lines(must[string](t)(client.Info(context.Background(), "commandstats").Result())) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "cmdstat_"), ":calls=")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, ",")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	return counts
}

// forget has a server count its commands anew.
func forget(t testing.TB, client *goredis.Client) {
	t.Helper()
	if err := client.ConfigResetStat(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
}
