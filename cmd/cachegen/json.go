package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/gen"
	"github.com/cachegen-go/cachegen/gen/model"
)

// jsonDiagnostic is what -json prints for a diagnostic, an object a line. Fields are never renamed or removed; those
// that say nothing are left out. Messages that are about no place have a severity and a message alone.
type jsonDiagnostic struct {
	File     string    `json:"file,omitempty"`   // as seen from the working directory
	Line     int       `json:"line,omitempty"`   // from 1
	Column   int       `json:"column,omitempty"` // from 1, in bytes
	Severity string    `json:"severity"`         // error, warning or, with -v, info
	Message  string    `json:"message"`
	Fixes    []jsonFix `json:"fixes,omitempty"` // each by itself mends the fault
}

type jsonFix struct {
	Message string     `json:"message"`
	Edits   []jsonEdit `json:"edits"`
}

// jsonEdit puts New in place of the bytes of File from Offset up to End, which count from 0.
type jsonEdit struct {
	File   string `json:"file"`
	Offset int    `json:"offset"`
	End    int    `json:"end"`
	New    string `json:"new"`
}

func diagnosticJSON(d gen.Diagnostic, relative func(string) string) jsonDiagnostic {
	out := jsonDiagnostic{
		File: relative(d.Pos.Filename), Line: d.Pos.Line, Column: d.Pos.Column, Severity: "error", Message: d.Message,
	}
	if d.Warning {
		out.Severity = "warning"
	}
	for _, fix := range d.Fixes {
		f := jsonFix{Message: fix.Message}
		for _, e := range fix.Edits {
			f.Edits = append(f.Edits, jsonEdit{relative(e.Pos.Filename), e.Pos.Offset, e.End.Offset, e.New})
		}
		out.Fixes = append(out.Fixes, f)
	}
	return out
}

// jsonWrapper is what -explain -json prints for an interface, an object a line. Fields are never renamed or removed;
// those that say nothing are left out. Expressions read as in the directives, durations as Go writes them.
type jsonWrapper struct {
	Package   string       `json:"package"` // import path
	Interface string       `json:"interface"`
	Wrapper   string       `json:"wrapper"`
	File      string       `json:"file"` // of the interface, as seen from the working directory
	Line      int          `json:"line"`
	Generated string       `json:"generated"`         // the wrapper's file
	Prefix    string       `json:"prefix"`            // of its keys
	Primary   string       `json:"primary,omitempty"` // what makes contexts for loads soon after an eviction
	Methods   []jsonMethod `json:"methods"`           // as declared, then as embedded
}

type jsonMethod struct {
	Name      string      `json:"name"`
	Cache     *jsonCache  `json:"cache,omitempty"` // of a batch: of its entries, under its own conditions
	Batch     string      `json:"batch,omitempty"` // the method for one key whose entries these are; its own name where there is none
	Old       string      `json:"old,omitempty"`   // the method that reads the state before the write
	Evicts    []jsonEvict `json:"evicts,omitempty"`
	EvictedBy []string    `json:"evictedBy,omitempty"` // methods that evict entries of this one
	Leaves    []string    `json:"leaves,omitempty"`    // cached methods that a mutator evicts nothing of
	Index     string      `json:"index,omitempty"`     // the method whose entries it finds: cache is then about what it keeps of where they are
	Sub       string      `json:"sub,omitempty"`       // the interface whose wrapper it hands out
	Pass      bool        `json:"pass,omitempty"`
}

type jsonCache struct {
	Key      []jsonKeyPart `json:"key"`           // empty: one entry
	TTL      string        `json:"ttl,omitempty"` // a duration or an expression; absent: the runtime's default
	Jitter   *int          `json:"jitter,omitempty"`
	NotFound []string      `json:"notfound,omitempty"`
	Negative string        `json:"negative,omitempty"`
	Stale    string        `json:"stale,omitempty"`
	Timeout  string        `json:"timeout,omitempty"`
	Near     string        `json:"near,omitempty"`    // copy or share
	Refresh  string        `json:"refresh,omitempty"` // a duration, or a percentage of the TTL: 20%
	If       string        `json:"if,omitempty"`
	Reload   string        `json:"reload,omitempty"`
	Unless   string        `json:"unless,omitempty"`
	Marks    []string      `json:"marks,omitempty"`  // what the entries are marked by: member(id) for id := range result
	Groups   [][]string    `json:"groups,omitempty"` // that are evicted together: the key's parts, _ for any value
}

type jsonKeyPart struct {
	Expr string `json:"expr"`
	Hash bool   `json:"hash,omitempty"` // the key holds its digest
}

type jsonEvict struct {
	Method  string   `json:"method"`            // or tag.NAME
	Args    []string `json:"args"`              // those that make up the key, _ for any value
	For     string   `json:"for,omitempty"`     // a range clause
	If      string   `json:"if,omitempty"`      // a condition
	Put     []string `json:"put,omitempty"`     // not removed but replaced, by these values
	Old     bool     `json:"old,omitempty"`     // it names what the state before the write says
	Around  bool     `json:"around,omitempty"`  // from before the write until after it
	Success bool     `json:"success,omitempty"` // only once the method has returned without an error
}

// explainJSON prints what the wrappers would do, for programs.
func explainJSON(out io.Writer, files []*model.File, relative func(string) string) error {
	lines := jsonLines(out)
	for _, f := range files {
		for _, w := range f.Wrappers {
			j := jsonWrapper{
				Package: f.Package.Path(), Interface: w.Interface.Name(), Wrapper: w.Name,
				File: relative(w.Pos.Filename), Line: w.Pos.Line, Generated: relative(f.Path), Prefix: w.Prefix, Primary: source(w.Primary),
			}
			for _, m := range w.Methods {
				j.Methods = append(j.Methods, methodJSON(w, m))
			}
			if err := lines.Encode(j); err != nil {
				return err
			}
		}
	}
	return nil
}

func methodJSON(w *model.Wrapper, m *model.Method) jsonMethod {
	j := jsonMethod{Name: m.Name, EvictedBy: evictors(w, m), Leaves: leaves(w, m), Pass: m.Pass}
	if c := m.Cache; c != nil {
		j.Cache = cacheJSON(c)
	}
	if m.Batch != nil {
		j.Batch, j.Cache = m.Batch.Target.Name, cacheJSON(batchCache(m.Batch))
		if m.Batch.Own {
			j.EvictedBy = evictors(w, m.Batch.Target)
		}
	}
	if m.Old != nil {
		j.Old = m.Old.Target.Name
	}
	if m.Index != nil {
		j.Index = m.Index.Target.Name
	}
	if m.Sub != nil {
		j.Sub = subName(m.Sub)
	}
	for _, e := range m.Evicts {
		evict := jsonEvict{Method: e.Target.Name, Args: arguments(e), If: source(e.If), Success: e.UsesResults, Old: e.UsesOld, Around: e.Around && !e.UsesResults}
		for _, v := range e.Put {
			evict.Put = append(evict.Put, v.Source)
		}
		if e.For != nil {
			evict.For = rangeClause(e.For)
		}
		j.Evicts = append(j.Evicts, evict)
	}
	return j
}

func cacheJSON(c *model.Cache) *jsonCache {
	j := &jsonCache{
		Key: []jsonKeyPart{}, TTL: length(c.TTL), Negative: length(c.Negative),
		Stale: length(c.Stale), Timeout: length(c.Timeout), Refresh: refresh(c),
		Near: map[model.Near]string{model.NearCopy: "copy", model.NearShare: "share"}[c.Near],
		If:   source(c.If), Reload: source(c.Reload), Unless: source(c.Unless),
	}
	if c.Lifetime != nil {
		j.TTL = c.Lifetime.Source
	}
	if c.Jitter != 0 {
		percent := max(0, c.Jitter)
		j.Jitter = &percent
	}
	for _, p := range c.Key {
		j.Key = append(j.Key, jsonKeyPart{p.Expr.Source, p.Hash})
	}
	for _, g := range c.Groups {
		j.Groups = append(j.Groups, groupOf(c, g))
	}
	for _, e := range c.Marks {
		j.Marks = append(j.Marks, strings.TrimSpace(marked(e)+" "+condition(e.If)))
	}
	for _, s := range c.NotFound {
		j.NotFound = append(j.NotFound, s.Name)
	}
	return j
}

func source(e *model.Expr) string {
	if e == nil {
		return ""
	}
	return e.Source
}

// length writes a duration, "" where the runtime's default is meant.
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// jsonLines writes values a line each, with operators as they are.
func jsonLines(out io.Writer) *json.Encoder {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e
}

// printJSON prints a message for programs.
func (r *runner) printJSON(severity, format string, args ...any) {
	_ = jsonLines(r.err).Encode(jsonDiagnostic{Severity: severity, Message: fmt.Sprintf(format, args...)})
}
