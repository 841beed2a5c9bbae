package pitfalls

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// Case 8: the legitimate string "*" reads as not-found.
func TestNoStringReadsAsNotFound(t *testing.T) {
	db := newTable()
	p := start(t, db, servertest.Redis(t).Addr())
	strange := []string{
		"*", "", "null", "nil", "NULL", `""`, "0", "false", "{}", "[]", "ErrNotFound", ErrNotFound.Error(), "\x00", "\xff", "\n", "notfound",
		`{"kind":"notfound"}`, `{"kind":"lease","fill":"0123456789abcdef","groups":[]}`, `{"kind":"tombstone","writers":[]}`, "redis: nil",
	}
	for i, title := range strange {
		must[any](t)(nil, db.Update(t.Context(), Article{ID: int64(i), Title: title}))
	}
	for round := range 3 {
		if round == 2 {
			must[any](t)(nil, p.own.Flush(t.Context())) // from Redis this time
		}
		for i, title := range strange {
			if got, err := p.Title(t.Context(), int64(i)); got != title || err != nil {
				t.Errorf("%q comes back as %q, %v", title, got, err)
			}
		}
		if got, err := p.Title(t.Context(), 99); got != "" || err != ErrNotFound {
			t.Errorf("of no article the title is %q, %v", got, err)
		}
	}
	if n := db.called("Title"); n != len(strange)+1 {
		t.Errorf("%d loads, want %d: each of them is an answer to keep", n, len(strange)+1)
	}
}

// Case 8: a marshal failure is cached as not-found.
func TestWhatCannotBeMarshalledIsNotCachedAsNotFound(t *testing.T) {
	db := newTable()
	p := start(t, db, servertest.Redis(t).Addr())
	for range 2 {
		if d, err := p.Draft(t.Context(), 1); err != nil || d.Text != "" {
			t.Errorf("got %+v, %v, want the empty draft", d, err)
		}
	}
	if n := db.called("Draft"); n != 2 {
		t.Errorf("%d loads, want 2: it cannot be kept", n)
	}
	if s := p.stats("Draft"); s.Unencoded != 2 {
		t.Errorf("%d results that cannot be stored were counted, want 2", s.Unencoded)
	}
	db.mu.Lock()
	db.draft = "done"
	db.mu.Unlock()
	for range 2 {
		if d, err := p.Draft(t.Context(), 1); err != nil || d.Text != "done" {
			t.Errorf("got %+v, %v, want the finished draft", d, err)
		}
	}
	if n := db.called("Draft"); n != 3 {
		t.Errorf("%d loads, want 3", n)
	}
}

// Case 11: two argument lists share a key through %v or an unescaped separator.
func TestTwoArgumentListsNeverShareAKey(t *testing.T) {
	type pair struct{ A, B any }
	long := strings.Repeat("x", 300) // such that its key ends in a digest
	texts := []string{"", "a", "a:b", "b", ":", "a:", ":b", "%3A", "a%3Ab", `\`, `a\:b`, "_", "~", "nil", "*", "a b", "a,b", "(a)", "'", "a':'b", "b':'", "':'b", `"a"`, "{a}", "\x00", "\xff", "é", long, long + "y"}
	lists := [][]string{nil, {}, {""}, {"a", "b"}, {"a b"}, {"a,b"}, {"a", "", "b"}, {"[a b]"}, {long}, {long, ""}}
	things := []any{
		nil, 1, int64(1), uint8(1), 1.0, "1", true, "true", 'a', []string(nil), []string{}, []string{"a b"}, []string{"a", "b"}, []int{1, 2}, [2]int{1, 2},
		pair{"a", "b"}, pair{"a b", ""}, pair{"{a b}", nil}, pair{1, "2"}, pair{"1", 2}, map[string]string{"a": "b c"}, map[string]string{"a": "b", "c": ""}, "[]", "nil",
	}
	db := newTable()
	p := start(t, db, servertest.Redis(t).Addr())
	keys := make(map[string]string)
	calls := 0
	ask := func(author, title string, words []string, more any) {
		calls++
		want, _ := (&table{calls: map[string]int{}}).Search(t.Context(), author, title, words, more)
		for range 2 {
			if got, err := p.Search(t.Context(), author, title, words, more); got != want || err != nil {
				t.Fatalf("%s is answered with %s, %v", want, got, err)
			}
		}
		key := p.searchKey(author, title, words, more)
		if other, taken := keys[key]; taken && other != want {
			t.Errorf("%s and %s share the key %q", other, want, key)
		}
		keys[key] = want
	}
	for _, author := range texts {
		for _, title := range texts {
			ask(author, title, nil, nil)
		}
	}
	for _, words := range lists[1:] {
		for _, more := range things {
			ask("a", "b", words, more)
		}
	}
	if n := db.called("Search"); n != calls || len(keys) != calls {
		t.Errorf("%d loads and %d keys for %d argument lists", n, len(keys), calls)
	}
}

// Case 13: two callers share one pointer from the cache, and one changes it.
func TestNoTwoCallersShareWhatTheCacheHandsOut(t *testing.T) {
	spoil := func(a *Article) {
		a.Title = "spoilt"
		for i := range a.Words {
			a.Words[i] = "spoilt"
		}
		a.Words = append(a.Words[:1], "spoilt")
	}
	for name, call := range map[string]func(Articles) (*Article, error){
		"decoded": func(a Articles) (*Article, error) { return a.Latest(context.Background()) },
		"encoded": func(a Articles) (*Article, error) { return a.Get(context.Background(), 1) },
		"batch": func(a Articles) (*Article, error) {
			all, err := a.GetMany(context.Background(), []int64{1})
			return all[1], err
		},
		"list": func(a Articles) (*Article, error) {
			all, err := a.List(context.Background(), "x", 1)
			if err != nil {
				return nil, err
			}
			return &all[0], nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := newTable(1)
			p := start(t, db, servertest.Redis(t).Addr())
			began, release := db.slow()
			want := fmt.Sprint(*db.find(1))
			first := true
			// First those who wait for one load, then those who find what it stored, all at once.
			for range 3 {
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() {
						if a, err := call(p); err != nil || fmt.Sprint(*a) != want {
							t.Errorf("got %+v, %v, want %s", a, err, want)
						} else {
							spoil(a)
						}
					})
				}
				if first {
					soon(t, "a load", began)
					eventually(t, "others who wait", func() bool {
						return p.stats("Get").Coalesced+p.stats("Latest").Coalesced+p.stats("List").Coalesced == 19
					})
					close(release)
					first = false
				}
				wg.Wait()
			}
		})
	}
}
