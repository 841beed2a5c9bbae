package backendtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var batchChecks = []check{
	{name: "GetMany", applies: is[runtime.BatchGetter], run: func(s *suite) {
		s.set(s.key("a"), `"a"`, time.Minute)
		s.set(s.key("b"), `"b"`, time.Minute)
		s.set(s.key("null"), `null`, time.Minute)
		s.set(s.key("expired"), `"expired"`, 5*time.Millisecond)
		time.Sleep(5*time.Millisecond + 2*tick)
		for _, names := range [][]string{
			{},
			{"a"},
			{"absent"},
			{"b", "a"},
			{"absent", "b", "absent2", "a", "expired"},
			{"a", "a", "absent", "b", "a", "absent"},
			{"null", "a", "null"},
		} {
			s.wantMany(names)
		}
	}},
	{name: "GetMany/thousand", applies: is[runtime.BatchGetter], run: func(s *suite) {
		var names []string
		for i := range 1000 {
			name := fmt.Sprint(i)
			if i%3 == 0 {
				name = "absent" + name
			} else {
				s.set(s.key(name), `"`+name+`"`, time.Minute)
			}
			names = append(names, name)
		}
		s.wantMany(names)
	}},
	{name: "SetMany", applies: is[runtime.BatchSetter], run: func(s *suite) {
		b := s.b.(runtime.BatchSetter)
		s.no(b.SetMany(s.ctx(), nil), "SetMany of nothing")
		values := [][]byte{[]byte(`"a1"`), []byte(`"b"`), []byte(`"a2"`)}
		s.no(b.SetMany(s.ctx(), []runtime.Item{
			{Key: s.key("a"), Value: values[0], TTL: time.Hour},
			{Key: s.key("b"), Value: values[1], TTL: 100 * time.Millisecond},
			{Key: s.key("a"), Value: values[2], TTL: time.Hour},
		}), "SetMany")
		for _, value := range values {
			scribble(value) // it is ours again
		}
		s.want(s.key("a"), `"a2"`) // of two items for one key the later holds, as it would one after the other
		time.Sleep(100*time.Millisecond + 2*tick)
		s.want(s.key("a"), `"a2"`)
		s.wantMiss(s.key("b"))
	}},
	{name: "SetMany/expiry", applies: is[runtime.BatchSetter], waits: true, run: func(s *suite) {
		s.expire([]time.Duration{30 * time.Millisecond, 200 * time.Millisecond, 1100 * time.Millisecond},
			func(key string, ttl time.Duration) life {
				l := life{key: key, value: `"` + ttl.String() + `"`, earliest: time.Now().Add(ttl)}
				s.no(s.b.(runtime.BatchSetter).SetMany(s.ctx(),
					[]runtime.Item{{Key: key, Value: runtime.Value(l.value), TTL: ttl}}), "SetMany")
				l.latest = time.Now().Add(ttl)
				return l
			})
	}},
	{name: "SetMany/partial", applies: is[runtime.BatchSetter], run: func(s *suite) {
		s.set(s.key("1"), `"old"`, time.Minute)
		items := []runtime.Item{
			{Key: s.key("0"), Value: runtime.Value(`0`), TTL: time.Minute},
			{Key: s.key("1"), Value: runtime.Value(`1`), TTL: 0},
			{Key: s.key("2"), Value: runtime.Value(`2`), TTL: time.Minute},
			{Key: s.key("3"), Value: runtime.Value(`3`), TTL: -time.Second},
			{Key: s.key("4"), Value: runtime.Value(`4`), TTL: time.Minute},
		}
		if s.TooLarge > 0 {
			items[3].Value, items[3].TTL = runtime.Value(`"`+strings.Repeat("v", s.TooLarge-2)+`"`), time.Minute
		}
		err := s.b.(runtime.BatchSetter).SetMany(s.ctx(), items)
		s.wantError("SetMany with an item without a TTL", err, runtime.ErrInvalidTTL)
		if s.TooLarge > 0 {
			s.wantError("SetMany with an item that is too large", err, runtime.ErrTooLarge)
		}
		s.want(s.key("0"), `0`)
		s.want(s.key("1"), `"old"`)
		s.want(s.key("2"), `2`)
		s.wantMiss(s.key("3"))
		s.want(s.key("4"), `4`)
	}},
	{name: "RemoveMany", applies: is[runtime.BatchRemover], run: func(s *suite) {
		b := s.b.(runtime.BatchRemover)
		s.no(b.RemoveMany(s.ctx(), nil), "RemoveMany of nothing")
		s.set(s.key("stays"), `1`, time.Minute)
		keys := []string{s.key("absent")}
		for i := range 500 {
			key := s.key(fmt.Sprint(i))
			s.set(key, `1`, time.Minute)
			keys = append(keys, key)
		}
		s.no(b.RemoveMany(s.ctx(), append(keys, keys[1:5]...)), "RemoveMany")
		for _, key := range keys {
			s.wantMiss(key)
		}
		s.want(s.key("stays"), `1`)
	}},
}

// wantMany checks GetMany's answer for names, under which their own name stands, or null, or nothing.
func (s *suite) wantMany(names []string) {
	s.Helper()
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = s.key(name)
	}
	asked := slices.Clone(keys)
	values, err := s.b.(runtime.BatchGetter).GetMany(s.ctx(), keys)
	s.no(err, "GetMany")
	if !slices.Equal(keys, asked) {
		s.Errorf("GetMany changed the caller's keys")
	}
	if len(values) != len(keys) {
		s.Fatalf("GetMany of %d keys returned %d values", len(keys), len(values))
	}
	for i, name := range names {
		var want []byte
		switch {
		case name == "null":
			want = []byte(`null`)
		case name != "expired" && !strings.HasPrefix(name, "absent"):
			want = []byte(`"` + name + `"`)
		}
		if !bytes.Equal(values[i], want) || (values[i] == nil) != (want == nil) {
			s.Errorf("GetMany: value %d, of key %q, is %q; want %q", i, name, values[i], want)
		}
	}
}
