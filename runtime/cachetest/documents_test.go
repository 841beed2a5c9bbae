package cachetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/cachetest/internal/documents"
)

// library is a store of documents that can be had in several ways.
type library struct {
	ids    []documents.ID
	texts  map[documents.ID]string
	closed bool

	careful bool // Edit makes a new document rather than change one
	moody   bool // Get adds the time
	turns   bool // Search changes the order
	frail   bool // Edit panics where there is no such document

	searches int
}

func (l *library) Docs() documents.Documents { return l }

func (l *library) Close() error {
	l.closed = true
	return nil
}

func (l *library) Get(_ context.Context, id documents.ID) (string, error) {
	text, ok := l.texts[id]
	if !ok {
		return "", documents.ErrNotFound
	}
	if l.moody {
		text += time.Now().Format(time.StampNano)
	}
	return text, nil
}

func (l *library) Search(_ context.Context, q documents.Query) ([]documents.ID, error) {
	if l.closed {
		return nil, errors.New("closed")
	}
	var found []documents.ID
	for _, id := range l.ids {
		has := func(word string) bool { return strings.Contains(l.texts[id], word) }
		if q.Any && slices.ContainsFunc(q.Words, has) || !q.Any && !slices.ContainsFunc(q.Words, func(w string) bool { return !has(w) }) {
			found = append(found, id)
		}
	}
	if l.searches++; l.turns && l.searches%2 == 0 {
		slices.Reverse(found)
	}
	return found, nil
}

func (l *library) Create(_ context.Context, text string) (id documents.ID, err error) {
	if l.texts == nil {
		l.texts = map[documents.ID]string{}
	}
	_, _ = rand.Read(id[:])
	l.ids, l.texts[id] = append(l.ids, id), text
	return id, nil
}

func (l *library) Edit(ctx context.Context, id documents.ID, text string) error {
	switch _, ok := l.texts[id]; {
	case l.careful:
		return nil
	case !ok && l.frail:
		panic("no document " + id.String())
	case !ok:
		return documents.ErrNotFound
	}
	l.texts[id] = text
	return nil
}

func (l *library) Export(_ context.Context, w io.Writer, from int) error {
	_, err := fmt.Fprintln(w, l.ids[min(from, len(l.ids)):])
	return err
}

func (l *library) Configure(...func(int)) error { return nil }

func (l *library) Begin(context.Context) (documents.Transaction, error) { panic("not to be called") }

func documentMethods() []Method {
	return []Method{
		{Name: "Get", Func: documents.Documents.Get, Params: []string{"ctx", "id"}, Reads: true},
		{Name: "Search", Func: documents.Documents.Search, Params: []string{"ctx", "q"}, Reads: true},
		{Name: "Create", Func: documents.Documents.Create, Params: []string{"ctx", "text"}, Evicts: []string{"Search"}},
		{Name: "Edit", Func: documents.Documents.Edit, Params: []string{"ctx", "id", "text"}},
		{Name: "Export", Func: documents.Documents.Export, Params: []string{"ctx", "w", "from"}},
		{Name: "Configure", Func: documents.Documents.Configure, Params: []string{"options"}},
		{Name: "Begin", Func: documents.Documents.Begin, Params: []string{"ctx"}},
	}
}

func tryRoot(t *testing.T, l library, opts ...Option) *testTB {
	i := Interface[documents.Root]{
		Name: "Root",
		Wrap: func(next documents.Root, c *runtime.Cache) documents.Root { return documents.NewCachedRoot(next, c) },
		Methods: []Method{
			{Name: "Docs", Func: documents.Root.Docs, Sub: documentMethods()},
			{Name: "Close", Func: documents.Root.Close},
		},
	}
	return run(t, func(tb rapid.TB) {
		check(tb, i, func(*rapid.T) documents.Root { l := l; return &l }, opts...)
	})
}

var export = Args("Docs.Export", func(t *rapid.T) (io.Writer, int) { return io.Discard, rapid.IntRange(0, 3).Draw(t, "from") })

func TestWhatTheStoreMakesUpIsAskedForAgain(t *testing.T) {
	long(t)
	many(t)
	tb := tryRoot(t, library{}, export)
	for _, want := range []string{
		`after Docs().Edit(ID(…), "…"), Docs().Get(ID(…)) is stale: Docs().Edit has no evict for Docs().Get`,
		`//cachegen:evict Get(id)`,
		`after Docs().Edit(ID(…), "…"), Docs().Search(Query{…}) is stale: Docs().Edit has no evict for Docs().Search`,
	} {
		if !tb.says(want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if tb.says("flaky") || tb.says("did not fail again") || len(tb.errors) != 2 {
		t.Errorf("want two reports")
	}
	if t.Failed() || testing.Verbose() {
		t.Log(tb.text())
	}
}

func TestSubMethodsPass(t *testing.T) {
	tb := tryRoot(t, library{careful: true}, export)
	log := strings.Join(tb.logs, "\n")
	if tb.Failed() || !strings.Contains(log, "Docs().Begin was not called: it returns a Transaction") {
		t.Errorf("%s\n%s", tb.text(), log)
	}
}

func TestAStoreThatChangesItsMindIsNotCompared(t *testing.T) {
	long(t)
	for _, c := range []struct {
		l    library
		want string
		pass Option
	}{
		{
			library{careful: true, moody: true}, "Docs().Get(ID(…)) answers differently each time: it cannot be compared",
			Without("Docs.Get"),
		},
		{
			library{careful: true, turns: true}, "Docs().Search(Query{…}) answers differently each time: it cannot be compared",
			Compare(cmpopts.SortSlices(func(a, b documents.ID) bool { return a.String() < b.String() })),
		},
	} {
		tb := tryRoot(t, c.l, export)
		if !tb.says(c.want) || !tb.says("cachetest.Compare") {
			t.Errorf("want %q, got\n%s", c.want, tb.text())
		}
		if tb := tryRoot(t, c.l, export, c.pass); tb.Failed() {
			t.Errorf("with an option:\n%s", tb.text())
		}
	}
}

func TestAPanicIsToldWithItsArguments(t *testing.T) {
	tb := tryRoot(t, library{frail: true}, export, Without("Docs.Get", "Docs.Create"))
	for _, want := range []string{
		`Docs().Edit(ID(…), "…") panics in the store, or its wrapper: no document`,
		`cachetest.Args("Docs.Edit", …)`,
		`documents_test.go`, // the stack
	} {
		if !tb.says(want) {
			t.Errorf("nothing says %q:\n%s", want, tb.text())
		}
	}
}

func TestWhatKeepsCheckFromBeginningIsSaidAtOnce(t *testing.T) {
	tb := tryRoot(t, library{},
		Without("Docs.Delete", "Close"),
		Args("Docs.Edit", func(*rapid.T) string { return "" }),
		Args("Close", func(*rapid.T) int { return 0 }),
		Args("Open", func(*rapid.T) int { return 0 }),
	)
	const all = "Docs.Get, Docs.Search, Docs.Create, Docs.Edit, Docs.Export, Docs.Configure, Docs.Begin, Close"
	for _, want := range []string{
		"Root cannot be checked",
		"Without: there is no method Docs.Delete; there are " + all,
		"Args: Docs.Edit wants a func(*rapid.T) (documents.ID, string), and was given a func(*rapid.T) string",
		"Args: Close has no parameters but contexts",
		"Args: there is no method Open; there are " + all,
		`Docs().Export: nothing can be drawn for w Writer: say how with cachetest.Args("Docs.Export", func(t *rapid.T) (io.Writer, int) { … })` +
			` or cachetest.Values, or leave the method out with cachetest.Without("Docs.Export")`,
	} {
		if !strings.Contains(tb.text(), want) {
			t.Errorf("nothing says %q:\n%s", want, tb.text())
		}
	}
	if len(tb.errors) != 1 {
		t.Errorf("it says so %d times", len(tb.errors))
	}
	if tb := tryRoot(t, library{}, Without("Docs")); !tb.says("no method that the cache answers is left to call") {
		t.Errorf("without all: %s", tb.text())
	}
}

func TestValuesAreDrawnWhereverTheyAre(t *testing.T) {
	drawn := 0
	tb := tryRoot(t, library{careful: true},
		Values(func(t *rapid.T) string { drawn++; return rapid.SampledFrom([]string{"fox", "hen"}).Draw(t, "word") }),
		Values(func(*rapid.T) io.Writer { return io.Discard }))
	if tb.Failed() || drawn == 0 {
		t.Errorf("%d strings; %s", drawn, tb.text())
	}
}

func TestTheCacheIsTheOneAskedFor(t *testing.T) {
	made := 0
	tb := tryRoot(t, library{careful: true}, export, Cache(func(t *rapid.T) *runtime.Cache {
		made++
		return inMemory(t)
	}))
	if tb.Failed() || made == 0 {
		t.Errorf("made %d caches; %s", made, tb.text())
	}
}

func TestWhatFailsOutsideIsNotHidden(t *testing.T) {
	tb := run(t, func(tb rapid.TB) {
		check(tb, interfaceOfDocuments(), func(t *rapid.T) documents.Documents {
			t.Log("opening")
			t.Fatal("no database")
			return nil
		}, Without("Export"))
	})
	if !tb.says("no database") {
		t.Error(tb.text())
	}
}

func interfaceOfDocuments() Interface[documents.Documents] {
	return Interface[documents.Documents]{
		Name: "Documents",
		Wrap: func(next documents.Documents, c *runtime.Cache) documents.Documents {
			return documents.NewCachedDocuments(next, c)
		},
		Methods: documentMethods(),
	}
}
