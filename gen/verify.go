package gen

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// What generated code imports, beside what the user's types need.
var supportPaths = []string{
	"github.com/cachegen-go/cachegen/runtime", "github.com/cachegen-go/cachegen/runtime/codec",
	"github.com/cachegen-go/cachegen/runtime/key", "context", "maps", "slices", "time",
}

// support is what generated code imports.
type support struct {
	done     chan struct{}
	files    map[string]string // export data, by import path
	err      error
	packages map[string]*types.Package // by import path, all that is known
}

// support makes what generated code imports known. Where there are generated files already, it is loaded with them;
// where there are none it has to be sought, at the same time.
func (l *loader) support(ctx context.Context, hits []*folder) *support {
	s := &support{done: make(chan struct{})}
	generated := func(f *folder) bool { return slices.ContainsFunc(f.files, func(s scanned) bool { return s.ours }) }
	if slices.ContainsFunc(hits, generated) {
		close(s.done)
		return s
	}
	go func() {
		defer close(s.done)
		s.files, s.err = l.exports(ctx, supportPaths)
	}()
	return s
}

// exports gives the files with export data of packages.
func (l *loader) exports(ctx context.Context, paths []string) (map[string]string, error) {
	pkgs, err := packages.Load(l.config(ctx, packages.NeedName|packages.NeedExportFile), paths...)
	files := map[string]string{}
	for _, p := range pkgs {
		if p.ExportFile != "" {
			files[p.PkgPath] = p.ExportFile
		} else if err == nil && len(p.Errors) > 0 {
			err = errors.New(p.Errors[0].Msg)
		}
	}
	return files, err
}

// parseOutputs parses what was generated.
func (l *loader) parseOutputs(e *emitted) error {
	e.syntax = map[string]*ast.File{}
	for _, o := range e.outputs {
		f, err := parser.ParseFile(l.fset, o.Path, o.Content, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("this is a bug of cachegen, what it generates does not parse: %w", err)
		}
		e.syntax[o.Path] = f
	}
	return nil
}

// verify type-checks what was generated for a unit together with its package. An error is a bug of the generator.
func (l *loader) verify(u *unit, e *emitted, s *support) error {
	var syntax []*ast.File
	for _, path := range slices.Sorted(maps.Keys(e.syntax)) {
		if u.takes(path) {
			syntax = append(syntax, e.syntax[path])
		}
	}
	if len(syntax) == 0 {
		return nil
	}
	if s.err != nil {
		l.warnUnverified(u, s.err)
		return nil
	}
	dst := u.pkg.Types
	if u.check.Out != nil {
		dst = u.check.Out.Types
	}
	imports := l.universe(u, s)
	if dst == u.pkg.Types {
		for _, f := range u.pkg.Syntax {
			syntax = append(syntax, l.withoutStubs(f))
		}
	} else {
		imports.own[u.pkg.Types.Path()] = u.pkg.Types
	}
	var errs []string
	cfg := types.Config{
		Importer: imports, Sizes: u.check.Sizes, GoVersion: u.check.GoVersion,
		Error: func(err error) {
			te := err.(types.Error)
			pos := l.fset.Position(te.Pos)
			if e.syntax[pos.Filename] != nil && !strings.HasPrefix(te.Msg, "\t") {
				pos.Filename = Rel(l.dir, pos.Filename)
				errs = append(errs, fmt.Sprintf("%s: %s", pos, strings.ReplaceAll(te.Msg, "\n\t", " ")))
			}
		},
	}
	_, _ = cfg.Check(dst.Path(), l.fset, syntax, nil)
	if len(errs) == 0 {
		return nil
	}
	if n := len(errs); n > 5 {
		errs = append(errs[:5], fmt.Sprintf("and %d more", n-5))
	}
	return fmt.Errorf("this is a bug of cachegen, what it generates does not compile: %s", strings.Join(errs, "; "))
}

// takes tells whether an output is part of the unit's package: a package with its tests has the other files too.
func (u *unit) takes(path string) bool {
	test := strings.HasSuffix(path, "_test.go")
	switch {
	case u.pkg.ForTest == "":
		return !test
	case strings.HasSuffix(u.pkg.Name, "_test"):
		return slices.ContainsFunc(u.files(), func(p string) bool { return p == path })
	}
	return true
}

// files gives the paths that the unit's own wrappers go to.
func (u *unit) files() []string {
	var paths []string
	for _, f := range u.check.Files {
		paths = append(paths, f.Path, f.Codec)
	}
	return paths
}

func (l *loader) withoutStubs(f *ast.File) *ast.File {
	s := l.sources[l.fset.File(f.FileStart).Name()]
	if s == nil || len(s.stubs) == 0 {
		return f
	}
	plain := *f
	plain.Decls = nil
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); !ok || !s.stubs[g] {
			plain.Decls = append(plain.Decls, d)
		}
	}
	return &plain
}

func (l *loader) warnUnverified(u *unit, err error) {
	const module = "github.com/cachegen-go/cachegen"
	msg := "package " + module + "/runtime, which generated code imports, cannot be loaded here"
	if err != nil && strings.Contains(err.Error(), "no required module provides") {
		msg = "generated code imports " + module + "/runtime, and no module here provides it: require " + module + " in go.mod"
	} else if err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "err: "), "\n")
		msg += ": " + first
	}
	d := Diagnostic{Pos: u.position(l.fset), Message: msg, Warning: true}
	if !slices.ContainsFunc(l.diagnostics, func(o Diagnostic) bool { return o.Message == msg }) {
		l.diagnostics = append(l.diagnostics, d)
	}
}

// universe is an importer of what is loaded already. Types must come from there, lest a type be two.
type universe struct {
	own    map[string]*types.Package // what the package in question imports in a variant of its own, for tests
	shared map[string]*types.Package
}

func (u universe) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	from := u.own
	p := from[path]
	if p == nil {
		from = u.shared
		p = from[path]
	}
	switch {
	case p == nil:
		return nil, errors.New("not loaded")
	case p.Complete():
		return p, nil
	}
	// Known only through others' export data: what they mention of it is all that generated code can mention.
	q := types.NewPackage(p.Path(), p.Name())
	for _, name := range p.Scope().Names() {
		q.Scope().Insert(p.Scope().Lookup(name))
	}
	q.SetImports(p.Imports())
	q.MarkComplete()
	from[path] = q
	return q, nil
}

// reach adds to m a package and all that it imports, preferring those that are known completely.
func reach(m map[string]*types.Package, p *types.Package) {
	if old := m[p.Path()]; old != nil && (old == p || old.Complete() || !p.Complete()) {
		return
	}
	m[p.Path()] = p
	for _, q := range p.Imports() {
		reach(m, q)
	}
}

// universe gives the importer for a unit.
func (l *loader) universe(u *unit, s *support) universe {
	out := universe{own: map[string]*types.Package{}, shared: s.packages}
	if u.pkg.ForTest != "" {
		reach(out.own, u.pkg.Types)
	}
	return out
}

// read makes types of the export data, once, in terms of the packages that are loaded.
func (s *support) read(ctx context.Context, l *loader, units []*unit, others []*packages.Package) {
	select {
	case <-s.done:
	case <-ctx.Done():
		return
	}
	s.packages = map[string]*types.Package{}
	for _, u := range units {
		if u.pkg.ForTest == "" {
			reach(s.packages, u.pkg.Types)
		}
	}
	for _, u := range units {
		for _, p := range u.pkg.Types.Imports() {
			reach(s.packages, p)
		}
	}
	for _, p := range others {
		if p.Types != nil && p.ForTest == "" {
			reach(s.packages, p.Types)
		}
	}
	s.add(l)
}

// add reads the export data of packages that are not known completely.
func (s *support) add(l *loader) {
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		if p := s.packages[path]; p != nil && p.Complete() {
			continue
		}
		p, err := readExport(l, s.files[path], path, s.packages)
		if err != nil {
			s.err = fmt.Errorf("reading the types of %s: %w", path, err)
			continue
		}
		s.packages[path] = p
	}
}

// complete finds whatever else generated code imports and is not known completely.
func (s *support) complete(ctx context.Context, l *loader, done []*emitted) {
	var missing []string
	for _, e := range done {
		for _, f := range e.syntax {
			for _, spec := range f.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if p := s.packages[path]; err == nil && (p == nil || !p.Complete()) && path != "unsafe" && !slices.Contains(missing, path) {
					missing = append(missing, path)
				}
			}
		}
	}
	if len(missing) == 0 || s.err != nil {
		return
	}
	s.files, s.err = l.exports(ctx, missing)
	s.add(l)
}

func readExport(l *loader, file, path string, m map[string]*types.Package) (*types.Package, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, l.fset, m, path)
}
