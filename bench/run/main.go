// Run takes the measurements of package bench and writes them to bench/results: for each group of benchmarks what they
// printed (raw) and benchstat's tables of it, and from all raw results together a picture and the table of goals.
//
//	go -C bench run ./run [-count 6] [-bench Hit] [-benchtime 200ms]
//
// It builds the benchmarks once and runs the groups in rounds, so that what else the machine does meets all candidates; a
// ratio is the median of the rounds' ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/internal/checkout"
)

var (
	count     = flag.Int("count", 6, "how many rounds there are")
	benchtime = flag.String("benchtime", "200ms", "how long each benchmark of a round runs, but for those with a number of their own")
	only      = flag.String("bench", "", "a regular expression: the groups to run; none if it is \"-\", to write tables anew")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root, err := checkout.Root()
	if err != nil {
		return err
	}
	if err := os.Chdir(filepath.Join(root, "bench")); err != nil {
		return err
	}
	pattern, err := regexp.Compile("(?i)" + *only)
	if err != nil {
		return err
	}
	var chosen []group
	for _, g := range groups {
		if pattern.MatchString(g.name) {
			chosen = append(chosen, g)
		}
	}
	if len(chosen) == 0 && *only != "-" {
		return fmt.Errorf("no group matches %q", *only)
	}
	if err := measure(ctx, chosen); err != nil {
		return err
	}
	if *only == "-" {
		chosen = slices.DeleteFunc(slices.Clone(groups), func(g group) bool {
			_, err := os.Stat(g.raw())
			return err != nil
		})
	}
	for _, g := range chosen {
		if err := g.tabulate(ctx); err != nil {
			return err
		}
	}
	all, err := readResults()
	if err != nil {
		return err
	}
	if err := writePicture(all); err != nil {
		return err
	}
	return writeGoals(ctx, all)
}

// measure runs the groups round by round.
func measure(ctx context.Context, chosen []group) error {
	if len(chosen) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "bench.test")
	if err := command(ctx, os.Stdout, "go", "test", "-c", "-o", binary, "."); err != nil {
		return err
	}
	if err := os.MkdirAll("results/raw", 0o777); err != nil {
		return err
	}
	raw := map[string]*os.File{}
	for _, g := range chosen {
		f, err := os.Create(g.raw())
		if err != nil {
			return err
		}
		defer f.Close()
		raw[g.name] = f
		if _, err := io.WriteString(f, header(ctx)); err != nil {
			return err
		}
	}
	for round := range *count {
		for _, g := range chosen {
			if g.rounds > 0 && round >= g.rounds {
				continue
			}
			began := time.Now()
			fmt.Printf("round %d of %d: %s", round+1, *count, g.name)
			if err := command(ctx, raw[g.name], binary, g.args()...); err != nil {
				return fmt.Errorf("%s: %w; see %s", g.name, err, g.raw())
			}
			fmt.Printf(", %.0f s\n", time.Since(began).Seconds())
		}
	}
	return nil
}

func command(ctx context.Context, out io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return cmd.Run()
}

// header says where and when, in the form of benchmarks' own headers.
func header(ctx context.Context) string {
	revision, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		revision = []byte("unknown")
	}
	lines := []string{
		"date: " + time.Now().UTC().Format("2006-01-02 15:04 MST"),
		"go: " + runtime.Version(),
		fmt.Sprintf("processors: %d", runtime.GOMAXPROCS(0)),
		"revision: " + strings.TrimSpace(string(revision)),
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		lines = append(lines, "load-before: "+strings.Join(strings.Fields(string(load))[:3], " "))
	}
	if server, err := exec.CommandContext(ctx, "redis-server", "--version").Output(); err == nil {
		if fields := strings.Fields(string(server)); len(fields) > 2 {
			lines = append(lines, "redis: "+strings.TrimPrefix(fields[2], "v="))
		}
	}
	return strings.Join(lines, "\n") + "\n\n"
}

// readHeader is the header of a raw file.
func readHeader(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	head, _, _ := strings.Cut(string(text), "\n\n")
	return head, err
}
