package e2e

import (
	"debug/buildinfo"
	"path/filepath"
	"slices"
	"testing"
)

// TestWhatTheRuntimeLinks builds a program that has a cache over memory: no other module than these may be part of it, be it
// because the runtime imports a backend's or an observer's. `go version -m` shows the same list.
func TestWhatTheRuntimeLinks(t *testing.T) {
	want := []string{
		"github.com/go-faster/errors", // jx needs it
		"github.com/go-faster/jx",
		"github.com/maypok86/otter/v2",
		"github.com/segmentio/asm", // jx needs it
		"github.com/sony/gobreaker/v2",
		"golang.org/x/sys", // segmentio/asm needs it
	}
	program := filepath.Join(t.TempDir(), "linked")
	run(t, ".", "go", "build", "-o", program, "./testdata/linked")
	run(t, ".", program)
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, dep := range info.Deps {
		got = append(got, dep.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the program is linked with %q, want %q", got, want)
	}
}
