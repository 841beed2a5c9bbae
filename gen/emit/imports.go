package emit

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
)

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
