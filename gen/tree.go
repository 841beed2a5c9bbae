package gen

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tree gives the folders with Go files in and below a folder, as the go command would for ./... there. It reports false
// where only that command knows: in a workspace, outside a module, and where go.mod leaves folders out.
func (l *loader) tree(root string) (dirs []string, ok bool) {
	if !l.simple(root) {
		return nil, false
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root {
			name := d.Name()
			if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return filepath.SkipDir
			}
			if _, err := os.Lstat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir // another module
			}
		}
		if dir := filepath.Dir(path); !d.IsDir() && strings.HasSuffix(path, ".go") && (len(dirs) == 0 || dirs[len(dirs)-1] != dir) {
			dirs = append(dirs, dir)
		}
		return nil
	})
	return dirs, err == nil
}

// simple reports whether a folder is in a module whose go.mod leaves no folders out, and in no workspace.
func (l *loader) simple(dir string) bool {
	work, module := l.getenv("GOWORK"), false
	if work != "" && work != "off" || strings.Contains(l.getenv("GOFLAGS"), "-modfile") {
		return false
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, "go.work")); err == nil && work == "" {
			return false
		}
		if mod, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && !module {
			if module = true; bytes.Contains(mod, []byte("\nignore")) {
				return false
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return module
		}
		dir = parent
	}
}

// getenv looks a variable up as the go command will.
func (l *loader) getenv(name string) string {
	if l.env == nil {
		return os.Getenv(name)
	}
	value := ""
	for _, pair := range l.env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v // the last one counts
		}
	}
	return value
}
