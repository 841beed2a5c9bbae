package codecs

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cachegen-go/cachegen/runtime/codec"
	"github.com/cachegen-go/cachegen/runtime/key"
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

func TestAKeyOfCompositesCostsOneAllocation(t *testing.T) {
	tags, id := []string{"a", "b"}, ID{1, 2}
	var sink string
	build := func() {
		k := append(make([]byte, 0, key.Size), "shop:repo.Users.Get"...)
		k = keyPoint(append(k, ':'), Point{1, 2})
		k = keyStringSlice(append(k, ':'), tags)
		k = keyID(append(k, ':'), id)
		sink = key.String(k)
	}
	if n := testing.AllocsPerRun(100, build); n != 1 {
		t.Errorf("%v allocations for %s", n, sink)
	}
}

func TestAGeneratedCodecEndsAtACycle(t *testing.T) {
	node := &Node{Name: "loop"}
	node.Kids = []Node{{ByKey: map[string]*Node{"up": node}}}
	tree := Tree{nil}
	tree[0] = tree
	trie := Trie{}
	trie["t"] = trie
	endless(t, codecNode, *node, keyNode)
	endless(t, codecTree, tree, keyTree)
	endless(t, codecTrie, trie, keyTrie)
}

func endless[T any](t *testing.T, c codec.Codec[T], v T, part func([]byte, T) []byte) {
	t.Helper()
	if _, err := codec.Marshal(c, nil, v); err == nil {
		t.Errorf("%T was written", v)
	}
	if _, err := codec.Copy(c, v); err == nil {
		t.Errorf("%T was copied", v)
	}
	build := func() string {
		defer key.Recover()
		return string(part(nil, v))
	}
	if k := build(); k != "" {
		t.Errorf("%T has a key", v)
	}
}
