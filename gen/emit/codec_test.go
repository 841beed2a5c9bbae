package emit

import (
	"bytes"
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/packages"

	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// TestGeneratedCodecsKeepEveryValue writes codecs and key functions of all types in testdata/codecs, and runs the
// tests that are there.
func TestGeneratedCodecsKeepEveryValue(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/codecs")); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	execute(t, dir, "go", "mod", "edit", "-replace", "github.com/cachegen-go/cachegen="+root)

	pkg := load(t, dir)
	write(t, filepath.Join(dir, "cachegen_codec.go"), generateCodecs(t, pkg, dir))
	execute(t, dir, "go", "test", "-vet=off", "./...")
}

func execute(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func load(t *testing.T, dir string) *types.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedSyntax | packages.NeedTypesInfo}, ".")
	if err != nil {
		t.Fatal(err)
	}
	if packages.PrintErrors(pkgs) > 0 {
		t.Fatal("testdata/codecs does not compile")
	}
	return pkgs[0].Types
}

// generateCodecs returns the codec file, and writes a test that checks each of its codecs.
func generateCodecs(t *testing.T, pkg *types.Package, dir string) []byte {
	t.Helper()
	b := newBlock()
	b.add(&model.File{OutPath: pkg.Path(), OutScope: pkg.Scope()})
	n := newNames(pkg.Path(), b)
	c := newCodecs(n, pkg.Name(), "")

	var tests bytes.Buffer
	tests.WriteString("package " + pkg.Name() + "\n\nimport \"testing\"\n\nfunc TestCodecs(t *testing.T) {\n")
	cfg := shape.Config{Pkg: pkg}
	for _, name := range pkg.Scope().Names() {
		obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if named, _ := obj.Type().(*types.Named); !ok || named != nil && named.TypeParams().Len() > 0 && named.TypeArgs().Len() == 0 {
			continue
		}
		s, err := shape.Of(obj.Type(), cfg)
		if err != nil {
			t.Error(err)
			continue
		}
		fmt.Fprintf(&tests, "\tt.Run(%q, func(t *testing.T) { check[%s](t, %#v, %v) })\n", name, name, c.codec(n, s), !hasMessage(s))
		if s, err := shape.OfKey(obj.Type(), cfg); err == nil {
			expr := c.key(n, s, jen.Id("k"), jen.Id("v"))
			fmt.Fprintf(&tests, "\tt.Run(%q, func(t *testing.T) { checkKey[%s](t, func(k []byte, v %s) []byte { return %s }, %v) })\n",
				name+"Key", name, name, strings.ReplaceAll(fmt.Sprintf("%#v", expr), keyPath+".", "key."), exportedThroughout(obj.Type(), map[types.Type]bool{}))
		}
	}
	tests.WriteString("}\n")
	text := strings.Replace(tests.String(), `import "testing"`, "import (\n\t\"testing\"\n\n\t\""+keyPath+"\"\n)\n\nvar _ = key.Nil", 1)
	write(t, filepath.Join(dir, "codecs_test.go"), []byte(text))

	var out bytes.Buffer
	if err := c.file().Render(&out); err != nil {
		t.Fatal(err)
	}
	for _, err := range n.errs {
		t.Error(err)
	}
	return out.Bytes()
}

// hasMessage reports whether a shape holds a protobuf message, of which reflection knows nothing.
func hasMessage(s *shape.Shape) bool {
	seen := map[*shape.Shape]bool{}
	var visit func(s *shape.Shape) bool
	visit = func(s *shape.Shape) bool {
		if s == nil || seen[s] {
			return false
		}
		seen[s] = true
		found := s.Kind == shape.Proto || visit(s.Elem) || visit(s.Key)
		for _, f := range s.Fields {
			found = found || visit(f.Shape)
		}
		return found
	}
	return visit(s)
}

// exportedThroughout reports whether a type has no unexported fields, so that it can be keyed at run time.
func exportedThroughout(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case interface{ Elem() types.Type }:
		m, isMap := u.(*types.Map)
		return exportedThroughout(u.Elem(), seen) && (!isMap || exportedThroughout(m.Key(), seen))
	case *types.Struct:
		for f := range u.Fields() {
			if !f.Exported() && f.Name() != "_" || !exportedThroughout(f.Type(), seen) {
				return false
			}
		}
	}
	return true
}
