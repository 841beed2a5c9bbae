// Yardstick tries the generator on the interfaces of public programs, those in projects.txt, and prints as tables in
// Markdown what became of them. It gets the programs from the module proxy into temporary folders.
//
//	go -C bench run ./yardstick [-v] [NAME...]
//
// A NAME picks the projects whose line has it. The exit status is 1 where generated code does not compile.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/cachegen-go/cachegen/internal/checkout"
	"github.com/cachegen-go/cachegen/internal/yardstick"
)

//go:embed projects.txt
var projects string

var verbose = flag.Bool("v", false, "list the methods that are refused")

func main() {
	flag.Parse()
	if err := run(context.Background(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	// What a project's go.sum lacks is fetched when it is wanted.
	if err := os.Setenv("GOFLAGS", "-mod=mod"); err != nil {
		return err
	}
	fmt.Println("| module | interfaces | methods | that read | cached | refused |")
	fmt.Println("|---|--:|--:|--:|--:|--:|")
	var all []*yardstick.Interface
	var errs []error
	for line := range strings.Lines(projects) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" || len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(line, n) }) {
			continue
		}
		began := time.Now()
		tried, err := try(ctx, fields[0], fields[1:])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", fields[0], err))
			continue
		}
		row(fields[0], tried)
		fmt.Fprintf(os.Stderr, "%s: %v\n", fields[0], time.Since(began).Round(time.Second))
		all = append(all, tried...)
	}
	row("all", all)
	reasons(all)
	if *verbose {
		list(all)
	}
	return errors.Join(errs...)
}

// try tries the interfaces of packages of a module.
func try(ctx context.Context, name string, packages []string) ([]*yardstick.Interface, error) {
	dir, err := os.MkdirTemp("", "yardstick")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/yardstick\n\ngo 1.26\n"), 0o666); err != nil {
		return nil, err
	}
	if err := checkout.Require(dir); err != nil {
		return nil, err
	}
	if name != "std" {
		if err := get(ctx, dir, name); err != nil {
			return nil, err
		}
	}
	all, err := yardstick.Find(dir, packages...)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(i *yardstick.Interface) bool {
		return slices.Contains(strings.Split(i.Path, "/"), "internal")
	})
	return all, yardstick.Try(ctx, dir, all)
}

// get has the module at dir require another, with what that one replaces: without it, it may not compile.
func get(ctx context.Context, dir, name string) error {
	run := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if e := (*exec.ExitError)(nil); errors.As(err, &e) {
			err = fmt.Errorf("%w\n%s", err, e.Stderr)
		}
		return out, err
	}
	out, err := run("mod", "download", "-json", name)
	if err != nil {
		return err
	}
	var download struct{ GoMod string }
	if err := json.Unmarshal(out, &download); err != nil {
		return err
	}
	data, err := os.ReadFile(download.GoMod)
	if err != nil {
		return err
	}
	mod, err := modfile.Parse(download.GoMod, data, nil)
	if err != nil {
		return err
	}
	for _, r := range mod.Replace {
		if r.New.Version == "" {
			continue // a folder of theirs
		}
		if _, err := run("mod", "edit", "-replace="+version(r.Old)+"="+version(r.New)); err != nil {
			return err
		}
	}
	_, err = run("get", name)
	return err
}

func version(m module.Version) string {
	if m.Version == "" {
		return m.Path
	}
	return m.Path + "@" + m.Version
}

func row(name string, all []*yardstick.Interface) {
	var methods, reads, cached int
	for _, i := range all {
		methods += i.Methods
		reads += len(i.Reads)
		cached += i.Cached()
	}
	fmt.Printf("| %s | %d | %d | %d | %d | %d |\n", name, len(all), methods, reads, cached, reads-cached)
}

// reasons counts why methods are refused.
func reasons(all []*yardstick.Interface) {
	counts := make(map[string]int)
	for _, i := range all {
		for _, r := range i.Refused {
			n := 1
			if r.Method == "" {
				n = len(i.Reads)
			}
			counts[kind(r.Reason)] += n
		}
	}
	fmt.Println("\n| why refused | methods |")
	fmt.Println("|---|--:|")
	for _, reason := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	}) {
		fmt.Printf("| %s | %d |\n", reason, counts[reason])
	}
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// kind is what a reason says about any method: without names and advice.
func kind(reason string) string {
	reason, _, _ = strings.Cut(reason, "; ")
	place := "result: "
	if strings.Contains(reason, "part of the key") {
		place = "parameter: "
	}
	if i := strings.LastIndex(reason, ": "); i >= 0 && strings.Contains(reason, "cannot be") {
		return place + quoted.ReplaceAllString(reason[i+2:], "…")
	}
	words := strings.Fields(reason)
	return strings.Join(words[1:min(len(words), 7)], " ") + " …"
}

func list(all []*yardstick.Interface) {
	fmt.Println()
	for _, i := range all {
		for _, r := range i.Refused {
			fmt.Printf("- %s.%s: %s\n", i.Path, i.Name, r.Reason)
		}
	}
}
