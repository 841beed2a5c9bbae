package emit

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// TestTypesPrintAsWritten type-checks a declaration and expects its type to come out as it went in.
func TestTypesPrintAsWritten(t *testing.T) {
	const header = `package p
import (
	"context"
	"net/url"
	"time"
	"unsafe"
)
type Local struct{}
type Alias = map[string]*Local
type Pair[K comparable, V any] struct{}
type Set[T comparable] = map[T]struct{}
var _ context.Context
var _ url.URL
var _ time.Time
var _ unsafe.Pointer
`
	wants := []string{
		"int", "string", "byte", "rune", "error", "any", "unsafe.Pointer",
		"Local", "*Local", "Alias", "[]time.Duration", "[16]byte", "map[string][]*url.URL",
		"Pair[string, *url.URL]", "Set[Local]", "Pair[int, Pair[int, Set[any]]]",
		"chan int", "<-chan int", "chan<- int", "chan (<-chan Local)", "<-chan <-chan int", "chan<- chan<- int", "chan<- <-chan int", "chan func() <-chan int",
		"func()", "func(context.Context, ...string) (int, error)", "func(...Pair[int, Local]) error", "func(func(int) string) func() bool",
		"struct{}", `struct { ID int "json:\"id\""; Local; *url.URL; name string }`, "struct { A int; B int }",
		"interface{}", "interface { Get(context.Context, string) (Local, error); error }",
	}
	var source strings.Builder
	source.WriteString(header)
	for i, want := range wants {
		fmt.Fprintf(&source, "var x%d %s\n", i, want)
	}
	pkg, scope := checked(t, source.String())
	for i, want := range wants {
		n := newNames(pkg.Path(), newBlock())
		if got := render(t, n, n.typ(scope.Lookup(fmt.Sprint("x", i)).Type())); !sameType(t, got, want) {
			t.Errorf("typ(%s) = %s", want, got)
		}
		if len(n.errs) > 0 {
			t.Errorf("typ(%s): %v", want, n.errs)
		}
	}
}

// TestTypesKeepClearOfWhatThePackageRedefines prints predeclared types where their names mean something else.
func TestTypesKeepClearOfWhatThePackageRedefines(t *testing.T) {
	pkg, scope := checked(t, "package p\nimport \"io\"\ntype (string int; error struct{}; time int)\nvar x func(string, error, func() []io.Reader)\nvar y = io.Reader.Read\nvar z = io.StringWriter.WriteString")
	b := newBlock()
	b.add(&model.File{OutScope: scope})
	n := newNames(pkg.Path(), b)
	for name, want := range map[string]string{
		"x": "func(string, error, func() []io.Reader)",
		"y": "func(io.Reader, []byte) (int, builtin.Error)",
		"z": "func(io.StringWriter, builtin.String) (int, builtin.Error)",
	} {
		if got := render(t, n, n.typ(scope.Lookup(name).Type())); got != want {
			t.Errorf("typ(%s) = %s, want %s", name, got, want)
		}
	}
	if got := n.pkg("time", "time"); got != "time2" {
		t.Errorf("package time is called %s beside a type of that name", got)
	}
}

func checked(t *testing.T, source string) (*types.Package, *types.Scope) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	cfg := types.Config{Importer: importer.Default()}
	pkg, err := cfg.Check("example.com/p", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg, pkg.Scope()
}

// render prints a type through jennifer, with the imports named as n names them.
func render(t *testing.T, n *names, s *jen.Statement) string {
	t.Helper()
	f := n.file("p", "")
	f.Var().Id("x").Add(s)
	n.finish(f)
	var buf bytes.Buffer
	if err := f.Render(&buf); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(buf.String(), "var x ")
	return strings.TrimSpace(after)
}

func sameType(t *testing.T, a, b string) bool {
	t.Helper()
	x, errA := parser.ParseExpr(a)
	y, errB := parser.ParseExpr(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	return types.ExprString(x) == types.ExprString(y)
}
