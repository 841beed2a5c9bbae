package backendtest_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// The suite is worth what it finds. Each fault below is a mistake that somebody's backend makes; the suite runs on a
// backend that makes it, in a process of its own, since a test that fails cannot be hidden from its parent.

const faultVariable = "BACKENDTEST_FAULT"

func TestSuiteFindsFaults(t *testing.T) {
	for name, fault := range faults {
		for _, check := range fault.fails {
			t.Run(name+"/"+check, func(t *testing.T) {
				t.Parallel()
				output, failed := runFaulty(t, name, check)
				if !failed {
					t.Errorf("%s did not fail:\n%s", check, output)
				}
			})
		}
	}
}

func TestSuitePassesASoundBackend(t *testing.T) {
	t.Parallel()
	if output, failed := runFaulty(t, "", ""); failed {
		t.Errorf("the backend without a fault failed:\n%s", output)
	}
}

// runFaulty runs one check, or all where it is "", on the backend with that fault.
func runFaulty(t *testing.T, fault, check string) (output string, failed bool) {
	t.Helper()
	pattern := "^TestFaultyBackend$"
	for part := range strings.SplitSeq(check, "/") {
		if check != "" {
			pattern += "/^" + regexp.QuoteMeta(part) + "$"
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run="+pattern, "-test.v")
	cmd.Env = append(os.Environ(), faultVariable+"="+fault)
	text, err := cmd.CombinedOutput()
	ran := "--- FAIL: TestFaultyBackend/" + check + " "
	if err == nil {
		ran = "--- PASS: TestFaultyBackend"
		if check != "" {
			ran += "/" + check + " "
		}
	}
	if !strings.Contains(string(text), strings.TrimSuffix(ran, "/ ")) {
		t.Fatalf("the check did not run (%v):\n%s", err, text)
	}
	return string(text), err != nil
}

// TestFaultyBackend is what runFaulty runs. By itself it checks the backend without a fault.
func TestFaultyBackend(t *testing.T) {
	fault := faults[os.Getenv(faultVariable)]
	config := backendtest.Config{Wait: 2 * time.Second}
	if fault.tooLarge > 0 {
		config.TooLarge = fault.tooLarge
	}
	hub := &hub{}
	backendtest.Run(t, func(t *testing.T) runtime.CacheBackend {
		b, err := memory.New(memory.Config{})
		if err != nil {
			t.Fatal(err)
		}
		f := &faulty{Backend: b, hub: hub}
		if fault.make != nil {
			fault.make(f)
		}
		return f
	}, config)
}

// faulty is a sound backend, except where a fault has put something in place of a method.
type faulty struct {
	*memory.Backend
	*hub

	name         func() string
	health       func() error
	get          func(ctx context.Context, key string) (runtime.Value, error)
	set          func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error
	remove       func(ctx context.Context, key string) error
	getMany      func(ctx context.Context, keys []string) ([]runtime.Value, error)
	setMany      func(ctx context.Context, items []runtime.Item) error
	removeMany   func(ctx context.Context, keys []string) error
	getWithTTL   func(ctx context.Context, key string) (runtime.Value, time.Duration, error)
	removeIf     func(ctx context.Context, key string, old runtime.Value) (bool, error)
	removePrefix func(ctx context.Context, prefix string) (int64, error)
	flush        func(ctx context.Context) error
	lease        func(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error)
	fill         func(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error)
	close        func() error
	subscribe    func(ctx context.Context, channel string, s runtime.Subscription) error
	publish      func(ctx context.Context, channel string, message []byte) error
	evict        func(ctx context.Context, channel string, removals []runtime.Removal) error
	put          func(ctx context.Context, channel string, p runtime.Putting) (bool, error)
}

func or[F any](isFault bool, fault, sound F) F {
	if isFault {
		return fault
	}
	return sound
}

func (f *faulty) Name() string { return or(f.name != nil, f.name, f.Backend.Name)() }
func (f *faulty) HealthCheck(ctx context.Context) error {
	if f.health != nil {
		return f.health()
	}
	return f.Backend.HealthCheck(ctx)
}
func (f *faulty) Get(ctx context.Context, key string) (runtime.Value, error) {
	return or(f.get != nil, f.get, f.Backend.Get)(ctx, key)
}
func (f *faulty) SetWithTTL(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
	return or(f.set != nil, f.set, f.Backend.SetWithTTL)(ctx, key, value, ttl)
}
func (f *faulty) Remove(ctx context.Context, key string) error {
	return or(f.remove != nil, f.remove, f.Backend.Remove)(ctx, key)
}
func (f *faulty) GetMany(ctx context.Context, keys []string) ([]runtime.Value, error) {
	return or(f.getMany != nil, f.getMany, f.Backend.GetMany)(ctx, keys)
}
func (f *faulty) SetMany(ctx context.Context, items []runtime.Item) error {
	return or(f.setMany != nil, f.setMany, f.Backend.SetMany)(ctx, items)
}
func (f *faulty) RemoveMany(ctx context.Context, keys []string) error {
	return or(f.removeMany != nil, f.removeMany, f.Backend.RemoveMany)(ctx, keys)
}
func (f *faulty) GetWithTTL(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
	return or(f.getWithTTL != nil, f.getWithTTL, f.Backend.GetWithTTL)(ctx, key)
}
func (f *faulty) RemoveIf(ctx context.Context, key string, old runtime.Value) (bool, error) {
	return or(f.removeIf != nil, f.removeIf, f.Backend.RemoveIf)(ctx, key, old)
}
func (f *faulty) RemovePrefix(ctx context.Context, prefix string) (int64, error) {
	return or(f.removePrefix != nil, f.removePrefix, f.Backend.RemovePrefix)(ctx, prefix)
}
func (f *faulty) Flush(ctx context.Context) error {
	return or(f.flush != nil, f.flush, f.Backend.Flush)(ctx)
}
func (f *faulty) Lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
	return or(f.lease != nil, f.lease, f.Backend.Lease)(ctx, key, lease, ttl)
}
func (f *faulty) Fill(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
	return or(f.fill != nil, f.fill, f.Backend.Fill)(ctx, key, lease, value, ttl)
}
func (f *faulty) Close() error { return or(f.close != nil, f.close, f.Backend.Close)() }
func (f *faulty) Subscribe(ctx context.Context, channel string, s runtime.Subscription) error {
	return or(f.subscribe != nil, f.subscribe, f.hub.Subscribe)(ctx, channel, s)
}
func (f *faulty) Publish(ctx context.Context, channel string, message []byte) error {
	return or(f.publish != nil, f.publish, f.hub.Publish)(ctx, channel, message)
}

func (f *faulty) Evict(ctx context.Context, channel string, removals []runtime.Removal) error {
	return or(f.evict != nil, f.evict, f.soundEvict)(ctx, channel, removals)
}
func (f *faulty) Put(ctx context.Context, channel string, puts []runtime.Putting) ([]bool, error) {
	stored := make([]bool, len(puts))
	for i, p := range puts {
		var err error
		if stored[i], err = or(f.put != nil, f.put, f.soundPut)(ctx, channel, p); err != nil {
			return nil, err
		}
	}
	return stored, nil
}

func (f *faulty) soundEvict(ctx context.Context, channel string, removals []runtime.Removal) error {
	for _, r := range removals {
		if r.Mark.Key != "" {
			f.Backend.SetWithTTL(ctx, r.Mark.Key, r.Mark.Value, r.Mark.TTL)
		}
		f.Backend.Remove(ctx, r.Key)
		f.hub.Publish(ctx, channel, r.Message)
	}
	return nil
}

func (f *faulty) soundPut(ctx context.Context, channel string, p runtime.Putting) (bool, error) {
	if p.TTL <= 0 {
		return false, runtime.ErrInvalidTTL
	}
	mark, _ := f.Backend.Get(ctx, p.Mark.Key)
	held, _ := f.Backend.Get(ctx, p.Key)
	if !bytes.Equal(mark, p.Old) || len(p.Unless) > 0 && bytes.HasPrefix(held, p.Unless) {
		return false, nil
	}
	f.Backend.SetWithTTL(ctx, p.Mark.Key, p.Mark.Value, p.Mark.TTL)
	f.Backend.SetWithTTL(ctx, p.Key, p.Value, p.TTL)
	return true, f.hub.Publish(ctx, channel, p.Message)
}

// hub is a sound runtime.Bus.
type hub struct {
	mu       sync.Mutex
	channels map[string][]chan []byte
}

func (h *hub) Publish(ctx context.Context, channel string, message []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.channels[channel] {
		c <- bytes.Clone(message)
	}
	return ctx.Err()
}

func (h *hub) Subscribe(ctx context.Context, channel string, s runtime.Subscription) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	messages := make(chan []byte, 10_000)
	h.mu.Lock()
	if h.channels == nil {
		h.channels = map[string][]chan []byte{}
	}
	h.channels[channel] = append(h.channels[channel], messages)
	h.mu.Unlock()
	s.Up()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.channels[channel] = slices.DeleteFunc(h.channels[channel], func(c chan []byte) bool { return c == messages })
	}()
	for {
		select {
		case m := <-messages:
			s.Message(m)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var errFault = errors.New("a fault")
