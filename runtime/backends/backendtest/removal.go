package backendtest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var removalChecks = []check{
	{name: "RemoveIf", applies: is[runtime.ConditionalRemover], run: func(s *suite) {
		s.set(s.key("k"), `"value"`, time.Minute)
		for _, other := range []string{`"other"`, `"valuE"`, `"value`, `"value" `, ``} {
			s.wantRemoved("k", other, false)
			s.want(s.key("k"), `"value"`)
		}
		s.wantRemoved("k", `"value"`, true)
		s.wantMiss(s.key("k"))
		s.wantRemoved("k", `"value"`, false)
		s.wantRemoved("absent", ``, false)
		s.set(s.key("expired"), `1`, 5*time.Millisecond)
		time.Sleep(5*time.Millisecond + 2*tick)
		s.wantRemoved("expired", `1`, false)
	}},
	{name: "RemoveIf/once", applies: is[runtime.ConditionalRemover], run: func(s *suite) {
		// Of many who see the same bytes, one removes them; and nobody removes what came after.
		const rounds, goroutines = 30, 8
		ctx, key := s.ctx(), s.key("k")
		for range rounds {
			s.set(key, `"bad"`, time.Minute)
			var removed atomic.Int32
			var wg sync.WaitGroup
			for range goroutines {
				wg.Go(func() {
					was, err := s.b.(runtime.ConditionalRemover).RemoveIf(ctx, key, runtime.Value(`"bad"`))
					if err != nil {
						s.Errorf("RemoveIf: %v", err)
					}
					if was {
						removed.Add(1)
						if err := s.b.SetWithTTL(ctx, key, runtime.Value(`"good"`), time.Minute); err != nil {
							s.Errorf("SetWithTTL: %v", err)
						}
					}
				})
			}
			wg.Wait()
			if n := removed.Load(); n != 1 {
				s.Fatalf("%d callers of RemoveIf were told that they removed the key; want 1", n)
			}
			s.want(key, `"good"`)
		}
	}},
	{name: "RemovePrefix", applies: is[runtime.PrefixRemover], run: func(s *suite) {
		// Prefixes that a pattern language may misread, and beside each the keys that it would then find.
		for _, c := range []struct {
			prefix string
			gone   []string
			stay   []string
		}{
			{"plain:", []string{"plain:", "plain:1", "plain:1:2"}, []string{"plain", "Plain:1", "xplain:1", "plai:1"}},
			{"star*:", []string{"star*:1"}, []string{"star:1", "starry:1", "star*1"}},
			{"any?:", []string{"any?:1"}, []string{"any1:1", "any:1"}},
			{"set[ab]:", []string{"set[ab]:1"}, []string{"seta:1", "setb:1", "set[a]:1"}},
			{"not[^a]:", []string{"not[^a]:1"}, []string{"notb:1", "not^:1"}},
			{`back\slash:`, []string{`back\slash:1`}, []string{"backslash:1", `back\\slash:1`}},
			{`end\`, []string{`end\`, `end\*`, `end\1`}, []string{"end", "end*", "end1"}},
			{"open[", []string{"open[1"}, []string{"open", "open1"}},
			{"tag{x}:", []string{"tag{x}:1", "tag{x}:{y}"}, []string{"tagx:1", "tag{y}:1"}},
			{"percent%", []string{"percent%", "percent%d"}, []string{"percent1"}},
			{"under_", []string{"under_1"}, []string{"underx1"}},
			{"none", nil, []string{"non", "nonf"}},
		} {
			for _, name := range append(c.gone, c.stay...) {
				s.set(s.key(name), `"`+"v"+`"`, time.Minute)
			}
			n, err := s.b.(runtime.PrefixRemover).RemovePrefix(s.ctx(), s.key(c.prefix))
			if err != nil || n != int64(len(c.gone)) {
				s.Errorf("RemovePrefix(%q) = %d, %v; want %d", c.prefix, n, err, len(c.gone))
			}
			for _, name := range c.gone {
				s.wantMiss(s.key(name))
			}
			for _, name := range c.stay {
				s.want(s.key(name), `"v"`)
			}
		}
	}},
	{name: "RemovePrefix/thousands", applies: is[runtime.PrefixRemover], run: func(s *suite) {
		const count = 3000
		for i := range count {
			s.set(s.key(fmt.Sprintf("gone:%d", i)), `1`, time.Minute)
			if i%10 == 0 {
				s.set(s.key(fmt.Sprintf("stay:%d", i)), `1`, time.Minute)
			}
		}
		n, err := s.b.(runtime.PrefixRemover).RemovePrefix(s.ctx(), s.key("gone:"))
		if err != nil || n != count {
			s.Errorf("RemovePrefix = %d, %v; want %d", n, err, count)
		}
		for i := range count {
			s.wantMiss(s.key(fmt.Sprintf("gone:%d", i)))
			if i%10 == 0 {
				s.want(s.key(fmt.Sprintf("stay:%d", i)), `1`)
			}
		}
	}},
	{name: "Flush", applies: is[runtime.Flusher], run: func(s *suite) {
		for i := range 100 {
			s.set(s.key(fmt.Sprint(i)), strings.Repeat("1", i+1), time.Minute)
		}
		s.no(s.b.(runtime.Flusher).Flush(s.ctx()), "Flush")
		for i := range 100 {
			s.wantMiss(s.key(fmt.Sprint(i)))
		}
		s.set(s.key("k"), `"after"`, time.Minute)
		s.want(s.key("k"), `"after"`)
	}},
}

func (s *suite) wantRemoved(name, old string, want bool) {
	s.Helper()
	removed, err := s.b.(runtime.ConditionalRemover).RemoveIf(s.ctx(), s.key(name), runtime.Value(old))
	if err != nil || removed != want {
		s.Errorf("RemoveIf(%s, %s) = %v, %v; want %v", name, old, removed, err, want)
	}
}
