package cachetest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// expr is a Go expression over the parameters and results of a mutator.
type expr struct {
	text  string
	names []string // what a parameter would be called that wants it, without case
	value reflect.Value
	field string // where it is a field of a struct
}

// suggest writes the directive that would have evicted r after w, as far as names, types and values tell.
func (s *sequence) suggest(w *write, r *read) string {
	if w.m.scope != r.m.scope {
		return fmt.Sprintf("Directives evict within their own interface only. Where %s is called, evict what %s reads "+
			"with an Evict method of its wrapper, or keep it shortly (ttl=).", w.m.name, r.m.name)
	}
	target := r.m
	for _, m := range s.methods {
		if m.name == w.m.lacks(r.m) {
			target = m
		}
	}
	exprs := expressions(w)
	old := oldState{sequence: s, w: w, exprs: exprs}
	var now, before []string // the arguments that reach what is there after the write, and what was there before
	var loop string
	for i, p := range target.drawn() {
		var want reflect.Value // unknown where r is a batch of the target's
		if target == r.m {
			want = r.args[i]
		}
		is, was := "_", "_"
		e, slice := find(exprs, target.params[p], target.in[p], want)
		switch {
		case e == nil:
			was = old.field(target.params[p], target.in[p])
			is = was
		case slice:
			is = strings.TrimSuffix(target.params[p], "_")
			was, loop = is, fmt.Sprintf(" for _, %s := range %s", is, e.text)
		case !want.IsValid() || equal(e.value, want):
			is, was = e.text, e.text
		default:
			is, was = e.text, old.field(e.field, target.in[p])
		}
		now, before = append(now, is), append(before, was)
	}
	name := strings.TrimPrefix(target.name, target.scope)
	var clauses []string
	for _, args := range [][]string{before, now} {
		if c := callOf(name, args) + loop; !slices.Contains(clauses, c) && !slices.Contains(w.m.evicts, c) {
			clauses = append(clauses, c)
		}
	}
	if slices.Contains(clauses, name) {
		clauses = []string{name} // all its entries, so also those that the others name
	}
	if len(clauses) == 0 {
		return ""
	}
	return fmt.Sprintf("This may be what %s lacks:\n\t//cachegen:evict %s%s", w.m.name, old.option(), strings.Join(clauses, ", "))
}

// callOf is a call as a directive has it.
func callOf(name string, args []string) string {
	if len(args) > 0 && !slices.ContainsFunc(args, func(a string) bool { return a != "_" }) {
		return name
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// expressions are those that can be evicted by: parameters, results, and the fields of both.
func expressions(w *write) []expr {
	var all []expr
	add := func(name string, v reflect.Value) {
		all = append(all, expr{text: name, names: []string{plainName(name)}, value: v})
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || v.Type() == timeType {
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			names := []string{plainName(f.Name)}
			if names[0] == "id" {
				names = append(names, plainName(v.Type().Name())+"id")
			}
			all = append(all, expr{name + "." + f.Name, names, v.Field(i), f.Name})
		}
	}
	for i, p := range w.m.drawn() {
		if name := w.m.params[p]; plainName(name) != "" {
			add(name, w.args[i])
		}
	}
	if w.got.err == nil && len(w.got.out) > 0 && w.got.out[0].Type() != errorType {
		add("result", w.got.out[0])
	}
	return all
}

// find returns the expression that a parameter wants, the one with the wanted value before others; slice says that it is
// a slice of such.
func find(exprs []expr, param string, typ reflect.Type, want reflect.Value) (found *expr, slice bool) {
	name := plainName(param)
	if name == "" {
		return nil, false
	}
	for i, e := range exprs {
		if e.value.Type() != typ || !slices.Contains(e.names, name) {
			continue
		}
		if !want.IsValid() || equal(e.value, want) {
			return &exprs[i], false
		}
		if found == nil {
			found = &exprs[i]
		}
	}
	for i, e := range exprs {
		if found == nil && e.value.Kind() == reflect.Slice && e.value.Type().Elem() == typ && slices.Contains(e.names, name+"s") {
			return &exprs[i], true
		}
	}
	return found, false
}

func equal(a, b reflect.Value) bool { return exact([]reflect.Value{a}) == exact([]reflect.Value{b}) }

// oldState is the state before a write, as old= reads it.
type oldState struct {
	*sequence
	w     *write
	exprs []expr
	call  string // what reads it; "" as long as nothing needs it
}

// field is the field of the old state that a parameter wants, "_" if no method is known to read it.
func (o *oldState) field(param string, typ reflect.Type) string {
	name := plainName(param)
	if name == "" {
		return "_"
	}
	for _, m := range o.methods {
		if !m.reads || m.scope != o.w.m.scope || m.of != "" || len(m.out) == 0 || len(m.drawn()) == 0 {
			continue
		}
		state := m.out[0]
		if state.Kind() == reflect.Pointer {
			state = state.Elem()
		}
		if state.Kind() != reflect.Struct {
			continue
		}
		call := o.callTo(m)
		if call == "" || o.call != "" && o.call != call {
			continue
		}
		for i := range state.NumField() {
			if f := state.Field(i); f.IsExported() && plainName(f.Name) == name && f.Type == typ && !o.given(m, name) {
				o.call = call
				return "old." + f.Name
			}
		}
	}
	return "_"
}

// given reports whether m is called with the parameter, so that the old state has what the new one has.
func (o *oldState) given(m *method, name string) bool {
	return slices.ContainsFunc(m.drawn(), func(p int) bool { return plainName(m.params[p]) == name })
}

// callTo is a call of m by what is known before the write, "" where that is not enough.
func (o *oldState) callTo(m *method) string {
	var args []string
	for _, p := range m.drawn() {
		e, slice := find(o.exprs, m.params[p], m.in[p], reflect.Value{})
		if e == nil || slice || e.text == "result" || strings.HasPrefix(e.text, "result.") {
			return ""
		}
		args = append(args, e.text)
	}
	return strings.TrimPrefix(m.name, m.scope) + "(" + strings.Join(args, ", ") + ")"
}

func (o *oldState) option() string {
	if o.call == "" {
		return ""
	}
	return "old=" + o.call + " "
}

// plainName is a name without case and underscores.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }
