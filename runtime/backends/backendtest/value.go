package backendtest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var valueChecks = []check{
	{name: "values", run: func(s *suite) {
		// Byte for byte, since the runtime compares entries by their bytes.
		for i, value := range []string{
			`null`, `0`, `""`, `"*"`, `[]`, `{}`, ` { "b" : 1 , "a" : 1.0e2 } `, "{\n\t\"x\": true\r\n}",
			`"\u00e9\ud83d\ude00é😀\\\"\/"`, `"<script>&amp;"`, `18446744073709551615`, `"` + strings.Repeat("a", 70_000) + `"`,
		} {
			key := s.key(fmt.Sprint(i))
			s.set(key, value, time.Minute)
			s.want(key, value)
		}
	}},
	{name: "values/large", run: func(s *suite) {
		for _, size := range []int{1 << 10, 100 << 10, 1 << 20, 8 << 20} {
			s.large(size, false)
		}
		if s.TooLarge > 0 {
			s.large(s.TooLarge, true)
		}
	}},
	{name: "aliasing/passed", run: func(s *suite) {
		value := []byte(`"passed"`)
		s.no(s.b.SetWithTTL(s.ctx(), s.key("k"), value, time.Minute), "SetWithTTL")
		scribble(value)
		s.want(s.key("k"), `"passed"`)
	}},
	{name: "aliasing/returned", run: func(s *suite) {
		s.set(s.key("k"), `"returned"`, time.Minute)
		s.notShared(`"returned"`, func() (runtime.Value, error) { return s.b.Get(s.ctx(), s.key("k")) })
		if g, ok := s.b.(runtime.TTLGetter); ok {
			s.notShared(`"returned"`, func() (runtime.Value, error) {
				value, _, err := g.GetWithTTL(s.ctx(), s.key("k"))
				return value, err
			})
		}
		if g, ok := s.b.(runtime.BatchGetter); ok {
			s.notShared(`"returned"`, func() (runtime.Value, error) { return first(g.GetMany(s.ctx(), []string{s.key("k")})) })
			s.notShared(`"returned"`, func() (runtime.Value, error) {
				values, err := g.GetMany(s.ctx(), []string{s.key("k"), s.key("k")})
				if err == nil && len(values) == 2 {
					scribble(values[1]) // two answers for one key are two slices
				}
				return first(values, err)
			})
		}
		if l, ok := s.b.(runtime.Leaser); ok {
			s.notShared(`"returned"`, func() (runtime.Value, error) {
				held, _, err := l.Lease(s.ctx(), s.key("k"), runtime.Value(`"lease"`), time.Minute)
				return held, err
			})
		}
	}},
	{name: "aliasing/kept", run: func(s *suite) {
		// What was handed out stays as it was, whatever becomes of the entry.
		s.set(s.key("k"), `"kept"`, time.Minute)
		value, err := s.b.Get(s.ctx(), s.key("k"))
		s.no(err, "Get")
		s.set(s.key("k"), `"next"`, time.Minute)
		s.no(s.b.Remove(s.ctx(), s.key("k")), "Remove")
		for i := range 100 {
			s.set(s.key(fmt.Sprint(i)), `"more"`, time.Minute)
		}
		if string(value) != `"kept"` {
			s.Errorf("a value that Get had returned became %s", value)
		}
	}},
}

// large stores a value of that size. The store holds it or leaves everything as it was; it must not hold it where
// refuse is set.
func (s *suite) large(size int, refuse bool) {
	s.Helper()
	const others = 64
	other := func(i int) string { return s.key(fmt.Sprintf("%d:other:%d", size, i)) }
	for i := range others {
		s.set(other(i), fmt.Sprint(i), time.Minute)
	}
	key, value := s.key(byteCount(size)), `"`+strings.Repeat("v", size-2)+`"`
	s.set(key, `"old"`, time.Minute)
	err := s.b.SetWithTTL(s.ctx(), key, runtime.Value(value), time.Minute)
	switch {
	case err == nil && refuse:
		s.Errorf("a value of %d bytes was stored; want ErrTooLarge", size)
	case err == nil:
		s.want(key, value)
		s.no(s.b.Remove(s.ctx(), key), "Remove")
		return // which others had to make room for it is the store's affair
	case !errors.Is(err, runtime.ErrTooLarge):
		s.Errorf("SetWithTTL of %d bytes: %v; want nil or ErrTooLarge", size, err)
	}
	s.want(key, `"old"`)
	for i := range others {
		s.want(other(i), fmt.Sprint(i))
	}
}

// notShared checks that changing what get returned changes nothing in the store.
func (s *suite) notShared(want string, get func() (runtime.Value, error)) {
	s.Helper()
	for range 3 {
		value, err := get()
		if err != nil || !bytes.Equal(value, []byte(want)) {
			s.Fatalf("got %s, %v; want %s: the store's value was changed through a slice that it returned", value, err, want)
		}
		scribble(append(value, "beyond its end"...))
		scribble(value)
	}
}

func scribble(value []byte) {
	for i := range value {
		value[i] = '#'
	}
}

func first(values []runtime.Value, err error) (runtime.Value, error) {
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return values[0], nil
}
