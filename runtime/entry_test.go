package runtime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

func anEntry(sentinel, payload string) []byte {
	head := appendEntryHead(nil, 0x0123456789abcdef, time.UnixMilli(1730000000000), time.UnixMilli(1730000300000), "9f86d081", sentinel, nil, nil)
	return append(append(head, payload...), '}')
}

func TestEntriesHaveOneDocumentedForm(t *testing.T) {
	for _, tc := range []struct{ sentinel, payload, want string }{
		{"", `{"a":1}`, `{"kind":"value","fill":"0123456789abcdef","fresh":1730000000000,"gone":1730000300000,` +
			`"schema":"9f86d081","groups":[],"value":{"a":1}}`},
		{"ErrNotFound", `null`, `{"kind":"notfound","fill":"0123456789abcdef","fresh":1730000000000,"gone":1730000300000,` +
			`"schema":"9f86d081","groups":[],"error":"ErrNotFound","value":null}`},
	} {
		data := anEntry(tc.sentinel, tc.payload)
		if string(data) != tc.want {
			t.Errorf("entry is\n%s, want\n%s", data, tc.want)
		}
		if !json.Valid(data) {
			t.Errorf("%s is not JSON", data)
		}
		e, ok := parseEntry(data)
		if !ok {
			t.Fatalf("%s is not read back", data)
		}
		if string(e.payload) != tc.payload || string(e.err) != tc.sentinel || string(e.schema) != "9f86d081" ||
			e.fresh != 1730000000000 || e.gone != 1730000300000 {
			t.Errorf("%s is read as %+v", data, e)
		}
	}
}

func TestAnythingElseIsNoEntry(t *testing.T) {
	good := anEntry("ErrNotFound", `null`)
	for n := range good {
		if e, ok := parseEntry(good[:n]); ok {
			t.Errorf("the first %d bytes are an entry: %+v", n, e)
		}
	}
	for i := range good[:len(good)-len("null}")] {
		bad := bytes.Clone(good)
		bad[i] ^= 0x80
		if _, ok := parseEntry(bad); ok {
			t.Errorf("%q is an entry", bad)
		}
	}
	for _, bad := range []string{
		"", "null", "{}", `"*"`, "42",
		`{ "kind":"value"}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":01,"gone":2,"schema":"","groups":[],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":-1,"gone":2,"schema":"","groups":[],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":3,"gone":2,"schema":"","groups":[],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":99999999999999999999,"schema":"","groups":[],"value":1}`,
		`{"kind":"value","fill":"0123456789ABCDEF","fresh":1,"gone":2,"schema":"","groups":[],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[1,],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[,1],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[01],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[0],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[12345678901234567],"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"value":}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{},"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{"":7},"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{"a":7,},"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{"a":0},"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{"a":"7"},"value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{"a":7],"value":1}`,
		`{"kind":"notfound","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"error":"","value":1}`,
		`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"error":"x","value":1}`,
	} {
		if _, ok := parseEntry([]byte(bad)); ok {
			t.Errorf("%s is an entry", bad)
		}
	}
}

func TestParsingAnEntryAllocatesNothing(t *testing.T) {
	data := anEntry("", `{"a":1}`)
	if n := testing.AllocsPerRun(100, func() { parseEntry(data) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add(anEntry("", `{"a":1}`))
	f.Add(anEntry("ErrNotFound", `null`))
	f.Add([]byte(`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[7,8],"value":1}`))
	f.Add([]byte(`{"kind":"value","fill":"0123456789abcdef","fresh":1,"gone":2,"schema":"","groups":[],"tags":{"a":7,"b":8},"value":1}`))
	f.Add([]byte(`{"kind":"value","fill":"`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		e, ok := parseEntry(data)
		if !bytes.Equal(data, before) {
			t.Fatal("the parser changed its input")
		}
		if !ok {
			return
		}
		// What is read is what stands there: writing it again gives the same bytes.
		fill, err := strconv.ParseUint(string(data[bytes.Index(data, []byte(`"fill":"`))+len(`"fill":"`):][:fillLen]), 16, 64)
		if err != nil {
			t.Fatalf("the fill of %q: %v", data, err)
		}
		var tags *groups
		if keys, generations := tagsOf(e.tags); keys != nil {
			tags = &groups{keys: keys, now: generations}
		}
		again := appendEntryHead(nil, fill, time.UnixMilli(e.fresh), time.UnixMilli(e.gone), string(e.schema), string(e.err),
			generationsOf(t, e.groups), tags)
		if again = append(append(again, e.payload...), '}'); !bytes.Equal(again, data) {
			t.Errorf("%q\nis read as\n%q", data, again)
		}
		goneAt(data)
	})
}

// generationsOf are the numbers that stand in an entry.
func generationsOf(t *testing.T, stored []byte) *groups {
	if len(stored) == 0 {
		return nil
	}
	g := new(groups)
	for text := range strings.SplitSeq(string(stored), ",") {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("the generations %q: %v", stored, err)
		}
		g.now = append(g.now, n)
	}
	if !g.match(stored) {
		t.Fatalf("the generations %q do not match themselves", stored)
	}
	return g
}

func TestEightDigitsAreReadAtOnce(t *testing.T) {
	for n := int64(0); n < 100_000_000; n += 12_347 {
		digits := fmt.Sprintf("%08d", n)
		if got, ok := eightDigits([]byte(digits)); !ok || got != n {
			t.Fatalf("%s is read as %d, %v", digits, got, ok)
		}
	}
	for at := range 8 {
		for c := range 256 {
			text := []byte("12345678")
			text[at] = byte(c)
			if _, ok := eightDigits(text); ok != ('0' <= c && c <= '9') {
				t.Errorf("%q are digits: %v", text, ok)
			}
		}
	}
}

func BenchmarkParseEntry(b *testing.B) {
	data := anEntry("", `{"a":1}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := parseEntry(data); !ok {
			b.Fatal("no entry")
		}
	}
}
