package cachez

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/runtime"
)

// view is the page.
type view struct {
	Nonce  string
	CSS    template.CSS
	JS     template.JS
	Caches []link
	Name   string // of the cache that is shown; "": there is none
	Evict  bool
	Token  string
	Live   *live
	Lookup *lookup
}

type link struct {
	Text, Href string
	Current    bool
}

// live is what changes on the page. The same goes into the page's text and, as JSON, to its script, which needs to know
// neither what it means nor how numbers are written.
type live struct {
	Facts  []fact  `json:"facts"`
	Charts []chart `json:"charts"`
	Tables []table `json:"tables"`
}

type fact struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Text  string `json:"text"`
	Class string `json:"class,omitempty"`
}

type table struct {
	ID      string   `json:"id"`
	Caption string   `json:"-"`
	Note    string   `json:"-"`
	None    string   `json:"-"` // stands there without rows
	Columns []column `json:"-"`
	Rows    []row    `json:"rows"`
}

type column struct {
	Name, Title string
	Text        bool // not numbers
}

type row struct {
	Key   string `json:"key"`
	Cells []cell `json:"cells"`
}

type cell struct {
	Text  string  `json:"text"`
	Sub   string  `json:"sub,omitempty"`   // a second line
	Title string  `json:"title,omitempty"` // on pointing at it
	Class string  `json:"class,omitempty"` // "ok", "warn", "bad"
	Href  string  `json:"href,omitempty"`
	Bar   float64 `json:"bar,omitempty"` // the part of 100 that is filled
}

func plain(text string) cell { return cell{Text: text} }

// remarkable is a count that should be 0.
func remarkable(n uint64) cell {
	c := cell{Text: orNone(n)}
	if n > 0 {
		c.Class = "warn"
	}
	return c
}

func (p *Page) view(w *watched) *view {
	v := &view{Evict: p.evict, Token: p.token}
	p.mu.Lock()
	for _, other := range p.watched {
		v.Caches = append(v.Caches, link{other.name, "?" + url.Values{"cache": {other.name}}.Encode(), other == w})
	}
	p.mu.Unlock()
	if w != nil {
		v.Name, v.Live = w.name, p.live(w)
	}
	return v
}

// live is how things stand now.
func (p *Page) live(w *watched) *live {
	if w == nil {
		return &live{}
	}
	health, stats, hot := w.healthNow(), w.cache.Stats(), w.cache.HotKeys()
	p.mu.Lock()
	defer p.mu.Unlock()
	return &live{
		Facts:  facts(stats),
		Charts: charts(w.points(), w.now()),
		Tables: []table{p.methods(w, stats), p.tiers(stats, health), p.operations(w), hottest(w, hot), p.happened()},
	}
}

func facts(s runtime.Stats) []fact {
	pending := fact{"pending", "Waiting for the shared tier", number(uint64(s.PendingEvictions)), ""}
	if s.PendingEvictions > 0 {
		pending.Class = "warn"
	}
	return []fact{
		{"received", "From other processes, keys", number(s.ReceivedEvictions), ""},
		{"failed", "Failed at first", number(s.FailedEvictions), ""},
		pending,
		{"skipped", "Without a key", number(s.SkippedEvictions), ""},
	}
}

// durations are how long something took lately.
func durations(s *series) (p50, p99 cell) {
	if s == nil {
		return plain(none), plain(none)
	}
	recent := s.recent()
	return plain(took(recent.quantile(0.5))), plain(took(recent.quantile(0.99)))
}

func (p *Page) methods(w *watched, stats runtime.Stats) table {
	t := table{
		ID: "methods", Caption: "Methods", Note: "Counts since the cache was made; times of the last minute or two.",
		None: "No method has been registered yet.",
		Columns: []column{
			{"Method", "", true}, {"Hit ratio", "", false}, {"Hits", "", false}, {"Misses", "", false},
			{"Loads", "calls of the wrapped method", false}, {"p50", "half of the loads took no longer", false},
			{"p99", "99 of 100 loads took no longer", false}, {"Errors", "loads that failed", false},
			{"Waited", "calls that waited for another's load", false}, {"Stale", "answered with what was past its TTL", false},
			{"Evictions", "", false}, {"Unusable", "entries that could not be read, or had another shape", false},
		},
	}
	all := *p.all.Load()
	for _, name := range slices.Sorted(maps.Keys(stats.Methods)) {
		m := stats.Methods[name]
		where, short := split(name)
		ratio := ratioOf(m.Hits, m.Misses)
		p50, p99 := durations(all[seriesOf{w.cache.Namespace(), name, "", "load"}])
		hits := cell{Text: number(m.Hits), Title: fmt.Sprintf("%s decoded, %s not found", number(m.NearHits), number(m.NotFoundHits))}
		t.Rows = append(t.Rows, row{name, []cell{
			{Text: short, Sub: where}, {Text: percent(ratio), Bar: max(0, ratio) * 100}, hits, plain(number(m.Misses)),
			plain(number(m.Loads)), p50, p99, remarkable(m.LoadErrors), plain(orNone(m.Coalesced)), plain(orNone(m.Stale)),
			plain(orNone(m.Evictions)), remarkable(m.Corrupt + m.Schema),
		}})
	}
	return t
}

func (p *Page) tiers(stats runtime.Stats, health []runtime.TierHealth) table {
	t := table{
		ID: "tiers", Caption: "Tiers", Note: "From the nearest to the one that processes share.",
		Columns: []column{
			{"Tier", "", true}, {"Health", "", true}, {"Breaker", "", true}, {"Hit ratio", "", false}, {"Gets", "keys asked for", false},
			{"Sets", "entries stored", false}, {"Promoted", "stored since a lower tier had them", false}, {"Removed", "", false},
			{"Errors", "", false}, {"Timeouts", "", false},
		},
	}
	for i, s := range stats.Tiers {
		ratio := -1.0
		if s.Gets > 0 {
			ratio = float64(s.Hits) / float64(s.Gets)
		}
		t.Rows = append(t.Rows, row{fmt.Sprint(i), []cell{
			plain(s.Name), healthCell(health[i]), breakerCell(s.Breaker), {Text: percent(ratio), Bar: max(0, ratio) * 100},
			plain(number(s.Gets)), plain(number(s.Sets)), plain(orNone(s.Promotions)), plain(orNone(s.Removes)),
			remarkable(s.Errors), remarkable(s.Timeouts),
		}})
	}
	return t
}

func healthCell(h runtime.TierHealth) cell {
	switch {
	case h.Err != nil:
		return cell{Text: "down", Class: "bad", Title: h.Err.Error(), Sub: cutTo(h.Err.Error(), 80)}
	case h.Off != "":
		return cell{Text: "not in use", Class: "warn", Sub: h.Off}
	}
	return cell{Text: "healthy", Class: "ok"}
}

func breakerCell(state string) cell {
	switch state {
	case "":
		return cell{Text: none, Title: "a tier in this process needs none"}
	case "closed":
		return cell{Text: state, Class: "ok"}
	case "open":
		return cell{Text: state, Class: "bad"}
	}
	return cell{Text: state, Class: "warn"}
}

// cutTo shortens what may be long.
func cutTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func (p *Page) operations(w *watched) table {
	t := table{
		ID: "operations", Caption: "Operations of tiers outside this process", Note: "Times of the last minute or two.",
		None: "There have been none, or the page was not given to runtime.WithObserver.",
		Columns: []column{
			{"Tier", "", true}, {"Operation", "", true}, {"Count", "but for what the breaker refused", false}, {"p50", "half of them took no longer", false},
			{"p99", "99 of 100 took no longer", false}, {"Errors", "", false},
		},
	}
	all := *p.all.Load()
	var of []seriesOf
	for s := range all {
		if s.tier != "" && s.namespace == w.cache.Namespace() {
			of = append(of, s)
		}
	}
	slices.SortFunc(of, func(a, b seriesOf) int {
		return cmp.Or(strings.Compare(a.tier, b.tier), strings.Compare(a.operation, b.operation))
	})
	for _, o := range of {
		s := all[o]
		counted := s.read()
		p50, p99 := durations(s)
		t.Rows = append(t.Rows, row{o.tier + " " + o.operation, []cell{
			plain(o.tier), plain(o.operation), plain(number(counted.total())), p50, p99, remarkable(s.errors.Load()),
		}})
	}
	return t
}

func hottest(w *watched, hot []runtime.HotKey) table {
	t := table{
		ID: "hot", Caption: "Hottest keys", Note: "Their part of all hits in the last minutes, from one hit in 64.",
		None:    "None yet, or the cache was made without runtime.WithHotKeys.",
		Columns: []column{{"Key", "", true}, {"Hits", "", false}},
	}
	for _, h := range hot {
		href := "?" + url.Values{"cache": {w.name}, "key": {h.Key}}.Encode() + "#lookup"
		t.Rows = append(t.Rows, row{h.Key, []cell{
			{Text: h.Key, Href: href}, {Text: percent(h.Share), Bar: h.Share * 100},
		}})
	}
	return t
}

// happened is called under the lock.
func (p *Page) happened() table {
	t := table{
		ID: "events", Caption: "What happened lately", None: "Nothing that is worth telling.",
		Columns: []column{{"When", "", true}, {"What", "", true}},
	}
	for i := len(p.events) - 1; i >= 0; i-- {
		e := p.events[i]
		what := cell{Text: e.Kind.String()}
		var about []string
		for _, s := range []string{e.Tier, e.State, e.Method, e.Key} {
			if s != "" {
				about = append(about, s)
			}
		}
		if e.Keys > 0 {
			about = append(about, fmt.Sprintf("%d keys", e.Keys))
		}
		if len(about) > 0 {
			what.Text += ": " + strings.Join(about, ", ")
		}
		if e.Err != nil {
			what.Sub = cutTo(e.Err.Error(), 200)
		}
		t.Rows = append(t.Rows, row{fmt.Sprint(e.at.UnixNano()), []cell{plain(e.at.Format("15:04:05")), what}})
	}
	return t
}
