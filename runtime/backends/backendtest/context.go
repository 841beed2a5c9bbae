package backendtest

import (
	"context"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var contextChecks = []check{
	{name: "context/cancelled", run: func(s *suite) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.ended(ctx, context.Canceled)
	}},
	{name: "context/deadline", run: func(s *suite) {
		ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
		defer cancel()
		s.ended(ctx, context.DeadlineExceeded)
	}},
}

// ended calls every method with a ctx that has ended: want is what each returns, and the store stays as it was.
func (s *suite) ended(ctx context.Context, want error) {
	s.Helper()
	key, value := s.key("k"), runtime.Value(`1`)
	s.set(key, `0`, time.Minute)
	calls := map[string]func() error{
		"Get":         func() error { _, err := s.b.Get(ctx, key); return err },
		"SetWithTTL":  func() error { return s.b.SetWithTTL(ctx, key, value, time.Minute) },
		"Remove":      func() error { return s.b.Remove(ctx, key) },
		"HealthCheck": func() error { return s.b.HealthCheck(ctx) },
	}
	if b, ok := s.b.(runtime.BatchGetter); ok {
		calls["GetMany"] = func() error { _, err := b.GetMany(ctx, []string{key}); return err }
	}
	if b, ok := s.b.(runtime.BatchSetter); ok {
		calls["SetMany"] = func() error { return b.SetMany(ctx, []runtime.Item{{Key: key, Value: value, TTL: time.Minute}}) }
	}
	if b, ok := s.b.(runtime.BatchRemover); ok {
		calls["RemoveMany"] = func() error { return b.RemoveMany(ctx, []string{key}) }
	}
	if b, ok := s.b.(runtime.TTLGetter); ok {
		calls["GetWithTTL"] = func() error { _, _, err := b.GetWithTTL(ctx, key); return err }
	}
	if b, ok := s.b.(runtime.ConditionalRemover); ok {
		calls["RemoveIf"] = func() error { _, err := b.RemoveIf(ctx, key, runtime.Value(`0`)); return err }
	}
	if b, ok := s.b.(runtime.PrefixRemover); ok {
		calls["RemovePrefix"] = func() error { _, err := b.RemovePrefix(ctx, key); return err }
	}
	if b, ok := s.b.(runtime.Flusher); ok {
		calls["Flush"] = func() error { return b.Flush(ctx) }
	}
	if b, ok := s.b.(runtime.Leaser); ok {
		calls["Lease"] = func() error { _, _, err := b.Lease(ctx, s.key("absent"), value, time.Minute); return err }
		calls["Fill"] = func() error { _, err := b.Fill(ctx, key, runtime.Value(`0`), value, time.Minute); return err }
	}
	if b, ok := s.b.(runtime.Bus); ok {
		calls["Publish"] = func() error { return b.Publish(ctx, s.key("channel"), []byte("m")) }
		calls["Subscribe"] = func() error {
			return b.Subscribe(ctx, s.key("channel"), runtime.Subscription{
				Up: func() {}, Down: func(error) {}, Message: func([]byte) {},
			})
		}
	}
	for name, call := range calls {
		s.within(name+" with a ctx that has ended", func() {
			s.wantError(name+" with a ctx that has ended", call(), want)
		})
	}
	s.want(key, `0`)
	s.wantMiss(s.key("absent"))
}
