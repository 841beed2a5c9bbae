package runtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
	"github.com/cachegen-go/cachegen/runtime/key"
)

// Sentinel is an error that is an answer, not a failure: "there is no such user". It is cached, and a hit returns
// Err itself.
type Sentinel struct {
	// Name stands in entries for Err. It is unique in its method and must not change between deploys.
	Name string
	// Err is matched with errors.Is.
	Err error
}

// MethodConfig says how one method is cached. Prefix, Name and Codec are required.
type MethodConfig[T any] struct {
	// Prefix and Name make the method's name in keys, "prefix.Name".
	Prefix, Name string
	// Codec stores the method's results. Where its Err is set, the method is not cached.
	Codec codec.Codec[T]
	// TTL is how long a result is kept; 0 means the cache's default.
	TTL time.Duration
	// NotFound are the errors that are cached.
	NotFound []Sentinel
	// Negative is how long they are; 0 means one minute.
	Negative time.Duration
	// Jitter is by how many percent, at most, each TTL is shortened at random, so that entries that were stored together
	// do not expire together; 0 means 10, a negative number none.
	Jitter int
	// Stale is for how long past its TTL a result may still be served where loading it anew fails, or takes longer than
	// Timeout; 0 means not at all. An error that is cached is not served stale.
	Stale time.Duration
	// Timeout is how long a caller waits for a load where a stale result can be served instead. The load goes on. 0 means
	// for as long as it takes.
	Timeout time.Duration
	// Refresh has a result loaded anew in the background when it is asked for with less than this left of its TTL; 0
	// means not at all. RefreshPercent says the same in percent of TTL.
	Refresh        time.Duration
	RefreshPercent int
	// Primary, if not nil, makes the context that a load is called with where its entry, or a group of it, was evicted a
	// moment ago (see WithReplicaLag): one by which the wrapped method reads from the primary of a replicated store.
	Primary func(context.Context) context.Context
	// Near has results kept decoded in this process too.
	Near Near
	// Marks says that results are also stored by Put or LoadBy, which over a shared tier need marks of evictions: without it
	// they store nothing there.
	Marks bool
	// Tags are those by which results are marked that a load says by Fill.Tags.
	Tags []*Tag
	// Groups is how many groups each entry is in. A call that names another number bypasses the cache, since its entry
	// could not be evicted by them.
	Groups int
}

// Method is one cached method of one wrapper. Generated code makes and uses it; all its methods are safe for concurrent
// use.
type Method[T any] struct {
	method
	codec codec.Codec[T]
}

// method is the part of a Method that does not depend on its result type. What can be is its: the compiler makes the
// rest anew for each result type of each package with generated code.
type method struct {
	name     string // "prefix.Method"
	prefix   string // "namespace:prefix.Method"
	schema   string
	typ      reflect.Type
	err      error // the method is not cached
	stats    methodCounters
	counters *methodCounters // stats of the first method of that name
	cache    *Cache
	ttl      time.Duration
	notFound []Sentinel
	negative time.Duration
	jitter   int
	groups   int
	stale    time.Duration
	timeout  time.Duration
	refresh  time.Duration
	percent  int // instead of refresh
	near     Near
	primary  func(context.Context) context.Context
	epochs   []string // of its tags: their keys
}

// Target is a Method of any result type.
type Target interface{ target() *methodCounters }

func (m *method) target() *methodCounters { return m.counters }

// NewMethod registers a method with c. What is wrong with config is reported by Cache.Err, and the method is then not
// cached; nor is it where c is nil.
func NewMethod[T any](c *Cache, config MethodConfig[T]) *Method[T] {
	m := &Method[T]{
		method: method{
			name:     config.Prefix + "." + config.Name,
			schema:   config.Codec.Schema,
			typ:      reflect.TypeFor[T](),
			cache:    c,
			ttl:      config.TTL,
			notFound: config.NotFound,
			negative: config.Negative,
			jitter:   config.Jitter,
			groups:   config.Groups,
			stale:    config.Stale,
			timeout:  config.Timeout,
			refresh:  config.Refresh,
			percent:  config.RefreshPercent,
			primary:  config.Primary,
			near:     config.Near,
		},
		codec: config.Codec,
	}
	switch c := &config.Codec; {
	case c.Err != nil:
		m.err = fmt.Errorf("its result cannot be stored: %w", c.Err)
	case c.Encode == nil || c.Decode == nil:
		m.err = errors.New("its codec is incomplete")
	}
	m.register(config.Prefix, config.Name, config.Tags)
	if config.Marks && c != nil {
		c.marks.Store(true)
	}
	return m
}

// register completes m and registers it with its cache.
func (m *method) register(prefix, name string, tags []*Tag) {
	if err := m.check(prefix, name); err != nil {
		m.err = fmt.Errorf("cachegen: %s: %w", m.name, err)
	}
	m.counters = &m.stats
	if m.negative == 0 {
		m.negative = time.Minute
	}
	if m.jitter == 0 {
		m.jitter = 10
	}
	c := m.cache
	if c == nil {
		m.err = ErrClosed
		return
	}
	m.prefix = c.opts.namespace + ":" + m.name
	if m.ttl == 0 {
		m.ttl = c.opts.ttl
	}
	if m.percent > 0 {
		m.refresh = m.ttl / 100 * time.Duration(m.percent)
	}
	for _, t := range tags {
		t.dynamic.Store(true)
		m.epochs = append(m.epochs, t.prefix)
	}
	if m.near != NearOff {
		c.tiers.keepNear(c.opts.near, c.opts.nearBytes)
		c.link.start()
	}
	if m.primary != nil {
		c.tiers.recent.watch()
	}
	known := c.register(m)
	m.err, m.counters = known.err, &known.stats
	c.overdue.longest(m.ttl+m.stale, m.negative)
}

// check says what is wrong with m's settings, as they were configured.
func (m *method) check(prefix, name string) error {
	if err := checkKeyPart("prefix", prefix); err != nil {
		return err
	}
	if err := checkKeyPart("name", name); err != nil {
		return err
	}
	switch {
	case m.err != nil:
		return m.err // of the codec
	case !plainText(m.schema):
		return fmt.Errorf("its schema is %q, want printable ASCII without quotes", m.schema)
	case m.ttl < 0:
		return fmt.Errorf("its TTL is %v, want more than 0", m.ttl)
	case m.negative < 0:
		return fmt.Errorf("its Negative is %v, want more than 0", m.negative)
	case m.stale < 0 || m.timeout < 0 || m.refresh < 0:
		return fmt.Errorf("its Stale, Timeout and Refresh are %v, %v and %v, want 0 or more", m.stale, m.timeout, m.refresh)
	case m.timeout > 0 && m.stale == 0:
		return fmt.Errorf("its Timeout is %v, and there is no Stale", m.timeout)
	case m.near > NearShare:
		return fmt.Errorf("its Near is %d", m.near)
	case m.percent < 0 || m.percent > 99 || m.percent > 0 && m.refresh > 0:
		return fmt.Errorf("its RefreshPercent is %d, want at most 99, and 0 beside Refresh", m.percent)
	case m.jitter > 100:
		return fmt.Errorf("its Jitter is %d percent, want at most 100", m.jitter)
	}
	for i, s := range m.notFound {
		switch {
		case s.Name == "" || !plainText(s.Name):
			return fmt.Errorf("sentinel name %q, want printable ASCII without quotes", s.Name)
		case s.Err == nil:
			return fmt.Errorf("sentinel %s is nil", s.Name)
		}
		for _, other := range m.notFound[:i] {
			if other.Name == s.Name {
				return fmt.Errorf("two sentinels are called %s", s.Name)
			}
		}
	}
	return nil
}

// on reports whether the method is cached at all.
func (m *method) on() bool { return m.err == nil && !m.cache.closed.Load() }

// serves reports whether calls with ctx, which is not nil, are answered from the cache.
func (m *method) serves(ctx context.Context) bool { return m.on() && !bypasses(ctx) }

// Key appends what all keys of the method begin with.
func (m *method) Key(k []byte) []byte { return append(k, m.prefix...) }

// Hash replaces k[from:] by its digest in hexadecimal: HMAC-SHA-256 under WithKeySecret, else SHA-256.
func (m *method) Hash(k []byte, from int) []byte {
	var secret []byte
	if m.cache != nil {
		secret = m.cache.opts.keySecret
	}
	return key.Digest(k[:from], secret, k[from:])
}

// Get returns the fresh result under key, if there is one: ok is true, and err is nil or, for a cached not-found
// answer, its sentinel. The result is the caller's own. A nil ctx and the key "" find nothing.
//
// groups are the keys of the groups that the entry is in, in an order that is always the same: the entry counts only
// while none of them has been evicted.
func (m *Method[T]) Get(ctx context.Context, key string, groups ...string) (result T, ok bool, err error) {
	if ctx == nil || key == "" || !keyed(groups, m.groups) || !m.serves(ctx) {
		return result, false, nil
	}
	var how freshness
	hits := &m.counters.hits
	if m.near == NearOff {
		result, how, err = m.lookup(ctx, key, groupsOf(groups), due)
	} else if result, how, err = m.keptUnder(key); how != useless {
		hits = &m.counters.nearHits
	} else {
		result, how, err = m.lookupToKeep(ctx, key, groups)
	}
	switch {
	case how == useless:
		m.counters.misses.Add(1)
		return result, false, nil
	case how == due && m.refreshes(key):
		var none T
		return none, false, nil // Load finds it again, hands it out, and has it loaded anew
	}
	hits.inc()
	m.cache.hot.hit(&m.method, key, groups)
	if err != nil {
		m.counters.notFound.Add(1)
	}
	return result, true, err
}

// lookup finds the entry of key, if it is good for least or more. It notes the groups' generations in g.
func (m *Method[T]) lookup(ctx context.Context, key string, g *groups, least freshness) (result T, how freshness, err error) {
	return m.lookupEntry(ctx, key, g, least, nil)
}

// lookupEntry is lookup, which tells seen, if that is not nil, of an entry that is good enough, before it looks at its marks.
func (m *Method[T]) lookupEntry(ctx context.Context, key string, g *groups, least freshness, seen func(entry)) (result T, how freshness, err error) {
	data, err := g.read(ctx, m.cache, key)
	if err != nil {
		return result, useless, nil // a cache that fails is one that has nothing
	}
	return m.read(ctx, key, data, g, least, seen)
}

// read reads the entry that was found under key.
func (m *Method[T]) read(ctx context.Context, key string, data Value, g *groups, least freshness, seen func(entry)) (result T, how freshness, err error) {
	payload, how, err := m.open(ctx, key, data, g, least, seen)
	if how == useless {
		return result, useless, nil
	}
	v, failed := codec.Unmarshal(m.codec, payload)
	if failed != nil {
		m.clear(ctx, key, data)
		return result, useless, nil
	}
	return v, how, err
}

// open is read up to the decoding of what the entry holds.
func (m *method) open(ctx context.Context, key string, data Value, g *groups, least freshness, seen func(entry)) (payload []byte, how freshness, err error) {
	e, wellFormed := parseEntry(data)
	if !wellFormed {
		m.clear(ctx, key, data)
		return nil, useless, nil
	}
	if how = m.judge(e.life, m.cache.clock.now()); how < least || !g.match(e.groups) {
		return nil, useless, nil
	}
	if string(e.schema) != m.schema {
		m.counters.schema.Add(1)
		return nil, useless, nil
	}
	if e.kind == kindNotFound {
		if err = m.sentinel(e.err); err == nil {
			m.counters.schema.Add(1) // another program's notion of not found
			return nil, useless, nil
		}
	}
	if seen != nil {
		seen(e)
	}
	if !m.tagged(ctx, e.tags) {
		return nil, useless, nil
	}
	return e.payload, how, err
}

// clear removes a corrupt entry, but not one that took its place meanwhile.
func (m *method) clear(ctx context.Context, key string, data Value) {
	m.counters.corrupt.Add(1)
	m.cache.opts.observers.notice(Event{Kind: EntryCorrupt, Method: m.name, Key: key})
	_, _ = m.cache.tiers.RemoveIf(ctx, key, data)
}

func (m *method) sentinel(name []byte) error {
	for i := range m.notFound {
		if m.notFound[i].Name == string(name) {
			return m.notFound[i].Err
		}
	}
	return nil
}

// shorten takes up to the method's jitter off ttl.
func (m *method) shorten(ttl time.Duration) time.Duration {
	if m.jitter <= 0 {
		return ttl
	}
	most := int64(ttl) / 100 * int64(m.jitter)
	if most <= 0 {
		return ttl
	}
	return ttl - time.Duration(rand.Int64N(most+1))
}
