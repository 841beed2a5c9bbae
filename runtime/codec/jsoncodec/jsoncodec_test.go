package jsoncodec

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

type document struct {
	ID      int64          `json:"id"`
	Secret  string         `json:"-"`
	Tags    []string       `json:"tags"`
	Empty   []string       `json:"empty,omitempty"`
	Meta    map[string]any `json:"meta"`
	Created time.Time
	Next    *document
}

func TestAValueComesBackAsItsJSONHasIt(t *testing.T) {
	c := Of[*document]("s")
	at := time.Date(2026, 11, 23, 4, 0, 0, 123456789, time.UTC)
	v := &document{ID: math.MaxInt64, Secret: "no", Tags: []string{}, Meta: map[string]any{"b": 1.5, "a": nil}, Created: at, Next: &document{Created: at}}
	data, err := codec.Marshal(c, nil, v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":9223372036854775807,"tags":[],"meta":{"a":null,"b":1.5},"Created":"2026-11-23T04:00:00.123456789Z",` +
		`"Next":{"id":0,"tags":null,"meta":null,"Created":"2026-11-23T04:00:00.123456789Z","Next":null}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	got, err := codec.Unmarshal(c, data)
	if err != nil {
		t.Fatal(err)
	}
	expected := *v
	expected.Secret = ""
	if d := cmp.Diff(&expected, got); d != "" {
		t.Error(d)
	}
	copied, err := codec.Copy(c, v)
	if d := cmp.Diff(&expected, copied); err != nil || d != "" {
		t.Error(err, d)
	}
	if copied.Next == v.Next {
		t.Error("the copy shares memory with what it was made of")
	}
}

func TestWhatHasNoJSONFails(t *testing.T) {
	c := Of[float64]("s")
	if data, err := codec.Marshal(c, nil, math.NaN()); err == nil {
		t.Errorf("NaN became %s", data)
	}
	for _, data := range []string{"", "nul", `"a"`, "1 2", "1}"} {
		if v, err := codec.Unmarshal(c, []byte(data)); err == nil {
			t.Errorf("%q became %v", data, v)
		}
	}
}
