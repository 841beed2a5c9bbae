package docs

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	modulePath = "github.com/cachegen-go/cachegen"
	shopPath   = modulePath + "/internal/docs/shop"
)

// known says which packages names mean in the documents, where they do not say so themselves.
var known = map[string]string{
	"runtime": modulePath + "/runtime", "codec": modulePath + "/runtime/codec",
	"memory": modulePath + "/runtime/backends/memory", "bigcache": modulePath + "/runtime/backends/bigcache",
	"otter": modulePath + "/runtime/backends/otter", "redis": modulePath + "/runtime/backends/redis",
	"memcached": modulePath + "/runtime/backends/memcached", "backendtest": modulePath + "/runtime/backends/backendtest",
	"otel": modulePath + "/runtime/observe/otel", "prometheus": modulePath + "/runtime/observe/prometheus",
	"slogs": modulePath + "/runtime/observe/slogs", "cachez": modulePath + "/runtime/cachez",
	"cachetest": modulePath + "/runtime/cachetest", "analyzer": modulePath + "/gen/analyzer",
	"goredis": "github.com/redis/go-redis/v9", "prom": "github.com/prometheus/client_golang/prometheus",
	"memcache": "github.com/bradfitz/gomemcache/memcache", "promhttp": "github.com/prometheus/client_golang/prometheus/promhttp",

	"atomic": "sync/atomic", "bytes": "bytes", "cmp": "cmp", "context": "context", "errors": "errors", "expvar": "expvar",
	"fmt": "fmt", "http": "net/http", "io": "io", "iter": "iter", "json": "encoding/json", "log": "log", "maps": "maps",
	"math": "math", "os": "os", "pprof": "net/http/pprof", "rand": "math/rand/v2", "signal": "os/signal", "slices": "slices",
	"slog": "log/slog", "sort": "sort", "sql": "database/sql", "strconv": "strconv", "strings": "strings", "sync": "sync",
	"synctest": "testing/synctest", "testing": "testing", "time": "time", "tls": "crypto/tls", "url": "net/url",
}

// world is what a document's code can refer to.
type world struct {
	fset    *token.FileSet
	exports map[string]string // files with export data, by import path
	names   map[string]string // of packages, by import path
	types.Importer
	shop     *types.Package  // checked from its source, so that its own names are there too
	model    []decl          // of shop: what a package that is written for the generator declares
	standard []method        // of shop's repository
	public   map[string]bool // what our packages export; see exported
}

// method is one of shop's repository, with its directives.
type method struct{ name, text string }

// newWorld makes the packages known that the documents import, beside this module's own.
func newWorld(t *testing.T, root string, imports map[string]string) *world {
	t.Helper()
	w := &world{fset: token.NewFileSet(), exports: map[string]string{}, names: map[string]string{}}
	patterns := []string{"./runtime/...", "./gen/...", shopPath}
	patterns = append(patterns, slices.Sorted(maps.Values(known))...)
	elsewhere := map[string][]string{} // by the folder of another module
	for path, dir := range imports {
		if dir == "." {
			patterns = append(patterns, path)
		} else {
			elsewhere[dir] = append(elsewhere[dir], path)
		}
	}
	w.list(t, root, patterns)
	for dir, paths := range elsewhere {
		w.list(t, filepath.Join(root, dir), paths)
	}
	w.Importer = importer.ForCompiler(w.fset, "gc", func(path string) (io.ReadCloser, error) {
		if w.exports[path] == "" {
			return nil, errors.New("there is no such package")
		}
		return os.Open(w.exports[path])
	})
	w.readShop(t, filepath.Join(root, "internal/docs/shop"))
	return w
}

// list asks the go command for export data.
func (w *world) list(t *testing.T, dir string, patterns []string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}"}, patterns...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) == 3 && w.exports[f[0]] == "" {
			w.names[f[0]], w.exports[f[0]] = f[1], f[2]
		}
	}
}

func (w *world) readShop(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(w.fset, name, src, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		switch filepath.Base(name) {
		case "model.go":
			w.model = declarations(w.fset, f, string(src))
		case "users.go":
			w.standard = methods(w.fset, f, string(src))
		}
	}
	cfg := types.Config{Importer: w}
	if w.shop, err = cfg.Check(shopPath, w.fset, files, nil); err != nil {
		t.Fatal(err)
	}
}

// methods gives those of a file's interface.
func methods(fset *token.FileSet, f *ast.File, src string) []method {
	var out []method
	ast.Inspect(f, func(n ast.Node) bool {
		if it, ok := n.(*ast.InterfaceType); ok {
			for _, m := range it.Methods.List {
				from := m.Pos()
				if m.Doc != nil {
					from = m.Doc.Pos()
				}
				out = append(out, method{m.Names[0].Name, src[fset.Position(from).Offset:fset.Position(m.End()).Offset]})
			}
		}
		return true
	})
	return out
}

// find gives the package that a name means, by imports or else by the table; nil if none.
func (w *world) find(imports map[string]string, name string) *types.Package {
	path := imports[name]
	if path == "" && w.shop.Scope().Lookup(name) == nil {
		path = known[name]
	}
	if path == "" {
		return nil
	}
	p, err := w.Import(path)
	if err != nil {
		return nil
	}
	return p
}

// scope gives the shop's names.
func (w *world) scope() map[string]types.Object {
	scope := map[string]types.Object{}
	for _, name := range w.shop.Scope().Names() {
		scope[name] = w.shop.Scope().Lookup(name)
	}
	return scope
}

// importsOf reads import declarations: paths by the names that they have.
func (w *world) importsOf(src string) map[string]string {
	f, _ := parser.ParseFile(token.NewFileSet(), "", "package p\n"+src, parser.ImportsOnly)
	if f == nil {
		return nil
	}
	return w.named(f)
}

// named gives what a file imports, by name.
func (w *world) named(f *ast.File) map[string]string {
	out := map[string]string{}
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := w.names[path]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name != "" { // else there is no such package, which the type checker says
			out[name] = path
		}
	}
	return out
}

// declared gives the names that files declare at package level, and those of what they import.
func (w *world) declared(files ...*ast.File) map[string]bool {
	out := declared(files...)
	for _, f := range files {
		for name := range w.named(f) {
			out[name] = true
		}
	}
	return out
}

// moduleDir is the folder of the module that a document is in, from the root of the tree.
func moduleDir(root string, d *document) string {
	for dir := d.dir(); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(root, dir, "go.mod")); err == nil || dir == "." {
			return dir
		}
	}
}

// importLine is import declarations in one line.
func importLine(imports map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&b, "; import %s %q", name, imports[name])
	}
	return b.String()
}

// importedBy gives what a block imports, whatever it is.
func importedBy(text string) []string {
	if firstToken(text) != token.PACKAGE {
		pieces := split(text)
		text = "package p\n" + only(text, pieces, func(p piece) bool { return p.kind == token.IMPORT })
	}
	f, _ := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
	if f == nil {
		return nil
	}
	var out []string
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, path)
		}
	}
	return out
}
