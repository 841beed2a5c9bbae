package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// header is the probe's package clause and imports. What the source file imports is known already.
func (c *checker) header(p *probe) (string, importer) {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", c.p.Types.Name())
	imports, names := importer{}, map[string]bool{}
	for _, spec := range p.file.Syntax.Imports {
		obj := c.p.Info.Implicits[spec]
		if spec.Name != nil {
			obj = c.p.Info.Defs[spec.Name]
		}
		path, err := strconv.Unquote(spec.Path.Value)
		if name, ok := obj.(*types.PkgName); ok && err == nil && path != "C" {
			imports[path], names[name.Name()] = name.Imported(), true
			fmt.Fprintf(&b, "import %s %s\n", name.Name(), spec.Path.Value)
		}
	}
	for _, found := range c.elsewhere(p, names) {
		imports[found.Path()] = found
		fmt.Fprintf(&b, "import %s %q\n", found.Name(), found.Path())
	}
	made := types.NewPackage(typesPath, typesName)
	for i, t := range p.types {
		made.Scope().Insert(types.NewTypeName(token.NoPos, made, fmt.Sprintf("T%d", i), t))
	}
	made.MarkComplete()
	imports[typesPath] = made
	fmt.Fprintf(&b, "import %s %q\n", typesName, typesPath)
	if params := p.owner.TypeParams; params != nil {
		made := types.NewPackage(paramsPath, "typeparams")
		for t := range params.TypeParams() {
			made.Scope().Insert(types.NewTypeName(token.NoPos, made, t.Obj().Name(), t))
		}
		made.MarkComplete()
		imports[paramsPath] = made
		fmt.Fprintf(&b, "import . %q\n", paramsPath)
	}
	if !p.declared {
		imports[builtInPath] = builtIns
		fmt.Fprintf(&b, "import . %q\n", builtInPath)
	}
	return b.String(), imports
}

type importer map[string]*types.Package

func (m importer) Import(path string) (*types.Package, error) {
	if p := m[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("the source file does not import it")
}

// wellKnown are packages that an expression can use although no file imports them. An import that is there for a
// directive alone would not compile.
var wellKnown = map[string]string{
	"base64": "encoding/base64", "bytes": "bytes", "cmp": "cmp", "errors": "errors", "filepath": "path/filepath", "fmt": "fmt",
	"hex": "encoding/hex", "maps": "maps", "math": "math", "netip": "net/netip", "path": "path", "sha256": "crypto/sha256",
	"slices": "slices", "strconv": "strconv", "strings": "strings", "time": "time", "unicode": "unicode", "url": "net/url",
	"utf8": "unicode/utf8",
}

// elsewhere finds the packages that a probe's expressions name and its file does not: what the file imports as _,
// what other files of the package import, and what is well known of the standard library.
func (c *checker) elsewhere(p *probe, imported map[string]bool) []*types.Package {
	var found []*types.Package
	for _, name := range p.qualifiers() {
		if imported[name] || c.p.Types.Scope().Lookup(name) != nil {
			continue
		}
		imported[name] = true
		var candidates []*types.Package
		for _, imp := range c.p.Types.Imports() {
			if imp.Name() == name {
				candidates = append(candidates, imp)
			}
		}
		if path := wellKnown[name]; len(candidates) == 0 && path != "" && c.p.Import != nil {
			if std := c.p.Import(path); std != nil {
				candidates = append(candidates, std)
			}
		}
		if len(candidates) == 1 {
			found = append(found, candidates[0])
		}
	}
	return found
}

// qualifiers are the names before a dot in a probe's expressions.
func (p *probe) qualifiers() []string {
	var names []string
	for _, s := range p.spots {
		e, err := parser.ParseExpr(s.text.Src)
		if err != nil {
			continue
		}
		ast.Inspect(e, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok {
					names = append(names, id.Name)
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}
