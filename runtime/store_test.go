package runtime

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// store is a CacheBackend for tests whose every operation can be watched, delayed and made to fail.
type store struct {
	name  string
	local bool
	// before, if not nil, is called before each operation ("get", "set", "remove", …), outside the lock.
	before func(ctx context.Context, op, key string) error

	mu      sync.Mutex
	entries map[string]stored
	calls   map[string]int
}

type stored struct {
	value Value
	gone  time.Time
}

func newStore(name string, local bool) *store {
	return &store{name: name, local: local, entries: map[string]stored{}, calls: map[string]int{}}
}

func (s *store) Name() string    { return s.name }
func (s *store) InProcess() bool { return s.local }

func (s *store) begin(ctx context.Context, op, key string) error {
	s.mu.Lock()
	s.calls[op]++
	before := s.before
	s.mu.Unlock()
	if before != nil {
		return before(ctx, op, key)
	}
	return nil
}

func (s *store) onEach(before func(ctx context.Context, op, key string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

func (s *store) count(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[op]
}

func (s *store) Get(ctx context.Context, key string) (Value, error) {
	if err := s.begin(ctx, "get", key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[key]
	if !ok || !time.Now().Before(e.gone) {
		return nil, ErrMiss
	}
	return e.value, nil
}

func (s *store) SetWithTTL(ctx context.Context, key string, value Value, ttl time.Duration) error {
	if ttl <= 0 {
		return ErrInvalidTTL
	}
	if err := s.begin(ctx, "set", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[key] = stored{bytes.Clone(value), time.Now().Add(ttl)}
	return nil
}

func (s *store) Remove(ctx context.Context, key string) error {
	if err := s.begin(ctx, "remove", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, key)
	return nil
}

func (s *store) HealthCheck(ctx context.Context) error { return s.begin(ctx, "health", "") }

// has returns what s holds under key and for how long, without an operation.
func (s *store) has(key string) (Value, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[key]
	if !ok || !time.Now().Before(e.gone) {
		return nil, 0
	}
	return e.value, time.Until(e.gone)
}

func (s *store) put(key string, value string, ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[key] = stored{Value(value), time.Now().Add(ttl)}
}

// capable is a store with the optional interfaces.
type capable struct{ *store }

func (s capable) GetWithTTL(ctx context.Context, key string) (Value, time.Duration, error) {
	v, err := s.Get(ctx, key)
	_, ttl := s.has(key)
	return v, ttl, err
}

func (s capable) RemoveIf(ctx context.Context, key string, old Value) (bool, error) {
	if err := s.begin(ctx, "removeif", key); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.entries[key]; !ok || !bytes.Equal(e.value, old) {
		return false, nil
	}
	delete(s.entries, key)
	return true, nil
}

func (s capable) RemoveMany(ctx context.Context, keys []string) error {
	if err := s.begin(ctx, "removemany", ""); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.entries, key)
	}
	return nil
}

func (s capable) Flush(ctx context.Context) error {
	if err := s.begin(ctx, "flush", ""); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.entries)
	return nil
}

// leasing is a store that gives leases.
type leasing struct{ capable }

func (s leasing) Lease(ctx context.Context, key string, lease Value, ttl time.Duration) (Value, bool, error) {
	if ttl <= 0 {
		return nil, false, ErrInvalidTTL
	}
	if err := s.begin(ctx, "lease", key); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.entries[key]; ok && time.Now().Before(e.gone) {
		return bytes.Clone(e.value), false, nil
	}
	s.entries[key] = stored{bytes.Clone(lease), time.Now().Add(ttl)}
	return nil, true, nil
}

func (s leasing) Fill(ctx context.Context, key string, lease, value Value, ttl time.Duration) (bool, error) {
	if ttl <= 0 {
		return false, ErrInvalidTTL
	}
	if err := s.begin(ctx, "fill", key); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.entries[key]; !ok || !time.Now().Before(e.gone) || !bytes.Equal(e.value, lease) {
		return false, nil
	}
	s.entries[key] = stored{bytes.Clone(value), time.Now().Add(ttl)}
	return true, nil
}

// hub is a store that is a Bus as well, shared by the caches of several "processes".
type hub struct {
	leasing
	mu   sync.Mutex
	subs map[*subscriber]bool
}

type subscriber struct {
	Subscription
	events chan func()
}

func newHub() *hub {
	return &hub{leasing: leasing{capable{newStore("hub", false)}}, subs: map[*subscriber]bool{}}
}

func (h *hub) Publish(ctx context.Context, channel string, message []byte) error {
	if err := h.begin(ctx, "publish", channel); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		s.events <- func() { s.Message(message) }
	}
	return nil
}

func (h *hub) Subscribe(ctx context.Context, _ string, s Subscription) error {
	sub := &subscriber{s, make(chan func(), 1000)}
	h.mu.Lock()
	h.subs[sub] = true
	h.mu.Unlock()
	s.Up()
	for {
		select {
		case event := <-sub.events:
			event()
		case <-ctx.Done():
			h.mu.Lock()
			delete(h.subs, sub)
			h.mu.Unlock()
			return ctx.Err()
		}
	}
}

func (h *hub) Evict(ctx context.Context, channel string, removals []Removal) error {
	for _, r := range removals {
		if r.Mark.Key != "" {
			h.put(r.Mark.Key, string(r.Mark.Value), r.Mark.TTL)
		}
		if err := h.Remove(ctx, r.Key); err != nil {
			return err
		}
		if err := h.Publish(ctx, channel, r.Message); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) Put(ctx context.Context, channel string, puts []Putting) ([]bool, error) {
	stored := make([]bool, len(puts))
	for i, p := range puts {
		if err := h.begin(ctx, "put", p.Key); err != nil {
			return nil, err
		}
		mark, _ := h.has(p.Mark.Key)
		held, _ := h.has(p.Key)
		if stored[i] = bytes.Equal(mark, p.Old) && (len(p.Unless) == 0 || !bytes.HasPrefix(held, p.Unless)); stored[i] {
			h.put(p.Mark.Key, string(p.Mark.Value), p.Mark.TTL)
			h.put(p.Key, string(p.Value), p.TTL)
			if err := h.Publish(ctx, channel, p.Message); err != nil {
				return nil, err
			}
		}
	}
	return stored, nil
}

func (h *hub) RemovePrefix(ctx context.Context, prefix string) (n int64, err error) {
	if err := h.begin(ctx, "removeprefix", prefix); err != nil {
		return 0, err
	}
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	for key := range h.entries {
		if strings.HasPrefix(key, prefix) {
			delete(h.entries, key)
			n++
		}
	}
	return n, nil
}

// each has every subscriber see an event.
func (h *hub) each(event func(Subscription)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		s.events <- func() { event(s.Subscription) }
	}
}

func mustTiers(t testing.TB, tiers ...Tier) *Tiered {
	t.Helper()
	tiered, err := NewTiered(tiers...)
	if err != nil {
		t.Fatal(err)
	}
	return tiered
}

func mustCache(t testing.TB, backend CacheBackend, opts ...Option) *Cache {
	t.Helper()
	c, err := New(backend, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

type user struct {
	Name string
	Tags []string
}

func userMethod(c *Cache) *Method[*user] {
	return NewMethod(c, MethodConfig[*user]{Prefix: "p.Users", Name: "Get", Codec: codec.Reflect[*user](), Jitter: -1})
}

func intMethod(c *Cache) *Method[int] {
	return NewMethod(c, MethodConfig[int]{Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), Jitter: -1})
}

// call is what a generated method does.
func (m *Method[T]) callAs(ctx context.Context, key string, load func(context.Context, *Fill) (T, error)) (T, error) {
	if m.near != NearOff {
		if v, ok, err := m.Near(ctx, []byte(key)); ok {
			return v, err
		}
	}
	if v, ok, err := m.Get(ctx, key); ok {
		return v, err
	}
	return m.Load(ctx, key, load)
}

func keyOf[T any](m *Method[T], arg string) string {
	return string(append(append(m.Key(nil), ':'), arg...))
}
