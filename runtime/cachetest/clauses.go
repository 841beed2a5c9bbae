package cachetest

import (
	"slices"
	"strings"
)

// evictsOf are the clauses that name what m answers from.
func (m *method) evictsOf(read *method) []string { return m.clauses(read, false) }

// putsOf are the clauses that put what m answers from.
func (m *method) putsOf(read *method) []string { return m.clauses(read, true) }

// evictClass is the class of m's evictions of what a read answers from.
func (m *method) evictClass(read *method) string { return m.name + " > " + m.lacks(read) }

// lacks is the method whose entry m should have evicted: of an index, that which it leads to, unless m evicts such.
func (m *method) lacks(read *method) string {
	if clauses := m.evictsOf(read); read.index() && len(clauses) > 0 && !slices.ContainsFunc(clauses, func(clause string) bool {
		return m.named(clause) == read.name
	}) {
		return read.name
	}
	return read.target()
}

// putClass is the class of what m puts for a read.
func (m *method) putClass(read *method) string { return m.name + " put " + read.target() }

func (m *method) puts(read *method) bool { return len(m.putsOf(read)) > 0 }

func (m *method) clauses(read *method, putOnly bool) []string {
	var all []string
	for _, clause := range m.evicts {
		name, put := m.named(clause), strings.HasPrefix(clause, "put ")
		if (name == read.name || name == read.of) && (put || !putOnly) {
			all = append(all, clause)
		}
	}
	return all
}

// named is the method that a clause names.
func (m *method) named(clause string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(clause, "put "), "(")
	name, _, _ = strings.Cut(name, " ") // ListByTeam if u.Active(): all of its entries
	return m.scope + name
}

// evictedTags are the clauses that evict a tag.
func (m *method) evictedTags() []string {
	var all []string
	for _, clause := range m.evicts {
		if strings.HasPrefix(clause, "tag.") {
			all = append(all, clause)
		}
	}
	return all
}

func asDirective(clause string) string {
	if strings.HasPrefix(clause, "put ") {
		return clause
	}
	return "evict " + clause
}

func possessive(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "'"
	}
	return name + "'s"
}
