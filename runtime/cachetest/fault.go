package cachetest

import (
	"fmt"
	"strings"
)

// fault is a difference between the cache and the store, and what is to blame for it.
type fault struct {
	class   string   // the same for all differences that one change of a directive does away with
	also    []string // the classes that it may belong to instead
	target  string   // the method whose entry it is about
	final   bool     // other faults are not looked for
	drop    bool     // nothing can be said of target's entries as long as the fault is there
	summary string   // the same each time: without values
	blame   string   // what to read first; "": summary
	what    string   // what is shown of answers: "ListByTeam(7, 0)"
	details string   // the difference
	advice  string
	text    string // all of it
}

// tell writes the whole of a fault: who is to blame, the difference, the calls, and what to do.
func (s *sequence) tell(f *fault) string {
	var b strings.Builder
	b.WriteString(f.blame)
	switch {
	case f.class == "unsteady":
		fmt.Fprintf(&b, "\n\n%s, once (-) and again (+):\n%s", f.what, indent(f.details))
	case f.what != "":
		fmt.Fprintf(&b, "\n\n%s, -cached +store:\n%s", f.what, indent(f.details))
	case f.details != "":
		b.WriteString("\n\n" + indent(f.details))
	}
	if len(s.steps) > 0 {
		b.WriteString("\n\nThe calls, all of them:")
		for i, step := range s.steps {
			fmt.Fprintf(&b, "\n\t%2d. %s", i+1, step.text)
			if step.result != "" {
				b.WriteString(" = " + step.result)
			}
		}
	}
	if f.advice != "" {
		b.WriteString("\n\n" + f.advice)
	}
	return b.String()
}
