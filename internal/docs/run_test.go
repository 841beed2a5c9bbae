package docs

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestRun does what the documents tell a newcomer to do.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds what the documents show, from an empty module")
	}
	root := findRoot(t)
	for _, d := range findDocuments(t, root) {
		f := &faults{}
		run(t, f, root, d)
		for _, fault := range f.list {
			t.Error(fault)
		}
	}
}

// run executes the "sh run" blocks of a document in their order, in a folder of its own, where the blocks with file= before
// them lie. A cd in one of them holds for those that follow.
func run(t *testing.T, f *faults, root string, d *document) {
	t.Helper()
	dir := ""
	for i, b := range d.blocks {
		if (b.is("run") || b.value("file") != "") && dir == "" {
			dir = t.TempDir()
		}
		if name := b.value("file"); name != "" {
			name = filepath.Join(dir, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(b.text), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		if !b.is("run") {
			continue
		}
		out, to, ok := script(t, f, b, root, dir)
		if !ok {
			return
		}
		dir = to
		if i+1 < len(d.blocks) && d.blocks[i+1].is("output") && !matches(d.blocks[i+1].text, out) {
			f.add(d, d.blocks[i+1].line, "run: the output is:\n%s", out)
		}
	}
}

// script runs a block, and tells what it printed and in which folder it ended.
func script(t *testing.T, f *faults, b *block, root, dir string) (out, to string, ok bool) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	const first = `set -eu -o pipefail; trap 'echo $((LINENO - 1)) >&3' ERR; trap 'pwd >&3' EXIT` + "\n"
	cmd := exec.Command("bash", "-c", first+strings.ReplaceAll(b.text, "/path/to/the/checkout", root))
	cmd.Dir, cmd.Env, cmd.ExtraFiles = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off"), []*os.File{w}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	failed := cmd.Run()
	w.Close()
	var told bytes.Buffer
	if _, err := told.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	if failed != nil {
		line, _ := strconv.Atoi(lines[0])
		f.add(b.doc, b.line+max(0, line-1), "run: %v\n%s", failed, strings.TrimSpace(stdout.String()+stderr.String()))
		return "", "", false
	}
	return stdout.String(), lines[len(lines)-1], true
}

// matches compares an output with what a document shows of it, where … stands for the rest of a line and, alone on one,
// for any lines.
func matches(shown, got string) bool {
	var x strings.Builder
	x.WriteString("^")
	for line := range strings.Lines(strings.TrimSpace(shown) + "\n") {
		line = strings.TrimRight(line, " \t\n")
		if strings.TrimSpace(line) == "…" {
			x.WriteString(`(.*\n)*`)
			continue
		}
		x.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `[ \t]*\n`)
	}
	x.WriteString("$")
	return regexp.MustCompile(x.String()).MatchString(strings.TrimSpace(got) + "\n")
}
