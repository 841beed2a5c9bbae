package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cachegen-go/cachegen/internal/checkout"
)

var update = flag.Bool("update", false, "rewrite the files that scripts compare output with")

// long is a time that no file that a test wrote can bear.
var long = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// The scripts run the command as users build it. As a vet tool it reads the source of all that a package imports, which
// takes the race detector long.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	command := filepath.Join(bin, "cachegen")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", command, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Split(strings.TrimSpace(string(env)), "\n")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOCACHE", dirs[0])
			e.Setenv("GOMODCACHE", dirs[1])
			e.Setenv("GOFLAGS", "-buildvcs=false")
			e.Setenv("GOPROXY", "off")
			e.Setenv("GOTOOLCHAIN", "local")
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("CACHEGEN", command)
			return checkout.Require(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"age":  age,
			"aged": aged,
		},
	})
}

// age FILE… gives files an old modification time.
func age(ts *testscript.TestScript, neg bool, files []string) {
	for _, f := range files {
		ts.Check(os.Chtimes(ts.MkAbs(f), long, long))
	}
}

// aged FILE… says that nobody has written to the files since age; ! aged says that somebody did.
func aged(ts *testscript.TestScript, neg bool, files []string) {
	for _, f := range files {
		info, err := os.Stat(ts.MkAbs(f))
		ts.Check(err)
		if info.ModTime().Equal(long) == neg {
			ts.Fatalf("%s was last written to at %v", f, info.ModTime())
		}
	}
}
