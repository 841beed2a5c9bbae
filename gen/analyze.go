package gen

import (
	"errors"
	"go/ast"
	goimporter "go/importer"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen-go/cachegen/gen/check"
	"github.com/cachegen-go/cachegen/gen/model"
)

// Source is a package that somebody else has found and whose directives are to be checked in place: an editor, or
// another driver of analyses.
type Source struct {
	Fset       *token.FileSet
	Path       string
	Name       string
	Files      []string // names
	ModulePath string   // "" where the package is in no module
	GoVersion  string   // as go/types wants it: go1.26; "" is the latest
	Sizes      types.Sizes

	// ReadFile reads one of Files.
	ReadFile func(name string) ([]byte, error)
	// Import finds what an import declaration of the package means; nil where that is not known.
	Import func(path string) *types.Package
}

// Diagnose tells all that is wrong with the directives of a package, as Generate would, from the same checks. It parses the
// files once more and makes a package of its own from them, since the checks add to it: neither the driver's syntax
// nor its types are touched. A package that mentions no directive costs a look at its bytes.
func Diagnose(s Source) ([]Diagnostic, error) {
	l := &loader{fset: s.Fset, sources: map[string]*source{}, logf: func(string, ...any) {}}
	sources := map[string][]byte{}
	hit := false
	for _, name := range s.Files {
		src, err := s.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources[name] = src
		hit = hit || mentions(src)
	}
	if !hit {
		return nil, nil
	}
	p := &packages.Package{
		ID: s.Path, PkgPath: s.Path, Name: s.Name, GoFiles: s.Files, TypesSizes: s.Sizes,
		Module: &packages.Module{Path: s.ModulePath},
		TypesInfo: &types.Info{
			Defs: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		},
	}
	for _, name := range s.Files {
		p.Dir = filepath.Dir(name)
		f, _ := l.parse(s.Fset, name, sources[name]) // what directives need and does not parse, the checks tell
		if f == nil {
			continue
		}
		p.Syntax = append(p.Syntax, f)
		defer s.Fset.RemoveFile(s.Fset.File(f.FileStart))
	}
	var errs []Diagnostic
	cfg := types.Config{
		Importer: importerFunc(s.Import), Sizes: s.Sizes, GoVersion: s.GoVersion,
		IgnoreFuncBodies: true, FakeImportC: true,
		Error: func(err error) {
			e := err.(types.Error)
			errs = append(errs, Diagnostic{Pos: s.Fset.Position(e.Pos), Message: strings.ReplaceAll(e.Msg, "\n\t", " ")})
		},
	}
	p.Types, _ = cfg.Check(s.Path, s.Fset, p.Syntax, p.TypesInfo)
	u := l.unit(p)
	if u == nil {
		return nil, nil
	}
	u.check.GoVersion, u.check.Errors = s.GoVersion, errs
	std := &standard{known: map[string]*types.Package{}}
	reach(std.known, p.Types)
	u.check.Import = std.find
	files, ds := check.Check(u.check)
	if std.failed {
		return nil, nil // half of what there is to say would be wrong
	}
	for _, f := range files {
		for _, path := range []string{f.Path, f.Codec} {
			if src, ok := sources[path]; ok && !isOurs(src) {
				l.complain(u.position(s.Fset), "%v", l.occupied(u, path))
			}
		}
	}
	l.prefixes(nil, []*unit{u}, map[*unit][]*model.File{u: files}, map[string]bool{})
	return check.Sort(append(ds, l.diagnostics...)), nil
}

type importerFunc func(path string) *types.Package

func (f importerFunc) Import(path string) (*types.Package, error) {
	if p := f(path); p != nil {
		return p, nil
	}
	return nil, errors.New(`invalid package name: ""`) // what go/packages says too
}

// standard finds packages of the standard library that directives use and no file imports. What is not known from
// imports is read from its source: a driver has export data only of what is imported.
type standard struct {
	known  map[string]*types.Package
	source types.Importer
	failed bool
}

func (s *standard) find(path string) *types.Package {
	if p := s.known[path]; p != nil && p.Complete() {
		return p
	}
	if s.source == nil {
		s.source = goimporter.ForCompiler(token.NewFileSet(), "source", nil)
	}
	p, err := s.source.Import(path)
	if err != nil {
		s.failed = true
		return nil
	}
	return p
}
