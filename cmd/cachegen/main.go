// Cachegen writes caching wrappers for Go interfaces that bear //cachegen: directives.
//
// "cachegen -h" shows the command line and the directive language; package gen is the generator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/cachegen-go/cachegen/gen"
	"github.com/cachegen-go/cachegen/gen/analyzer"
)

// Exit codes.
const (
	exitFine   = 0
	exitFaults = 1 // diagnostics, stale files, or a failure
	exitUsage  = 2
)

func main() {
	if asVetTool(os.Args[1:]) {
		unitchecker.Main(analyzer.Analyzer) // which exits
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "cachegen: %v\n", err)
		os.Exit(exitFaults)
	}
	r := runner{dir: dir, out: os.Stdout, err: os.Stderr}
	os.Exit(r.run(ctx, os.Args[1:]))
}

// asVetTool tells whether the go command asks, as go vet -vettool=cachegen makes it: for the version, for the flags, or
// for a look at the package that a .cfg file describes.
func asVetTool(args []string) bool {
	if len(args) == 1 && (args[0] == "-V=full" || args[0] == "-flags") {
		return true
	}
	return len(args) > 0 && strings.HasSuffix(args[len(args)-1], ".cfg")
}

// runner carries out a command line.
type runner struct {
	dir      string // the working directory
	out, err io.Writer
	json     bool // what is said on err is JSON lines
}

// run returns the exit code.
func (r *runner) run(ctx context.Context, args []string) int {
	c, err := parse(args)
	r.json = c.json
	if err == nil {
		err = r.command(ctx, c)
	}
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, new(usageError)):
		fmt.Fprintf(r.err, "cachegen: %v\n%s\"cachegen -h\" explains the flags and the directives.\n", err, usage)
		return exitUsage
	case !errors.Is(err, errReported):
		if r.json {
			r.printJSON("error", "%v", err)
		} else {
			fmt.Fprintf(r.err, "cachegen: %v\n", err)
		}
	}
	return exitFaults
}

// errReported ends a command that has said already what is wrong.
var errReported = errors.New("reported")

func (r *runner) command(ctx context.Context, c command) error {
	switch c.mode {
	case printHelp:
		return help(r.out)
	case printVersion:
		_, err := fmt.Fprintln(r.out, version())
		return err
	}
	cfg := gen.Config{Dir: r.dir, Patterns: c.packages, Tags: c.tags, Output: c.output, Tests: c.tests}
	if c.verbose {
		cfg.Logf = r.say
	}
	result, err := r.generate(ctx, c, cfg)
	if err != nil {
		return err
	}
	r.diagnostics(result)
	switch {
	case c.mode == explain && c.json:
		err = explainJSON(r.out, result.Plans, r.relative)
	case c.mode == explain:
		err = explainPlan(r.out, result.Plans, r.relative)
	case c.mode == check:
		err = r.check(c, result)
	case c.output == "-":
		err = r.print(result.Files)
	case c.mode == dryRun:
		err = r.show(result)
	default:
		err = r.write(c, result)
	}
	if c.verbose {
		s := result.Stats
		r.say("listing took %s, loading the types of %s %s, all of it %s",
			round(s.List), count(s.Loaded, "package"), round(s.Load), round(s.Total))
	}
	if err == nil && result.Failed() {
		err = errReported
	}
	return err
}

// generate is gen.Generate, with a word for who waits for it at a terminal.
func (r *runner) generate(ctx context.Context, c command, cfg gen.Config) (*gen.Result, error) {
	if !c.verbose && !c.json && onTerminal(r.err) {
		p := showProgress(r.err)
		defer p.stop()
		cfg.Progress = p.is
	}
	return gen.Generate(ctx, cfg)
}

// say prints a line for people.
func (r *runner) say(format string, args ...any) {
	if r.json {
		r.printJSON("info", format, args...)
		return
	}
	fmt.Fprintf(r.err, "cachegen: "+format+"\n", args...)
}

// diagnostics prints them all, as Generate has sorted them.
func (r *runner) diagnostics(result *gen.Result) {
	for _, d := range result.Diagnostics {
		if r.json {
			_ = jsonLines(r.err).Encode(diagnosticJSON(d, r.relative))
			continue
		}
		warning := ""
		if d.Warning {
			warning = "warning: "
		}
		pos := d.Pos
		pos.Filename = r.relative(pos.Filename)
		fmt.Fprintf(r.err, "%s: %s%s\n", pos, warning, d.Message)
	}
}

func (r *runner) check(c command, result *gen.Result) error {
	diff, err := result.Diff(r.dir)
	if err != nil || diff == "" {
		return err
	}
	if _, err := io.WriteString(r.out, diff); err != nil {
		return err
	}
	return fmt.Errorf("generated files are not up to date; to mend them run: %s", c)
}

func (r *runner) write(c command, result *gen.Result) error {
	changed, err := result.Write()
	if c.verbose {
		for _, path := range changed {
			r.say("changed %s", r.relative(path))
		}
	}
	return err
}

// show prints what write would do.
func (r *runner) show(result *gen.Result) error {
	stale, err := result.Stale()
	if err != nil {
		return err
	}
	for _, f := range stale {
		if _, err := fmt.Fprintf(r.out, "-- %s --\n%s", r.relative(f.Path), f.Content); err != nil {
			return err
		}
	}
	for _, path := range result.Orphans {
		if _, err := fmt.Fprintf(r.out, "-- %s is removed --\n", r.relative(path)); err != nil {
			return err
		}
	}
	return nil
}

// print writes files to standard output: one as it is, several each under a line with its name.
func (r *runner) print(files []gen.File) error {
	for _, f := range files {
		if len(files) > 1 {
			if _, err := fmt.Fprintf(r.out, "-- %s --\n", r.relative(f.Path)); err != nil {
				return err
			}
		}
		if _, err := r.out.Write(f.Content); err != nil {
			return err
		}
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func (r *runner) relative(path string) string { return gen.Rel(r.dir, path) }

// version tells the module's version, Go's, and the module's checksum where the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "cachegen, built without module support"
	}
	text := fmt.Sprintf("cachegen %s %s", info.Main.Version, info.GoVersion)
	if info.Main.Version == "" {
		text = "cachegen (devel) " + info.GoVersion
	}
	if info.Main.Sum != "" {
		text += " " + info.Main.Sum
	}
	return text
}
