package gen_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vetGolden compiles and vets what the accepted cases' output and input make together: all cases of a module in
// one go, so that what they import is compiled once.
func vetGolden(t *testing.T, cases []*goldenCase) {
	patterns := map[string][]string{}
	outside := map[string]*bytes.Buffer{}
	for _, c := range cases {
		if len(c.files) == 0 {
			continue
		}
		for name, content := range c.files {
			if c.errors > 0 {
				// The faulty packages of such a case do not compile; its sound ones stand below one folder each.
				patterns[c.module] = append(patterns[c.module], "./"+path.Join(c.name, path.Dir(name)))
			}
			inside, other := assertions(t, name, content)
			writeFile(t, filepath.Join(c.dir, filepath.FromSlash(name)), []byte(content+inside))
			if other != "" && c.module != c.dir {
				importPath := path.Join("example.com/golden", c.name, path.Dir(name))
				if outside[importPath] == nil {
					outside[importPath] = &bytes.Buffer{}
				}
				outside[importPath].WriteString(other)
			}
		}
		for name := range strings.FieldsSeq(c.orphans) {
			if err := os.Remove(filepath.Join(c.dir, filepath.FromSlash(name))); err != nil {
				t.Error(err)
			}
		}
		for _, f := range c.archive.Files {
			if name, ok := strings.CutPrefix(f.Name, "fixed/"); ok {
				writeFile(t, filepath.Join(c.dir, filepath.FromSlash(name)), f.Data)
			}
		}
		switch {
		case c.module == c.dir:
			if c.vendored() {
				requireCheckout(t, c.dir)
			}
			patterns[c.module] = []string{"./" + path.Join(c.setting("dir"), "...")}
		case c.errors == 0:
			patterns[c.module] = append(patterns[c.module], "./"+c.name+"/...")
		}
	}
	for module, patterns := range patterns {
		if filepath.Base(module) == "golden" {
			writeFile(t, filepath.Join(module, "elsewhere", "elsewhere.go"), elsewhere(outside))
			patterns = append(patterns, "./elsewhere")
		}
		// That nothing is optimised spares a third of the time, and no error.
		vet := exec.Command("go", append([]string{"vet", "-tags=golden", "-gcflags=-N -l"}, patterns...)...)
		vet.Dir = module
		if _, err := os.Stat(filepath.Join(module, "go.work")); err != nil {
			vet.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
		}
		if out, err := vet.CombinedOutput(); err != nil {
			t.Errorf("go vet %s: %v\n%s", patterns, err, out)
		}
	}
}

// assertions gives, for each constructor NewC(next I, …) *C of a generated file, a function that compiles only if
// C implements I: one to append to the file, and where I can be named from another package, one for there.
func assertions(t *testing.T, name, content string) (inside, outside string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, content, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("what was generated does not parse: %v", err)
		return "", ""
	}
	source := func(from, to token.Pos) string {
		return content[fset.Position(from).Offset:fset.Position(to).Offset]
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !strings.HasPrefix(strings.ToLower(f.Name.Name), "new") {
			continue
		}
		params := f.Type.Params.List
		wrapper, ok := f.Type.Results.List[0].Type.(*ast.StarExpr)
		if len(params) != 2 || !ok {
			continue
		}
		typeParams := ""
		if f.Type.TypeParams != nil {
			typeParams = source(f.Type.TypeParams.Pos(), f.Type.TypeParams.End())
		}
		iface := source(params[0].Type.Pos(), params[0].Type.End())
		c := source(wrapper.X.Pos(), wrapper.X.End())
		inside += fmt.Sprintf("\nfunc _%s(c *%s) %s { return c }\n", typeParams, c, iface)
		if ast.IsExported(iface) && ast.IsExported(c) && typeParams == "" && !strings.Contains(iface, ".") &&
			file.Name.Name != "main" && !strings.HasSuffix(name, "_test.go") {
			outside += fmt.Sprintf("func _(c *PACKAGE.%s) PACKAGE.%s { return c }\n", c, iface)
		}
	}
	return inside, outside
}

// elsewhere is a package that holds the assertions which are made from outside, by import path.
func elsewhere(assertions map[string]*bytes.Buffer) []byte {
	var imports, body bytes.Buffer
	for i, importPath := range slices.Sorted(maps.Keys(assertions)) {
		name := fmt.Sprintf("p%d", i)
		fmt.Fprintf(&imports, "\t%s %q\n", name, importPath)
		body.WriteString(strings.ReplaceAll(assertions[importPath].String(), "PACKAGE", name))
	}
	return fmt.Appendf(nil, "package elsewhere\n\nimport (\n%s)\n\n%s", &imports, &body)
}
