package codec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

func marshal[T any](t *testing.T, v T) string {
	t.Helper()
	data, err := codec.Marshal(codec.Reflect[T](), nil, v)
	if err != nil {
		t.Fatalf("%#v: %v", v, err)
	}
	return string(data)
}

func TestValuesHaveAReadableForm(t *testing.T) {
	one, nothing := 1, []int(nil)
	pointer := &one
	price := Price(150)
	for _, test := range []struct{ got, want string }{
		{marshal(t, true), `true`},
		{marshal(t, int64(math.MinInt64)), `-9223372036854775808`},
		{marshal(t, uint64(math.MaxUint64)), `18446744073709551615`},
		{marshal(t, 0.1), `0.1`},
		{marshal(t, float32(0.1)), `0.1`},
		{marshal(t, math.Copysign(0, -1)), `-0`},
		{marshal(t, math.NaN()), `"NaN"`},
		{marshal(t, math.Float64frombits(0x7ff8000000000002)), `"NaN:7ff8000000000002"`},
		{marshal(t, float32(math.Inf(-1))), `"-Infinity"`},
		{marshal(t, 1-2i), `[1,-2]`},
		{marshal(t, "é\n\"<"), `"é\n\"<"`},
		{marshal(t, "\xff"), `{"bytes":"/w=="}`},
		{marshal(t, []byte("hi")), `"aGk="`},
		{marshal(t, []byte{}), `""`},
		{marshal(t, []byte(nil)), `null`},
		{marshal(t, [3]byte{1, 2, 255}), `"0102ff"`},
		{marshal(t, json.RawMessage("{")), `"ew=="`},
		{marshal(t, time.Minute), `60000000000`},
		{marshal(t, time.Time{}), `"0001-01-01T00:00:00Z"`},
		{marshal(t, time.Date(2024, 5, 1, 12, 0, 0, 500_000_000, time.UTC)), `"2024-05-01T12:00:00.5Z"`},
		{marshal(t, time.Date(2024, 5, 1, 12, 0, 0, 1, time.FixedZone("CEST", 7200))), `"2024-05-01T12:00:00.000000001+02:00"`},
		{marshal(t, time.Date(1890, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", -(4*3600+56*60+2)))), `"1890-01-01T00:00:00-04:56:02"`},
		{marshal(t, time.Date(10000, 1, 1, 0, 0, 0, 7, time.UTC)), `"@253402300800.000000007Z"`},
		{marshal(t, time.Date(-1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 400000))), `"@-62199155200+111:06:40"`},
		{marshal(t, []string(nil)), `null`},
		{marshal(t, []string{}), `[]`},
		{marshal(t, []string{"a", ""}), `["a",""]`},
		{marshal(t, (*int)(nil)), `null`},
		{marshal(t, pointer), `1`},
		{marshal(t, &pointer), `[1]`},
		{marshal(t, &nothing), `[null]`},
		{marshal(t, map[string]int(nil)), `null`},
		{marshal(t, map[string]int{"b": 1, "a": 2}), `{"a":2,"b":1}`},
		{marshal(t, map[string]int{"b": 1, "\xff": 2}), `[["b",1],[{"bytes":"/w=="},2]]`},
		{marshal(t, map[int]string{2: "b", 1: "a"}), `[[1,"a"],[2,"b"]]`},
		{marshal(t, struct{ A, B int }{1, 2}), `{"A":1,"B":2}`},
		{marshal(t, struct{}{}), `{}`},
		{marshal(t, netip.MustParseAddr("::1")), `"::1"`},
		{marshal(t, big.NewInt(5)), `[5]`},
		{marshal(t, price), `{"cents": 150}`},
		{marshal(t, &price), `[{"cents": 150}]`},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	local := marshal(t, time.Date(2024, 5, 1, 12, 0, 0, 0, time.Local))
	if !strings.HasSuffix(local, `[Local]"`) {
		t.Errorf("a local time is %s", local)
	}
}

// Price marshals itself, with white space around it and inside of it.
type Price int

func (p Price) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, " {\"cents\": %d}\n", int(p)), nil
}
func (p *Price) UnmarshalJSON(data []byte) error {
	_, err := fmt.Sscanf(string(data), `{"cents": %d}`, (*int)(p))
	return err
}

func refused[T any](t *testing.T, inputs ...string) {
	t.Helper()
	for _, input := range inputs {
		if v, err := codec.Unmarshal(codec.Reflect[T](), []byte(input)); err == nil {
			t.Errorf("%T: %s was read as %#v", v, input, v)
		} else if !reflect.ValueOf(&v).Elem().IsZero() {
			t.Errorf("%T: %s failed, and gave %#v", v, input, v)
		}
	}
}

func TestOnlyTheExactFormIsRead(t *testing.T) {
	refused[bool](t, ``, `1`, `tru`, `True`, `true `, ` true`, `truefalse`, `null`)
	refused[int8](t, ``, `128`, `-129`, `300`, `01`, `-0`, `--1`, `1.0`, `1e2`, `+1`, `"1"`, `-`, `null`)
	refused[uint8](t, `256`, `300`, `-1`, `00`)
	refused[int64](t, `9223372036854775808`, `-9223372036854775809`, `99999999999999999999`)
	refused[uint64](t, `18446744073709551616`, `30000000000000000000`, `99999999999999999999`)
	refused[float64](t, ``, `.5`, `1.`, `01`, `1e`, `1e+`, `+1`, `0x1p3`, `1_0`, `1e999`, `"1"`, `"nan"`, `"NaN:0"`, `"NaN:7ff8000000000001x"`, `Infinity`, `null`)
	refused[float32](t, `1e39`, `"NaN:7ff8000000000001"`)
	refused[complex128](t, `[1]`, `[1,2,3]`, `1`, `[1 ,2]`)
	refused[string](t, ``, `"`, `"a`, `a"`, `"a"b`, `"\"`, `"\x"`, "\"\n\"", "\"\xff\"", "\"aaaaaaaaé\xff\"", `"\u12"`, `{"bytes":"eA=="}`, `{"bytes":null}`, `{"bytes":"/w=="`, `{"Bytes":"/w=="}`, `null`)
	refused[[]byte](t, `"aGk"`, `"aGl="`, `"aGk=" `, `"aG\u006b="`, `[1]`, `"a Gk="`)
	refused[[2]byte](t, `"01"`, `"010203"`, `"01zz"`, `null`, `""`)
	refused[[]int](t, `[1,]`, `[,1]`, `[1 ,2]`, `[1,2`, `[1]]`, `{}`, `[1 2]`, `[`, `nul`)
	refused[[2]int](t, `[1]`, `[1,2,3]`, `[]`, `null`)
	refused[*int](t, `nil`, `"1"`, `[1]`, ``)
	refused[**int](t, `1`, `[]`, `[1,2]`, `[[1]]`)
	refused[map[string]int](t, `{"a":1,}`, `{"a":1,"a":1}`, `{"a" :1}`, `{a:1}`, `{"a":1`, `[["a"]]`, `[["a",1],["a",1]]`, `[["a",1,2]]`)
	refused[map[int]int](t, `{"1":1}`, `[[1,1],[1,2]]`, `[[1,1]`, `[1]`)
	refused[struct{ A, B int }](t, `{}`, `{"A":1}`, `{"B":1,"A":1}`, `{"A":1,"B":2,"C":3}`, `{"A":1"B":2}`, `{,"A":1,"B":2}`, `{"A":1,"B":2,}`, `{"A": 1,"B":2}`, `null`, `{"A":1,,"B":2}`, `{"a":1,"B":2}`)
	refused[time.Time](t, `"2024-05-01"`, `"2024-05-01T12:00:00"`, `"2024-02-30T12:00:00Z"`, `"2024-13-01T12:00:00Z"`, `"2024-00-01T12:00:00Z"`, `"2024-05-00T12:00:00Z"`,
		`"2024-05-01T24:00:00Z"`, `"2024-05-01T12:60:00Z"`, `"2024-05-01T12:00:00.Z"`, `"2024-05-01T12:00:00.0000000001Z"`, `"2024-05-01T12:00:00.50Z"`,
		`"2024-05-01T12:00:00+2:00"`, `"2024-05-01T12:00:00+02"`, `"2024-05-01T12:00:00+02:00x"`, `"2024-05-01T12:00:00ZZ"`, `"@Z"`, `"@12345678901234567890Z"`, `"@--1Z"`, `""`, `0`,
		`"2024-05-01T12:00:00+99999999999:00"`, `"2024-05-01T12:00:00+02:00[Europe/Berlin]"`)
	refused[Price](t, ` {"cents": 1}`, `{"cents": 1} `, `{"cents": x}`, `{"cents": 1`, `""`, "{\"cents\": 1, \"\xff\": 1}")
	refused[netip.Addr](t, `"1.2.3"`, `1`, `null`)
}

func TestEveryDayIsReadAsItWasWritten(t *testing.T) {
	c := codec.Reflect[[]time.Time]()
	var days []time.Time
	for d := (time.Time{}); d.Year() < 9999; d = d.Add(37*24*time.Hour + 12345*time.Second) {
		days = append(days, d)
	}
	for _, year := range []int{1, 4, 1899, 1900, 1970, 2000, 2023, 2024, 2100} {
		for d := range 366 {
			days = append(days, time.Date(year, 1, 1+d, 23, 59, 59, 0, time.UTC))
		}
	}
	data, err := codec.Marshal(c, nil, days)
	if err != nil {
		t.Fatal(err)
	}
	again, err := codec.Unmarshal(c, data)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range days {
		if again[i] != d {
			t.Fatalf("%v became %v", d, again[i])
		}
	}
	refused[time.Time](t, `"1900-02-29T00:00:00Z"`, `"2023-02-29T00:00:00Z"`, `"2024-04-31T00:00:00Z"`, `"2024-0a-01T00:00:00Z"`)
}

func TestNaNKeysSurvive(t *testing.T) {
	c := codec.Reflect[map[float64]int]()
	data, err := codec.Marshal(c, nil, map[float64]int{math.NaN(): 1, math.Float64frombits(math.Float64bits(math.NaN())): 2, 1: 3})
	if err != nil || string(data) != `[["NaN",1],["NaN",2],[1,3]]` {
		t.Fatalf("%s, %v", data, err)
	}
	m, err := codec.Unmarshal(c, data)
	if err != nil || len(m) != 3 {
		t.Errorf("%v, %v", m, err)
	}
}

func TestAKeyThatWouldNotBeFoundAgainIsAnError(t *testing.T) {
	m := map[time.Time]int{time.Date(2024, 1, 1, 0, 0, 0, 0, time.FixedZone("CET", 3600)): 1}
	if data, err := codec.Marshal(codec.Reflect[map[time.Time]int](), nil, m); err == nil {
		t.Errorf("written as %s", data)
	}
}

type ring struct {
	Name string
	Next *ring
}

type nest []nest

func TestAValueThatContainsItselfIsAnError(t *testing.T) {
	r := &ring{Name: "r"}
	r.Next = r
	n := nest{nil}
	n[0] = n
	fails(t, r)
	fails(t, n)

	deep := &ring{}
	for range 5000 {
		deep = &ring{Next: deep}
	}
	c := codec.Reflect[*ring]()
	data, err := codec.Marshal(c, nil, deep)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codec.Unmarshal(c, data); err != nil {
		t.Error(err)
	}
	if _, err := codec.Copy(c, deep); err != nil {
		t.Error(err)
	}
	refused[nest](t, strings.Repeat("[", 1_000_000), strings.Repeat("[", 1_000_000)+strings.Repeat("]", 1_000_000))
	refused[*ring](t, strings.Repeat(`{"Name":"","Next":`, 1_000_000))
	refused[big.Int](t, strings.Repeat("[", 1_000_000)+strings.Repeat("]", 1_000_000))
}

func fails[T any](t *testing.T, v T) {
	t.Helper()
	c := codec.Reflect[T]()
	if _, err := codec.Marshal(c, nil, v); err == nil {
		t.Errorf("%T was written", v)
	}
	if _, err := codec.Copy(c, v); err == nil {
		t.Errorf("%T was copied", v)
	}
}

type marshaler struct{ marshal, unmarshal func() error }

var behaviour marshaler

type fragile struct{ refs []int }

func (fragile) MarshalJSON() ([]byte, error) { return []byte("1"), behaviour.marshal() }
func (*fragile) UnmarshalJSON([]byte) error  { return behaviour.unmarshal() }
func (fragile) String() string               { return "fragile" }
func fine() error                            { return nil }
func failing() error                         { return errors.New("no") }
func panicking() error                       { panic("no") }

func TestMarshalersMayFailAndPanic(t *testing.T) {
	c := codec.Reflect[fragile]()
	dst := []byte("before")
	for _, bad := range []func() error{failing, panicking} {
		behaviour = marshaler{bad, fine}
		if data, err := codec.Marshal(c, dst, fragile{refs: []int{1}}); err == nil || string(data) != "before" {
			t.Errorf("%s, %v", data, err)
		}
		if _, err := codec.Copy(c, fragile{}); err == nil {
			t.Error("copied")
		}
		behaviour = marshaler{fine, bad}
		if _, err := codec.Unmarshal(c, []byte("1")); err == nil {
			t.Error("read")
		}
		if _, err := codec.Copy(c, fragile{}); err == nil {
			t.Error("copied")
		}
	}
}

type liar string

func (l liar) MarshalJSON() ([]byte, error)  { return []byte(l), nil }
func (l *liar) UnmarshalJSON(b []byte) error { *l = liar(b); return nil }

func TestWhatIsNotJSONIsNotWritten(t *testing.T) {
	for _, l := range []liar{"", "{", "1 2", "\"\xff\"", "nul", "{} x", "1,1", `{"a":1}}`} {
		if data, err := codec.Marshal(codec.Reflect[[]liar](), nil, []liar{l}); err == nil {
			t.Errorf("%q was written: %s", l, data)
		}
	}
}

type hidden struct{ a int }

func TestReflectRefusesWhatTheGeneratorRefuses(t *testing.T) {
	for name, err := range map[string]error{
		"any":              codec.Reflect[any]().Err,
		"error in a field": codec.Reflect[struct{ E error }]().Err,
		"func":             codec.Reflect[[]func()]().Err,
		"chan":             codec.Reflect[map[string]chan int]().Err,
		"uintptr":          codec.Reflect[uintptr]().Err,
		"lock":             codec.Reflect[struct{ M sync.Mutex }]().Err,
		"foreign fields":   codec.Reflect[*strings.Reader]().Err,
		"location":         codec.Reflect[struct{ L *time.Location }]().Err,
		"pointer as a key": codec.Reflect[map[*int]int]().Err,
		"pointer in a key": codec.Reflect[map[[1]*int]int]().Err,
		"foreign in own":   codec.Reflect[struct{ R []strings.Builder }]().Err,
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	c := codec.Reflect[func()]()
	if _, err := codec.Marshal(c, nil, func() {}); err == nil {
		t.Error("a func was written")
	}
	if _, err := codec.Unmarshal(c, []byte("null")); err == nil {
		t.Error("a func was read")
	}
	if _, err := codec.Copy(c, func() {}); err == nil {
		t.Error("a func was copied")
	}
	if got := marshal(t, []hidden{{a: 1}}); got != `[{"a":1}]` {
		t.Errorf("the package's own struct: %s", got)
	}
	if got := marshal(t, generic[hidden, map[string]hidden]{a: hidden{1}, b: nil}); got != `{"a":{"a":1},"b":null}` {
		t.Errorf("the package's own generic struct: %s", got)
	}
}

type generic[A, B any] struct {
	a A
	b []B
}

func TestPoolsAreSafe(t *testing.T) {
	c := codec.Reflect[map[string][]string]()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				v := map[string][]string{fmt.Sprint(g): {fmt.Sprint(i), "\xff", `"`}}
				data, err := codec.Marshal(c, nil, v)
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					_, _ = codec.Unmarshal(c, data[:len(data)/2])
				}
				if again, err := codec.Unmarshal(c, data); err != nil || !reflect.DeepEqual(v, again) {
					t.Errorf("%v became %v (%v)", v, again, err)
				}
			}
		})
	}
	wg.Wait()
}

type everything struct {
	I   int8
	U   uint64
	F   float64
	G   float32
	C   complex128
	S   string
	B   []byte
	ID  [4]byte
	T   time.Time
	P   **int
	L   []*everything
	M   map[string]int
	N   map[float64]string
	A   netip.Addr
	Big *big.Int
	R   [2]bool
}

// FuzzUnmarshal holds that any input is a value that can be written again, or an error.
func FuzzUnmarshal(f *testing.F) {
	c := codec.Reflect[everything]()
	one := 1
	pointer := &one
	for _, v := range []everything{{}, {
		I: -1, U: math.MaxUint64, F: math.NaN(), G: 0.1, C: 1i, S: "\xff", B: []byte{1}, T: time.Now(), P: &pointer, L: []*everything{nil, {}},
		M: map[string]int{"é\n": 1}, N: map[float64]string{1: "a", 2: "b"}, A: netip.IPv6Unspecified(), Big: big.NewInt(1 << 60),
	}} {
		data, err := codec.Marshal(c, nil, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := codec.Unmarshal(c, data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Errorf("accepted what is not JSON: %q", data)
		}
		again, err := codec.Marshal(c, nil, v)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", data, err)
		}
		if _, err := codec.Unmarshal(c, again); err != nil {
			t.Errorf("%q was written and cannot be read: %v", again, err)
		}
	})
}
