package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// The tests in this file put bytes into a store in place of what a Cache has stored there, and hold what comes of it against a
// reading of the same bytes that shares no code with the Cache's: whatever stands in the store, a call never panics or hangs,
// and what it returns was either loaded or is what stands there, as encoding/json reads it.

// row is a result with something of each kind of value in it.
type row struct {
	ID    int64
	Name  string
	Score *uint16
	Parts []string
	Flags map[string]bool
}

var (
	errNone   = errors.New("none")
	errGone   = errors.New("gone")
	sentinels = []runtime.Sentinel{{Name: "ErrNone", Err: errNone}, {Name: "ErrGone", Err: errGone}}
)

// shared is a store in memory that passes for one that other processes use too.
type shared struct{ *memory.Backend }

func (shared) InProcess() bool { return false }

// planted are three methods on one cache, over a store whose bytes the test chooses.
type planted struct {
	store   *memory.Backend
	cache   *runtime.Cache
	plain   *runtime.Method[row]
	grouped *runtime.Method[row] // each entry in two groups
	marked  *runtime.Method[row] // each entry bears marks
	tag     *runtime.Tag
}

func plant(t testing.TB, inProcess bool) *planted {
	t.Helper()
	store, err := memory.New(memory.Config{MaxEntries: 100})
	if err != nil {
		t.Fatal(err)
	}
	var backend runtime.CacheBackend = store
	if !inProcess {
		backend = shared{store}
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	p := &planted{store: store, cache: cache, tag: runtime.NewTag(cache, "p.Rows", "mark")}
	config := runtime.MethodConfig[row]{Prefix: "p.Rows", Name: "Plain", Codec: codec.Reflect[row](), NotFound: sentinels, Stale: time.Hour}
	p.plain = runtime.NewMethod(cache, config)
	config.Name, config.Groups = "Grouped", 2
	p.grouped = runtime.NewMethod(cache, config)
	config.Name, config.Groups, config.Tags = "Marked", 0, []*runtime.Tag{p.tag}
	p.marked = runtime.NewMethod(cache, config)
	if err := cache.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	groupA, groupB = "cachegen:p.Rows.Grouped:1:_", "cachegen:p.Rows.Grouped:_:2"
	markA, markB   = "cachegen:p.Rows.tag.mark:a", "cachegen:p.Rows.tag.mark:b"
)

// method is the nth method, with the key and the groups of its one entry.
func (p *planted) method(n byte) (m *runtime.Method[row], key string, groups []string) {
	switch n % 3 {
	case 1:
		return p.grouped, string(p.grouped.Key(nil)) + ":1:2", []string{groupA, groupB}
	case 2:
		return p.marked, string(p.marked.Key(nil)) + ":1", nil
	}
	return p.plain, string(p.plain.Key(nil)) + ":1", nil
}

func (p *planted) put(t *testing.T, key string, data []byte) {
	t.Helper()
	if err := p.store.SetWithTTL(t.Context(), key, data, time.Hour); err != nil {
		t.Fatal(err)
	}
}

func (p *planted) stands(t *testing.T, key string) runtime.Value {
	t.Helper()
	v, err := p.store.Get(t.Context(), key)
	if err != nil && !errors.Is(err, runtime.ErrMiss) {
		t.Fatal(err)
	}
	return v
}

// marking is a load of v, which bears the marks.
func marking(v row, err error, marks ...string) func(context.Context, *runtime.Fill) (row, error) {
	return func(_ context.Context, fill *runtime.Fill) (row, error) {
		fill.Tags(func(mark func(string)) {
			for _, key := range marks {
				mark(key)
			}
		})
		return v, err
	}
}

// document is an entry, or a group, as another program would read it.
type document struct {
	Kind       string            `json:"kind"`
	Fill       string            `json:"fill"`
	Fresh      int64             `json:"fresh"`
	Gone       int64             `json:"gone"`
	Schema     string            `json:"schema"`
	Groups     []uint64          `json:"groups"`
	Tags       map[string]uint64 `json:"tags"`
	Error      string            `json:"error"`
	Value      json.RawMessage   `json:"value"`
	Generation uint64            `json:"generation"`
}

func readDocument(data []byte) (d document, ok bool) {
	r := json.NewDecoder(bytes.NewReader(data))
	r.DisallowUnknownFields()
	return d, r.Decode(&d) == nil && json.Valid(data)
}

// generation is that of the group whose key holds data; 0 is none.
func generation(data []byte, now time.Time) uint64 {
	d, ok := readDocument(data)
	if !ok || d.Kind != "group" || d.Gone <= now.UnixMilli() {
		return 0
	}
	return d.Generation
}

// wantFrom reports where a result is not what stands in data, and may be served at the time now: stale if past is set.
func (p *planted) wantFrom(t *testing.T, data []byte, groups []string, now time.Time, past bool, v row, err error) {
	t.Helper()
	d, ok := readDocument(data)
	until := d.Fresh
	if past {
		until = d.Gone
	}
	schema := codec.Reflect[row]().Schema
	switch {
	case !ok, len(d.Fill) != 16, d.Schema != schema, d.Gone < d.Fresh, until <= now.UnixMilli(), len(d.Groups) != len(groups):
		t.Fatalf("%+v, %v was made of %q", v, err, data)
	}
	for i, key := range groups {
		if g := generation(p.stands(t, key), now); g == 0 || g != d.Groups[i] {
			t.Fatalf("%+v, %v was made of %q, whose group %s has generation %d", v, err, data, key, g)
		}
	}
	for key, was := range d.Tags {
		if g := generation(p.stands(t, key), now); g == 0 || g != was {
			t.Fatalf("%+v, %v was made of %q, whose mark %s has generation %d", v, err, data, key, g)
		}
	}
	named := func(s runtime.Sentinel) bool { return s.Name == d.Error && s.Err == err }
	switch {
	case d.Kind == "value" && d.Error == "" && err == nil:
	case d.Kind == "notfound" && slices.ContainsFunc(sentinels, named):
	default:
		t.Fatalf("error %v was made of %q", err, data)
	}
	again, failed := codec.Marshal(codec.Reflect[row](), nil, v)
	if failed != nil {
		t.Fatalf("%+v was made of %q and cannot be stored: %v", v, data, failed)
	}
	if a, b := meaning(t, again), meaning(t, d.Value); !reflect.DeepEqual(a, b) {
		t.Fatalf("%q was read as\n%s", d.Value, again)
	}
}

func meaning(t *testing.T, data []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	return v
}

const (
	aLease     = `{"kind":"lease","fill":"9f86d081884c7d65","groups":[]}`
	aTombstone = `{"kind":"tombstone","writers":["9f86d081884c7d65","0123456789abcdef"]}`
	aGroup     = `{"kind":"group","gone":9999999999999,"generation":7}`
	aRow       = `{"ID":7,"Name":"a\nb","Score":null,"Parts":["x",""],"Flags":{"f":true}}`
)

// forever is an entry that is fresh as long as anyone looks for faults.
func forever(kind, groups, more, payload string) []byte {
	return fmt.Appendf(nil, `{"kind":"%s","fill":"0123456789abcdef","fresh":9999999999998,"gone":9999999999999,"schema":"%s","groups":[%s]%s,"value":%s}`,
		kind, codec.Reflect[row]().Schema, groups, more, payload)
}

// seed adds what a store may hold: one entry of each kind and each method, what stands there in place of an entry, and what is
// nearly one.
func seed(f *testing.F, add func(entry, group, mark []byte, n byte)) {
	marks := `,"tags":{"` + markA + `":7,"` + markB + `":7}`
	notFound := `,"error":"ErrNone"`
	all := [][]byte{
		forever("value", "", "", aRow), forever("value", "7,7", "", aRow), forever("value", "", marks, aRow),
		forever("notfound", "", notFound, aRow), forever("notfound", "7,7", notFound, aRow), forever("notfound", "", marks+notFound, aRow),
		forever("notfound", "", `,"error":"ErrOther"`, aRow), forever("value", "7,8", "", aRow), forever("value", "07,7", "", aRow),
		forever("value", "", `,"tags":{"`+markA+`":8}`, aRow), forever("value", "", "", `{"ID":1}`), forever("value", "", "", aRow+`,"value":`+aRow),
		[]byte(aLease), []byte(aTombstone), []byte(aGroup), []byte(aRow), []byte("*"), nil,
		[]byte(`{"kind":"lease","fill":"9f86d081884c7d65","groups":[7,7]}`), []byte(`{"kind":"lease"`), []byte(`{"kind":"tombstone","writers":[]}`),
	}
	for i, entry := range all {
		add(entry, []byte(aGroup), []byte(aGroup), byte(i))
		add(entry, []byte(aTombstone), nil, byte(i+1))
		add(entry, []byte(aLease), []byte(aLease), byte(i+2))
	}
}

func (p *planted) putAll(t *testing.T, key string, entry, group, mark []byte) {
	t.Helper()
	for at, data := range map[string][]byte{key: entry, groupA: group, groupB: []byte(aGroup), markA: mark, markB: []byte(aGroup)} {
		p.put(t, at, data)
	}
}

func FuzzGet(f *testing.F) {
	p := plant(f, true)
	seed(f, func(entry, group, mark []byte, n byte) { f.Add(entry, group, mark, n) })
	f.Fuzz(func(t *testing.T, entry, group, mark []byte, n byte) {
		m, key, groups := p.method(n)
		p.putAll(t, key, entry, group, mark)
		now := time.Now()
		v, ok, err := m.Get(t.Context(), key, groups...)
		if ok {
			p.wantFrom(t, entry, groups, now, false, v, err)
		} else if err != nil || !reflect.DeepEqual(v, row{}) {
			t.Errorf("a miss with %+v, %v", v, err)
		}
		if left := p.stands(t, key); left != nil && !bytes.Equal(left, entry) {
			t.Errorf("Get put %q in place of %q", left, entry)
		}
	})
}

// FuzzLoad has the bytes in a store that gives leases. Its time is that of a bubble, so that waiting for what looks like another
// process's lease costs none.
func FuzzLoad(f *testing.F) {
	seed(f, func(entry, group, mark []byte, n byte) {
		f.Add(entry, group, mark, n, false)
		f.Add(entry, group, mark, n, true)
	})
	f.Fuzz(func(t *testing.T, entry, group, mark []byte, n byte, fails bool) {
		synctest.Test(t, func(t *testing.T) {
			p := plant(t, false)
			m, key, groups := p.method(n)
			p.putAll(t, key, entry, group, mark)
			var failed error
			if fails {
				failed = errors.New("the database is down")
			}
			loaded, began := false, time.Now()
			v, err := m.Load(t.Context(), key, func(ctx context.Context, fill *runtime.Fill) (row, error) {
				loaded = true
				return marking(row{ID: -1}, failed, markA)(ctx, fill)
			}, groups...)
			switch took := time.Since(began); {
			case took > time.Minute:
				t.Errorf("it took %v", took)
			case !loaded:
				p.wantFrom(t, entry, groups, began, false, v, err)
			case fails && err == nil:
				p.wantFrom(t, entry, groups, began, true, v, err)
			case v.ID != -1 || err != failed:
				t.Errorf("%+v, %v was loaded", v, err)
			}
			if v, ok, err := m.Get(t.Context(), key, groups...); ok && v.ID != -1 {
				p.wantFrom(t, entry, groups, began, false, v, err)
			}

			// However it stood there, an eviction ends it, and so does a write around.
			p.put(t, key, entry)
			if err := p.cache.EvictNow(t.Context(), m, key); err != nil {
				t.Error(err)
			}
			p.wantNothing(t, m, key, groups, entry)
			p.put(t, key, entry)
			evict := func(ev *runtime.Eviction) { ev.Remove(m, key) }
			end := p.cache.Around(t.Context(), evict)
			p.wantNothing(t, m, key, groups, entry)
			end(evict)
			p.wantNothing(t, m, key, groups, entry)
		})
	})
}

func (p *planted) wantNothing(t *testing.T, m *runtime.Method[row], key string, groups []string, was []byte) {
	t.Helper()
	if v, ok, err := m.Get(t.Context(), key, groups...); ok {
		t.Errorf("%+v, %v was made of %q after that was evicted", v, err, was)
	}
}

// FuzzChangedEntry changes some bytes of an entry that a Cache made.
func FuzzChangedEntry(f *testing.F) {
	p := plant(f, true)
	for n := range byte(6) {
		f.Add(n, int64(-3), "a \"b\" c", uint16(7), []byte(nil))
		f.Add(n, int64(1<<60), "\xff\x00", uint16(0), []byte{0, 0, 200, '7', 1, 0, 90, '1', 2, 0, 30, 0})
		f.Add(n, int64(0), "", uint16(1), []byte{3, 0, 10, 20})
	}
	f.Fuzz(func(t *testing.T, n byte, id int64, name string, score uint16, changes []byte) {
		m, key, groups := p.method(n)
		want := row{ID: id, Name: name}
		if score > 0 {
			want.Score, want.Parts, want.Flags = &score, []string{name, ""}, map[string]bool{name: score > 9}
		}
		var answer error
		if n%2 == 1 {
			answer = errGone
		}
		if _, err := m.Reload(t.Context(), key, marking(want, answer, markA, markB), groups...); err != answer {
			t.Fatal(err)
		}
		made := p.stands(t, key)
		changed := change(made, changes)
		p.put(t, key, changed)
		now := time.Now()
		v, ok, err := m.Get(t.Context(), key, groups...)
		switch {
		case ok:
			p.wantFrom(t, changed, groups, now, false, v, err)
			before, _ := readDocument(made)
			after, _ := readDocument(changed)
			if bytes.Equal(before.Value, after.Value) && !reflect.DeepEqual(v, want) {
				t.Errorf("%+v was made of %q, which holds %+v", v, changed, want)
			}
		case bytes.Equal(made, changed):
			t.Errorf("%q is a miss", made)
		}
	})
}

// change makes of each four bytes of by a change of data: another byte, one more, one less, or a piece in a second place.
func change(data, by []byte) []byte {
	data = bytes.Clone(data)
	for ; len(by) >= 4 && len(data) > 0; by = by[4:] {
		at, b := (int(by[1])<<8+int(by[2]))%len(data), by[3]
		switch by[0] % 4 {
		case 0:
			data[at] = b
		case 1:
			data = slices.Insert(data, at, b)
		case 2:
			data = slices.Delete(data, at, at+1)
		case 3:
			piece := bytes.Clone(data[at:min(at+int(b), len(data))])
			data = slices.Insert(data, int(b)*7%len(data), piece...)
		}
	}
	return data
}
