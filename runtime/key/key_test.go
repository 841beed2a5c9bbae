package key_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime/key"
)

type role string

type point struct {
	X, Y int
	_    int
}

type node struct {
	Name string
	Next *node
}

func TestPartsAreWrittenInTheirGrammar(t *testing.T) {
	for _, test := range []struct {
		want string
		got  []byte
	}{
		{"-9223372036854775808", key.Int(nil, int64(math.MinInt64))},
		{"18446744073709551615", key.Uint(nil, uint64(math.MaxUint64))},
		{"true", key.Bool(nil, true)},
		{"'bob'", key.Str(nil, "bob")},
		{"'admin'", key.Str(nil, role("admin"))},
		{"''", key.Str(nil, "")},
		{"'a%3Ab%27%25%20%7B%7D%00%C3%A9%FF'", key.Str(nil, "a:b'% {}\x00é\xff")},
		{"'%23%28%29%5B%5D%2C%3D%2A%7F'", key.Str(nil, "#()[],=*\x7f")},
		{"0.1", key.Float(nil, float32(0.1))},
		{"0.10000000149011612", key.Float(nil, float64(float32(0.1)))},
		{"NaN", key.Float(nil, math.NaN())},
		{"-Inf", key.Float(nil, math.Inf(-1))},
		{"-0", key.Float(nil, math.Copysign(0, -1))},
		{"(1,-2.5)", key.Complex(nil, 1-2.5i)},
		{"(0.1,0)", key.Complex(nil, complex64(0.1))},
		{"0xcafe", key.Bytes(nil, []byte{0xca, 0xfe})},
		{"0x", key.Bytes(nil, []byte{})},
		{"nil", key.Bytes(nil, []byte(nil))},
		{"0.000000007", key.Time(nil, time.Unix(0, 7))},
		{"-1.500000000", key.Time(nil, time.Unix(-1, 5e8))},
		{"'10.0.0.1'", key.Text(nil, netip.MustParseAddr("10.0.0.1"))},
		{"[a,b]", key.List{"b", "a"}.Append(nil)},
	} {
		if string(test.got) != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}

func TestAnyNamesTheDynamicType(t *testing.T) {
	one := 1
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "nil"},
		{1, "int!1"},
		{int64(1), "int64!1"},
		{"1", "string!'1'"},
		{role("x"), "github.com/cachegen-go/cachegen/runtime/key_test.role!'x'"},
		{&one, "%2Aint!*1"},
		{(*int)(nil), "%2Aint!nil"},
		{[]string{"a", "b"}, "%5B%5Dstring!['a','b']"},
		{[]string(nil), "%5B%5Dstring!nil"},
		{[]byte{1}, "%5B%5Duint8!0x01"},
		{[2]byte{1, 2}, "%5B2%5Duint8!0x0102"},
		{[]any{1, nil, "x"}, "%5B%5Dinterface%7B%7D![int!1,nil,string!'x']"},
		{map[string]int{"b": 2, "a": 1}, "map%5Bstring%5Dint!['a'=1,'b'=2]"},
		{point{1, 2, 3}, "github.com/cachegen-go/cachegen/runtime/key_test.point!(1,2)"},
		{&node{"a", &node{"b", nil}}, "%2Agithub.com/cachegen-go/cachegen/runtime/key_test.node!*('a',*('b',nil))"},
		{time.Unix(1, 0), "time.Time!1.000000000"},
		{time.Minute, "time.Duration!60000000000"},
		{big.NewInt(7), "%2Amath/big.Int!*'7'"},
		{*big.NewInt(7), "math/big.Int!'7'"},
		{netip.MustParseAddr("::1"), "net/netip.Addr!'%3A%3A1'"},
		{struct{ A uint8 }{7}, "struct%7B%22%22A%20false%20uint8%20%22%22%3B%7D!(7)"},
		{complex64(1i), "complex64!(0,1)"},
	} {
		if got := string(key.Any(nil, test.value)); got != test.want {
			t.Errorf("%T: got %s, want %s", test.value, got, test.want)
		}
	}
}

type embedsText struct {
	netip.Addr // its MarshalText is promoted, and says nothing of Port
	port       int
}

func TestWhatCannotBeKeyedGivesTheEmptyKey(t *testing.T) {
	ring := &node{Name: "ring"}
	ring.Next = ring
	type loop map[string]loop
	l := loop{}
	l["l"] = l
	var self any
	self = &self
	for name, v := range map[string]any{
		"func":              func() {},
		"chan":              make(chan int),
		"nil func":          (func())(nil),
		"uintptr":           uintptr(1),
		"unexported fields": struct{ a int }{1},
		"foreign struct":    strings.NewReader("x"),
		"func in a field":   struct{ F func() }{},
		"func in an any":    []any{func() {}},
		"promoted text":     embedsText{port: 1},
		"ring":              ring,
		"map in itself":     l,
		"pointer to itself": self,
		"failing text":      failing{a: 1},
	} {
		build := func() string {
			defer key.Recover()
			return key.String(key.Any(make([]byte, 0, key.Size), v))
		}
		if got := build(); got != "" {
			t.Errorf("%s: got %.100s", name, got)
		}
	}
}

type failing struct{ a int }

func (failing) MarshalText() ([]byte, error) { panic("fails") }

type textOnly struct{ a int }

func (textOnly) MarshalText() ([]byte, error) { return nil, hex.InvalidByteError(1) }

func TestRecoverTakesAnyPanic(t *testing.T) {
	build := func() string {
		defer key.Recover()
		return key.String(key.Text(nil, textOnly{a: 1}))
	}
	if got := build(); got != "" {
		t.Errorf("got %q", got)
	}
	build = func() string {
		defer key.Recover()
		var p *point
		return key.String(key.Int(nil, p.X))
	}
	if got := build(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestLongKeysAreDigested(t *testing.T) {
	long := strings.Repeat("x", key.MaxLen)
	if got := key.String([]byte(long)); got != long {
		t.Errorf("%d bytes were changed to %s", len(long), got)
	}
	a, b := key.String([]byte(long+"a")), key.String([]byte(long+"b"))
	if len(a) != key.MaxLen || len(b) != key.MaxLen || a == b {
		t.Errorf("got %s and %s", a, b)
	}
	sum := sha256.Sum256([]byte(long + "a"))
	if want := long[:135] + "#" + hex.EncodeToString(sum[:]); a != want {
		t.Errorf("got %s, want %s", a, want)
	}
}

func TestDigestIsHMACUnderASecret(t *testing.T) {
	for _, size := range []int{1, 31, 64, 65, 200} {
		secret := []byte(strings.Repeat("s", size))
		h := hmac.New(sha256.New, secret)
		h.Write([]byte("data"))
		want := "k:" + hex.EncodeToString(h.Sum(nil))
		buf := append(make([]byte, 0, key.Size), "k:data"...)
		if got := string(key.Digest(buf[:2], secret, buf[2:])); got != want {
			t.Errorf("secret of %d bytes: got %s, want %s", size, got, want)
		}
	}
	sum := sha256.Sum256([]byte("data"))
	if got := string(key.Digest(nil, nil, []byte("data"))); got != hex.EncodeToString(sum[:]) {
		t.Errorf("without a secret: got %s", got)
	}
}

func TestAKeyOnTheStackCostsOneAllocation(t *testing.T) {
	var sink string
	name, at, id, secret := "bob smith", time.Now(), [16]byte{1}, []byte("secret")
	long := strings.Repeat("x", 150)
	for what, build := range map[string]func(){
		"plain": func() {
			k := append(make([]byte, 0, key.Size), "shop:repo.Users.Get"...)
			k = key.Int(append(k, ':'), 42)
			k = key.Str(append(k, ':'), name)
			k = key.Time(append(k, ':'), at)
			k = key.Float(append(k, ':'), 1.5)
			k = key.Bytes(append(k, ':'), id[:])
			sink = key.String(k)
		},
		"long": func() {
			k := append(make([]byte, 0, key.Size), "shop:repo.Users.Get"...)
			k = key.Str(append(k, ':'), long)
			k = key.Str(append(k, ':'), name)
			k = key.Time(append(k, ':'), at)
			sink = key.String(k)
		},
		"hashed": func() {
			k := append(make([]byte, 0, key.Size), "shop:repo.Users.Get"...)
			mark := len(k)
			k = key.Str(append(k, ':'), name)
			k = key.Digest(k[:mark+1], secret, k[mark+1:])
			sink = key.String(k)
		},
	} {
		if n := testing.AllocsPerRun(100, build); n != 1 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	_ = sink
}

// FuzzTwoArgumentListsNeverShareAKey builds keys of two argument lists of several types from the fuzzer's bytes.
func FuzzTwoArgumentListsNeverShareAKey(f *testing.F) {
	f.Add("a:b", "c", "a", "b:c", int64(1), int64(1), 1.0, 1.0)
	f.Add("1", "", "", "1", int64(0), int64(0), 0.0, math.Copysign(0, -1))
	f.Add("','", "x", "", "','x", int64(-1), int64(1), 0.1, 0.2)
	f.Add("%27", "", "'", "", int64(-1), int64(1), 0.1, 0.2)
	f.Add(strings.Repeat("a", 150), strings.Repeat("b", 60), strings.Repeat("a", 151), strings.Repeat("b", 60), int64(0), int64(0), 0.0, 0.0)
	f.Add("nil", "", "", "nil", int64(7), int64(7), 2.5, 2.5)
	f.Fuzz(func(t *testing.T, a1, a2, b1, b2 string, ai, bi int64, af, bf float64) {
		a := build(a1, a2, ai, af)
		b := build(b1, b2, bi, bf)
		same := a1 == b1 && a2 == b2 && ai == bi && math.Float64bits(af) == math.Float64bits(bf)
		bothNaN := a1 == b1 && a2 == b2 && ai == bi && math.IsNaN(af) && math.IsNaN(bf)
		for i := range a {
			if (a[i] == b[i]) != (same || bothNaN) {
				t.Errorf("%d: (%q %q %d %v) gives %s, (%q %q %d %v) gives %s", i, a1, a2, ai, af, a[i], b1, b2, bi, bf, b[i])
			}
			if len(a[i]) > key.MaxLen || strings.ContainsFunc(a[i], func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '{' || r == '}' }) {
				t.Errorf("not a good key: %q", a[i])
			}
		}
		// The same text cut elsewhere is another list.
		text := a1 + a2
		cut := int(uint64(bi) % uint64(len(text)+1))
		for i, k := range build(text[:cut], text[cut:], ai, af) {
			if (k == a[i]) != (cut == len(a1)) {
				t.Errorf("%d: (%q %q) and (%q %q) give %s and %s", i, a1, a2, text[:cut], text[cut:], a[i], k)
			}
		}
	})
}

// build writes one argument list in several ways.
func build(s1, s2 string, i int64, f float64) []string {
	pointer := func(s string) *string {
		if s == "nil" {
			return nil
		}
		return &s
	}
	slice := func(s string) []string {
		if s == "nil" {
			return nil
		}
		return strings.Split(s, ",")
	}
	parts := func(list ...[]byte) string {
		k := []byte("ns:p.M")
		for _, p := range list {
			k = append(append(k, ':'), p...)
		}
		return key.String(k)
	}
	return []string{
		parts(key.Str(nil, s1), key.Str(nil, s2), key.Int(nil, i), key.Float(nil, f)),
		parts(key.Any(nil, pointer(s1)), key.Any(nil, s2), key.Any(nil, i), key.Any(nil, f)),
		parts(key.Any(nil, []any{s1, []any{s2, i}, f})),
		parts(key.Any(nil, slice(s1)), key.Any(nil, [][]string{slice(s2)}), key.Any(nil, struct {
			I any
			F *float64
		}{i, &f})),
		parts(key.Any(nil, map[string]any{"1" + s1: s2, "2": i, "3": f})),
		parts(key.Bytes(nil, []byte(s1)), key.Any(nil, []byte(s2)), key.Any(nil, time.Unix(i>>8, i&255)), key.Complex(nil, complex(f, 0))),
	}
}

func BenchmarkKey(b *testing.B) {
	name := "bob@example.com"
	var sink string
	for b.Loop() {
		k := append(make([]byte, 0, key.Size), "shop:repo.Users.Get"...)
		k = key.Int(append(k, ':'), 42)
		k = key.Str(append(k, ':'), name)
		sink = key.String(k)
	}
	_ = sink
}
