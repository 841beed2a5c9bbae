package gen

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Diff shows as a unified diff what Write would change; it is empty if that is nothing. Paths are given
// relative to dir.
func (r *Result) Diff(dir string) (string, error) {
	var out strings.Builder
	one := func(path string, now []byte, gone bool) error {
		old, err := os.ReadFile(path)
		missing := errors.Is(err, fs.ErrNotExist)
		if err != nil && !missing {
			return err
		}
		if !missing && !gone && bytes.Equal(old, now) {
			return nil
		}
		name := Rel(dir, path)
		d := difflib.UnifiedDiff{
			A: lines(old), B: lines(now), FromFile: "a/" + name, ToFile: "b/" + name, Context: 3,
		}
		if missing {
			d.FromFile = os.DevNull
		}
		if gone {
			d.ToFile = os.DevNull
		}
		text, err := difflib.GetUnifiedDiffString(d)
		out.WriteString(text)
		return err
	}
	for _, f := range r.Files {
		if err := one(f.Path, f.Content, false); err != nil {
			return "", err
		}
	}
	for _, path := range r.Orphans {
		if err := one(path, nil, true); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

func lines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	ls := strings.SplitAfter(string(text), "\n")
	if last := len(ls) - 1; ls[last] == "" {
		return ls[:last]
	}
	ls[len(ls)-1] += "\n\\ No newline at end of file\n"
	return ls
}

// Rel gives path relative to dir with forward slashes, or as it is where that would be no shorter to read.
func Rel(dir, path string) string {
	if dir == "" {
		dir = "."
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil || strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
		return path
	}
	return filepath.ToSlash(rel)
}
