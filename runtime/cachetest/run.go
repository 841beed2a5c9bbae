package cachetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
)

// maxVain is how many sequences in a row rapid may try in vain to make one smaller that failed. Left to itself it tries some
// ten thousand, for as long as -rapid.shrinktime.
const maxVain = 500

// checker looks for faults of one interface.
type checker struct {
	name                string
	options             *options
	open                func(*rapid.T) (next reflect.Value, cache *runtime.Cache, cached reflect.Value)
	methods             []*method
	reads, writes, left []*method
	bits                int // how many to draw a method with
	draw                drawer

	known     map[string]bool // the faults that were reported, by class
	unsure    map[string]bool // the methods whose entries are wrong anyhow
	found     *fault          // what the last sequence showed
	shrinking bool            // whether rapid has a sequence that fails
	vain      int             // how many sequences in a row did not
	sequences int
	stop      time.Time // when the test's time is nearly up; zero: never
}

// run looks for faults until it finds no more, and reports each.
func (c *checker) run(tb rapid.TB) {
	tb.Helper()
	c.stop = nearly(tb)
	for {
		r := &recorder{TB: tb}
		c.shrinking, c.vain = false, 0
		r.run(func(t *rapid.T) { c.sequence(t, r) })
		if !r.failed {
			break
		}
		tb.Errorf("%s", c.report(r))
		if c.found == nil || c.found.final || len(c.known) == c.options.faults-1 || c.late() {
			break
		}
		c.known[c.found.class] = true
		if c.found.drop {
			c.unsure[c.found.target] = true
		}
	}
	c.summarize(tb)
	if tb.Failed() {
		tb.FailNow()
	}
}

// sequence is one sequence of calls on a new store.
func (c *checker) sequence(t *rapid.T, r *recorder) {
	shrinking, last := c.shrinking, c.found
	if c.found = nil; !r.failed && c.late() || shrinking && !r.failed && last == nil && c.vain >= maxVain {
		return
	}
	c.vain++
	c.sequences++
	defer func() {
		if c.found != nil {
			c.shrinking, c.vain = true, 0
		}
	}()
	newSequence(c, t).run()
}

// nearly returns when a test that ends at its deadline should begin no sequence any more.
func nearly(tb rapid.TB) time.Time {
	t, ok := tb.(*testing.T)
	if !ok {
		return time.Time{}
	}
	deadline, ok := t.Deadline()
	if !ok {
		return time.Time{}
	}
	return deadline.Add(-min(15*time.Second, time.Until(deadline)/4))
}

func (c *checker) late() bool { return !c.stop.IsZero() && time.Now().After(c.stop) }

// report is what was found, or what rapid says where a sequence failed for a reason of its own.
func (c *checker) report(r *recorder) string {
	var b strings.Builder
	switch f := c.found; {
	case f == nil:
		b.WriteString(r.text)
	default:
		b.WriteString(f.text)
		if strings.HasPrefix(r.text, "[rapid] flaky") {
			b.WriteString("\n\nThe same calls did not fail again in the same way: what the store answers depends on something else " +
				"than its calls.")
		}
		if how := r.reproduce(); how != "" && len(c.known) == 0 {
			b.WriteString("\n\nTo see it again: go test " + how)
		}
	}
	if len(r.logs) > 0 && c.found != nil {
		b.WriteString("\n\nLogged meanwhile:\n" + indent(strings.Join(r.logs, "\n")))
	}
	return b.String()
}

// summarize logs what was tried, and what was not.
func (c *checker) summarize(tb rapid.TB) {
	tb.Helper()
	var b strings.Builder
	count := func(methods []*method) (n int) {
		for _, m := range methods {
			n += m.calls
		}
		return n
	}
	fmt.Fprintf(&b, "%s: %d sequences of %d reads and %d writes", c.name, c.sequences, count(c.reads), count(c.writes))
	if c.late() {
		b.WriteString("; no more, since the test's time is nearly up")
	}
	for _, m := range append(append([]*method(nil), c.reads...), c.writes...) {
		if m.calls > 0 && m.calls == m.fails {
			fmt.Fprintf(&b, "\n%s failed in each of %d calls, so little is known about it; see Args and Values. The last error: %s",
				m.name, m.calls, errorText(m.err))
		}
	}
	for _, m := range c.left {
		if m.left != "Without" {
			fmt.Fprintf(&b, "\n%s was not called: %s", m.name, m.left)
		}
	}
	tb.Logf("%s", b.String())
}

func indent(s string) string { return "\t" + strings.ReplaceAll(s, "\n", "\n\t") }
