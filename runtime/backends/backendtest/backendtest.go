package backendtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// Config says what the suite cannot find out by itself. Its zero value is right for most backends.
type Config struct {
	// TooLarge is the size in bytes of a value that the store cannot hold. 0: the store holds whatever the suite
	// tries, which is up to 8 MiB, or refuses it with runtime.ErrTooLarge.
	TooLarge int

	// Early is how long before its deadline an entry may already be gone. 0 means 10 ms, which is what
	// runtime.CacheBackend promises where the store allows it. There is no Late: an entry must be gone at its deadline,
	// give or take the millisecond in which stores count.
	Early time.Duration

	// Wait is how long the suite waits for what must happen soon, such as the arrival of a message. 0 means 10 s.
	Wait time.Duration
}

// Run checks the backend that open returns, in subtests of t. It calls open for each subtest. Several backends that
// open returned may share one store, and it need not be empty, since the suite uses random keys; but nobody else may
// write to it meanwhile, and a backend with a Flush has its store emptied. What open acquires it releases by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) runtime.CacheBackend, config Config) {
	if config.Early == 0 {
		config.Early = 10 * time.Millisecond
	}
	if config.Wait == 0 {
		config.Wait = 10 * time.Second
	}
	run := func(t *testing.T, c check) {
		t.Run(c.name, func(t *testing.T) {
			if c.waits {
				t.Parallel()
			}
			c.run(&suite{T: t, Config: config, b: open(t), open: open, prefix: "backendtest:" + rand.Text()[:12] + ":"})
		})
	}
	probe := open(t)
	logInterfaces(t, probe)
	var waiting []check
	for _, c := range checks {
		switch {
		case c.applies != nil && !c.applies(probe):
		case c.waits:
			waiting = append(waiting, c)
		default:
			run(t, c)
		}
	}
	// Those that mostly wait for a deadline do so together. As a group, so that Run returns after they have.
	t.Run("time", func(t *testing.T) {
		for _, c := range waiting {
			run(t, c)
		}
	})
}

// suite is what a check works with.
type suite struct {
	*testing.T
	Config
	b      runtime.CacheBackend
	open   func(t *testing.T) runtime.CacheBackend
	prefix string
}

type check struct {
	name    string
	applies func(runtime.CacheBackend) bool // nil: always
	waits   bool                            // it mostly waits, and can do so beside others
	run     func(*suite)
}

var checks = func() []check {
	var all []check
	for _, group := range [][]check{
		basicChecks, expiryChecks, valueChecks, contextChecks, concurrencyChecks,
		batchChecks, removalChecks, leaseChecks, busChecks, evictChecks, closeChecks,
	} {
		all = append(all, group...)
	}
	return all
}()

// is says whether a backend implements the interface I.
func is[I any](b runtime.CacheBackend) bool {
	_, ok := b.(I)
	return ok
}

func logInterfaces(t *testing.T, b runtime.CacheBackend) {
	var has, hasNot []string
	for _, i := range []struct {
		name string
		is   bool
	}{
		{"InProcess", is[runtime.InProcess](b)},
		{"BatchGetter", is[runtime.BatchGetter](b)},
		{"BatchSetter", is[runtime.BatchSetter](b)},
		{"BatchRemover", is[runtime.BatchRemover](b)},
		{"TTLGetter", is[runtime.TTLGetter](b)},
		{"ConditionalRemover", is[runtime.ConditionalRemover](b)},
		{"PrefixRemover", is[runtime.PrefixRemover](b)},
		{"Flusher", is[runtime.Flusher](b)},
		{"Leaser", is[runtime.Leaser](b)},
		{"Bus", is[runtime.Bus](b)},
		{"Evicter", is[runtime.Evicter](b)},
		{"Putter", is[runtime.Putter](b)},
		{"io.Closer", is[io.Closer](b)},
	} {
		if i.is {
			has = append(has, i.name)
		} else {
			hasNot = append(hasNot, i.name)
		}
	}
	t.Logf("%T implements %s; not %s", b, strings.Join(has, ", "), strings.Join(hasNot, ", "))
}

// key is a key of this check's own.
func (s *suite) key(name string) string { return s.prefix + name }

// ctx ends long after any call should have returned, so that a hanging call becomes an error.
func (s *suite) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*s.Wait)
	s.Cleanup(cancel)
	return ctx
}

func (s *suite) set(key string, value string, ttl time.Duration) {
	s.Helper()
	if err := s.b.SetWithTTL(s.ctx(), key, runtime.Value(value), ttl); err != nil {
		s.Fatalf("SetWithTTL(%q, %.60s, %v): %v", key, value, ttl, err)
	}
}

// want checks that value stands under key.
func (s *suite) want(key string, value string) {
	s.Helper()
	got, err := s.b.Get(s.ctx(), key)
	if err != nil {
		s.Errorf("Get(%q) = %v; want %s", key, err, brief([]byte(value)))
	} else if !bytes.Equal(got, []byte(value)) {
		s.Errorf("Get(%q) = %s; want %s", key, brief(got), brief([]byte(value)))
	}
}

// wantMiss checks that nothing stands under key.
func (s *suite) wantMiss(key string) {
	s.Helper()
	got, err := s.b.Get(s.ctx(), key)
	if !errors.Is(err, runtime.ErrMiss) {
		s.Errorf("Get(%q) = %s, %v; want ErrMiss", key, brief(got), err)
	}
}

func (s *suite) wantError(what string, err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("%s returned %v; want %v", what, err, want)
	}
}

// no ends the check where err is an error.
func (s *suite) no(err error, what string) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

func brief(value []byte) string {
	if len(value) <= 60 {
		return string(value)
	}
	return string(value[:40]) + "… (" + byteCount(len(value)) + ")"
}
