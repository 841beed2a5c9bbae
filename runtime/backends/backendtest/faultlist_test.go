package backendtest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

type fault struct {
	fails    []string // the checks that must find it
	tooLarge int      // the Config's
	make     func(f *faulty)
}

var faults = map[string]fault{
	"no name":   {fails: []string{"Name"}, make: func(f *faulty) { f.name = func() string { return "" } }},
	"unhealthy": {fails: []string{"HealthCheck"}, make: func(f *faulty) { f.health = func() error { return errFault } }},
	"a miss is no error": {fails: []string{"Get/absent", "SetWithTTL/InvalidTTL", "Remove", "time/expiry/replaced"}, make: func(f *faulty) {
		f.get = func(ctx context.Context, key string) (runtime.Value, error) {
			value, err := f.Backend.Get(ctx, key)
			if errors.Is(err, runtime.ErrMiss) {
				err = nil
			}
			return value, err
		}
	}},
	"keeps the first value": {fails: []string{"SetWithTTL/replaces"}, make: func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			if old, err := f.Backend.Get(ctx, key); err == nil {
				value = old
			}
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
	}},
	"no TTL means forever": {fails: []string{"SetWithTTL/InvalidTTL"}, make: setTTL(func(ttl time.Duration) time.Duration {
		if ttl <= 0 {
			return time.Hour
		}
		return ttl
	})},
	"below a millisecond means forever": {fails: []string{"time/expiry/tiny"}, make: setTTL(func(ttl time.Duration) time.Duration {
		if ttl > 0 && ttl < time.Millisecond {
			return time.Hour
		}
		return ttl
	})},
	"seconds, rounded up": {fails: []string{"time/expiry", "time/expiry/tiny"}, make: setTTL(func(ttl time.Duration) time.Duration {
		return (ttl + time.Second - 1).Truncate(time.Second)
	})},
	"seconds, rounded down": {fails: []string{"time/expiry"}, make: setTTL(func(ttl time.Duration) time.Duration {
		if ttl > time.Second {
			return ttl.Truncate(time.Second)
		}
		return ttl
	})},
	"20 ms late":  {fails: []string{"time/expiry"}, make: setTTL(func(ttl time.Duration) time.Duration { return ttl + 20*time.Millisecond })},
	"20 ms early": {fails: []string{"time/expiry"}, make: setTTL(func(ttl time.Duration) time.Duration { return max(1, ttl-20*time.Millisecond) })},
	"a month at most": {fails: []string{"expiry/long"}, make: setTTL(func(ttl time.Duration) time.Duration {
		if ttl > 30*24*time.Hour { // memcached takes more for a date, in the past
			return 1
		}
		return ttl
	})},
	"the first TTL stays": {fails: []string{"time/expiry/replaced"}, make: func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			if _, left, err := f.Backend.GetWithTTL(ctx, key); err == nil {
				ttl = left
			}
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
	}},
	"reading prolongs": {fails: []string{"time/expiry/notExtended"}, make: func(f *faulty) {
		f.get = func(ctx context.Context, key string) (runtime.Value, error) {
			value, err := f.Backend.Get(ctx, key)
			if err == nil {
				f.Backend.SetWithTTL(ctx, key, value, time.Minute)
			}
			return value, err
		}
	}},
	"the TTL left is the whole": {fails: []string{"time/GetWithTTL"}, make: func(f *faulty) {
		f.getWithTTL = func(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
			value, left, err := f.Backend.GetWithTTL(ctx, key)
			return value, left + 50*time.Millisecond, err
		}
	}},
	"an expired entry has a TTL": {fails: []string{"time/GetWithTTL/expired"}, make: func(f *faulty) {
		f.getWithTTL = func(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
			value, left, err := f.Backend.GetWithTTL(ctx, key)
			if errors.Is(err, runtime.ErrMiss) {
				return nil, -2, nil
			}
			return value, left, err
		}
	}},
	"value and TTL are read apart": {fails: []string{"GetWithTTL/atomic"}, make: func(f *faulty) {
		f.getWithTTL = func(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
			value, _, err := f.Backend.GetWithTTL(ctx, key)
			time.Sleep(time.Microsecond)
			_, left, _ := f.Backend.GetWithTTL(ctx, key)
			return value, left, err
		}
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			time.Sleep(time.Microsecond)
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
	}},
	"reformats JSON": {fails: []string{"values"}, make: func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			return f.Backend.SetWithTTL(ctx, key, bytes.ReplaceAll(value, []byte(" "), nil), ttl)
		}
	}},
	"null is absent": {fails: []string{"values"}, make: func(f *faulty) {
		f.get = func(ctx context.Context, key string) (runtime.Value, error) {
			value, err := f.Backend.Get(ctx, key)
			if string(value) == "null" {
				return nil, runtime.ErrMiss
			}
			return value, err
		}
	}},
	"keys without case":   {fails: []string{"keys"}, make: mapKeys(strings.ToLower)},
	"keys cut short":      {fails: []string{"keys"}, make: mapKeys(func(key string) string { return key[:min(len(key), 200)] })},
	"keys share a place":  {fails: []string{"keys", "concurrency"}, make: mapKeys(func(key string) string { return key[:len(key)-1] })},
	"escapes taken":       {fails: []string{"keys"}, make: mapKeys(func(key string) string { return strings.ReplaceAll(key, `\`, "") })},
	"keeps what it gets":  {fails: []string{"aliasing/passed"}, make: sharing(true, false)},
	"returns what it has": {fails: []string{"aliasing/returned"}, make: sharing(false, true)},
	"returns a reused buffer": {fails: []string{"aliasing/kept"}, make: func(f *faulty) {
		var mu sync.Mutex
		buffer := make([]byte, 0, 1<<20)
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			clear(buffer[:cap(buffer)])
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
		f.get = func(ctx context.Context, key string) (runtime.Value, error) {
			mu.Lock()
			defer mu.Unlock()
			value, err := f.Backend.Get(ctx, key)
			buffer = append(buffer[:0], value...)
			return buffer, err
		}
	}},
	"too large empties the store": {fails: []string{"values/large"}, make: tooLarge(func(f *faulty, _ string) { f.Backend.Flush(context.Background()) })},
	"too large removes the key":   {fails: []string{"values/large"}, make: tooLarge(func(f *faulty, key string) { f.Backend.Remove(context.Background(), key) })},
	"too large is cut": {fails: []string{"values/large"}, make: func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			return f.Backend.SetWithTTL(ctx, key, value[:min(len(value), 1<<19)], ttl)
		}
	}},
	"too large is another error": {fails: []string{"values/large"}, make: func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			if len(value) > 1<<19 {
				return errFault
			}
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
	}},
	"holds what should be too large": {fails: []string{"values/large", "SetMany/partial", "Fill/TooLarge"}, tooLarge: 1 << 20},
	"ignores contexts": {fails: []string{"context/cancelled", "context/deadline"}, make: func(f *faulty) {
		f.get = func(_ context.Context, key string) (runtime.Value, error) {
			return f.Backend.Get(context.Background(), key)
		}
	}},
	"writes though cancelled": {fails: []string{"context/cancelled"}, make: func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			return errors.Join(f.Backend.SetWithTTL(context.Background(), key, value, ttl), ctx.Err())
		}
	}},
	"hangs when cancelled": {fails: []string{"context/cancelled"}, make: func(f *faulty) {
		f.removeIf = func(ctx context.Context, key string, old runtime.Value) (bool, error) {
			if ctx.Err() != nil {
				select {}
			}
			return f.Backend.RemoveIf(ctx, key, old)
		}
	}},
	"GetMany drops misses": {fails: []string{"GetMany", "GetMany/thousand"}, make: func(f *faulty) {
		f.getMany = func(ctx context.Context, keys []string) ([]runtime.Value, error) {
			values, err := f.Backend.GetMany(ctx, keys)
			return slices.DeleteFunc(values, func(v runtime.Value) bool { return v == nil }), err
		}
	}},
	"GetMany sorts": {fails: []string{"GetMany"}, make: func(f *faulty) {
		f.getMany = func(ctx context.Context, keys []string) ([]runtime.Value, error) {
			slices.Sort(keys)
			return f.Backend.GetMany(ctx, keys)
		}
	}},
	"GetMany misses are empty": {fails: []string{"GetMany"}, make: func(f *faulty) {
		f.getMany = func(ctx context.Context, keys []string) ([]runtime.Value, error) {
			values, err := f.Backend.GetMany(ctx, keys)
			for i := range values {
				if values[i] == nil {
					values[i] = runtime.Value{}
				}
			}
			return values, err
		}
	}},
	"GetMany fails on a miss": {fails: []string{"GetMany"}, make: func(f *faulty) {
		f.getMany = func(ctx context.Context, keys []string) ([]runtime.Value, error) {
			values, err := f.Backend.GetMany(ctx, keys)
			if slices.ContainsFunc(values, func(v runtime.Value) bool { return v == nil }) {
				err = runtime.ErrMiss
			}
			return values, err
		}
	}},
	"SetMany stops at an error": {fails: []string{"SetMany/partial"}, make: func(f *faulty) {
		f.setMany = func(ctx context.Context, items []runtime.Item) error {
			for _, item := range items {
				if err := f.Backend.SetWithTTL(ctx, item.Key, item.Value, item.TTL); err != nil {
					return err
				}
			}
			return nil
		}
	}},
	"SetMany hides errors": {fails: []string{"SetMany/partial"}, make: func(f *faulty) {
		f.setMany = func(ctx context.Context, items []runtime.Item) error {
			f.Backend.SetMany(ctx, items)
			return nil
		}
	}},
	"SetMany has one TTL": {fails: []string{"SetMany"}, make: func(f *faulty) {
		f.setMany = func(ctx context.Context, items []runtime.Item) error {
			items = slices.Clone(items)
			for i := range items {
				items[i].TTL = items[0].TTL
			}
			return f.Backend.SetMany(ctx, items)
		}
	}},
	"SetMany in seconds": {fails: []string{"time/SetMany/expiry"}, make: func(f *faulty) {
		f.setMany = func(ctx context.Context, items []runtime.Item) error {
			items = slices.Clone(items)
			for i := range items {
				items[i].TTL = items[i].TTL.Round(time.Second)
			}
			return f.Backend.SetMany(ctx, items)
		}
	}},
	"RemoveMany removes some": {fails: []string{"RemoveMany"}, make: func(f *faulty) {
		f.removeMany = func(ctx context.Context, keys []string) error {
			return f.Backend.RemoveMany(ctx, keys[:min(len(keys), 100)])
		}
	}},
	"RemoveIf always removes": {fails: []string{"RemoveIf"}, make: func(f *faulty) {
		f.removeIf = func(ctx context.Context, key string, _ runtime.Value) (bool, error) {
			return true, f.Backend.Remove(ctx, key)
		}
	}},
	"RemoveIf looks, then removes": {fails: []string{"RemoveIf/once"}, make: func(f *faulty) {
		f.removeIf = func(ctx context.Context, key string, old runtime.Value) (bool, error) {
			value, err := f.Backend.Get(ctx, key)
			if err != nil || !bytes.Equal(value, old) {
				return false, nil
			}
			time.Sleep(20 * time.Millisecond)
			return true, f.Backend.Remove(ctx, key)
		}
	}},
	"RemovePrefix takes a pattern": {fails: []string{"RemovePrefix"}, make: func(f *faulty) {
		f.removePrefix = func(ctx context.Context, prefix string) (int64, error) {
			return f.Backend.RemovePrefix(ctx, strings.TrimSuffix(strings.NewReplacer(`\`, "", "*", "").Replace(prefix), ":"))
		}
	}},
	"RemovePrefix ends early": {fails: []string{"RemovePrefix/thousands"}, make: func(f *faulty) {
		f.removePrefix = func(ctx context.Context, prefix string) (int64, error) {
			n, err := f.Backend.RemovePrefix(ctx, prefix+"1")
			return n, err
		}
	}},
	"Flush does nothing": {fails: []string{"Flush"}, make: func(f *faulty) { f.flush = func(ctx context.Context) error { return ctx.Err() } }},
	"Lease looks, then stores": {fails: []string{"Lease/once"}, make: func(f *faulty) {
		f.lease = func(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
			if held, err := f.Backend.Get(ctx, key); err == nil {
				return held, false, nil
			}
			time.Sleep(200 * time.Millisecond) // time for the others to look, also on a busy machine
			return nil, true, f.Backend.SetWithTTL(ctx, key, lease, ttl)
		}
	}},
	"Lease never ends": {fails: []string{"time/Lease/expires"}, make: func(f *faulty) {
		f.lease = func(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
			if ttl > 0 {
				ttl = time.Hour
			}
			return f.Backend.Lease(ctx, key, lease, ttl)
		}
	}},
	"Lease keeps what is held to itself": {fails: []string{"Lease"}, make: func(f *faulty) {
		f.lease = func(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
			_, acquired, err := f.Backend.Lease(ctx, key, lease, ttl)
			return nil, acquired, err
		}
	}},
	"Fill always stores": {fails: []string{"Fill", "Fill/lost"}, make: func(f *faulty) {
		f.fill = func(ctx context.Context, key string, _, value runtime.Value, ttl time.Duration) (bool, error) {
			err := f.Backend.SetWithTTL(ctx, key, value, ttl)
			return err == nil, err
		}
	}},
	"Fill stores where nothing is": {fails: []string{"Fill/lost"}, make: func(f *faulty) {
		f.fill = func(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
			if _, err := f.Backend.Get(ctx, key); errors.Is(err, runtime.ErrMiss) {
				return true, f.Backend.SetWithTTL(ctx, key, value, ttl)
			}
			return f.Backend.Fill(ctx, key, lease, value, ttl)
		}
	}},
	"Fill keeps the lease's TTL": {fails: []string{"Fill", "time/Fill/expiry"}, make: func(f *faulty) {
		f.fill = func(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
			if _, left, err := f.Backend.GetWithTTL(ctx, key); err == nil {
				ttl = left
			}
			return f.Backend.Fill(ctx, key, lease, value, ttl)
		}
	}},
	"Close panics the second time": {fails: []string{"Close"}, make: func(f *faulty) {
		once := make(chan struct{})
		f.close = func() error { close(once); return f.Backend.Close() }
	}},
	"never up": {fails: []string{"Bus"}, make: wrapSubscription(func(s *runtime.Subscription) { s.Up = func() {} })},
	"up too early": {fails: []string{"Bus/order"}, make: func(f *faulty) {
		f.subscribe = func(ctx context.Context, channel string, s runtime.Subscription) error {
			s.Up()
			time.Sleep(20 * time.Millisecond)
			s.Up = func() {}
			return f.hub.Subscribe(ctx, channel, s)
		}
	}},
	"up twice": {fails: []string{"Bus"}, make: wrapSubscription(func(s *runtime.Subscription) {
		up := s.Up
		s.Up = func() { up(); up() }
	})},
	"down at the end": {fails: []string{"Bus/ends"}, make: func(f *faulty) {
		f.subscribe = func(ctx context.Context, channel string, s runtime.Subscription) error {
			err := f.hub.Subscribe(ctx, channel, s)
			s.Down(err)
			return err
		}
	}},
	"every message twice": {fails: []string{"Bus/order"}, make: wrapSubscription(func(s *runtime.Subscription) {
		message := s.Message
		s.Message = func(m []byte) { message(bytes.Clone(m)); message(m) }
	})},
	"messages overtake each other": {fails: []string{"Bus/order", "Bus/many"}, make: wrapSubscription(func(s *runtime.Subscription) {
		message := s.Message
		var kept []byte
		s.Message = func(m []byte) {
			if kept == nil {
				kept = m
				return
			}
			message(m)
			message(kept)
			kept = nil
		}
	})},
	"not one's own messages": {fails: []string{"Bus"}, make: func(f *faulty) { f.publish = func(context.Context, string, []byte) error { return nil } }},
	"messages are text": {fails: []string{"Bus/bytes"}, make: wrapSubscription(func(s *runtime.Subscription) {
		message := s.Message
		s.Message = func(m []byte) { message(bytes.ToValidUTF8(m, []byte("?"))) }
	})},
	"callbacks run together": {fails: []string{"Bus/order"}, make: wrapSubscription(func(s *runtime.Subscription) {
		message := s.Message
		s.Message = func(m []byte) { go message(m) }
	})},
	"evicts without a word": {fails: []string{"Evict", "Evict/many"}, make: wrapEvict(func(r *runtime.Removal) { r.Message = nil })},
	"evicts without a mark": {fails: []string{"Evict", "Evict/many", "Put"}, make: wrapEvict(func(r *runtime.Removal) { r.Mark = runtime.Item{} })},
	"removes nothing":       {fails: []string{"Evict", "Evict/many"}, make: wrapEvict(func(r *runtime.Removal) { r.Key += "?" })},
	"puts in any case":      {fails: []string{"Put"}, make: wrapPut(func(f *faulty, p *runtime.Putting) { p.Old, _ = f.Backend.Get(context.Background(), p.Mark.Key) })},
	"puts over anything":    {fails: []string{"Put"}, make: wrapPut(func(_ *faulty, p *runtime.Putting) { p.Unless = nil })},
	"puts without a mark":   {fails: []string{"Put"}, make: wrapPut(func(_ *faulty, p *runtime.Putting) { p.Mark.Value = p.Old })},
	"puts without a word":   {fails: []string{"Put"}, make: wrapPut(func(_ *faulty, p *runtime.Putting) { p.Message = nil })},
	"subscription never ends": {fails: []string{"Bus/ends"}, make: func(f *faulty) {
		f.subscribe = func(ctx context.Context, channel string, s runtime.Subscription) error {
			f.hub.Subscribe(ctx, channel, s)
			time.Sleep(5 * time.Second)
			return ctx.Err()
		}
	}},
}

func wrapEvict(change func(*runtime.Removal)) func(*faulty) {
	return func(f *faulty) {
		f.evict = func(ctx context.Context, channel string, removals []runtime.Removal) error {
			removals = slices.Clone(removals)
			for i := range removals {
				change(&removals[i])
			}
			return f.soundEvict(ctx, channel, removals)
		}
	}
}

func wrapPut(change func(*faulty, *runtime.Putting)) func(*faulty) {
	return func(f *faulty) {
		f.put = func(ctx context.Context, channel string, p runtime.Putting) (bool, error) {
			change(f, &p)
			return f.soundPut(ctx, channel, p)
		}
	}
}

func setTTL(change func(time.Duration) time.Duration) func(*faulty) {
	return func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			return f.Backend.SetWithTTL(ctx, key, value, change(ttl))
		}
	}
}

func mapKeys(change func(string) string) func(*faulty) {
	return func(f *faulty) {
		f.get = func(ctx context.Context, key string) (runtime.Value, error) { return f.Backend.Get(ctx, change(key)) }
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			return f.Backend.SetWithTTL(ctx, change(key), value, ttl)
		}
		f.remove = func(ctx context.Context, key string) error { return f.Backend.Remove(ctx, change(key)) }
	}
}

// sharing makes f a map that copies neither what it is given nor what it returns, or one of both.
func sharing(passed, returned bool) func(*faulty) {
	return func(f *faulty) {
		var values sync.Map
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			if !passed {
				value = bytes.Clone(value)
			}
			values.Store(key, value)
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
		f.get = func(ctx context.Context, key string) (runtime.Value, error) {
			if _, err := f.Backend.Get(ctx, key); err != nil {
				return nil, err
			}
			value, _ := values.Load(key)
			if !returned {
				return bytes.Clone(value.(runtime.Value)), nil
			}
			return value.(runtime.Value), nil
		}
	}
}

func tooLarge(harm func(f *faulty, key string)) func(*faulty) {
	return func(f *faulty) {
		f.set = func(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
			if len(value) > 1<<19 {
				harm(f, key)
				return runtime.ErrTooLarge
			}
			return f.Backend.SetWithTTL(ctx, key, value, ttl)
		}
	}
}

func wrapSubscription(wrap func(*runtime.Subscription)) func(*faulty) {
	return func(f *faulty) {
		f.subscribe = func(ctx context.Context, channel string, s runtime.Subscription) error {
			wrap(&s)
			return f.hub.Subscribe(ctx, channel, s)
		}
	}
}
