package check

import (
	"fmt"
	"go/ast"
	goimporter "go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// std imports the standard library for all tests, which share it since reading it takes long.
var std = goimporter.Default()

// load makes a package of source files.
func load(t *testing.T, sources ...string) *Package {
	t.Helper()
	p := &Package{
		Fset: token.NewFileSet(), ModulePath: "example.com/shop", Declared: map[string]token.Pos{},
		Info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{}},
	}
	var files []*ast.File
	for i, src := range sources {
		f, err := parser.ParseFile(p.Fset, fmt.Sprintf("f%d.go", i), src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		file := &File{Name: fmt.Sprintf("f%d.go", i), Path: fmt.Sprintf("f%d_cachegen.go", i), Codec: "cachegen_codec.go", Syntax: f}
		file.Interfaces, file.Faults = directive.Find(f)
		p.Files = append(p.Files, file)
	}
	cfg := types.Config{Importer: std, Error: func(err error) {
		e := err.(types.Error)
		p.Errors = append(p.Errors, Diagnostic{Pos: p.Fset.Position(e.Pos), Message: e.Msg})
	}}
	p.Types, _ = cfg.Check("example.com/shop/internal/repo", p.Fset, files, p.Info)
	for _, name := range p.Types.Scope().Names() {
		p.Declared[name] = p.Types.Scope().Lookup(name).Pos()
	}
	return p
}

const head = `package repo

import (
	"context"
	"errors"
	"io"
	"strings"
)

type User struct {
	ID   int64
	Name string
	Tags []string
	Boss *User
}

var ErrNone = errors.New("none")

var _ = strings.ToLower

var _ io.Reader

type Flag bool

func (u User) Login() string { return u.Name }

func tenant(ctx context.Context) string { return "" }

`

// wrap is a source with one wrapped interface of these methods.
func wrap(methods string) string {
	return head + "//cachegen:wrap\ntype Store interface {\n" + methods + "\n}\n"
}

// plan checks a package that must be sound and gives its only wrapper.
func plan(t *testing.T, sources ...string) *model.Wrapper {
	t.Helper()
	files, ds := Check(load(t, sources...))
	if len(ds) > 0 {
		t.Fatalf("refused: %v", ds)
	}
	if len(files) != 1 || len(files[0].Wrappers) != 1 {
		t.Fatalf("%d files, want one with one wrapper", len(files))
	}
	return files[0].Wrappers[0]
}

func methodOf(t *testing.T, w *model.Wrapper, name string) *model.Method {
	t.Helper()
	for _, m := range w.Methods {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no method %s", name)
	return nil
}

func TestKey(t *testing.T) {
	for _, c := range []struct{ directive, signature, want string }{
		{"", "(ctx context.Context, id int64, name string) (*User, error)", "id, name by id name"},
		{"", "() (*User, error)", " by "},
		{"", "(context.Context, int64, string) (*User, error)", "p1, p2 by p1 p2"},
		{"", "(id string, _ map[string]bool) (*User, error)", "id, p1 by id p1"},
		{"", "(p1 string, _ int) (*User, error)", "p1, p1_ by p1 p1_"},
		{"", "(ctx context.Context, ids ...int64) (*User, error)", "ids by ids"},
		{"key=u.ID", "(ctx context.Context, u *User) (*User, error)", "u.ID by u"},
		{`key="tenant(ctx), id"`, "(ctx context.Context, id int64) (*User, error)", "tenant(ctx), id by ctx id"},
		{"hash=token", "(id int64, token string) (*User, error)", "id, #token by id token"},
		{"hash=token key=id", "(token string, id int64) (*User, error)", "id, #token by token id"},
		{"ignore=log", "(id int64, log func()) (*User, error)", "id by id"},
		{"key=id ignore=log", "(id int64, log func()) (*User, error)", "id by id"},

		// What if= fixes is no part of the key; what it does not fix is.
		{"if=fresh", "(id int64, fresh bool) (*User, error)", "id by id"},
		{"if=!fresh", "(id int64, fresh Flag) (*User, error)", "id by id"},
		{`if="fresh && name == \"x\""`, "(id int64, fresh bool, name string) (*User, error)", "id by id"},
		{`if="len(opts) == 0"`, "(id int64, opts ...func()) (*User, error)", "id by id"},
		{`if="f == nil && 0 == n"`, "(id int64, f func(), n int) (*User, error)", "id by id"},
		{`if="a || b"`, "(id int64, a, b bool) (*User, error)", "id, a, b by id a b"},
		{`if="o.ID == 0"`, "(o User, fresh bool) (*User, error)", "o, fresh by o fresh"},
		{`if="n < 10"`, "(id int64, n int) (*User, error)", "id, n by id n"},
		{"reload=!cached", "(cached, deleted bool) (int64, error)", "deleted by deleted"},
		{`reload="age < 10"`, "(id int64, age int) (int64, error)", "id, age by id age"},
		{`key=id if="n < 10" reload=fresh`, "(id int64, n int, fresh bool) (int64, error)", "id by id"},
	} {
		t.Run(c.directive+c.signature, func(t *testing.T) {
			m := methodOf(t, plan(t, wrap("//cachegen:cache "+c.directive+"\nGet"+c.signature)), "Get")
			var parts, by []string
			for _, k := range m.Cache.Key {
				hash := ""
				if k.Hash {
					hash = "#"
				}
				if k.Shape == nil {
					t.Errorf("%s has no shape", k.Expr.Source)
				}
				parts = append(parts, hash+k.Expr.Source)
			}
			for _, i := range m.Cache.KeyParams {
				name := m.Params[i].Name
				if name == "" || name == "_" {
					name = fmt.Sprintf("p%d", i)
					if i == 1 && m.Params[0].Name == "p1" {
						name = "p1_"
					}
				}
				by = append(by, name)
			}
			if got := strings.Join(parts, ", ") + " by " + strings.Join(by, " "); got != c.want {
				t.Errorf("the key is %q, want %q", got, c.want)
			}
		})
	}
}

// describe writes parts so that each kind can be told: $0 parameter, %0 result, @pkg.Name object, ^local, T type.
func describe(e *model.Expr) string {
	var b strings.Builder
	for _, p := range e.Parts {
		switch {
		case p.Param != nil:
			fmt.Fprintf(&b, "$%d", *p.Param)
		case p.Result != nil:
			fmt.Fprintf(&b, "%%%d", *p.Result)
		case p.Object != nil && p.Object.Pkg() != nil:
			fmt.Fprintf(&b, "@%s.%s", p.Object.Pkg().Name(), p.Object.Name())
		case p.Object != nil:
			b.WriteString("@" + p.Object.Name())
		case p.Local != "":
			b.WriteString("^" + p.Local)
		case p.Type != nil:
			b.WriteString("<" + types.TypeString(p.Type, func(*types.Package) string { return "" }) + ">")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestEvictArguments(t *testing.T) {
	const targets = `
	//cachegen:cache
	Get(ctx context.Context, id int64) (*User, error)
	//cachegen:cache
	Find(name string) (*User, error)
	//cachegen:cache if=fresh
	Two(a int64, fresh bool, b string) (*User, error)
	//cachegen:cache
	Many(team int64, tags ...string) (*User, error)
	//cachegen:cache key="tenant(ctx), id"
	Tenant(ctx context.Context, id int64) (*User, error)
	`
	for _, c := range []struct{ directive, signature, want string }{
		{"Get(u.ID)", "(ctx context.Context, u *User) error", "Get($1.ID)! "},
		{"Get(u.ID)", "(u User) error", "Get($0.ID) "},
		{"Get(1)", "()", "Get(1) "},
		{"Find(strings.ToLower(u.Name) + repo)", "(u User, repo string) error", "Find(@strings.ToLower($0.Name) + $1) "},
		{"Find(u.Login())", "(u User) error", "Find($0.Login())! "},
		{"Find(User{ID: 1, Name: n}.Name)", "(n string) error", "Find(@repo.User{ID: 1, Name: $0}.Name) "},
		{"Find(func() string { x := n; return x }())", "(n string) error", "Find(func() string { ^x := $0; return ^x }())! "},
		{"Two(a, true, b)", "(a int64, b string)", "Two($0, $1) "},
		{"Two(a, _, b)", "(a int64, b string)", "Two($0, $1) "},
		{"Two(a, b)", "(a int64, b string)", "Two($0, $1) "},
		{"Many(1, tags...)", "(tags []string)", "Many(1, $0) "},
		{"Many(1)", "()", "Many(1, <[]string>(@nil)) "},
		{`Many(1, "a", s)`, "(s string)", `Many(1, <[]string>{"a", $0}) `},
		{"Tenant(id)", "(ctx context.Context, id int64)", "Tenant($0, $1) "},
		{"Get(result.ID)", "(u *User) (*User, error)", "Get(%0.ID)!r "},
		{"Get(id)", "() (id int64, err error)", "Get(%0)r "},
		{"Get(result1)", "() (string, int64)", "Get(%1)r "},
		{"Get(result_)", "(result string) (int64, error)", "Get(%0)r "},
		{"Get(id), Find(n)", "(id int64, n string)", "Get($0) Find($1) "},
		{"Get(id) for _, id := range ids", "(ids []int64)", "Get(^id) for _, id := range $0 "},
		{"Get(u.ID) for _, u := range us if u != nil", "(us []*User)", "Get(^u.ID)! if ^u != nil for _, u := range $0 "},
		{"Get(id) for id := range result", "() (map[int64]bool, error)", "Get(^id)r for id := range %0 "},
		{"Find(n) if n != \"\"", "(n string)", `Find($0) if $0 != "" `},
		{"Find(n) if result > 0", "(n string) (int, error)", `Find($0)r if %0 > 0 `},
		{"Get(id), Find(n) for n, id := range ids", "(ids map[string]int64)", `Get(^id) for n, id := range $0 Find(^n) for n, id := range $0 `},
		{"Get(id), Find(\"x\") for _, id := range ids if id > 0", "(ids []int64)",
			`Get(^id) if ^id > 0 for _, id := range $0 Find("x") if ^id > 0 for _, id := range $0 `},
	} {
		t.Run(c.directive, func(t *testing.T) {
			m := methodOf(t, plan(t, wrap(targets+"//cachegen:evict "+c.directive+"\nSet"+c.signature)), "Set")
			got := ""
			for _, e := range m.Evicts {
				var args []string
				panics := ""
				for _, a := range e.Args {
					args = append(args, describe(a))
					if a.MayPanic {
						panics = "!"
					}
				}
				got += fmt.Sprintf("%s(%s)%s", e.Target.Name, strings.Join(args, ", "), panics)
				if e.UsesResults {
					got += "r"
				}
				if e.If != nil {
					got += " if " + describe(e.If)
				}
				if e.For != nil {
					key := e.For.Key
					if e.For.Value != "" {
						key += ", " + e.For.Value
					}
					got += " for " + key + " := range " + describe(e.For.X)
				}
				got += " "
			}
			if got != c.want {
				t.Errorf("planned as %q, want %q", got, c.want)
			}
		})
	}
}

func TestMayPanic(t *testing.T) {
	const vars = "(p *User, v User, s []string, m map[string]int, ms map[any]int, i, n int, e any, f func() int, a [3]int, str string, x float64)"
	for expr, want := range map[string]bool{
		"i": false, "v.Name": false, "p.Name": true, "v.Boss.Name": true, "*p": true, "len(s)": false, "s[0]": true, "s[1:]": true,
		`m["a"]`: false, "ms[i]": true, "a[1]": false, "a[i]": true, "e.(int)": true, "i / n": true, "i / 2": false, "x / x": false, "i % n": true,
		"i << n": true, "i << 2": false, "f()": true, "strings.ToLower(str)": false, "strings.Repeat(str, i)": true, "str + str": false,
		"int64(i)": false, "[2]string(s)": true, "e == e": true, "e == nil": false, "v.Login()": true, "tenant(nil)": true, "min(i, n)": false,
		"p == nil": false, "a == a": false, "User{Name: str}": false, "map[any]int{e: 1}": true, "func() string { return s[0] }": false,
	} {
		src := head + "func probe" + vars + " { _ = " + expr + " }\n"
		fset := token.NewFileSet()
		file, perr := parser.ParseFile(fset, "x.go", src, 0)
		if perr != nil {
			t.Fatal(perr)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
		if _, err := (&types.Config{Importer: std}).Check("repo", fset, []*ast.File{file}, info); err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		body := file.Decls[len(file.Decls)-1].(*ast.FuncDecl).Body.List[0].(*ast.AssignStmt)
		if got := mayPanic(info, body.Rhs[0]); got != want {
			t.Errorf("mayPanic(%s) = %v", expr, got)
		}
	}
}

func TestWrapper(t *testing.T) {
	w := plan(t, head+`
//cachegen:wrap ttl=10m jitter=0 notfound=ErrNone negative=30s hash=token
//cachegen:for Read cache if="len(p) == 0" notfound=io.EOF
type Store interface {
	io.Reader
	Second() error
	//cachegen:cache ttl=short key=id
	First(ctx context.Context, id int64, token string) (user User, found bool, err error)
	//cachegen:pass
	third()
	//cachegen:cache
	Exists(name string) bool
}
`)
	if w.Name != "CachedStore" || w.Constructor != "NewCachedStore" || w.Prefix != "shop/internal/repo.Store" || w.Sealed || w.TypeParams != nil {
		t.Errorf("the wrapper is %+v", w)
	}
	var names []string
	for _, m := range w.Methods {
		names = append(names, m.Name)
	}
	if want := []string{"Second", "First", "third", "Exists", "Read"}; !slices.Equal(names, want) {
		t.Errorf("the methods are %v, want %v: as declared, then those embedded", names, want)
	}
	first := methodOf(t, w, "First")
	c := first.Cache
	if c.TTL.String() != "5m0s" || c.Jitter != -1 || c.Negative.String() != "30s" || len(c.NotFound) != 1 || c.NotFound[0].Name != "ErrNone" {
		t.Errorf("First is kept as %+v", c)
	}
	if first.Ctx != 0 || first.Err != 2 || c.Bundle == nil || c.Bundle.Underlying().(*types.Struct).Field(1).Name() != "found" {
		t.Errorf("First is read as %+v", first)
	}
	read := methodOf(t, w, "Read")
	if read.Cache == nil || read.Cache.NotFound[0].Expr.Parts[0].Object.Pkg().Path() != "io" || len(read.Cache.KeyParams) != 0 || read.Cache.TTL.String() != "10m0s" {
		t.Errorf("Read is read as %+v", read.Cache)
	}
	if e := methodOf(t, w, "Exists"); e.Err != -1 || len(e.Cache.NotFound) > 0 || e.Cache.Negative != 0 {
		t.Errorf("Exists, which returns no error, is read as %+v", e.Cache)
	}
	if !methodOf(t, w, "third").Pass {
		t.Error("third does not pass")
	}
}

func TestGenericWrapper(t *testing.T) {
	w := plan(t, head+`
type Base[K comparable, V any] interface {
	//cachegen:cache key="K(id)"
	Get(ctx context.Context, id K) (V, bool, error)
}

//cachegen:wrap
type Store[K comparable, V any] interface {
	Base[K, *V]
	//cachegen:evict Get(k)
	Set(ctx context.Context, k K, v V) error
	//cachegen:evict Get(*new(K))
	Reset()
}
`)
	if w.TypeParams.Len() != 2 {
		t.Fatal("the type parameters are lost")
	}
	get := methodOf(t, w, "Get")
	if got := describe(get.Cache.Key[0].Expr); got != "<K>($1)" {
		t.Errorf("the key is %q", got)
	}
	if got := get.Cache.Value.Type.Underlying().String(); !strings.Contains(got, "*V") || get.Cache.Bundle == nil {
		t.Errorf("the value is %s", got)
	}
	if got := describe(methodOf(t, w, "Reset").Evicts[0].Args[0]); got != "*new(<K>)" {
		t.Errorf("the argument is %q", got)
	}
}

func TestPrefixPath(t *testing.T) {
	for _, c := range [][3]string{
		{"example.com/shop/internal/repo", "example.com/shop", "shop/internal/repo"},
		{"example.com/shop", "example.com/shop", "shop"},
		{"example.com/shop/v2/repo", "example.com/shop/v2", "shop/repo"},
		{"example.com/shop/v2", "example.com/shop/v2", "shop"},
		{"shop/repo", "shop", "shop/repo"},
		{"v2/repo", "v2", "v2/repo"},
		{"gopkg.in/yaml.v3", "gopkg.in/yaml.v3", "yaml.v3"},
		{"a/b", "", "a/b"},
	} {
		if got := prefixPath(c[0], c[1]); got != c[2] {
			t.Errorf("prefixPath(%s, %s) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestImportable(t *testing.T) {
	for _, c := range []struct {
		path, from string
		want       bool
	}{
		{"a.com/b/internal/c", "a.com/b", true}, {"a.com/b/internal/c", "a.com/b/d/e", true}, {"a.com/b/internal/c", "a.com/x", false},
		{"a.com/b/internal", "a.com/b", true}, {"a.com/b/internal", "a.com/bc", false}, {"a.com/internals/b", "x", true},
		{"internal/abi", "a.com/b", false}, {"internal/abi", "fmt", true}, {"a/internal/b/internal/c", "a", false},
	} {
		if got := importable(c.path, c.from); got != c.want {
			t.Errorf("importable(%s, %s) = %v", c.path, c.from, got)
		}
	}
}
