package codec_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// comesBack writes a value and reads it again, by a Codec that generated code could have.
func comesBack[T any](t *testing.T, c codec.Codec[T], v T) {
	t.Helper()
	data, err := codec.Marshal(c, nil, v)
	if err != nil {
		t.Fatalf("%#v: %v", v, err)
	}
	input := slices.Clone(data)
	again, err := codec.Unmarshal(c, input)
	clear(input) // what was read must not refer to it
	if err != nil || !reflect.DeepEqual(again, v) {
		t.Fatalf("%s was read as %#v: %v", data, again, err)
	}
	if len(data) > 40 && len(data)%8 != 0 { // a sample will do
		return
	}
	for n := range len(data) {
		if _, err := codec.Unmarshal(c, data[:n]); err == nil {
			t.Fatalf("%s was read without its end", data[:n])
		}
	}
}

var stringsCodec = codec.Codec[[]string]{
	Encode: func(e *codec.Encoder, v []string) { codec.EncodeSlice(e, v, codec.EncodeStr) },
	Decode: func(d *codec.Decoder) (v []string) {
		codec.DecodeSlice(d, &v, codec.DecodeStr)
		return v
	},
}

// TestStringsOfEveryLengthComeBack has every byte at every place within the eight that are looked at together.
func TestStringsOfEveryLengthComeBack(t *testing.T) {
	for c := range rune(0x180) {
		for before := range 9 {
			s := strings.Repeat("x", before) + string(c)
			comesBack(t, stringsCodec, []string{s, s + "yyyyyyyy", "z"})
			if c >= utf8.RuneSelf && c < 0x100 {
				comesBack(t, stringsCodec, []string{strings.Repeat("x", before) + string([]byte{byte(c)}) + "y"})
			}
		}
	}
	var list []string
	for n := range 600 {
		list = append(list, strings.Repeat(fmt.Sprint(n), n/3))
	}
	data, err := codec.Marshal(stringsCodec, nil, list)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := codec.Unmarshal(stringsCodec, data); err != nil || !slices.Equal(again, list) {
		t.Errorf("%q became %q (%v)", list, again, err)
	}
}

func TestListsTakeUpNoMoreThanTheyMay(t *testing.T) {
	for _, list := range [][]string{{"", "", "", "", strings.Repeat("x", 100_000)}, slices.Repeat([]string{"abc"}, 10_000)} {
		data, err := codec.Marshal(stringsCodec, nil, list)
		if err != nil {
			t.Fatal(err)
		}
		again, err := codec.Unmarshal(stringsCodec, data)
		if err != nil || !slices.Equal(again, list) {
			t.Fatalf("%d strings became %d (%v)", len(list), len(again), err)
		}
		if cap(again) > 20*len(list) {
			t.Errorf("%d strings have room for %d", len(list), cap(again))
		}
	}
	if data, err := codec.Unmarshal(stringsCodec, []byte("[]")); err != nil || data == nil {
		t.Errorf("%#v, %v", data, err)
	}
}

// tree has maps of its own type in it.
type tree map[string]tree

var treeCodec = codec.Codec[tree]{
	Encode: func(e *codec.Encoder, v tree) { encodeTree(e, &v) },
	Decode: func(d *codec.Decoder) (v tree) {
		decodeTree(d, &v)
		return v
	},
	Clone: func(v tree) tree {
		cloneTree(0, &v)
		return v
	},
}

func encodeTree(e *codec.Encoder, v *tree) { codec.EncodeStrMap(e, *v, encodeTree) }
func decodeTree(d *codec.Decoder, v *tree) { codec.DecodeStrMap(d, v, decodeTree) }
func cloneTree(depth codec.Depth, v *tree) { codec.CloneMap(depth, v, cloneTree) }
func encodePair(e *codec.Encoder, v *map[int]int) {
	codec.EncodeMap(e, *v, codec.EncodeInt, codec.EncodeInt)
}
func decodePair(d *codec.Decoder, v *map[int]int) {
	codec.DecodeMap(d, v, codec.DecodeInt, codec.DecodeInt)
}

var pairsCodec = codec.Codec[map[int]map[int]int]{
	Encode: func(e *codec.Encoder, v map[int]map[int]int) {
		codec.EncodeMap(e, v, codec.EncodeInt, encodePair)
	},
	Decode: func(d *codec.Decoder) (v map[int]map[int]int) {
		codec.DecodeMap(d, &v, codec.DecodeInt, decodePair)
		return v
	},
}

func TestMapsWithinMapsComeBack(t *testing.T) {
	leaf := tree{"x": {}, "y": nil}
	v := tree{"a": {"b": leaf, "c": {"d": leaf, "e": nil}}, "f": leaf, "g": nil, "\xff": {"h": leaf}}
	for range 2 { // the second time with what the first gave back
		comesBack(t, treeCodec, v)
		comesBack(t, pairsCodec, map[int]map[int]int{1: {2: 3, 4: 5}, 6: nil, 7: {}, 8: {9: 10}})
	}
	copied, err := codec.Copy(treeCodec, v)
	if err != nil || !reflect.DeepEqual(copied, v) {
		t.Fatalf("%v, copied: %v (%v)", v, copied, err)
	}
	copied["a"]["c"]["e"] = tree{"changed": nil}
	if reflect.DeepEqual(copied, v) {
		t.Error("a copy shares a map with what it is a copy of")
	}
}

func TestAFieldThatIsNotThereIsNamedByItsPlace(t *testing.T) {
	_, err := codec.Unmarshal(pointCodec, []byte(`{"X":1,"Z":2,"Y":3}`))
	if err == nil || !strings.Contains(err.Error(), "byte 6: expected another field") {
		t.Error(err)
	}
}
