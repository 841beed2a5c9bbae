// Generators measures cachegen beside other generators that read interfaces, each as its own documentation runs it:
// moq and mockery, which write mocks, and goverter, which writes converters. It builds them from the module proxy.
//
//	go -C bench run ./generators [-runs 5] [-cold 1] [-only "1 interface"]
//
// It prints, for one interface, one of 100 methods, 100 in a package and 100 packages, the median wall time and CPU time of all processes
// and the largest memory of any of them, as a table in Markdown. Cold is with an empty build cache. The row load is
// go/packages reading types in the cheapest mode that a generator can do with.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

var (
	runs = flag.Int("runs", 5, "how often each generator runs with a warm build cache")
	cold = flag.Int("cold", 1, "how often each generator runs with an empty build cache")
	only = flag.String("only", "", "the one thing that is to be generated")
)

func main() {
	flag.Parse()
	dir, err := os.MkdirTemp("", "generators")
	if err == nil {
		err = run(context.Background(), dir)
		_ = os.RemoveAll(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string) error {
	bin := filepath.Join(dir, "bin")
	if err := install(ctx, bin); err != nil {
		return err
	}
	for _, l := range layouts {
		if *only != "" && l.name != *only {
			continue
		}
		fmt.Printf("\n%s\n\n| generator | wall | CPU | memory | wall, cold | CPU, cold |\n|---|--:|--:|--:|--:|--:|\n", l.name)
		var all []*candidate
		for _, t := range tools {
			c := &candidate{tool: t, layout: l, bin: bin, dir: filepath.Join(dir, l.folder, t.name)}
			if err := c.layOut(ctx); err != nil {
				return err
			}
			all = append(all, c)
		}
		if err := measure(ctx, dir, all); err != nil {
			return err
		}
		for _, c := range all {
			w, k := median(c.warm), median(c.cold)
			fmt.Printf("| %s | %s | %s | %d MiB | %s | %s |\n", c.tool.name, short(w.wall), short(w.cpu), w.memory>>20, short(k.wall), short(k.cpu))
		}
	}
	return nil
}

// measure runs the candidates in turn, so that what else the machine does meets all of them.
func measure(ctx context.Context, dir string, all []*candidate) error {
	for n := range *runs + 1 {
		for _, c := range all {
			cost, err := c.run(ctx, os.Environ())
			if err != nil {
				return err
			}
			if n > 0 { // the first fills the build cache
				c.warm = append(c.warm, cost)
			}
		}
	}
	for range *cold {
		for _, c := range all {
			cache, err := os.MkdirTemp(dir, "cache")
			if err != nil {
				return err
			}
			cost, err := c.run(ctx, append(os.Environ(), "GOCACHE="+cache))
			if err != nil {
				return err
			}
			c.cold = append(c.cold, cost)
			if err := os.RemoveAll(cache); err != nil {
				return err
			}
		}
	}
	return nil
}

// candidate is a generator with something to generate.
type candidate struct {
	tool       tool
	layout     layout
	bin, dir   string
	warm, cold []cost
}

// cost is what a generation took.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // bytes, of the largest process
}

// run generates anew: what an earlier run has written is removed first.
func (c *candidate) run(ctx context.Context, env []string) (cost, error) {
	for _, pattern := range []string{"*", "*/*"} {
		for _, output := range c.tool.outputs {
			old, err := filepath.Glob(filepath.Join(c.dir, pattern, output))
			if err != nil {
				return cost{}, err
			}
			for _, f := range old {
				if err := os.RemoveAll(f); err != nil {
					return cost{}, err
				}
			}
		}
	}
	var sum cost
	began := time.Now()
	for _, args := range c.tool.commands(c.layout) {
		cmd := exec.CommandContext(ctx, filepath.Join(c.bin, args[0]), args[1:]...)
		cmd.Dir, cmd.Env = c.dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			return cost{}, fmt.Errorf("%s in %s: %w\n%s", c.tool.name, c.layout.name, err, out)
		}
		s := cmd.ProcessState
		sum.cpu += s.UserTime() + s.SystemTime()
		if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
			sum.memory = max(sum.memory, usage.Maxrss<<10)
		}
	}
	sum.wall = time.Since(began)
	return sum, c.complete()
}

// complete holds that there is output for every package.
func (c *candidate) complete() error {
	if len(c.tool.outputs) == 0 {
		return nil
	}
	n := 0
	for _, output := range c.tool.outputs {
		files, err := filepath.Glob(filepath.Join(c.dir, "s*", output))
		if err != nil {
			return err
		}
		n += len(files)
	}
	if n < c.layout.packages {
		return fmt.Errorf("%s wrote %d files in %s, want %d or more", c.tool.name, n, c.layout.name, c.layout.packages)
	}
	return nil
}

func median(all []cost) cost {
	if len(all) == 0 {
		return cost{}
	}
	by := func(f func(cost) int64) int64 {
		var values []int64
		for _, c := range all {
			values = append(values, f(c))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return cost{
		wall:   time.Duration(by(func(c cost) int64 { return int64(c.wall) })),
		cpu:    time.Duration(by(func(c cost) int64 { return int64(c.cpu) })),
		memory: by(func(c cost) int64 { return c.memory }),
	}
}

func short(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
