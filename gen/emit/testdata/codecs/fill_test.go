package codecs

import (
	"math"
	"math/big"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/codecs/other"
)

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
