package backendtest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var basicChecks = []check{
	{name: "Name", run: func(s *suite) {
		if name := s.b.Name(); name == "" || name != s.b.Name() {
			s.Errorf("Name() = %q; want a name that stays the same", name)
		}
	}},
	{name: "HealthCheck", run: func(s *suite) {
		s.no(s.b.HealthCheck(s.ctx()), "HealthCheck of a store that serves")
	}},
	{name: "Get/absent", run: func(s *suite) {
		s.wantMiss(s.key("absent"))
	}},
	{name: "Get/present", run: func(s *suite) {
		s.set(s.key("k"), `{"a":1}`, time.Minute)
		s.want(s.key("k"), `{"a":1}`)
		s.want(s.key("k"), `{"a":1}`)
	}},
	{name: "SetWithTTL/replaces", run: func(s *suite) {
		for _, value := range []string{`"first"`, `"a second one that is longer"`, `3`} {
			s.set(s.key("k"), value, time.Minute)
			s.want(s.key("k"), value)
		}
	}},
	{name: "SetWithTTL/InvalidTTL", run: func(s *suite) {
		s.set(s.key("k"), `"old"`, time.Minute)
		for _, ttl := range []time.Duration{0, -1, -time.Second, -1 << 63} {
			for _, key := range []string{"k", "absent"} {
				err := s.b.SetWithTTL(s.ctx(), s.key(key), runtime.Value(`"new"`), ttl)
				s.wantError(fmt.Sprintf("SetWithTTL(%s, ttl %d)", key, ttl), err, runtime.ErrInvalidTTL)
			}
		}
		s.want(s.key("k"), `"old"`)
		s.wantMiss(s.key("absent"))
	}},
	{name: "Remove", run: func(s *suite) {
		s.set(s.key("k"), `1`, time.Minute)
		s.set(s.key("kk"), `2`, time.Minute)
		s.no(s.b.Remove(s.ctx(), s.key("k")), "Remove")
		s.wantMiss(s.key("k"))
		s.want(s.key("kk"), `2`)
		s.set(s.key("k"), `3`, time.Minute)
		s.want(s.key("k"), `3`)
	}},
	{name: "Remove/absent", run: func(s *suite) {
		s.no(s.b.Remove(s.ctx(), s.key("absent")), "Remove of an absent key")
	}},
	{name: "keys", run: func(s *suite) {
		// All keys stand there at once: a store that mangles one overwrites another.
		keys := oddKeys(s.prefix)
		for i, key := range keys {
			s.set(key, fmt.Sprint(i), time.Minute)
		}
		for i, key := range keys {
			s.want(key, fmt.Sprint(i))
		}
		for i, key := range keys {
			s.no(s.b.Remove(s.ctx(), key), "Remove "+key)
			s.wantMiss(key)
			if i+1 < len(keys) {
				s.want(keys[i+1], fmt.Sprint(i+1))
			}
		}
	}},
	{name: "InProcess", applies: is[runtime.InProcess], run: func(s *suite) {
		here := s.b.(runtime.InProcess).InProcess()
		s.set(s.key("k"), `1`, time.Minute)
		if s.b.(runtime.InProcess).InProcess() != here || s.open(s.T).(runtime.InProcess).InProcess() != here {
			s.Error("InProcess() does not stay the same")
		}
	}},
}

// closeChecks come last in the list, as a reader would expect.
var closeChecks = []check{
	{name: "Close", applies: is[io.Closer], run: func(s *suite) {
		s.set(s.key("k"), `1`, time.Minute)
		s.no(s.b.(io.Closer).Close(), "Close")
		// What the methods return now is their own affair, but late callers must neither panic nor hang.
		s.within("a method called after Close", func() {
			s.b.Get(s.ctx(), s.key("k"))
			s.b.SetWithTTL(s.ctx(), s.key("k"), runtime.Value(`2`), time.Minute)
			s.b.Remove(s.ctx(), s.key("k"))
			s.b.HealthCheck(s.ctx())
			s.b.(io.Closer).Close()
		})
	}},
}

// oddKeys are keys of up to 250 bytes of printable ASCII without spaces that some store may take for something else.
func oddKeys(prefix string) []string {
	var printable strings.Builder
	for c := '!'; c <= '~'; c++ {
		printable.WriteRune(c)
	}
	long := prefix + strings.Repeat("x", 249-len(prefix))
	keys := []string{
		long + "1", long + "2", long,
		prefix, prefix + "a", prefix + "A", prefix + printable.String(),
		prefix + "*", prefix + "?", prefix + "[a]", prefix + `\`, prefix + `\*`, prefix + "%00", prefix + "%s%d",
		prefix + "{a}", prefix + "{a}b", prefix + "{}", prefix + "a:b", prefix + "a::b", prefix + "../..", prefix + "a/b",
		prefix + `"`, prefix + "'", prefix + "`", prefix + "$(x)", prefix + "a,b;c", prefix + "null", prefix + "-1",
	}
	for c := '!'; c <= '~'; c++ {
		keys = append(keys, prefix+"one:"+string(c))
	}
	return keys
}

// within runs f, which must return within s.Wait, and not panic.
func (s *suite) within(what string, f func()) {
	s.Helper()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		f()
	}()
	select {
	case panicked := <-done:
		if panicked != nil {
			s.Errorf("%s panicked: %v", what, panicked)
		}
	case <-time.After(s.Wait):
		s.Fatalf("%s has not returned after %v", what, s.Wait)
	}
}

func byteCount(n int) string { return fmt.Sprintf("%d bytes", n) }
