package tags

import (
	"context"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// table is a Profiles that counts its reads.
type table struct {
	mu       sync.Mutex
	names    map[string]string   // by user
	channels map[string][]string // the users, the first of which owns it
	reads    int
}

func newTable() *table {
	return &table{
		names:    map[string]string{"a": "Ann", "b": "Bea", "c": "Cid"},
		channels: map[string][]string{"1": {"a", "b"}, "2": {"c"}, "3": {"b", "c"}},
	}
}

func (t *table) InChannel(_ context.Context, _, channelID string, _ bool) (map[string]*User, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	users := map[string]*User{}
	for _, id := range t.channels[channelID] {
		users[id] = &User{id, t.names[id]}
	}
	return users, nil
}

func (t *table) Owner(_ context.Context, channelID string) (*User, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	id := t.channels[channelID][0]
	return &User{id, t.names[id]}, nil
}

func (t *table) Count(string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	return len(t.channels)
}

func (t *table) Rename(_ context.Context, userID, name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.names[userID] = name
	return nil
}

func (t *table) RenameOwner(ctx context.Context, channelID, name string) (string, error) {
	id := t.channels[channelID][0]
	return id, t.Rename(ctx, id, name)
}

func (t *table) Clear(string) {}

// process is a wrapper in a process of its own over the one table.
type process struct {
	*testing.T
	*table
	profiles *CachedProfiles
}

// want reports where a channel's member is not called name, or is not found in the cache as cached says.
func (p process) want(channel, member, name string, cached bool) {
	p.Helper()
	before := p.reads
	users, err := p.profiles.InChannel(p.Context(), "ns", channel, true)
	if err != nil || users[member] == nil || users[member].Name != name {
		p.Errorf("channel %s: got %v, %v, want %s called %s", channel, users, err, member, name)
	}
	if hit := p.reads == before; hit != cached {
		p.Errorf("channel %s: answered from the cache: %v, want %v", channel, hit, cached)
	}
}

func (p process) owner(channel, name string, cached bool) {
	p.Helper()
	before := p.reads
	u, err := p.profiles.Owner(p.Context(), channel)
	if err != nil || u.Name != name || (p.reads == before) != cached {
		p.Errorf("owner of %s: got %v, %v, from the cache: %v; want %s, %v", channel, u, err, p.reads == before, name, cached)
	}
}

func onMemory(t *testing.T) process {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return over(t, newTable(), backend)
}

func over(t *testing.T, s *table, backend runtime.CacheBackend) process {
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return process{t, s, NewCachedProfiles(s, cache)}
}

func TestAMemberEndsTheEntriesThatHoldIt(t *testing.T) {
	p := onMemory(t)
	for range 2 {
		cached := p.reads > 0
		p.want("1", "b", "Bea", cached)
		p.want("2", "c", "Cid", cached)
		p.want("3", "b", "Bea", cached)
		p.owner("1", "Ann", cached)
		p.owner("3", "Bea", cached)
	}
	if err := p.profiles.Rename(t.Context(), "b", "Beatrice"); err != nil {
		t.Fatal(err)
	}
	p.want("1", "b", "Beatrice", false)
	p.want("2", "c", "Cid", true)
	p.want("3", "b", "Beatrice", false)
	p.owner("1", "Ann", true)
	p.owner("3", "Beatrice", false)

	if _, err := p.profiles.RenameOwner(t.Context(), "1", "Anna"); err != nil {
		t.Fatal(err)
	}
	p.want("1", "a", "Anna", false)
	p.want("3", "b", "Beatrice", true)
	if err := p.profiles.EvictTagMember(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	p.want("1", "a", "Anna", true)
	p.want("2", "c", "Cid", false)
	p.want("3", "c", "Cid", false)
}

func TestANamespaceEndsTheEntriesOfAllItsMethods(t *testing.T) {
	p := onMemory(t)
	p.want("1", "a", "Ann", false)
	p.owner("1", "Ann", false)
	count := p.profiles.Count("ns")
	other := p.profiles.Count("other")
	reads := p.reads
	p.profiles.Clear("ns")
	p.want("1", "a", "Ann", false)
	p.owner("1", "Ann", true)
	if p.profiles.Count("ns") != count || p.profiles.Count("other") != other || p.reads != reads+2 {
		t.Errorf("%d reads, want 2: of the channel and of ns's count", p.reads-reads)
	}
}

func TestAMarkEvictedByOneProcessIsSeenByTheOthers(t *testing.T) {
	server := servertest.Redis(t)
	s := newTable()
	start := func() process {
		local, err := memory.New(memory.Config{})
		if err != nil {
			t.Fatal(err)
		}
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		shared, err := redis.New(client)
		if err != nil {
			t.Fatal(err)
		}
		tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
		if err != nil {
			t.Fatal(err)
		}
		return over(t, s, tiers)
	}
	one, two := start(), start()
	one.want("1", "b", "Bea", false)
	one.want("2", "c", "Cid", false)
	two.want("1", "b", "Bea", true)
	two.want("2", "c", "Cid", true)
	if err := one.profiles.Rename(t.Context(), "b", "Beatrice"); err != nil {
		t.Fatal(err)
	}
	one.want("1", "b", "Beatrice", false)
	one.want("2", "c", "Cid", true)
	two.want("2", "c", "Cid", true)
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		users, err := two.profiles.InChannel(t.Context(), "ns", "1", true)
		if err != nil || time.Now().After(limit) {
			t.Fatalf("the other process has %v, %v", users["b"], err)
		}
		if users["b"].Name == "Beatrice" {
			return // the message has arrived
		}
	}
}
