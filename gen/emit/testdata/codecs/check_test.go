package codecs

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cachegen-go/cachegen/runtime/codec"
	"github.com/cachegen-go/cachegen/runtime/key"

	"example.com/codecs/other"
)

const rounds = 100

// check holds a generated codec to what is promised of every codec, with random values.
func check[T any](t *testing.T, c codec.Codec[T], byReflection bool) {
	t.Helper()
	oracle := codec.Reflect[T]()
	if byReflection {
		if oracle.Err != nil {
			t.Fatalf("by reflection: %v", oracle.Err)
		}
		if oracle.Schema != c.Schema {
			t.Errorf("schema %s, by reflection %s", c.Schema, oracle.Schema)
		}
		if (oracle.Clone == nil) != (c.Clone == nil) {
			t.Errorf("immutable: %v, by reflection %v", c.Clone == nil, oracle.Clone == nil)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		var v T
		fill(random, reflect.ValueOf(&v).Elem(), 0)
		data, err := codec.Marshal(c, []byte("before"), v)
		if err != nil {
			t.Fatalf("%+v: %v", v, err)
		}
		data = bytes.TrimPrefix(data, []byte("before"))
		if !json.Valid(data) {
			t.Fatalf("not JSON: %s", data)
		}
		again, err := codec.Unmarshal(c, data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if d := diff(v, again); d != "" {
			t.Fatalf("came back different: %s\n%s", d, data)
		}
		checkInput(t, c, random, data)
		copied, err := codec.Copy(c, v)
		if err != nil {
			t.Fatal(err)
		}
		if d := diff(v, copied); d != "" {
			t.Fatalf("the copy is different: %s", d)
		}
		unshared(t, v, copied)
		if byReflection {
			checkOracle(t, oracle, v, data)
		}
	}
}

func checkOracle[T any](t *testing.T, oracle codec.Codec[T], v T, data []byte) {
	t.Helper()
	reflected, err := codec.Marshal(oracle, nil, v)
	if err != nil || string(reflected) != string(data) {
		t.Fatalf("generated code writes\n%s, reflection\n%s (%v)", data, reflected, err)
	}
	again, err := codec.Unmarshal(oracle, data)
	if err != nil {
		t.Fatalf("by reflection: %v", err)
	}
	if d := diff(v, again); d != "" {
		t.Fatalf("came back different by reflection: %s", d)
	}
	copied, err := codec.Copy(oracle, v)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(v, copied); d != "" {
		t.Fatalf("the copy by reflection is different: %s", d)
	}
	unshared(t, v, copied)
}

// checkInput sees that what was read does not refer to the input, and that damaged input is an error or another value,
// never a panic.
func checkInput[T any](t *testing.T, c codec.Codec[T], random *rand.Rand, data []byte) {
	t.Helper()
	input := bytes.Clone(data)
	v, err := codec.Unmarshal(c, input)
	if err != nil {
		t.Fatal(err)
	}
	for i := range input {
		input[i] = 'x'
	}
	if again, err := codec.Marshal(c, nil, v); err != nil || !bytes.Equal(again, data) {
		t.Fatalf("the value refers to its input: %s becomes %s (%v)", data, again, err)
	}
	if _, err := codec.Unmarshal(c, append(bytes.Clone(data), ' ')); err == nil {
		t.Fatalf("white space after the value was accepted: %s", data)
	}
	damaged := bytes.Clone(data)
	for range 1 + random.IntN(3) {
		i := random.IntN(len(damaged))
		switch random.IntN(3) {
		case 0:
			damaged[i] = byte(random.IntN(256))
		case 1:
			damaged = append(damaged[:i:i], damaged[i+1:]...)
		case 2:
			damaged = damaged[:i]
		}
		if len(damaged) == 0 {
			break
		}
	}
	v, err = codec.Unmarshal(c, damaged)
	if err != nil {
		return
	}
	if !json.Valid(damaged) {
		t.Errorf("accepted what is not JSON: %s", damaged)
	}
	if _, err := codec.Marshal(c, nil, v); err != nil && !strings.Contains(err.Error(), "map key") {
		t.Errorf("accepted %s, which cannot be written: %v", damaged, err)
	}
}

// checkKey sees that different values have different keys, and equal ones one.
func checkKey[T any](t *testing.T, part func([]byte, T) []byte, sameAsAny bool) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	keyOf := func(v T) (k string) {
		defer key.Recover()
		return string(part(nil, v))
	}
	values := map[string]T{}
	for range rounds {
		var v T
		fill(random, reflect.ValueOf(&v).Elem(), 0)
		k := keyOf(v)
		if k == "" || strings.ContainsFunc(k, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(":{}#", r) }) {
			t.Fatalf("%+v has the key %q", v, k)
		}
		if other, ok := values[k]; ok && !cmp.Equal(other, v, keyed) {
			t.Fatalf("%+v and %+v share the key %s", v, other, k)
		}
		values[k] = v
		if sameAsAny {
			if _, dynamic, ok := strings.Cut(string(key.Any(nil, v)), "!"); ok && dynamic != k {
				t.Fatalf("%+v has the key %s, at run time %s", v, k, dynamic)
			}
		}
	}
}

// seen makes everything visible to cmp that is part of a value.
var seen = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.Comparer(func(a, b proto.Message) bool { return proto.Equal(a, b) }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
}

// exact compares to the last bit.
var exact = cmp.Options{
	seen,
	cmp.Comparer(func(a, b time.Time) bool {
		_, x := a.Zone()
		_, y := b.Zone()
		return a.Equal(b) && x == y && (a.Location() == time.UTC) == (b.Location() == time.UTC) &&
			(a.Location() == time.Local) == (b.Location() == time.Local)
	}),
	cmp.FilterValues(numbers, cmp.Comparer(func(a, b any) bool { return bits(a) == bits(b) })),
}

// keyed compares as keys do, where one NaN is as good as another.
var keyed = cmp.Options{
	seen,
	cmp.Comparer(time.Time.Equal),
	cmp.FilterValues(numbers, cmp.Comparer(func(a, b any) bool { return sameParts(a, b) })),
}

func numbers(a, b any) bool {
	number := func(v reflect.Value) bool { return v.IsValid() && (v.CanFloat() || v.CanComplex()) }
	return number(reflect.ValueOf(a)) && number(reflect.ValueOf(b))
}

func sameParts(a, b any) bool {
	same := func(a, b float64) bool {
		return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if x.CanFloat() {
		return same(x.Float(), y.Float())
	}
	return same(real(x.Complex()), real(y.Complex())) && same(imag(x.Complex()), imag(y.Complex()))
}

func diff(a, b any) string { return cmp.Diff(a, b, exact) }

func bits(v any) [2]uint64 {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Float32:
		return [2]uint64{uint64(math.Float32bits(r.Convert(reflect.TypeFor[float32]()).Interface().(float32)))}
	case reflect.Float64:
		return [2]uint64{math.Float64bits(r.Float())}
	default:
		c := r.Complex()
		return [2]uint64{math.Float64bits(real(c)), math.Float64bits(imag(c))}
	}
}

// unshared fails if two values have memory in common.
func unshared(t *testing.T, a, b any) {
	t.Helper()
	known := map[uintptr]bool{}
	memory(reflect.ValueOf(&a).Elem().Elem(), func(p uintptr) { known[p] = true })
	memory(reflect.ValueOf(&b).Elem().Elem(), func(p uintptr) {
		if known[p] {
			t.Fatalf("%T shares memory with its copy", a)
		}
	})
}

// memory finds where what a value refers to lies.
func memory(v reflect.Value, found func(uintptr)) {
	switch v.Type() {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[netip.Addr]():
		return // what they refer to never changes
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			if v.Type().Elem().Size() > 0 {
				found(v.Pointer())
			}
			if _, ok := reflect.Zero(v.Type()).Interface().(protoreflect.ProtoMessage); !ok {
				memory(v.Elem(), found)
			}
		}
	case reflect.Slice:
		if v.Cap() > 0 && v.Type().Elem().Size() > 0 {
			found(v.Pointer())
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			memory(v.Index(i), found)
		}
	case reflect.Map:
		if !v.IsNil() {
			found(v.Pointer())
		}
		for iter := v.MapRange(); iter.Next(); {
			memory(iter.Key(), found)
			memory(iter.Value(), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			memory(v.Field(i), found)
		}
	}
}

var zones = []*time.Location{
	time.UTC, time.Local, time.FixedZone("CET", 3600), time.FixedZone("", 0), time.FixedZone("LMT", -(4*3600 + 56*60 + 2)),
	time.FixedZone("", 90000), time.FixedZone("", 14*3600),
}

var texts = []string{
	"", "a", "\x00", `quo"te\`, "é世界🎉", "\xff\xfe", "a\xc3", "line\nfeed\ttab\x1f\x7f\u2028", "null", "{}", `{"bytes":"eA=="}`, "<script>&",
	strings.Repeat("long ", 100), strings.Repeat("x", 1100), strings.Repeat("é", 300) + `\`,
}

// fill sets v to a random value.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	if special(r, v) {
		return
	}
	few := 4
	if depth > 4 {
		few = 1 // 0
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, math.MinInt64, math.MaxInt64, math.MinInt64 >> 8, int64(r.Uint64()), int64(r.IntN(100))}[r.IntN(8)] >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint([]uint64{0, 1, math.MaxUint64, r.Uint64()}[r.IntN(4)] >> (64 - v.Type().Bits()))
	case reflect.Float32:
		*(*float32)(v.Addr().UnsafePointer()) = []float32{0, float32(math.Copysign(0, -1)), 1.5, 0.1, math.MaxFloat32, math.SmallestNonzeroFloat32,
			float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), math.Float32frombits(0x7fa00001), math.Float32frombits(r.Uint32()), r.Float32()}[r.IntN(12)]
	case reflect.Float64:
		v.SetFloat(float(r))
	case reflect.Complex64:
		v.SetComplex(complex(float64(float32(r.NormFloat64())), float64(float32(r.NormFloat64()))))
	case reflect.Complex128:
		v.SetComplex(complex(float(r), float(r)))
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Pointer:
		if r.IntN(few) > 0 {
			v.Set(reflect.New(v.Type().Elem()).Convert(v.Type()))
			fill(r, v.Elem(), depth+1)
		}
	case reflect.Slice:
		if n := r.IntN(few+1) - 1; n >= 0 && depth <= 5 {
			v.Set(reflect.MakeSlice(v.Type(), n, n+r.IntN(3)))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Map:
		if n := r.IntN(few+1) - 1; n >= 0 && depth <= 5 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(r, k, depth+1)
				fill(r, e, depth+1)
				if k.Comparable() && k.Equal(k) {
					v.SetMapIndex(mapKey(k), e)
				}
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name != "_" {
				fill(r, reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem(), depth+1)
			}
		}
	}
}

// mapKey makes the times in a key such that they come back equal by ==.
func mapKey(k reflect.Value) reflect.Value {
	switch v := k.Addr().Interface().(type) {
	case *time.Time:
		*v = v.UTC()
	case *struct{ At time.Time }:
		v.At = v.At.UTC()
	}
	return k
}

func float(r *rand.Rand) float64 {
	return []float64{0, math.Copysign(0, -1), 1, 0.1, 1e21, 1e-7, 9007199254.740993, math.MaxFloat64, math.SmallestNonzeroFloat64,
		math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0xfff4000000000001), math.Float64frombits(r.Uint64()), r.NormFloat64()}[r.IntN(15)]
}

// special sets values of types that are not what their fields say.
func special(r *rand.Rand, v reflect.Value) bool {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = []time.Time{
			{}, time.Now(), time.Unix(0, 0), time.Unix(r.Int64N(1<<33), r.Int64N(1e9)), time.Unix(int64(r.Uint64()), r.Int64N(1e9)),
			time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(-44, 3, 15, 12, 0, 0, 0, time.UTC),
		}[r.IntN(8)]
		if r.IntN(4) > 0 {
			*p = p.In(zones[r.IntN(len(zones))])
		}
	case *big.Int:
		p.SetInt64(int64(r.Uint64()))
		p.Mul(p, p)
	case *big.Rat:
		p.SetFrac64(r.Int64(), 1+r.Int64N(1000))
	case *netip.Addr:
		*p = []netip.Addr{{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1%eth0"), netip.IPv6Unspecified()}[r.IntN(4)]
	case *netip.Prefix:
		*p = netip.MustParsePrefix("10.0.0.0/8")
	case *net.IP:
		*p = []net.IP{nil, net.IPv6loopback, net.IPv4(1, 2, 3, 4)}[r.IntN(3)]
		*p = append(net.IP(nil), *p...)
	case *url.URL:
		*p = url.URL{Scheme: "https", Host: "example.com", Path: "/a b", RawQuery: "q=1"}
	case *Version:
		*p = Version{int(int32(r.Uint32())), r.IntN(10)}
	case *Price:
		*p = Price{cents: r.Int64N(1 << 40), notes: [][]string{nil, {}, {"a", "b"}}[r.IntN(3)]}
		if r.IntN(3) == 0 {
			*p = Price{}
		}
	case *Half:
		*p = Half{r.IntN(10), r.IntN(10)}
	case *other.Opaque:
		*p = other.NewOpaque([][]int{nil, {}, {1, 2}}[r.IntN(3)]...)
	case *other.Cloner:
		if err := p.UnmarshalJSON([]byte([]string{"null", "{}", `{"a":1}`}[r.IntN(3)])); err != nil {
			panic(err)
		}
	case **timestamppb.Timestamp:
		*p = []*timestamppb.Timestamp{nil, {}, timestamppb.Now()}[r.IntN(3)]
	case **durationpb.Duration:
		*p = []*durationpb.Duration{nil, {}, durationpb.New(time.Hour)}[r.IntN(3)]
	case **structpb.Struct:
		s, err := structpb.NewStruct(map[string]any{"a": []any{1, "x", nil}})
		if err != nil {
			panic(err)
		}
		*p = []*structpb.Struct{nil, {}, s}[r.IntN(3)]
	default:
		return false
	}
	return true
}
