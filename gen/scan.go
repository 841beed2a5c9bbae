package gen

import (
	"bytes"
	"go/build/constraint"
	"os"
	"path/filepath"
	"strings"
)

// scanned is what a file's bytes tell without parsing.
type scanned struct {
	path string
	hit  bool // it may have directives
	ours bool // it bears our header
}

// scanFiles looks into many files at once. Files that cannot be read say nothing.
func scanFiles(paths []string) []*scanned {
	out := make([]*scanned, len(paths))
	for i, path := range paths {
		out[i] = &scanned{path: path}
	}
	each(out, func(s *scanned) {
		if src, err := os.ReadFile(s.path); err == nil {
			s.hit, s.ours = mentions(src), isOurs(src)
		}
	})
	return out
}

// mentions tells whether "cachegen:" stands in a source, in any case, or what people write for it.
func mentions(src []byte) bool {
	const word = "cachegen"
	for _, s := range []string{"//cachegen", "//+cachegen", "go:cachegen"} {
		if bytes.Contains(src, []byte(s)) {
			return true
		}
	}
	for {
		i := bytes.IndexByte(src, ':')
		if i < 0 {
			return false
		}
		if before := bytes.TrimRight(src[max(0, i-len(word)-2):i], " \t"); len(before) >= len(word) &&
			bytes.EqualFold(before[len(before)-len(word):], []byte(word)) {
			return true
		}
		src = src[i+1:]
	}
}

// isOurs tells whether a source bears our header, as a line of its own before the package clause.
func isOurs(src []byte) bool {
	for line := range bytes.Lines(src) {
		line = bytes.TrimRight(line, " \t\r\n")
		if string(line) == Header {
			return true
		}
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			return false
		}
	}
	return false
}

// buildConstraint gives the expression of a source's //go:build line.
func buildConstraint(src []byte) string {
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(string(line))
		if constraint.IsGoBuild(text) {
			if x, err := constraint.Parse(text); err == nil {
				return x.String()
			}
		}
		if strings.HasPrefix(text, "package ") {
			break
		}
	}
	return ""
}

// goFiles lists the Go files of a folder, sorted, leaving out those that the go command ignores by name.
func goFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".go") && !e.IsDir() && name[0] != '.' && name[0] != '_' {
			out = append(out, filepath.Join(dir, name))
		}
	}
	return out
}
