package emit

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"strings"

	"github.com/dave/jennifer/jen"
)

// finish tells f what its imports are called. It is the last thing before f is rendered.
func (n *names) finish(f *jen.File) {
	for importPath, imp := range n.imports {
		if imp.alias == imp.name && imp.name == assumedName(importPath) {
			f.ImportName(importPath, imp.alias)
		} else {
			f.ImportAlias(importPath, imp.alias)
		}
	}
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// assumedName is what a reader expects a package to be called, from its path alone.
func assumedName(importPath string) string {
	base := path.Base(importPath)
	if majorVersion.MatchString(base) {
		if dir := path.Dir(importPath); dir != "." {
			base = path.Base(dir)
		}
	}
	return base
}

// importable reports whether one package may import another: internal ones only from beside them.
func importable(importPath, by string) bool {
	slashed := "/" + importPath + "/"
	i := strings.LastIndex(slashed, "/internal/")
	if i < 0 {
		return true
	}
	parent := slashed[:i+1]
	return parent != "/" && strings.HasPrefix("/"+strings.TrimSuffix(by, "_test")+"/", parent)
}

// groupImports puts the standard library's imports in front of the others, with a blank line between, as
// people do; jennifer sorts all by path.
func groupImports(source []byte) ([]byte, error) {
	before, rest, ok := bytes.Cut(source, []byte("\nimport (\n"))
	if !ok {
		return source, nil
	}
	block, after, ok := bytes.Cut(rest, []byte("\n)\n"))
	if !ok {
		return nil, fmt.Errorf("the import declaration does not end")
	}
	var std, others []string
	for line := range strings.Lines(string(block) + "\n") {
		_, path, _ := strings.Cut(line, `"`)
		first, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(path), `"`), "/")
		if strings.Contains(first, ".") {
			others = append(others, line)
		} else {
			std = append(std, line)
		}
	}
	if len(std) > 0 && len(others) > 0 {
		std = append(std, "\n")
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\nimport (\n%s%s)\n%s", before, strings.Join(std, ""), strings.Join(others, ""), after)
	return format.Source(out.Bytes())
}
