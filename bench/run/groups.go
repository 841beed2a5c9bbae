package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
)

// group is some benchmarks that are run and shown together.
type group struct {
	name      string
	bench     string // a regular expression
	benchtime string // "": the flag's
	rounds    int    // at most; 0: as many as there are
	tables    []table
}

// table is what benchstat is asked for.
type table struct {
	title string
	args  []string
}

// alone are tables of all candidates, one for each unit and value of the keys.
func alone(title, keys, units string) table {
	return table{title, []string{"-table", keys, "-row", "/who", "-col", ".name", "-filter", units}}
}

// beside are tables of some candidates side by side, by who is compared with the first.
func beside(title, rows string, who ...string) table {
	quoted := make([]string, len(who))
	for i, w := range who {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return table{title, []string{"-table", ".name", "-row", rows, "-col", "/who@(" + strings.Join(quoted, " ") + ")", "-filter", clock}}
}

const (
	clock  = ".unit:sec/op"
	costs  = ".unit:(sec/op OR cpu-sec/op OR allocs/op)"
	loads  = ".unit:(sec/op OR loads OR failed)"
	anyone = "*"
)

var groups = []group{
	{name: "Hit", bench: "^BenchmarkHit$", tables: []table{
		beside("Each caller may change what it gets, decoded", "/value /mode", "otter+copy", "cachegen-near", "sturdyc+copy"),
		beside("Callers share what they get", "/value /mode", "otter-string", "cachegen-near=share", "sturdyc"),
		beside("Encoded", "/value /mode", "bigcache+generated", "cachegen-bigcache", "bigcache+goccy", "go-redis-cache", "gocache-marshaler-bigcache"),
		alone("All", "/value,/mode", costs),
	}},
	{name: "HitLarge", bench: "^BenchmarkHitLarge$", rounds: 2, tables: []table{
		beside("262,144 users", "/mode", "otter+copy", "cachegen-near", "sturdyc+copy"),
		alone("All", "/mode", costs),
	}},
	{name: "Off", bench: "^BenchmarkOff$", tables: []table{beside("if= is false", "/mode", "bare", "cachegen")}},
	{name: "Redis", bench: "^BenchmarkRedis$", tables: []table{
		beside("One caller, and 64", "/mode", "go-redis+generated", "rueidis-bytes", "cachegen-redis"),
		alone("All", "/mode", costs),
	}},
	{name: "Batch", bench: "^BenchmarkBatch$", tables: []table{
		beside("100 of 100 there", "/mode", "MGET+generated", "cachegen-redis", "MGET+jsonv2"),
		alone("All", "/mode", ".unit:(sec/op OR allocs/op OR trips)"),
	}},
	{name: "Miss", bench: "^BenchmarkMiss$", tables: []table{
		alone("What a cache adds to a load", "/where,/mode", ".unit:(sec/op OR allocs/op OR trips)"),
	}},
	{name: "Stampede", bench: "^Benchmark(Stampede|LeaderCancelled|StampedeProcesses)$", benchtime: "10x", tables: []table{
		alone("1,000 goroutines and a load of 10 ms; 100 followers of one who is cancelled, with a load of 50 ms; 8 processes of 250 goroutines", ".name", loads),
	}},
	{name: "Memory", bench: "^BenchmarkMemory$", benchtime: "1x", rounds: 2, tables: []table{
		alone("A million users held", ".name", anyone),
	}},
	{name: "Ratio", bench: "^BenchmarkRatio$", benchtime: "1x", rounds: 1, tables: []table{
		{"Hit ratio of 10,000 entries of 1,000,000 keys", []string{"-table", ".name", "-row", "/who", "-col", "/trace"}},
	}},
}

func (g group) raw() string { return "results/raw/" + strings.ToLower(g.name) + ".txt" }

func (g group) args() []string {
	duration := g.benchtime
	if duration == "" {
		duration = *benchtime
	}
	return []string{"-test.run=^$", "-test.bench=" + g.bench, "-test.benchtime=" + duration, "-test.timeout=1h"}
}

// tabulate writes the group's tables.
func (g group) tabulate(ctx context.Context) error {
	head, err := readHeader(g.raw())
	if err != nil {
		return err
	}
	out := bytes.NewBufferString(head + "\n")
	for _, t := range g.tables {
		fmt.Fprintf(out, "\n== %s\n\n", t.title)
		if err := command(ctx, out, "go", append(append([]string{"tool", "benchstat"}, t.args...), g.raw())...); err != nil {
			return fmt.Errorf("benchstat of %s: %w", g.raw(), err)
		}
	}
	return os.WriteFile("results/"+strings.ToLower(g.name)+".txt", out.Bytes(), 0o666)
}
