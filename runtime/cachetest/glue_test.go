package cachetest

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/cachetest/internal/users"
)

// interfaceOf is the glue of an interface in package users, taken from its directives.
func interfaceOf[N, X users.Repository](t testing.TB, wrap func(N, *runtime.Cache) X) Interface[users.Repository] {
	t.Helper()
	name := reflect.TypeFor[N]().Name()
	evicts, reads := directives(t, name)
	of := map[string]string{}
	for method, verb := range reads {
		if target, ok := strings.CutPrefix(verb, "batch "); ok {
			of[method], _, _ = strings.Cut(target, "(")
		} else if target, ok := strings.CutPrefix(verb, "index "); ok {
			of[method], _, _ = strings.Cut(target, "(")
		}
	}
	method := func(name string, f any, params ...string) Method {
		_, read := reads[name]
		return Method{Name: name, Func: f, Params: params, Reads: read, Of: of[name], Evicts: evicts[name]}
	}
	return Interface[users.Repository]{
		Name: name,
		Wrap: func(next users.Repository, cache *runtime.Cache) users.Repository { return wrap(next.(N), cache) },
		Methods: []Method{
			method("GetUser", users.Repository.GetUser, "ctx", "id"),
			method("FindByEmail", users.Repository.FindByEmail, "ctx", "email"),
			method("ListByTeam", users.Repository.ListByTeam, "ctx", "teamID", "page"),
			method("GetUsers", users.Repository.GetUsers, "ctx", "ids"),
			method("UpdateUser", users.Repository.UpdateUser, "ctx", "u"),
			method("RenameUser", users.Repository.RenameUser, "ctx", "id", "name"),
			method("DeleteUsers", users.Repository.DeleteUsers, "ctx", "ids"),
			method("CreateUser", users.Repository.CreateUser, "ctx", "u"),
			method("Ping", users.Repository.Ping, "ctx"),
			method("Close", users.Repository.Close),
		},
	}
}

var evictClause = regexp.MustCompile(`\w+\([^)]*\)( for [^,]*, [^,]*)?|\w+`)

// directives returns what the interface says of its methods: the clauses of those that evict, the verb of those that read.
func directives(t testing.TB, name string) (evicts map[string][]string, reads map[string]string) {
	t.Helper()
	var source []byte
	for _, file := range []string{"users.go", "faults.go"} {
		b, err := os.ReadFile("internal/users/" + file)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, b...)
	}
	before, _, ok := bytes.Cut(source, []byte("\ntype "+name+" interface"))
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	evicts, reads = map[string][]string{}, map[string]string{}
	doc := string(before[bytes.LastIndex(before, []byte("\n\n")):])
	for line := range strings.Lines(doc) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "//cachegen:for ")
		if !ok {
			continue
		}
		method, directive, _ := strings.Cut(rest, " ")
		switch verb, args, _ := strings.Cut(directive, " "); verb {
		case "cache", "batch", "index":
			reads[method] = directive
		case "put":
			target, _, _ := strings.Cut(args, " =")
			evicts[method] = append(evicts[method], "put "+target)
		case "evict":
			args = regexp.MustCompile(`^old=\S+ `).ReplaceAllString(args, "")
			evicts[method] = append(evicts[method], evictClause.FindAllString(args, -1)...)
		}
	}
	return evicts, reads
}

// testTB records what a test of its own would say.
type testTB struct {
	testing.TB
	mu     sync.Mutex
	errors []string
	logs   []string
}

// run runs f, which may end in the middle, and returns what it said.
func run(t testing.TB, f func(rapid.TB)) *testTB {
	tb := &testTB{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(tb)
	}()
	<-done
	return tb
}

func (tb *testTB) say(to *[]string, text string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	*to = append(*to, text)
}

func (tb *testTB) Failed() bool { return len(tb.errors) > 0 }
func (tb *testTB) Errorf(format string, args ...any) {
	tb.say(&tb.errors, fmt.Sprintf(format, args...))
}
func (tb *testTB) Logf(format string, args ...any)   { tb.say(&tb.logs, fmt.Sprintf(format, args...)) }
func (tb *testTB) Fatalf(format string, args ...any) { tb.Errorf(format, args...); tb.FailNow() }

// FailNow ends the goroutine, as that of a test does.
func (tb *testTB) FailNow() { goruntime.Goexit() }

func (tb *testTB) text() string { return strings.Join(tb.errors, "\n\n---\n\n") }

// says reports whether a report has a line with text, in which "…" stands for anything.
func (tb *testTB) says(text string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".*")
	return regexp.MustCompile(pattern).MatchString(tb.text())
}
