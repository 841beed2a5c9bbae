package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// TestMain lets the test binary be the quickstart, which also starts itself as its second process.
func TestMain(m *testing.M) {
	if os.Getenv("QUICKSTART") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestInProcess(t *testing.T) {
	out := quickstart(t)
	for _, want := range []string{"loads saved", "An update invalidates", "A stampede"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	oneQuery(t, out, "Bestsellers(20), not cached yet", 2)
}

func TestTwoProcessesOverRedis(t *testing.T) {
	out := quickstart(t, "-redis", servertest.Redis(t).Addr())
	oneQuery(t, out, "Bestsellers(20), not cached yet", 2)
	if !strings.Contains(out, "both read: loaded by the other") || !strings.Contains(out, "seen here after") {
		t.Errorf("the second process is missing in:\n%s", out)
	}
}

// oneQuery checks that a row's field, counted after its name, is 1.
func oneQuery(t *testing.T, out, name string, field int) {
	t.Helper()
	_, row, _ := strings.Cut(out, name)
	row, _, _ = strings.Cut(row, "\n")
	if cells := strings.Fields(row); len(cells) < field || cells[field-1] != "1" {
		t.Errorf("%s: want one query, got %q in:\n%s", name, row, out)
	}
}

func quickstart(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "QUICKSTART=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
