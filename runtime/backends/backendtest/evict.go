package backendtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var evictChecks = []check{
	{name: "Evict", applies: is[runtime.Evicter], run: func(s *suite) {
		e := s.b.(runtime.Evicter)
		l := s.listen(e, s.key("channel"))
		s.set(s.key("a"), `1`, time.Minute)
		s.set(s.key("b"), `2`, time.Minute)
		s.set(s.key("c"), `3`, time.Minute)
		removals := []runtime.Removal{
			{Key: s.key("a"), Message: []byte("a is gone")},
			{Key: s.key("absent"), Message: []byte("absent is gone")},
			{Key: s.key("b"), Message: []byte("b is gone"), Mark: s.mark("b", `"1"`)},
		}
		s.no(e.Evict(s.ctx(), s.key("channel"), removals), "Evict")
		came := []string{l.next(), l.next(), l.next()} // in any order
		slices.Sort(came)
		if want := []string{"a is gone", "absent is gone", "b is gone"}; !slices.Equal(came, want) {
			s.Errorf("messages %q came; want %q", came, want)
		}
		s.wantMiss(s.key("a"))
		s.wantMiss(s.key("b"))
		s.want(s.key("c"), `3`)
		s.want(s.mark("b", "").Key, `"1"`)
		s.wantMiss(s.mark("a", "").Key)
		s.no(e.Evict(s.ctx(), s.key("channel"), nil), "Evict of nothing")
	}},
	{name: "Evict/many", applies: is[runtime.Evicter], run: func(s *suite) {
		e := s.b.(runtime.Evicter)
		l := s.listen(e, s.key("channel"))
		var removals []runtime.Removal
		for i := range 200 {
			s.set(s.key(fmt.Sprint(i)), `1`, time.Minute)
			removals = append(removals, runtime.Removal{Key: s.key(fmt.Sprint(i)), Message: fmt.Append(nil, i), Mark: s.mark(fmt.Sprint(i), `"m"`)})
		}
		s.no(e.Evict(s.ctx(), s.key("channel"), removals), "Evict")
		seen := make(map[string]bool)
		for range removals {
			seen[l.next()] = true
		}
		if len(seen) != len(removals) {
			s.Errorf("%d different messages came; want %d", len(seen), len(removals))
		}
		for i := range removals {
			s.wantMiss(s.key(fmt.Sprint(i)))
			s.want(removals[i].Mark.Key, `"m"`)
		}
	}},
	{name: "Put", applies: is[runtime.Putter], run: func(s *suite) {
		p := s.b.(runtime.Putter)
		l := s.listen(p, s.key("channel"))
		s.no(p.Evict(s.ctx(), s.key("channel"), []runtime.Removal{
			{Key: s.key("same"), Message: []byte("-"), Mark: s.mark("same", `"1"`)},
			{Key: s.key("other"), Message: []byte("-"), Mark: s.mark("other", `"2"`)},
			{Key: s.key("some"), Message: []byte("-"), Mark: s.mark("some", `"2"`)},
		}), "Evict")
		for range 3 {
			l.want("-")
		}
		s.set(s.key("same"), `"before"`, time.Minute)
		s.set(s.key("none"), `"before"`, 50*time.Millisecond)
		s.set(s.key("kept"), `{"kept":true}`, time.Minute)
		put := func(name, old, unless string) runtime.Putting {
			p := runtime.Putting{
				Item:    runtime.Item{Key: s.key(name), Value: runtime.Value(`"after"`), TTL: time.Minute},
				Message: []byte(name), Mark: s.mark(name, `"new"`), Unless: []byte(unless),
			}
			if old != "" {
				p.Old = runtime.Value(old)
			}
			return p
		}
		stored, err := p.Put(s.ctx(), s.key("channel"), []runtime.Putting{
			put("same", `"1"`, `{"kept`), put("other", `"1"`, ""), put("some", "", ""), put("absent", `"1"`, ""),
			put("none", "", `{"kept`), put("kept", "", `{"kept`),
		})
		s.no(err, "Put")
		if want := []bool{true, false, false, false, true, false}; !slices.Equal(stored, want) {
			s.Errorf("Put = %v; want %v: what has the mark that it had, and does not begin with what is to stay", stored, want)
		}
		came := []string{l.next(), l.next()}
		slices.Sort(came)
		if want := []string{"none", "same"}; !slices.Equal(came, want) {
			s.Errorf("messages %q came; want %q, those of what was stored", came, want)
		}
		time.Sleep(50*time.Millisecond + 2*tick) // a TTL is its own, not that of what was there
		for _, name := range []string{"same", "none"} {
			s.want(s.key(name), `"after"`)
			s.want(s.mark(name, "").Key, `"new"`)
		}
		s.want(s.mark("other", "").Key, `"2"`)
		s.want(s.key("kept"), `{"kept":true}`)
		for _, name := range []string{"other", "some", "absent"} {
			s.wantMiss(s.key(name))
		}
		if stored, err := p.Put(s.ctx(), s.key("channel"), nil); err != nil || len(stored) != 0 {
			s.Errorf("Put of nothing = %v, %v", stored, err)
		}
		none := put("none", `"new"`, "")
		none.TTL = 0
		_, err = p.Put(s.ctx(), s.key("channel"), []runtime.Putting{none})
		s.wantError("Put without a TTL", err, runtime.ErrInvalidTTL)
	}},
}

// mark is an entry's mark: its key lives where the entry's does in a Redis Cluster.
func (s *suite) mark(name, value string) runtime.Item {
	return runtime.Item{Key: "{" + s.key(name) + "}~put", Value: runtime.Value(value), TTL: time.Minute}
}
