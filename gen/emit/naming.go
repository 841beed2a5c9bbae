package emit

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// Import paths of what generated code stands on.
const (
	runtimePath   = "github.com/cachegen-go/cachegen/runtime"
	keyPath       = runtimePath + "/key"
	codecPath     = runtimePath + "/codec"
	jsonCodecPath = codecPath + "/jsoncodec"
	builtinPath   = runtimePath + "/builtin"
)

// disambiguate returns name, or the first of name2, name3, … that does not collide.
func disambiguate(name string, collides func(string) bool) string {
	if !collides(name) {
		return name
	}
	base := name
	if last := name[len(name)-1]; '0' <= last && last <= '9' {
		base += "_"
	}
	for i := 2; ; i++ {
		if name := fmt.Sprint(base, i); !collides(name) {
			return name
		}
	}
}

// block is the package block of the package generated into. All files generated into it share it, so that
// none declares what another declares or imports.
type block struct {
	declared map[string]bool // by the user, and by what is generated
	user     map[string]bool // by the user alone: these may hide predeclared identifiers
	aliases  map[string]bool // names of imports in the generated files
}

func newBlock() *block {
	return &block{declared: map[string]bool{}, user: map[string]bool{}, aliases: map[string]bool{}}
}

// add notes what a file's package declares already and what its wrappers will declare.
func (b *block) add(f *model.File) {
	if f.OutScope != nil {
		for _, name := range f.OutScope.Names() {
			b.declared[name], b.user[name] = true, true
		}
	}
	for _, w := range f.Wrappers {
		b.declared[w.Name], b.declared[w.Constructor] = true, true
	}
}

// names chooses every identifier of one generated file. What it prints it also notes, so that the
// parameters and variables of the function being written can keep clear of it (see function).
type names struct {
	path    string // import path of the package generated into
	block   *block
	suffix  string                  // ends every helper's name, see helper
	imports map[string]importName   // by path
	renamed map[types.Object]string // objects that generated code calls otherwise than their source
	params  map[string]bool         // names of type parameters
	generic map[*types.TypeName]*types.TypeParamList
	codecs  *codecs         // where key functions for sorted come from
	used    map[string]bool // identifiers that the function being written mentions; nil outside of one
	errs    []error
}

type importName struct {
	name  string // as the package calls itself
	alias string // as the file calls it
}

func newNames(path string, b *block) *names {
	return &names{
		path:    path,
		block:   b,
		imports: map[string]importName{},
		renamed: map[types.Object]string{},
		params:  map[string]bool{},
		generic: map[*types.TypeName]*types.TypeParamList{},
	}
}

// fail notes an error, once. Files returns what was noted.
func (n *names) fail(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	for _, known := range n.errs {
		if known.Error() == err.Error() {
			return
		}
	}
	n.errs = append(n.errs, err)
}

// mention notes that the function being written uses an identifier of an outer block.
func (n *names) mention(name string) {
	if n.used != nil {
		n.used[name] = true
	}
}

// declare reserves an identifier of the package block: the name itself, or with a number where it is taken.
func (n *names) declare(name string) string {
	name = disambiguate(name, func(s string) bool {
		return n.block.declared[s] || n.block.aliases[s] || n.params[s] || reserved(s)
	})
	n.block.declared[name] = true
	return name
}

// helper reserves an identifier of the package block for a function or variable that serves generated code
// alone (codecUser, encodeUser, keyPage). Those of a file that is built only sometimes, under a constraint or
// in a test, bear its suffix: they stand beside the helpers that are always built, and their names must not
// depend on what else was generated.
func (n *names) helper(name string) string {
	return n.declare(name + n.suffix)
}

// typeParams chooses the names of a generic wrapper's type parameters. They are known to the whole file, and
// no import is called like one.
func (n *names) typeParams(list *types.TypeParamList) {
	for tp := range list.TypeParams() {
		taken := map[string]bool{}
		for other := range list.TypeParams() {
			if name, ok := n.renamed[other.Obj()]; ok {
				taken[name] = true
			}
		}
		name := tp.Obj().Name()
		if name == "_" {
			name = "T"
		}
		name = disambiguate(name, func(s string) bool { return taken[s] || n.block.declared[s] || reserved(s) })
		n.renamed[tp.Obj()] = name
		n.params[name] = true
	}
}

// pkg returns the name that the file calls a package by.
func (n *names) pkg(importPath, name string) string {
	imp, ok := n.imports[importPath]
	if !ok {
		imp.name = name
		imp.alias = disambiguate(name, func(s string) bool {
			for _, other := range n.imports {
				if other.alias == s {
					return true
				}
			}
			return n.block.declared[s] || n.params[s] || reserved(s)
		})
		n.imports[importPath] = imp
		n.block.aliases[imp.alias] = true
	}
	n.mention(imp.alias)
	return imp.alias
}

// qual refers to an object of a package that is called as the last element of its path says: the standard
// library's and ours.
func (n *names) qual(importPath, name string) *jen.Statement {
	if importPath == n.path {
		n.mention(name)
		return jen.Id(name)
	}
	n.pkg(importPath, assumedName(importPath))
	return jen.Qual(importPath, name)
}

// object refers to a package-level or predeclared object.
func (n *names) object(o types.Object) *jen.Statement {
	if name, ok := n.renamed[o]; ok {
		n.mention(name)
		return jen.Id(name)
	}
	pkg := o.Pkg()
	switch {
	case pkg == nil:
		return n.predeclared(o.Name())
	case pkg == types.Unsafe:
		return n.qual("unsafe", o.Name())
	case pkg.Path() == n.path:
		n.mention(o.Name())
		return jen.Id(o.Name())
	case !o.Exported():
		n.fail("%s.%s cannot be named in %s: it is not exported", pkg.Path(), o.Name(), n.path)
	}
	importPath := pkg.Path()
	if i := strings.LastIndex(importPath, "/vendor/"); i >= 0 {
		importPath = importPath[i+len("/vendor/"):]
	}
	if !importable(importPath, n.path) {
		n.fail("%s.%s cannot be named in %s, which may not import that package", importPath, o.Name(), n.path)
	}
	n.pkg(importPath, pkg.Name())
	return jen.Qual(importPath, o.Name())
}

// predeclared refers to a predeclared identifier. Where the package declares that name anew, package builtin
// has the original; its stand-in for nil is a nil error, so nil goes through here only as one.
func (n *names) predeclared(name string) *jen.Statement {
	if !n.block.user[name] {
		n.mention(name)
		return jen.Id(name)
	}
	if name == "nil" {
		return n.qual(builtinPath, "NoError").Call()
	}
	return n.qual(builtinPath, strings.ToUpper(name[:1])+name[1:])
}

// function writes a function twice: first to learn which outer identifiers it mentions, then with parameters
// and variables that hide none of them. So a name is changed only where it must be.
func (n *names) function(write func(*locals) *jen.Statement) *jen.Statement {
	n.used = map[string]bool{}
	write(&locals{outer: map[string]bool{}, taken: map[string]bool{}})
	l := &locals{outer: n.used, taken: map[string]bool{}}
	n.used = nil
	return write(l)
}

// locals are the parameters and variables of one function.
type locals struct {
	outer map[string]bool // identifiers of outer blocks that the function mentions
	taken map[string]bool
}

// add returns an identifier for a parameter or variable that should be called as one of the candidates: the
// first that is free, else the first with a number.
func (l *locals) add(candidates ...string) string {
	name := candidates[0]
	for _, c := range candidates {
		if !l.collides(c) {
			name = c
			break
		}
	}
	name = disambiguate(name, l.collides)
	l.taken[name] = true
	return name
}

func (l *locals) collides(name string) bool {
	return l.outer[name] || l.taken[name] || token.IsKeyword(name) || name == "_"
}

// file starts the generated file: the header, the constraint, the package clause.
func (n *names) file(packageName, constraint string) *jen.File {
	f := jen.NewFilePathName(n.path, packageName)
	header := "// Code generated by cachegen. DO NOT EDIT."
	if constraint != "" {
		header += "\n\n//go:build " + constraint
	}
	f.HeaderComment(header)
	return f
}

// reserved reports whether an identifier is no name for what a package declares or imports: a keyword, a
// predeclared identifier, or one that jennifer would change.
func reserved(name string) bool {
	return name == "_" || name == "init" || token.IsKeyword(name) || types.Universe.Lookup(name) != nil || jen.IsReservedWord(name)
}

// unexported turns GetUser into getUser and HTTPGet into httpGet.
func unexported(name string) string {
	runes := []rune(name)
	for i, r := range runes {
		last := i+1 == len(runes)
		if !unicode.IsUpper(r) || i > 0 && !last && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

// exported turns getUser into GetUser.
func exported(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}
