package gen

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen-go/cachegen/gen/check"
)

// loader reads packages in two passes: it lists files and scans their bytes for directives, then loads types only for
// the packages that have some, dependencies from export data.
type loader struct {
	dir      string
	patterns []string
	tags     string
	tests    bool // glue is asked for
	env      []string
	fset     *token.FileSet
	logf     func(string, ...any)
	progress func(what string, done, of int)

	mu      sync.Mutex
	sources map[string]*source // by path, those that were parsed and may have directives

	stats       Stats
	diagnostics []Diagnostic
}

// source is what parsing a file told.
type source struct {
	file  *check.File
	stubs map[*ast.GenDecl]bool
}

// unit is a loaded package with its directives.
type unit struct {
	pkg   *packages.Package
	check *check.Package
	dir   string
}

// position is where to complain about the unit as a whole: at its first wrapped interface.
func (u *unit) position(fset *token.FileSet) token.Position {
	for _, f := range u.check.Files {
		for _, i := range f.Interfaces {
			if i.Wraps() && !f.Context {
				return fset.Position(i.Spec.Name.Pos())
			}
		}
	}
	return token.Position{Filename: u.check.Files[0].Name}
}

func (l *loader) config(ctx context.Context, mode packages.LoadMode) *packages.Config {
	cfg := &packages.Config{Context: ctx, Mode: mode, Dir: l.dir, Env: l.env, Fset: l.fset, ParseFile: l.parse}
	if l.tags != "" {
		cfg.BuildFlags = []string{"-tags=" + l.tags}
	}
	return cfg
}

// load gives the packages in the folders that have directives. A folder can give three: the package itself, the
// package with its tests, and the tests that are a package of their own.
func (l *loader) load(ctx context.Context, folders []*folder, s *support, more ...string) (units []*unit, others []*packages.Package, err error) {
	var patterns []string
	tests, named := false, false
	for _, f := range folders {
		_, inTests := f.annotated()
		tests, named = tests || inTests, named || f.named
		patterns = append(patterns, f.pattern)
	}
	cfg := l.config(ctx, packages.NeedName|packages.NeedFiles|packages.NeedSyntax|packages.NeedTypes|
		packages.NeedTypesInfo|packages.NeedTypesSizes|packages.NeedModule|packages.NeedForTest)
	cfg.Tests = tests
	patterns = append(patterns, more...)
	pkgs, err := packages.Load(cfg, slices.Concat(patterns, s.paths)...)
	for len(pkgs) == 0 && len(s.paths) > 0 {
		// The go command lists nothing at all where go.mod is not up to date for the support.
		if last := len(s.paths) - 1; s.paths[last] == cachetestPath {
			s.paths = s.paths[:last]
		} else {
			s.err, s.paths = errors.New("go.mod is not up to date: run go mod tidy"), nil
		}
		pkgs, err = packages.Load(cfg, slices.Concat(patterns, s.paths)...)
	}
	if err != nil {
		return nil, nil, l.loadError(err)
	}
	for _, p := range pkgs {
		if s.take(p) {
			continue
		}
		switch u := l.unit(p); {
		case p.Name == "":
			if len(p.Errors) > 0 && !contains(more, p.ID) && (named || !strings.Contains(p.Errors[0].Msg, "build constraints exclude all Go files")) {
				l.unlisted(ctx, p)
			}
			others = append(others, p)
		case u != nil:
			units = append(units, u)
		default:
			others = append(others, p)
		}
	}
	separateTests(units)
	return units, others, nil
}

// separateTests gives the external tests of a package a codec file of their own where its internal ones have one too.
func separateTests(units []*unit) {
	internal := map[string]bool{}
	for _, u := range units {
		if u.pkg.ForTest != "" && !strings.HasSuffix(u.pkg.Name, "_test") {
			internal[u.dir] = true
		}
	}
	for _, u := range units {
		if !internal[u.dir] || !strings.HasSuffix(u.pkg.Name, "_test") {
			continue
		}
		for _, f := range u.check.Files {
			if filepath.Base(f.Codec) == "cachegen_codec_test.go" {
				f.Codec = filepath.Join(u.dir, "cachegen_codec_external_test.go")
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// unit gives a package's part in the run, nil if it has none. What is not in a _test.go file belongs to the package
// itself, though the package with its tests has those files too.
func (l *loader) unit(p *packages.Package) *unit {
	if p.Types == nil || strings.HasSuffix(p.ID, ".test") {
		return nil
	}
	u := &unit{pkg: p, dir: p.Dir, check: &check.Package{
		Fset: l.fset, Types: p.Types, Info: p.TypesInfo, Sizes: p.TypesSizes, Declared: map[string]token.Pos{},
	}}
	if p.Module != nil {
		u.check.ModulePath = p.Module.Path
		if p.Module.GoVersion != "" {
			u.check.GoVersion = "go" + p.Module.GoVersion
		}
	}
	any := false
	for _, syntax := range p.Syntax {
		s := l.sources[l.fset.File(syntax.FileStart).Name()]
		l.declared(u.check, syntax, s)
		if s == nil {
			continue
		}
		f := *s.file
		f.Name = l.original(p, syntax)
		f.Context = f.Generated || p.ForTest != "" && !f.Test
		f.Path, f.Codec, f.Glue = wrapperFile(f.Name), codecFile(f.Name, f.Constraint), glueFile(f.Name)
		any = any || !f.Context
		u.check.Files = append(u.check.Files, &f)
	}
	if !any {
		return nil
	}
	for _, e := range p.Errors {
		if pos := position(e.Pos, p.Dir); pos.Filename != "" && e.Kind != packages.ListError {
			u.check.Errors = append(u.check.Errors, Diagnostic{Pos: pos, Message: strings.ReplaceAll(e.Msg, "\n\t", " ")})
		}
	}
	return u
}

// declared notes the names that a file declares in its package, but for our own stubs.
func (l *loader) declared(p *check.Package, f *ast.File, s *source) {
	declarations(f, func(id *ast.Ident, decl ast.Decl) {
		if g, ok := decl.(*ast.GenDecl); !ok || s == nil || !s.stubs[g] {
			p.Declared[id.Name] = id.Pos()
		}
	})
}

// declarations notes what a file declares in its package, each name with its declaration.
func declarations(f *ast.File, note func(*ast.Ident, ast.Decl)) {
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				note(d.Name, d)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					note(spec.Name, d)
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						note(id, d)
					}
				}
			}
		}
	}
}

// original gives the file that the user wrote: what is parsed may be what cgo made of it.
func (l *loader) original(p *packages.Package, syntax *ast.File) string {
	name := l.fset.File(syntax.FileStart).Name()
	if contains(p.GoFiles, name) {
		return name
	}
	base := filepath.Base(l.fset.Position(syntax.Package).Filename)
	for _, f := range p.GoFiles {
		if filepath.Base(f) == base {
			return f
		}
	}
	return name
}

// loadError says what kept the go command from listing packages.
func (l *loader) loadError(err error) error {
	msg := err.Error()
	if strings.Contains(msg, "go.mod file not found") {
		return errors.New("no go.mod here or above: cachegen works on packages of a module")
	}
	return fmt.Errorf("loading packages: %s", strings.TrimPrefix(msg, "err: "))
}

// since gives the time from start and makes start now.
func since(start *time.Time) time.Duration {
	now := time.Now()
	d := now.Sub(*start)
	*start = now
	return d
}
