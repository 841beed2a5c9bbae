package codec_test

import (
	"testing"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// TestAllocations holds how often memory is allocated for typical values. For a user that is read: itself, the text of
// all its strings, its list of tags, and two for its map; for a copy of one, all but the text.
func TestAllocations(t *testing.T) {
	holdAllocations(t, "a user", userCodec, newUser(), 5, 4)
	// A list is made for its first element, for 16 more and for the rest; the text comes in windows.
	holdAllocations(t, "50 users", usersCodec, newUsers(), 3+50*3+20, 1+50*3)
	holdAllocations(t, "a point", pointCodec, newPoint(), 0, 0)
}

func holdAllocations[T any](t *testing.T, name string, c codec.Codec[T], v T, decoding, copying float64) {
	data, err := codec.Marshal(c, nil, v)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, len(data))
	for _, test := range []struct {
		what string
		max  float64
		do   func()
	}{
		{"encoding", 0, func() { _, _ = codec.Marshal(c, buf, v) }},
		{"decoding", decoding, func() { _, _ = codec.Unmarshal(c, data) }},
		{"copying", copying, func() { _, _ = codec.Copy(c, v) }},
	} {
		test.do() // so that the pools have something in them
		// A collection empties the pools, and the race detector makes them forget now and then: the least counts.
		least := testing.AllocsPerRun(10, test.do)
		for range 20 {
			least = min(least, testing.AllocsPerRun(1, test.do))
		}
		if least > test.max {
			t.Errorf("%s %s: %v allocations, not %v", test.what, name, least, test.max)
		}
	}
}
