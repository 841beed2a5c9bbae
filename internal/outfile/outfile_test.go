package outfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteSeesWhetherAnythingChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "a.go")
	for _, step := range []struct {
		content string
		changed bool
	}{{"one\n", true}, {"one\n", false}, {"two\n", true}} {
		c, changed, err := Write(path, []byte(step.content))
		if err != nil || changed != step.changed {
			t.Fatalf("Write(%q): changed = %v, err = %v; want %v", step.content, changed, err, step.changed)
		}
		if err := c.Apply(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != step.content {
			t.Fatalf("after Apply the file holds %q (%v), want %q", got, err, step.content)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("Apply left something behind: %v, %v", entries, err)
	}
}

func TestFailedApplyLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	// A folder that is not empty cannot be replaced by a file, whoever asks.
	path := filepath.Join(dir, "a.go")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := (Change{Path: path, New: []byte("x")}).Apply(); err == nil {
		t.Error("Apply over a folder succeeded")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || !entries[0].IsDir() {
		t.Errorf("after a failed Apply the folder holds %v (%v), want what was there", entries, err)
	}
}

func TestDiffNamesWhatIsMissing(t *testing.T) {
	for _, test := range []struct {
		name   string
		change Change
		want   string
	}{
		{"missing", Change{New: []byte("a\n")}, "diff /dev/null x.go\n--- /dev/null\n+++ x.go\n@@ -0,0 +1,1 @@\n+a\n"},
		{"orphan", Change{Old: []byte("a\n")}, "diff x.go /dev/null\n--- x.go\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n"},
		{"stale", Change{Old: []byte("a\n"), New: []byte("b\n")}, "diff x.go x.go\n--- x.go\n+++ x.go\n@@ -1,1 +1,1 @@\n-a\n+b\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := string(test.change.Diff("x.go")); got != test.want {
				t.Errorf("Diff:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
