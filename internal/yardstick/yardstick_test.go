package yardstick

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegen-go/cachegen/internal/checkout"
)

var update = flag.Bool("update", false, "rewrite the results with what becomes of the interfaces now")

const (
	own     = "../../testdata/yardstick"
	ours    = "github.com/cachegen-go/cachegen/testdata/yardstick/"
	results = own + "/results.txt"
)

// TestEveryInterfaceIsCachedOrRefusedWithAReason holds what becomes of our own interfaces, which are written after those
// of real programs: what is cached compiles, and what is refused is refused for the reason that a person has read.
func TestEveryInterfaceIsCachedOrRefusedWithAReason(t *testing.T) {
	dir := module(t)
	entries, err := os.ReadDir(own)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range entries {
		if e.IsDir() {
			paths = append(paths, ours+e.Name())
		}
	}
	all, err := Find(dir, paths...)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 60 {
		t.Errorf("%d interfaces, want 60 or more", len(all))
	}
	if err := Try(t.Context(), dir, all); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, i := range all {
		fmt.Fprintf(&got, "%s.%s: %d of %d cached\n", strings.TrimPrefix(i.Path, ours), i.Name, i.Cached(), len(i.Reads))
		for _, r := range i.Refused {
			fmt.Fprintf(&got, "\t%s\n", r.Reason)
		}
	}
	if *update {
		if err := os.WriteFile(results, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); d != "" {
		t.Errorf("go test ./internal/yardstick -update accepts what became of them (-want +got):\n%s", d)
	}
}

func TestWhatStandsInTheWayOfTryingIsAnError(t *testing.T) {
	dir := module(t)
	if _, err := Find(dir, "example.com/nowhere"); err == nil {
		t.Error("a package that is not there has interfaces")
	}
	broken := &Interface{Path: "io", Name: "Reader", Reads: []string{"Read"}, decl: "import p0 \"nowhere\"\n\n//cachegen:wrap\nDIRECTIVEStype Tried interface{ p0.Reader }\n"}
	if err := Try(t.Context(), dir, []*Interface{broken}); err == nil && broken.Cached() > 0 {
		t.Error("an interface that cannot be read is cached")
	}
}

// module makes a module that has this checkout.
func module(t *testing.T) string {
	t.Helper()
	t.Setenv("GOFLAGS", "-mod=mod")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/yardstick\n\ngo 1.26\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := checkout.Require(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
