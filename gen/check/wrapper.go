package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// wrapper is a wrapper under construction.
type wrapper struct {
	*model.Wrapper
	file     *File
	decl     *directive.Interface
	iface    *types.Interface
	defaults map[string]directive.Setting // by option
	used     map[string]bool              // hash= and ignore= of wrap: the names that some method has
	strict   bool
	around   bool
	settings map[string]directive.Setting // by option: those that are no defaults
	broken   bool                         // a method of it had to be left out
	methods  []*method
	wrap     token.Pos // of the word wrap
	namePos  token.Pos // of what names the wrapper
	prefix   token.Pos // of what names its prefix

	tagUses []*tagUse
	tags    map[string]*method // made up for tags, by their names
	warned  map[string]bool    // tags that nothing evicts

	primarySpot *spot // what the probe will tell of primary=
}

func (w *wrapper) method(name string) *method {
	for _, m := range w.methods {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// wrapper begins a wrapper, unless its interface is none.
func (c *checker) wrapper(f *File, i *directive.Interface) *wrapper {
	name := i.Spec.Name
	obj, _ := c.p.Info.Defs[name].(*types.TypeName)
	if obj == nil || obj.Type() == nil {
		return nil
	}
	w := &wrapper{
		Wrapper:  &model.Wrapper{Interface: obj, TypeParams: typeParams(obj.Type()), Pos: c.p.Fset.Position(name.Pos())},
		file:     f,
		decl:     i,
		defaults: map[string]directive.Setting{},
		settings: map[string]directive.Setting{},
		used:     map[string]bool{},
		wrap:     name.Pos(),
	}
	for _, d := range i.Directives {
		if d.Verb.Name != "wrap" {
			continue
		}
		if w.wrap == name.Pos() {
			w.wrap = d.Pos
		}
		for _, s := range d.Settings {
			switch s.Option.Name {
			case "name":
				w.namePos = s.Value.Pos
			case "prefix":
				w.prefix, w.Prefix = s.Value.Pos, s.Value.Src
			case "strict":
				w.strict = true
			case "around":
				w.around = true
			case "primary":
				w.settings["primary"] = s
			default:
				w.defaults[s.Option.Name] = s
			}
		}
	}
	if w.namePos == token.NoPos {
		w.namePos = name.Pos()
	}
	if w.iface = c.wrappable(w, obj); w.iface == nil {
		return nil
	}
	w.Name = i.WrapperName()
	w.Constructor = "New" + w.Name
	if !ast.IsExported(w.Name) {
		r, n := utf8.DecodeRuneInString(w.Name)
		w.Constructor = "new" + string(unicode.ToUpper(r)) + w.Name[n:]
	}
	c.setPrefix(w)
	return w
}

// wrappable gives the interface that is to be wrapped, nil if it cannot be.
func (c *checker) wrappable(w *wrapper, obj *types.TypeName) *types.Interface {
	pos := obj.Pos()
	if types.Unalias(obj.Type()) == types.Typ[types.Invalid] {
		if !c.invalid(w.decl.Spec, obj.Type()) {
			c.errorf(pos, "what %s is cannot be told, the package does not compile here", obj.Name())
		}
		return nil
	}
	iface, ok := types.Unalias(obj.Type()).Underlying().(*types.Interface)
	switch _, param := types.Unalias(obj.Type()).(*types.TypeParam); {
	case !ok || param:
		c.errorf(w.wrap, "%s is no interface: wrap stands above interfaces", obj.Name())
	case !iface.IsMethodSet() || iface.IsComparable():
		c.errorf(w.wrap, "%s is a constraint for type parameters, no value has its type: it cannot be wrapped", obj.Name())
	case c.p.Out != nil && c.p.Out.Types != c.p.Types && !obj.Exported():
		c.errorf(pos, "%s is not exported, so that package %s cannot wrap it: export it, or generate beside it", obj.Name(), c.out.Name())
	case c.p.Out != nil && c.p.Out.Types != c.p.Types && w.file.Test:
		c.errorf(pos, "%s is declared in a test, which package %s cannot import: generate beside it", obj.Name(), c.out.Name())
	default:
		return iface
	}
	return nil
}

func typeParams(t types.Type) *types.TypeParamList {
	var list *types.TypeParamList
	switch t := t.(type) {
	case *types.Named:
		list = t.TypeParams()
	case *types.Alias:
		list = t.TypeParams()
	}
	if list.Len() == 0 {
		return nil
	}
	return list
}

// setPrefix checks the prefix that the user gave, or makes one: shop/internal/repo.UserRepository.
func (c *checker) setPrefix(w *wrapper) {
	if w.prefix == token.NoPos {
		w.prefix = w.wrap
		w.Prefix = prefixPath(c.p.Types.Path(), c.p.ModulePath) + "." + w.Interface.Name()
		return
	}
	if i := strings.IndexFunc(w.Prefix, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`:{}"`, r)
	}); i >= 0 {
		r, _ := utf8.DecodeRuneInString(w.Prefix[i:])
		c.errorf(w.prefix, "a prefix cannot hold %q, which has a meaning in keys or to some store: use letters, digits, / . - and _", r)
	}
}

// prefixPath is the package's path from the last element of its module's path on, a major version left out.
func prefixPath(pkg, module string) string {
	rest, ok := strings.CutPrefix(pkg, module)
	if module == "" || !ok {
		return pkg
	}
	dir, last := path.Split(module)
	if v, ok := strings.CutPrefix(last, "v"); ok && dir != "" && strings.Trim(v, "0123456789") == "" && v != "" {
		last = path.Base(dir)
	}
	return last + rest
}

// names checks that nothing bears the names and prefixes of the wrappers yet.
func (c *checker) names() {
	taken := map[string]string{} // by name: what it is the name of
	for _, f := range c.p.Files {
		for _, i := range f.Interfaces {
			if name := i.WrapperName(); f.Context && name != "" {
				taken[name] = "the wrapper of " + i.Spec.Name.Name
			}
		}
	}
wrappers:
	for _, w := range c.wrappers {
		if types.Universe.Lookup(w.Name) != nil || w.Name == "_" || w.Name == "init" || w.Name == "main" {
			c.errorf(w.namePos, "%s has a meaning of its own in Go: choose another name", w.Name)
			continue
		}
		for _, name := range []string{w.Name, w.Constructor} {
			switch what := taken[name]; {
			case what != "":
				c.errorf(w.namePos, "%s is the name of %s already: choose another with name=", name, what)
				continue wrappers
			case c.declares(name):
				c.errorf(w.namePos, "%s is declared already: choose another name for the wrapper with name=", name)
				continue wrappers
			}
		}
		taken[w.Name] = "the wrapper of " + w.Interface.Name()
		taken[w.Constructor] = "the constructor of " + w.Name
	}
}

// declares tells whether the package generated into has something of that name that stays.
func (c *checker) declares(name string) bool {
	if c.p.Out != nil && c.p.Out.Types != c.p.Types {
		return c.out.Scope().Lookup(name) != nil
	}
	_, ok := c.p.Declared[name]
	return ok
}
