package main

import (
	"bytes"
	"fmt"
	"go/types"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cachegen-go/cachegen/gen/model"
)

// explainPlan prints what the wrappers would do, a table each.
func explainPlan(out io.Writer, files []*model.File, relative func(string) string) error {
	var text bytes.Buffer
	for _, f := range files {
		for _, w := range f.Wrappers {
			if text.Len() > 0 {
				text.WriteByte('\n')
			}
			fmt.Fprintf(&text, "%s → %s\n  %s:%d, keys begin with %s\n",
				w.Interface.Name(), w.Name, relative(w.Pos.Filename), w.Pos.Line, w.Prefix)
			if w.Primary != nil {
				fmt.Fprintf(&text, "  loads soon after an eviction use %s\n", w.Primary.Source)
			}
			text.WriteByte('\n')
			t := table{{"METHOD", "DOES", "KEY OR ENTRIES", "FOR", "TIERS", "PROVIDED", "EVICTED BY"}}
			for _, m := range w.Methods {
				t.method(w, m)
			}
			if err := t.write(&text); err != nil {
				return err
			}
		}
	}
	// tabwriter pads empty cells at the ends of lines too.
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// table is lines of cells, the first of which are the titles.
type table [][]string

// write leaves out the columns that have nothing but a title.
func (t table) write(out io.Writer) error {
	columns := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, row := range t {
		var cells []string
		for i, cell := range row {
			if slices.ContainsFunc(t[1:], func(row []string) bool { return row[i] != "" }) {
				cells = append(cells, cell)
			}
		}
		fmt.Fprintln(columns, "  "+strings.Join(cells, "\t"))
	}
	return columns.Flush()
}

func (t *table) method(w *model.Wrapper, m *model.Method) {
	name := m.Name
	row := func(does, what, ttl, tiers, provided, by string) {
		*t = append(*t, []string{name, does, what, ttl, tiers, provided, by})
		name = ""
	}
	if c := m.Cache; c != nil {
		does := "cache"
		if m.Index != nil {
			does = "index of " + m.Index.Target.Name
		}
		row(does, keyOf(c), keptFor(c), tiers(c), conditions(c), strings.Join(evictors(w, m), ", "))
		for _, g := range c.Groups {
			row("", "in group "+strings.Join(groupOf(c, g), ", "), "", "", "", "")
		}
		for _, e := range c.Marks {
			row("", "marked "+marked(e), "", "", condition(e.If), "")
		}
		for _, s := range c.NotFound {
			row("", s.Name, orDefault(c.Negative, time.Minute), "", "", "")
		}
	}
	if b := m.Batch; b != nil {
		what, by := keyOf(b.Target.Cache), strings.Join(evictors(w, b.Target), ", ")
		if !b.Own {
			what, by = "entries of "+b.Target.Name, ""
		}
		row("batch", what, keptFor(batchCache(b)), "all", conditions(batchCache(b)), by)
	}
	for _, e := range m.Evicts {
		does := "evict"
		switch {
		case e.Put != nil:
			does = "put"
		case e.Around && !e.UsesResults:
			does = "evict around"
		}
		row(does, entries(e), "", "", condition(e.If), "")
	}
	switch {
	case m.Sub != nil:
		row("sub", "the wrapper of "+subName(m.Sub), "", "", "", "")
	case m.Pass:
		row("pass", "", "", "", "", "")
	case m.Cache == nil && m.Batch == nil && len(m.Evicts) == 0:
		row("(nothing)", "", "", "", "", "")
	}
	if left := leaves(w, m); len(left) > 0 {
		row("leaves", strings.Join(left, ", "), "", "", "", "")
	}
}

// batchCache is how a batch keeps its entries: under its own conditions, and without what it leaves to calls for one key.
func batchCache(b *model.Batch) *model.Cache {
	c := *b.Target.Cache
	c.Near, c.Refresh, c.RefreshPercent, c.Timeout = model.NearOff, 0, 0, 0
	c.If, c.Reload, c.Unless = b.If, b.Reload, b.Unless
	return &c
}

// marked writes a mark as its directive does.
func marked(e *model.Evict) string {
	s := e.Target.Tag.Name + "(" + strings.Join(arguments(e), ", ") + ")"
	if e.For != nil {
		s += " for " + rangeClause(e.For)
	}
	return s
}

// subName is the interface whose wrapper a method hands out.
func subName(s *model.Sub) string { return types.TypeString(s.Type, (*types.Package).Name) }

// evictors names the methods that evict entries of a method.
func evictors(w *model.Wrapper, target *model.Method) []string {
	var names []string
	for _, m := range w.Methods {
		if slices.ContainsFunc(m.Evicts, func(e *model.Evict) bool { return e.Ends(target) }) {
			names = append(names, m.Name)
		}
	}
	return names
}

// leaves names the cached methods that a method which probably changes something evicts nothing of. What is marked pass
// is known to make nothing stale.
func leaves(w *model.Wrapper, mutator *model.Method) []string {
	if !mutator.Mutates || mutator.Pass {
		return nil
	}
	var names []string
	for _, m := range w.Methods {
		if m.Cache != nil && m != mutator && !slices.Contains(evictors(w, m), mutator.Name) {
			names = append(names, m.Name)
		}
	}
	return names
}

func keyOf(c *model.Cache) string {
	var parts []string
	for _, p := range c.Key {
		part := p.Expr.Source
		if p.Hash {
			part = "digest of " + part
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "(one entry)"
	}
	return strings.Join(parts, ", ")
}

// groupOf writes a group as the key with _ for what may have any value.
func groupOf(c *model.Cache, g *model.Group) []string {
	var parts []string
	for i, p := range c.Key {
		if slices.Contains(g.Parts, i) {
			parts = append(parts, p.Expr.Source)
		} else {
			parts = append(parts, "_")
		}
	}
	return parts
}

func keptFor(c *model.Cache) string {
	ttl := orDefault(c.TTL, 5*time.Minute)
	if c.Lifetime != nil {
		ttl = c.Lifetime.Source
	}
	switch {
	case c.Jitter < 0:
		ttl += ", no jitter"
	case c.Jitter > 0:
		ttl += fmt.Sprintf(", jitter %d%%", c.Jitter)
	}
	if r := refresh(c); r != "" {
		ttl += ", refresh " + r
	}
	if c.Stale != 0 {
		ttl += ", stale " + short(c.Stale)
	}
	if c.Timeout != 0 {
		ttl += ", timeout " + short(c.Timeout)
	}
	return ttl
}

// tiers says where answers are kept: in all tiers that the program sets up, and above them where the method says near.
func tiers(c *model.Cache) string {
	switch c.Near {
	case model.NearCopy:
		return "near, all"
	case model.NearShare:
		return "near=share, all"
	}
	return "all"
}

// refresh says when an answer is loaded anew, "" where it is not.
func refresh(c *model.Cache) string {
	switch {
	case c.Refresh != 0:
		return short(c.Refresh)
	case c.RefreshPercent != 0:
		return fmt.Sprintf("%d%%", c.RefreshPercent)
	}
	return ""
}

// orDefault writes a duration as a directive would, or the runtime's default, which programs may have changed.
func orDefault(d, fallback time.Duration) string {
	if d == 0 {
		return short(fallback) + " (default)"
	}
	return short(d)
}

func short(d time.Duration) string {
	s := d.String()
	if d%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if d%time.Hour == 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func conditions(c *model.Cache) string {
	var parts []string
	for _, cond := range []struct {
		word string
		expr *model.Expr
	}{{"if ", c.If}, {"reload if ", c.Reload}, {"unless ", c.Unless}} {
		if cond.expr != nil {
			parts = append(parts, cond.word+cond.expr.Source)
		}
	}
	return strings.Join(parts, "; ")
}

func condition(e *model.Expr) string {
	if e == nil {
		return ""
	}
	return "if " + e.Source
}

func entries(e *model.Evict) string {
	s := e.Target.Name + "(" + strings.Join(arguments(e), ", ") + ")"
	if e.Put != nil {
		var values []string
		for _, v := range e.Put {
			values = append(values, v.Source)
		}
		s += " = " + strings.Join(values, ", ")
	}
	if e.For != nil {
		s += " for " + rangeClause(e.For)
	}
	if e.UsesOld {
		s += ", as it was before"
	}
	if e.UsesResults {
		s += ", once it succeeded"
	}
	return s
}

func arguments(e *model.Evict) []string {
	args := []string{}
	for _, a := range e.Args {
		if a == nil {
			args = append(args, "_")
		} else {
			args = append(args, a.Source)
		}
	}
	return args
}

func rangeClause(r *model.Range) string {
	switch {
	case r.Value != "":
		return fmt.Sprintf("%s, %s := range %s", r.Key, r.Value, r.X.Source)
	case r.Key != "":
		return fmt.Sprintf("%s := range %s", r.Key, r.X.Source)
	}
	return "range " + r.X.Source
}
