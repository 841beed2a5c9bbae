package emit

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCorners emits wrappers for signatures that generators stumble over, vets them beside assertions that they
// implement their interfaces, and runs the archive's own tests, which use some of them.
func TestCorners(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/corners.txtar")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlanner(t, archive)
	outputs, err := Files(p.files)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Files(p.files)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, o := range outputs {
		if !bytes.Equal(o.Content, again[i].Content) {
			t.Errorf("%s is not the same twice", o.Path)
		}
		archive.Files = append(archive.Files, txtar.File{Name: o.Path, Data: o.Content})
	}
	for _, f := range archive.Files {
		write(t, filepath.Join(dir, f.Name), f.Data)
	}
	run(t, dir)
}

// run vets and tests a module that uses this checkout.
func run(t *testing.T, dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(mod), "\n")
	const module = "github.com/cachegen-go/cachegen"
	write(t, filepath.Join(dir, "go.mod"), []byte("module "+world+"\n"+requirements+
		"\nrequire "+module+" v0.0.0\nreplace "+module+" => "+root+"\n"))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), sum)
	for _, args := range [][]string{{"vet", "./..."}, {"test", "-vet=off", "./evicts", "./generic"}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
