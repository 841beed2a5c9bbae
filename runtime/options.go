package runtime

import (
	"errors"
	"fmt"
	"time"
)

// Option configures a Cache; see the functions that return one.
type Option func(*options)

type options struct {
	namespace       string
	ttl             time.Duration
	loadTimeout     time.Duration
	maxLoads        int
	backendTimeout  time.Duration
	breakerFailures int
	breakerPause    time.Duration
	keySecret       []byte
	replicaLag      time.Duration
	near            int
	nearBytes       int64
	observers       *observers
	hotKeys         int
}

func defaults() *options {
	return &options{
		namespace:       "cachegen",
		ttl:             5 * time.Minute,
		loadTimeout:     time.Minute,
		backendTimeout:  200 * time.Millisecond,
		breakerFailures: 5,
		breakerPause:    5 * time.Second,
		replicaLag:      5 * time.Second,
		near:            10_000,
		nearBytes:       64 << 20,
	}
}

// WithNamespace sets what every key begins with; the default is "cachegen". Caches that share a store and are not to
// share entries need different ones. A namespace has no spaces, control characters, quotes, braces or colons.
func WithNamespace(namespace string) Option {
	return func(o *options) { o.namespace = namespace }
}

// WithTTL sets how long results are kept where a method does not say; the default is 5 minutes.
func WithTTL(ttl time.Duration) Option {
	return func(o *options) { o.ttl = ttl }
}

// WithLoadTimeout limits the context of a load; the default is one minute. A later deadline of the caller who began
// the load takes its place. A load that does not heed its context is not cut off, but calls that come after the
// limit begin a new one.
func WithLoadTimeout(timeout time.Duration) Option {
	return func(o *options) { o.loadTimeout = timeout }
}

// WithMaxLoads bounds how many loads run at once; the default, 0, is no bound. Loads beyond it wait for as long as
// their callers do. A load that is begun by another load, with that one's context, needs no place of its own.
func WithMaxLoads(n int) Option {
	return func(o *options) { o.maxLoads = n }
}

// WithBackendTimeout limits each operation of a backend that is not in process; the default is 200 milliseconds. The
// limit holds also where the backend does not heed its context.
func WithBackendTimeout(timeout time.Duration) Option {
	return func(o *options) { o.backendTimeout = timeout }
}

// WithBreaker sets how many failures in a row make a Cache leave a backend that is not in process alone, and for
// how long; then a single operation tries it. The defaults are 5 and 5 seconds.
func WithBreaker(failures int, pause time.Duration) Option {
	return func(o *options) { o.breakerFailures, o.breakerPause = failures, pause }
}

// WithKeySecret makes the digests that stand in keys in place of parameters (hash=) HMAC-SHA-256 under secret, so that
// nobody who reads the store can find the parameters by trying. Processes that share entries need the same secret.
func WithKeySecret(secret []byte) Option {
	return func(o *options) { o.keySecret = append([]byte(nil), secret...) }
}

// WithNear sets how many results are kept decoded at most, of all methods together that ask for it (near); the default
// is 10,000. See also WithNearBytes.
func WithNear(entries int) Option {
	return func(o *options) { o.near = entries }
}

// WithNearBytes sets how many bytes the results that are kept decoded take at most, of all methods together; the default is
// 64 MiB. What a result takes is guessed from its JSON, at somewhat more than twice that: for a result that is mostly
// text it is rather less, for one of many small maps or empty strings it may be a few times more. A result that is
// larger than all of it is not kept.
func WithNearBytes(bytes int64) Option {
	return func(o *options) { o.nearBytes = bytes }
}

// WithReplicaLag sets for how long after an eviction loads of what was evicted read from the primary, where a wrapper
// says how (primary=); the default is 5 seconds. It should be longer than the replicas ever lag behind.
func WithReplicaLag(lag time.Duration) Option {
	return func(o *options) { o.replicaLag = lag }
}

func (o *options) validate() error {
	var errs []error
	if err := checkKeyPart("namespace", o.namespace); err != nil {
		errs = append(errs, err)
	}
	positive := func(what string, d time.Duration) {
		if d <= 0 {
			errs = append(errs, fmt.Errorf("cachegen: %s is %v, want more than 0", what, d))
		}
	}
	positive("TTL", o.ttl)
	positive("load timeout", o.loadTimeout)
	positive("backend timeout", o.backendTimeout)
	positive("breaker pause", o.breakerPause)
	positive("replica lag", o.replicaLag)
	if o.breakerFailures < 1 {
		errs = append(errs, fmt.Errorf("cachegen: breaker failures is %d, want 1 or more", o.breakerFailures))
	}
	if o.near < 1 {
		errs = append(errs, fmt.Errorf("cachegen: near keeps %d results, want 1 or more", o.near))
	}
	if o.nearBytes < 1 {
		errs = append(errs, fmt.Errorf("cachegen: near keeps %d bytes, want 1 or more", o.nearBytes))
	}
	if o.maxLoads < 0 {
		errs = append(errs, fmt.Errorf("cachegen: max loads is %d, want 0 or more", o.maxLoads))
	}
	if o.hotKeys < 0 {
		errs = append(errs, fmt.Errorf("cachegen: hot keys is %d, want 0 or more", o.hotKeys))
	}
	return errors.Join(errs...)
}

// checkKeyPart reports what keeps s from being a part of a key as it is.
func checkKeyPart(what, s string) error {
	if s == "" {
		return fmt.Errorf("cachegen: %s is empty", what)
	}
	for _, r := range s {
		switch {
		case r <= ' ', r == 0x7f, r == '{', r == '}', r == ':', r == '"', r == '\\', r == 0xfffd:
			return fmt.Errorf("cachegen: %s %q holds %q, which a key cannot", what, s, r)
		}
	}
	return nil
}
