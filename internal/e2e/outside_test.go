package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// report is the program's answer to one order; see testdata/outside/main.go.
type report struct {
	Calls   int
	Hits    uint64
	Unread  uint64
	Wrong   []string
	Median  time.Duration
	Slowest time.Duration
}

// TestOutsideModule generates a wrapper in a module of its own, vets it and runs it over bigcache and a real
// Redis, which dies in between: no call may fail or answer anything but what the bare store answers, and
// calls stay bounded in time.
func TestOutsideModule(t *testing.T) {
	dir := outsideModule(t)
	run(t, dir, "go", "generate", ".")
	run(t, dir, "go", "vet", ".")
	run(t, dir, "go", "build", "-race", "-o", "outside", ".")
	server := servertest.Redis(t)
	order := start(t, filepath.Join(dir, "outside"), server.Addr())

	round := func(what, tiers string) report {
		t.Helper()
		r := order(tiers)
		t.Logf("%-28s %3d calls, %2d hits, median %8v, slowest %v", what, r.Calls, r.Hits, r.Median, r.Slowest)
		if r.Unread > 0 {
			t.Errorf("%s: %d entries could not be written or read", what, r.Unread)
		}
		for _, w := range r.Wrong {
			t.Errorf("%s: %s", what, w)
		}
		return r
	}
	for _, tiers := range []string{"shared", "both"} {
		round(tiers+", cold", tiers)
		// A third of the calls and more can be answered by the cache: the others write, pass, or come after an eviction.
		if r := round(tiers+", warm", tiers); 3*r.Hits < uint64(r.Calls) {
			t.Errorf("%s, warm: of %d calls the cache answered %d", tiers, r.Calls, r.Hits)
		}
	}
	server.Kill()
	for _, tiers := range []string{"shared", "both"} {
		for i := range 3 {
			// The bound on one backend operation is 200 ms, and a call makes a handful at most before the
			// circuit breaker opens.
			if r := round(fmt.Sprintf("%s, server killed, round %d", tiers, i+1), tiers); r.Slowest > 3*time.Second {
				t.Errorf("with the server killed a call took %v", r.Slowest)
			}
		}
	}
	server.Restart()
	for _, tiers := range []string{"shared", "both"} {
		round(tiers+", server back", tiers)
	}
	// The breaker may be open at first; sooner or later the shared tier answers again.
	for deadline := time.Now().Add(time.Minute); order("shared").Hits == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a minute after the server came back, nothing is answered by the cache")
		}
	}
}

// TestRenamedParameter renames a parameter that a directive refers to: the message names the directive's own
// line and column, and what was generated before stays.
func TestRenamedParameter(t *testing.T) {
	dir := outsideModule(t)
	run(t, dir, "go", "generate", ".")
	generated := filepath.Join(dir, "store_cachegen.go")
	before, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}

	source := filepath.Join(dir, "store.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	renamed := strings.Replace(string(text), "DeleteRole(roleID string)", "DeleteRole(id string)", 1)
	if err := os.WriteFile(source, []byte(renamed), 0o666); err != nil {
		t.Fatal(err)
	}
	line, column := 0, 0
	for i, l := range strings.Split(renamed, "\n") {
		if c := strings.Index(l, "GetRole(roleID)"); c >= 0 {
			line, column = i+1, c+len("GetRole(")+1
		}
	}

	out, err := command(dir, "go", "generate", ".").CombinedOutput()
	if err == nil {
		t.Fatalf("generation succeeded:\n%s", out)
	}
	if want := fmt.Sprintf("store.go:%d:%d: ", line, column); !strings.Contains(string(out), want) || !strings.Contains(string(out), "roleID") {
		t.Errorf("want a message about roleID at %s, got:\n%s", want, out)
	}
	after, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Error("the generated file has changed")
	}
}

// install makes dir a module that takes this tree in as a newcomer's does; package docs runs what the documents say of it.
func install(t *testing.T, dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "init", "example.com/outside")
	run(t, dir, "go", "mod", "edit", "-replace", "github.com/cachegen-go/cachegen="+root,
		"-require", "github.com/cachegen-go/cachegen@v0.0.0", "-tool", "github.com/cachegen-go/cachegen/cmd/cachegen")
	run(t, dir, "go", "mod", "tidy")
}

// outsideModule copies testdata/outside into a module that takes this tree in by a replace.
func outsideModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/outside")); err != nil {
		t.Fatal(err)
	}
	install(t, dir)
	return dir
}

// start runs the program and returns a function that gives it an order and reads its report.
func start(t *testing.T, program string, args ...string) func(order string) report {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program: %v", err)
		}
	})
	answers := json.NewDecoder(bufio.NewReader(out))
	return func(order string) report {
		t.Helper()
		if _, err := io.WriteString(in, order+"\n"); err != nil {
			t.Fatal(err)
		}
		var r report
		if err := answers.Decode(&r); err != nil {
			t.Fatalf("reading the program's report: %v", err)
		}
		return r
	}
}

func command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	return cmd
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if out, err := command(dir, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
