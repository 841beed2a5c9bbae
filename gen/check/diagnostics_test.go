package check

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// faults gives what is wrong with sources, a line each; lines count from the end of head where the source has it.
func faults(t *testing.T, p *Package) string {
	t.Helper()
	files, ds := Check(p)
	var out []string
	failed := false
	for _, d := range ds {
		if failed = failed || !d.Warning; d.Warning {
			d.Message = "warning: " + d.Message
		}
		out = append(out, fmt.Sprintf("%d:%d: %s", d.Pos.Line-strings.Count(head, "\n"), d.Pos.Column, d.Message))
	}
	if failed != (len(files) == 0) {
		t.Errorf("%d files and %d diagnostics", len(files), len(ds))
	}
	return strings.Join(out, "\n")
}

// The golden cases hold most messages. These are the ones that need a word about their place, or that those cannot show.
func TestFaultsOfMethods(t *testing.T) {
	const get = "//cachegen:cache\nGet(ctx context.Context, id int64) (*User, error)\n"
	for _, c := range []struct{ name, methods, want string }{
		{"column behind an escape", "//cachegen:cache key=\"\\\"\\u00e9\\\" + nam\"\nFind(name string) string", "3:36: undefined: nam; did you mean name?"},
		{"column of the second argument", get + "//cachegen:cache\nTwo(a, b string) int\n//cachegen:evict Two(u.Name, u.ID)\nSet(u User)",
			"7:30: cannot use u.ID (variable of type int64) as string value for b of Two"},
		{"method in an argument", get + "//cachegen:evict Get(u.Nam)\nSet(u User)", "5:24: u.Nam undefined (type User has no field or method Nam)"},
		{"unused loop variable", get + "//cachegen:evict Get(1) for i := range ids\nSet(ids []int64)", "5:29: declared and not used: i"},
		{"call without the loop", get + "//cachegen:evict Get(id), Get(1) for _, id := range ids\nSet(ids []int64)",
			"5:27: Get(1) has nothing of the loop, and would stay where ids is empty: evict it on a line of its own"},
		{"fault of the target", "//cachegen:cache ttl=x\nGet(id int64) int\n//cachegen:evict Get(name), Get(1, nam), Get(nil)\nSet(name string)",
			"3:22: x is no duration: write 90s, 10m, 1h30m or one of realtime, short, medium, long\n" +
				"5:22: cannot use name (variable of type string) as int64 value for id of Get\n5:36: undefined: nam; did you mean name?"},
		{"cached mutator", "//cachegen:cache\nSaveUser(id int64) int\n//cachegen:cache\nSaved() int",
			"3:12: warning: SaveUser is called as what changes something, which it would not do where the cache answers: if it does, let it evict instead"},
		{"range over a channel", get + "//cachegen:evict Get(id) for id := range ids\nSet(ids chan int64)", "5:42: ranging over a channel would take its values away from others"},
		{"shared loop, one bad call", get + "//cachegen:evict Get(id), Gte(id) for _, id := range ids\nSet(ids []int64)", "5:27: Store has no method Gte; did you mean Get?"},
		{"only bad calls", get + "//cachegen:evict Gte(id) for _, id := range ids\nSet(ids []int64)", "5:18: Store has no method Gte; did you mean Get?"},
		{"error in an expression", get + "//cachegen:evict Get(1) if err == nil\nSet(id int64) (err error)",
			"5:28: err cannot be used here: what uses results is evaluated only where there is no error"},
		{"constant condition", "//cachegen:cache if=true\nFind(name string) string", "3:21: if= takes a condition, and true is always true"},
		{"no context for the key", "//cachegen:cache key=\"tenant(ctx), id\"\nGet(ctx context.Context, id int64) int\n//cachegen:evict Get(id)\nSet(id int64)",
			"5:18: the key of Get needs a context, and Set has none: evict through the wrapper's EvictGet"},
		{"several values", "//cachegen:cache key=strings.Cut(name,\"x\")\nFind(name string) string", "3:22: assignment mismatch: 1 variable but strings.Cut returns 3 values"},
		{"package that is not imported", "//cachegen:cache key=sql.Quote(name)\nFind(name string) string", "3:22: undefined: sql"},
		{"sorted", "//cachegen:cache key=sorted(name)\nFind(name string) string", "3:22: sorted takes a slice, not a value of type string"},
		{"hash of a context", "//cachegen:cache hash=ctx\nFind(ctx context.Context) string", "3:23: ctx is a context, which is not part of the key unless key= says so"},
		{"hashed and shown", "//cachegen:cache hash=a key=a\nFind(a string) string", "3:29: a is in key= as well as in hash=, so that the key would show it"},
		{"spread", get + "//cachegen:evict Get(ids...)\nSet(ids []int64)", "5:18: Get takes (id) (a context is left out), not 1 argument"},
		{"two errors", "//cachegen:cache\nFind() (int, error, error)", "3:12: Find returns 2 errors, which of them tells success is anybody's guess: it cannot be cached"},
		{"not stored", "//cachegen:cache\nFind() io.Reader", "3:12: the result of Find cannot be cached: io.Reader: "},
		{"key= and a default", "//cachegen:cache key=a\nFind(a string, collapsedThreads bool) string",
			"3:18: collapsedThreads is not part of the key: name it in key=, hash=, if=, reload= or ignore="},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := faults(t, load(t, wrap(c.methods)))
			if got != c.want && !(strings.HasSuffix(c.want, ": ") && strings.HasPrefix(got, c.want)) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFaultsOfInterfaces(t *testing.T) {
	const get = " interface {\n//cachegen:cache\nGet(id int64) int\n}\n"
	for _, c := range []struct{ name, src, want string }{
		{"prefix", "//cachegen:wrap prefix=a{b}\ntype A" + get, "1:24: a prefix cannot hold '{', which has a meaning in keys or to some store: use letters, digits, / . - and _"},
		{"predeclared name", "//cachegen:wrap name=string\ntype A" + get, "1:22: string has a meaning of its own in Go: choose another name"},
		{"taken name", "type CachedA int\n//cachegen:wrap\ntype A" + get, "3:6: CachedA is declared already: choose another name for the wrapper with name="},
		{"taken constructor", "func NewCachedA() {}\n//cachegen:wrap\ntype A" + get, "3:6: NewCachedA is declared already: choose another name for the wrapper with name="},
		{"wrapper named as a constructor", "//cachegen:wrap\ntype A" + get + "//cachegen:wrap name=NewCachedA\ntype B" + get,
			"6:22: NewCachedA is the name of the constructor of CachedA already: choose another with name="},
		{"no interface", "//cachegen:wrap\ntype A = User", "1:12: A is no interface: wrap stands above interfaces"},
		{"constraint", "//cachegen:wrap\ntype A interface{ comparable; M() }", "1:12: A is a constraint for type parameters, no value has its type: it cannot be wrapped"},
		{"strict", "//cachegen:wrap strict\n//cachegen:for Close pass\ntype A interface {\nio.ReadCloser\n//cachegen:cache\nGet() int\nSet()\n}",
			"3:6: Read bears no directive, and A is strict: write cache, evict or pass\n7:1: Set bears no directive, and A is strict: say with evict what it makes stale, or pass where that is nothing"},
		{"hash= of wrap that nothing has", "//cachegen:wrap hash=token\ntype A" + get, "1:22: no cached method of A has a parameter token"},
		{"default that is at fault", "//cachegen:wrap if=fresh\ntype A" + get, "1:20: undefined: fresh"},
		{"notfound= that no method needs", "//cachegen:wrap notfound=ErrNone\ntype A" + get,
			"1:17: warning: no cached method of A returns an error that these names of notfound= could be: remove it"},
		{"notfound= that every method overrides", "//cachegen:wrap notfound=ErrNone\ntype A interface {\n//cachegen:cache notfound=io.EOF\nGet() (int, error)\n}",
			"1:17: warning: no cached method of A returns an error that these names of notfound= could be: remove it"},
		{"notfound= that one method needs", "//cachegen:wrap notfound=ErrNone\ntype A interface {\n//cachegen:cache\nGet() (int, error)\n//cachegen:cache\nHas() bool\n}", ""},
		{"negative= of wrap", "//cachegen:wrap negative=1m\ntype A" + get, ""},
		{"for", "//cachegen:wrap\n//cachegen:for Get pass\n//cachegen:for Reed cache\ntype A interface {\nio.Reader\n//cachegen:cache\nGet() int\n}",
			"2:16: Get is declared here: put its directives above it\n3:16: A has no method Reed; did you mean Read?"},
		{"not wrapped", "type A" + get, "2:12: A is not wrapped, nor embedded in an interface that is: put //cachegen:wrap above it"},
		{"for without wrap", "//cachegen:for Read cache\ntype A interface{ io.Reader }", "1:12: A is not wrapped: put //cachegen:wrap above it"},
		{"invalid type", "//cachegen:wrap\ntype A interface {\n//cachegen:cache\nGet(id Nothing) int\n}", "4:8: undefined: Nothing"},
		{"invalid type elsewhere", "//cachegen:wrap\ntype A" + get + "type B interface{ M(Nothing) }", ""},
		{"result that is invalid within", "//cachegen:wrap\ntype A interface {\n//cachegen:cache\nGet() T\n}\ntype T struct{ X Nothing }", "6:18: undefined: Nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := faults(t, load(t, head+c.src)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// What another package cannot see is refused when it is to be generated there.
func TestFaultsOfAnotherPackage(t *testing.T) {
	p := load(t, head+`
type row int

//cachegen:wrap
type A interface {
	//cachegen:cache key=tenant(ctx)
	Get(ctx context.Context) int
	//cachegen:cache
	Row() row
	//cachegen:cache
	hidden() int
}

//cachegen:wrap
type b interface {
	//cachegen:cache
	Get() int
}
`)
	p.Out = &Out{Types: types.NewPackage("example.com/shop/cached", "cached")}
	const want = `6:23: tenant is not exported, so that package cached cannot use it
9:2: the signature of Row mentions repo.row, which is not exported, so that no wrapper can be written in package cached
10:13: hidden is not exported, so that package cached cannot wrap it
15:6: b is not exported, so that package cached cannot wrap it: export it, or generate beside it`
	if got := faults(t, p); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// Sources that are there for others are neither generated for nor complained about.
func TestContextFiles(t *testing.T) {
	p := load(t, head+"//cachegen:wrap\ntype A interface{ M() }\n", "package repo\n\n//cachegen:wrap\ntype B interface {\n//cachegen:cache\nGet() int\n}\n")
	p.Files[0].Context = true
	files, ds := Check(p)
	if len(ds) > 0 || len(files) != 1 || files[0].Path != "f1_cachegen.go" {
		t.Errorf("files %v, diagnostics %v", files, ds)
	}
	p = load(t, head+"//cachegen:wrap\ntype A interface {\n//cachegen:cache\nGet() int\n}\n")
	p.Files[0].Generated, p.Files[0].Context = true, true
	_, ds = Check(p)
	if len(ds) != 1 || !strings.Contains(ds[0].Message, "A stands in a file that cachegen generates and will replace") {
		t.Errorf("for an interface in a generated file: %v", ds)
	}
}

func TestSort(t *testing.T) {
	at := func(file string, line, column int) token.Position {
		return token.Position{Filename: file, Line: line, Column: column}
	}
	got := Sort([]Diagnostic{{Pos: at("b", 1, 1)}, {Pos: at("a", 10, 1)}, {Pos: at("a", 9, 2)}, {Pos: at("a", 9, 1)}, {Pos: at("a", 9, 2)}})
	var places []string
	for _, d := range got {
		places = append(places, d.Pos.String())
	}
	if want := "a:9:1 a:9:2 a:10:1 b:1:1"; strings.Join(places, " ") != want {
		t.Errorf("sorted as %v, want %s", places, want)
	}
}
