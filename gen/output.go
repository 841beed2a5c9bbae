package gen

import (
	"fmt"
	"go/build/constraint"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen-go/cachegen/gen/check"
)

// output is what -o asks for; nil is each wrapper beside its interface.
type output struct {
	flag string // as it was given
	dir  string
	file string // in dir; "" where each source file has its own
}

func newOutput(cfg Config, dir string) (*output, error) {
	if cfg.Output == "" || cfg.Output == "-" {
		return nil, nil
	}
	at := cfg.Output
	if !filepath.IsAbs(at) {
		at = filepath.Join(dir, at)
	}
	if strings.HasSuffix(cfg.Output, ".go") {
		return &output{flag: cfg.Output, dir: filepath.Dir(at), file: filepath.Base(at)}, nil
	}
	if info, err := os.Stat(at); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("-o %s: it is a file; a Go file's name ends in .go, anything else names a folder", cfg.Output)
	}
	return &output{flag: cfg.Output, dir: filepath.Clean(at)}, nil
}

// pattern gives what must be loaded to know the package that is written to.
func (o *output) pattern() []string {
	if o == nil || len(goFiles(o.dir)) == 0 {
		return nil
	}
	return []string{o.dir}
}

// resolve says for each unit where its wrappers go.
func (o *output) resolve(l *loader, units []*unit, others []*packages.Package) error {
	if o == nil {
		return nil
	}
	var into *types.Package
	for _, p := range others {
		if p.Dir == o.dir && p.Types != nil && p.Name != "" && p.ForTest == "" {
			into = p.Types
		}
	}
	sources := map[string]bool{}
	for _, u := range units {
		if u.dir == o.dir && u.pkg.ForTest == "" {
			into = u.pkg.Types
		}
		sources[u.dir] = true
	}
	if o.file != "" && len(sources) > 1 {
		return fmt.Errorf("-o %s is one file, and there are wrappers of %d packages to be written: name one package, or a folder", o.flag, len(sources))
	}
	for _, u := range units {
		dst := into
		if u.dir == o.dir {
			dst = u.pkg.Types
		} else if dst == nil {
			var err error
			if dst, err = o.made(u); err != nil {
				return err
			}
			into = dst
		}
		if dst != u.pkg.Types {
			if err := o.reachable(u, dst); err != nil {
				return err
			}
		}
		u.check.Out = &check.Out{Types: dst}
		if err := o.place(u); err != nil {
			return err
		}
	}
	return nil
}

// made gives the package that a new folder will hold.
func (o *output) made(u *unit) (*types.Package, error) {
	m := u.pkg.Module
	if m == nil {
		return nil, fmt.Errorf("-o %s: the package is in no module, so that the new folder's import path cannot be told", o.flag)
	}
	rel, err := filepath.Rel(m.Dir, o.dir)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("-o %s: the folder is outside module %s", o.flag, m.Path)
	}
	name := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, filepath.Base(o.dir))
	if !token.IsIdentifier(name) {
		return nil, fmt.Errorf("-o %s: the folder's name is no name for a package", o.flag)
	}
	return types.NewPackage(path.Join(m.Path, filepath.ToSlash(rel)), name), nil
}

// reachable holds that one package can be imported by the other.
func (o *output) reachable(u *unit, dst *types.Package) error {
	if u.pkg.Name == "main" {
		return fmt.Errorf("-o %s: interfaces of a main package cannot be wrapped elsewhere, since nothing can import it", o.flag)
	}
	seen := map[*types.Package]bool{}
	var imports func(p *types.Package) bool
	imports = func(p *types.Package) bool {
		if p.Path() == dst.Path() {
			return true
		}
		if seen[p] {
			return false
		}
		seen[p] = true
		for _, q := range p.Imports() {
			if imports(q) {
				return true
			}
		}
		return false
	}
	if imports(u.pkg.Types) {
		return fmt.Errorf("-o %s: package %s imports %s, which would have to import it: write to another folder", o.flag, u.pkg.Name, dst.Path())
	}
	return nil
}

// place sets the paths of a unit's files. What a source file's name says of systems, one file for all must say in its
// constraint.
func (o *output) place(u *unit) error {
	var first *check.File
	for _, f := range u.check.Files {
		if o.file == "" {
			at := filepath.Join(o.dir, filepath.Base(f.Name))
			f.Path, f.Codec, f.Glue = wrapperFile(at), codecFile(at, f.Constraint), glueFile(at)
			continue
		}
		f.Path = filepath.Join(o.dir, o.file)
		f.Glue = glueFile(f.Path)
		if f.Context {
			continue
		}
		if f.Test && !strings.HasSuffix(o.file, "_test.go") {
			return fmt.Errorf("-o %s: the interfaces of %s are declared in a test, so that the file's name must end in _test.go", o.flag, filepath.Base(f.Name))
		}
		f.Constraint = withSuffix(f.Name, f.Constraint)
		f.Codec = codecFile(f.Path, f.Constraint)
		if first != nil && first.Constraint != f.Constraint {
			return fmt.Errorf("-o %s is one file, and the source files are under different build constraints: write to a folder", o.flag)
		}
		first = f
	}
	return nil
}

// withSuffix adds to a constraint what a file's name says: _linux_arm64.
func withSuffix(name, expr string) string {
	_, suffix := cutSuffix(filepath.Base(name))
	var x constraint.Expr
	if expr != "" {
		x, _ = constraint.Parse("//go:build " + expr)
	}
	for word := range strings.SplitSeq(strings.TrimSuffix(suffix, "_test"), "_") {
		if word == "" {
			continue
		}
		tag := constraint.Expr(&constraint.TagExpr{Tag: word})
		if x != nil {
			tag = &constraint.AndExpr{X: x, Y: tag}
		}
		x = tag
	}
	if x == nil {
		return ""
	}
	return x.String()
}
