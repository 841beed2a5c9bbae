package cachetest

import (
	"fmt"
	"strings"
)

// after says what is wrong with reads after w; was are their answers before it.
func (s *sequence) after(w *write, wrong []*read, was []answer) []*fault {
	var own, others []*fault
	for i, r := range wrong {
		got, by := r.got, s.disturber(r)
		var one *read
		if by == nil || by == r {
			one = s.probe(r)
		}
		var f *fault
		switch {
		case got.panicked != nil:
			f = panics(r.m, r.text, got, "the wrapper, or in the store when it calls it")
		case one != nil:
			f = s.shared(one, r)
		case by != nil:
			f = s.shared(r, by)
		case w.m.puts(r.m):
			f = s.wrote(w, r, s.cmp.same(got, was[i]))
		case s.cmp.same(got, was[i]), r.m.of != "": // of several entries one may be stale
			f = s.stale(w, r)
		default:
			f = s.wrote(w, r, false)
		}
		if r.m.of == "" {
			own = append(own, f)
		} else {
			others = append(others, f)
		}
	}
	return append(own, others...)
}

// stale is a read that a write should have evicted.
func (s *sequence) stale(w *write, r *read) *fault {
	target := w.m.lacks(r.m)
	f := &fault{class: w.m.evictClass(r.m), target: r.m.target(), what: r.text, details: s.cmp.diff(r.got, r.was)}
	var why string
	switch named, tags := w.m.evictsOf(r.m), w.m.evictedTags(); {
	case r.m.index() && target == r.m.name:
		why = fmt.Sprintf("%s has no evict for %s", w.m.name, target)
	case len(named) == 1:
		why = fmt.Sprintf("%s %s does not reach it", possessive(w.m.name), asDirective(named[0]))
	case len(named) > 1:
		why = fmt.Sprintf("none of %s %s reaches it", possessive(w.m.name), strings.Join(named, ", "))
	case len(tags) > 0:
		why = fmt.Sprintf("%s has no evict for %s, and its evict %s does not reach it", w.m.name, target, strings.Join(tags, ", "))
	default:
		why = fmt.Sprintf("%s has no evict for %s", w.m.name, target)
	}
	if target != r.m.name {
		why += ", whose entries " + r.m.name + " answers from"
	}
	f.summary = fmt.Sprintf("after %s, %s is stale: %s", w.m.name, r.m.name, why)
	f.blame = fmt.Sprintf("after %s, %s is stale: %s", w.text, r.text, why)
	f.advice = s.suggest(w, r)
	return f
}

// wrote is a read whose answer after a write is neither the old nor the new one, or, where the write puts such entries, the
// old one.
func (s *sequence) wrote(w *write, r *read, old bool) *fault {
	f := &fault{class: w.m.putClass(r.m), target: r.m.target(), what: r.text, details: s.cmp.diff(r.got, r.was)}
	why := "the cache answers what the store answers neither before nor after it"
	if put := w.m.putsOf(r.m); len(put) > 0 {
		why = fmt.Sprintf("%s %s stores something else than the store has", possessive(w.m.name), strings.Join(put, ", "))
		if old {
			why += ", or does not reach it"
		}
		f.advice = putAdvice
		if r.m.index() {
			why += fmt.Sprintf(", or the index of %s leads elsewhere", r.m.name)
			f.advice += " See the call that index names, too."
		}
	}
	f.summary = fmt.Sprintf("after %s, %s is wrong: %s", w.m.name, r.m.name, why)
	f.blame = fmt.Sprintf("after %s, %s is wrong: %s", w.text, r.text, why)
	return f
}

const putAdvice = "Put what the method returns, where that is the new state, or evict the entry instead of putting it."

// first is a read that was not right when it was first made. The write before it is to blame that put its entry, or the last
// one that should have evicted what another had put: a small sequence has no others.
func (s *sequence) first(r *read) *fault {
	if r.got.panicked != nil {
		return panics(r.m, r.text, r.got, "the wrapper, or in the store when it calls it")
	}
	if other := s.disturber(r); other != nil {
		return s.shared(r, other)
	}
	var may []string
	put := -1
	for i, w := range s.writes {
		if may = append(may, w.m.evictClass(r.m)); w.m.puts(r.m) {
			may, put = append(may, w.m.putClass(r.m)), i
		}
	}
	if last := len(s.writes) - 1; last >= 0 {
		f := s.stale(s.writes[last], r)
		switch {
		case put == last:
			f = s.wrote(s.writes[put], r, false)
		case put >= 0:
			f.advice = fmt.Sprintf("Its entry is there since %s put it. %s", s.writes[put].text, f.advice)
		}
		f.also = may
		return f
	}
	const why = "another call left its answer under this one's key"
	return &fault{
		class: "first " + r.m.target(), target: r.m.target(), drop: true, what: r.text, details: s.cmp.diff(r.got, r.was),
		summary: r.m.name + " is wrong when it is first read: " + why,
		blame:   r.text + " is wrong when it is first read: " + why,
		advice:  "See the parameters that its key leaves out (key=, ignore=), index, and by= of batch.",
	}
}

// kept is a read that was right once, and is not when it is made again.
func (s *sequence) kept(r *read) *fault {
	if one := s.probe(r); one != nil {
		return s.shared(one, r)
	}
	const why = "what the cache keeps is not what was loaded, though nothing was written"
	f := &fault{
		class: "kept " + r.m.name, target: r.m.target(), drop: true, what: r.text, details: s.cmp.diff(r.got, r.was),
		summary: r.m.name + " is answered otherwise the second time: " + why,
		blame:   r.text + " is answered otherwise the second time: " + why,
		advice: "See lossy, and marshalers of its result that lose something. " +
			"If the difference does not matter, say so with cachetest.Compare.",
	}
	if r.m.of != "" {
		f.class = "shared " + r.m.target()
		f.advice = sharedAdvice + " If the difference does not matter, say so with cachetest.Compare."
	}
	return f
}

const sharedAdvice = "See by= of batch (which element answers which key), the call that index names, and key= of both methods."

// shared is a read, r, that is wrong because another was made: both use one entry.
func (s *sequence) shared(r, other *read) *fault {
	f := &fault{target: r.m.target(), drop: true, what: r.text, details: s.cmp.diff(r.got, r.was)}
	if other == r {
		return s.kept(r)
	}
	says, why := "%s answers what %s did: %s", "do they share an entry by mistake?"
	if r.m == other.m && r.m.of == "" {
		f.class, why = "key "+r.m.name, "does its key lack a parameter?"
		if lacks := differ(r, other); len(lacks) == 1 {
			why = fmt.Sprintf("does its key lack %s?", lacks[0])
		}
		f.advice = fmt.Sprintf("See key=, ignore= and if= of %s: what they leave out must not matter.", r.m.name)
	} else {
		f.class = "shared " + r.m.target()
		f.advice = sharedAdvice
	}
	if !s.cmp.comparable(r.got, other.was) || !s.cmp.same(r.got, other.was) {
		says = "%s is wrong after %s, which only reads: %s"
	}
	f.summary = fmt.Sprintf(says, r.m.name, other.m.name, why)
	f.blame = fmt.Sprintf(says, r.text, other.text, why)
	return f
}

// unsteady is a read that the store answers now as before, now otherwise.
func (s *sequence) unsteady(r *read, now answer) *fault {
	return &fault{
		class: "unsteady", final: true, what: r.text, details: s.cmp.diff(r.was, now),
		summary: r.m.name + " answers differently each time: it cannot be compared",
		blame:   r.text + " answers differently each time: it cannot be compared",
		advice: fmt.Sprintf("Leave out what differs with cachetest.Compare (cmpopts.IgnoreFields, cmpopts.SortSlices), "+
			"or the method with cachetest.Without(%q).", plain(r.m.name)),
	}
}

// panics is a call that panics, in the store or not.
func panics(m *method, text string, a answer, where string) *fault {
	return &fault{
		class: "panic", final: true,
		summary: m.name + " panics",
		blame:   fmt.Sprintf("%s panics in %s: %s", text, where, formatPanic(a.panicked)),
		details: strings.TrimSpace(a.stack),
		advice: fmt.Sprintf("If such arguments are never given, say how they are drawn with cachetest.Args(%q, …) "+
			"or cachetest.Values.", plain(m.name)),
	}
}

func formatPanic(p any) string {
	if err, ok := p.(error); ok {
		return errorText(err)
	}
	return fmt.Sprint(p)
}
