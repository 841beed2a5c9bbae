package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// goal is one line of the table.
type goal struct {
	what, want string
	check      func(results) outcome
}

// outcome is what came of a goal.
type outcome struct {
	measured string // "": nothing was
	cpu      string // the same of the CPU time of the whole process, where there is such a number
	met      bool
}

// Names of benchmarks.
func hit(who string) string     { return "Hit/value=user/who=" + who + "/mode=single" }
func point(who string) string   { return "Hit/value=point/who=" + who + "/mode=single" }
func one(who string) string     { return "Redis/who=" + who + "/mode=single" }
func sixtyFour(w string) string { return "Redis/who=" + w + "/mode=parallel" }
func batch(who string) string   { return "Batch/who=" + who + "/mode=single" }
func holding(who string) string { return "Memory/who=" + who }

// atMost is met where a is at most limit times b.
func atMost(limit float64, unit, a, b string) func(results) outcome {
	return func(r results) outcome {
		ratios := r.ratios(unit, a, b)
		if len(ratios) == 0 {
			return outcome{}
		}
		m := median(ratios)
		o := outcome{fmt.Sprintf("%.2f × (%.2f–%.2f)", m, slices.Min(ratios), slices.Max(ratios)), "", m <= limit}
		if cpu := r.ratios("cpu-"+unit, a, b); len(cpu) > 0 {
			o.cpu = fmt.Sprintf("%.2f ×", median(cpu))
		}
		return o
	}
}

// slower is met where b takes at least times as long as a.
func slower(times float64, a, b string) func(results) outcome {
	return func(r results) outcome {
		ratios := r.ratios("sec/op", b, a)
		if len(ratios) == 0 {
			return outcome{}
		}
		m := median(ratios)
		cpu := fmt.Sprintf("%.1f ×", median(r.ratios("cpu-sec/op", b, a)))
		return outcome{fmt.Sprintf("%.1f × (%.1f–%.1f)", m, slices.Min(ratios), slices.Max(ratios)), cpu, m >= times}
	}
}

// noMore is met where a's number is at most b's and extra.
func noMore(unit string, extra float64, a, b string) func(results) outcome {
	return func(r results) outcome {
		x, ok1 := r.of(unit, a)
		y, ok2 := r.of(unit, b)
		if !ok1 || !ok2 {
			return outcome{}
		}
		return outcome{fmt.Sprintf("%.0f, beside %.0f", x, y), "", x <= y+extra}
	}
}

// number is met where a number is at most limit.
func number(limit float64, unit, name string) func(results) outcome {
	return func(r results) outcome {
		x, ok := r.of(unit, name)
		if !ok {
			return outcome{}
		}
		return outcome{strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0"), "", x <= limit}
	}
}

var goals = []goal{
	{"hit, `near`", "≤ 1.15 × otter + deep copy by hand", atMost(1.15, "sec/op", hit("cachegen-near"), hit("otter+copy"))},
	{"", "ahead of sturdyc + deep copy", atMost(1, "sec/op", hit("cachegen-near"), hit("sturdyc+copy"))},
	{"", "≥ 5 × faster than go-redis/cache", slower(5, hit("cachegen-near"), hit("go-redis-cache"))},
	{"", "≥ 5 × faster than gocache's marshaler", slower(5, hit("cachegen-near"), hit("gocache-marshaler-bigcache"))},
	{"hit, `near=share`", "≤ 1.3 × otter with a string key", atMost(1.3, "sec/op", hit("cachegen-near=share"), hit("otter-string"))},
	{"", "ahead of sturdyc", atMost(1, "sec/op", hit("cachegen-near=share"), hit("sturdyc"))},
	{"hit, an immutable type", "≤ 1.3 × otter with a string key", atMost(1.3, "sec/op", point("cachegen-near"), point("otter-string"))},
	{"", "ahead of sturdyc", atMost(1, "sec/op", point("cachegen-near"), point("sturdyc"))},
	{"hit, bigcache", "≤ 1.1 × bigcache + generated decode by hand", atMost(1.1, "sec/op", hit("cachegen-bigcache"), hit("bigcache+generated"))},
	{"", "≤ 0.5 × go-redis/cache", atMost(0.5, "sec/op", hit("cachegen-bigcache"), hit("go-redis-cache"))},
	{"", "≤ 0.5 × gocache's marshaler", atMost(0.5, "sec/op", hit("cachegen-bigcache"), hit("gocache-marshaler-bigcache"))},
	{"", "ahead of bigcache + goccy by hand", atMost(1, "sec/op", hit("cachegen-bigcache"), hit("bigcache+goccy"))},
	{"allocations, `near`", "the copy's and one for the key", noMore("allocs/op", 1, hit("cachegen-near"), hit("otter+copy"))},
	{"allocations, bigcache", "those by hand", noMore("allocs/op", 0, hit("cachegen-bigcache"), hit("bigcache+generated"))},
	{"hit, Redis, one goroutine", "≤ 1.05 × go-redis GET + decode", atMost(1.05, "sec/op", one("cachegen-redis"), one("go-redis+generated"))},
	{"hit, Redis, 64 goroutines", "≤ 1.15 × raw rueidis GET", atMost(1.15, "sec/op", sixtyFour("cachegen-redis"), sixtyFour("rueidis-bytes"))},
	{"batch of 100, Redis", "≤ 1.15 × MGET + decode", atMost(1.15, "sec/op", batch("cachegen-redis"), batch("MGET+generated"))},
	{"", "1 round trip", number(1, "trips", "Batch/who=cachegen-redis/mode=trips")},
	{"miss, Redis", "≤ 2 round trips beside the lookup (lease, fill)", number(3, "trips", "Miss/where=redis/who=cachegen-redis/mode=trips")},
	{"stampede, 1,000 goroutines", "1 load", number(1, "loads", "Stampede/who=cachegen-redis")},
	{"", "1 load, in process", number(1, "loads", "Stampede/who=cachegen-near")},
	{"stampede, 8 processes × 250", "1 load", number(1, "loads", "StampedeProcesses/who=cachegen-redis")},
	{"the first caller cancelled", "no other call fails", number(0, "failed", "LeaderCancelled/who=cachegen-redis")},
	{"", "no second load", number(1, "loads", "LeaderCancelled/who=cachegen-redis")},
	{"1M users in bigcache", "GC CPU of a hit ≤ 1.1 × by hand", atMost(1.1, "gc-cpu-sec/hit", holding("cachegen-bigcache"), holding("bigcache+generated"))},
	{"", "GC CPU of a collection ≤ 1.1 × by hand", atMost(1.1, "gc-cpu-sec/collection", holding("cachegen-bigcache"), holding("bigcache+generated"))},
	{"`if=` false", "≤ 20 ns over the bare call", overBare},
}

func overBare(r results) outcome {
	with, ok1 := r.of("sec/op", "Off/who=cachegen/mode=single")
	bare, ok2 := r.of("sec/op", "Off/who=bare/mode=single")
	if !ok1 || !ok2 {
		return outcome{}
	}
	over := (with - bare) * 1e9
	return outcome{fmt.Sprintf("%.1f ns", over), "", over <= 20}
}

// writeGoals writes the table in Markdown and prints it.
func writeGoals(ctx context.Context, r results) error {
	var b strings.Builder
	b.WriteString("| what | goal | measured: median (range) of the rounds | in CPU time | |\n|---|---|--:|--:|---|\n")
	line := func(what, want string, o outcome) {
		verdict := "missed"
		switch {
		case o.measured == "":
			verdict = "not measured"
		case o.met:
			verdict = "met"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", what, want, o.measured, o.cpu, verdict)
	}
	for _, g := range goals {
		line(g.what, g.want, g.check(r))
	}
	strangers, err := dependencies(ctx)
	if err != nil {
		return err
	}
	o := outcome{"none", "", true}
	if len(strangers) > 0 {
		o = outcome{strings.Join(strangers, ", "), "", false}
	}
	line("modules of a program with `runtime` and bigcache", "none but bigcache's, jx's, otter's, gobreaker's", o)
	b.WriteString("| generating | see `go -C bench run ./generators` and the table in docs/generator.md | | | |\n")
	fmt.Print("\n" + b.String())
	return os.WriteFile("results/goals.md", []byte(b.String()), 0o666)
}

// dependencies are the modules whose packages runtime and the bigcache backend bring into a program beyond those that they
// may: ours, and the libraries with what they bring themselves.
func dependencies(ctx context.Context) ([]string, error) {
	const ours = "github.com/cachegen-go/cachegen"
	have, err := modules(ctx, ours+"/runtime", ours+"/runtime/backends/bigcache")
	if err != nil {
		return nil, err
	}
	may, err := modules(ctx, "github.com/allegro/bigcache/v3", "github.com/go-faster/jx", "github.com/maypok86/otter/v2", "github.com/sony/gobreaker/v2")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(have, func(m string) bool { return m == ours || slices.Contains(may, m) }), nil
}

func modules(ctx context.Context, packages ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}"}, packages...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w", cmd.Args, err)
	}
	found := strings.Fields(string(out))
	slices.Sort(found)
	return slices.Compact(found), nil
}
