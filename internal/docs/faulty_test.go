package docs

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// faultyPath is a document that is there to be at fault.
const faultyPath = "internal/docs/testdata/faulty.md"

var update = flag.Bool("update", false, "accept what is said of testdata/faulty.md")

// TestFaults holds that what is wrong is found: everything in testdata/faulty.md, and in the words of testdata/faulty.txt.
func TestFaults(t *testing.T) {
	var got strings.Builder
	for _, f := range check(t).list {
		if f.path == faultyPath {
			got.WriteString(f.String() + "\n")
		}
	}
	const golden = "testdata/faulty.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("what is said of faults (-want +got); -update accepts it:\n%s", diff)
	}
}
