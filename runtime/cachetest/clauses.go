package cachetest

import "strings"

// evictsOf are the clauses that name what m answers from.
func (m *method) evictsOf(read *method) []string { return m.clauses(read, false) }

// putsOf are the clauses that put what m answers from.
func (m *method) putsOf(read *method) []string { return m.clauses(read, true) }

// evictClass is the class of m's evictions of what a read answers from.
func (m *method) evictClass(read *method) string { return m.name + " > " + read.target() }

// putClass is the class of what m puts for a read.
func (m *method) putClass(read *method) string { return m.name + " put " + read.target() }

func (m *method) puts(read *method) bool { return len(m.putsOf(read)) > 0 }

func (m *method) clauses(read *method, putOnly bool) []string {
	var all []string
	for _, clause := range m.evicts {
		target, put := strings.CutPrefix(clause, "put ")
		name, _, _ := strings.Cut(target, "(")
		name, _, _ = strings.Cut(name, " ") // ListByTeam if u.Active(): all of its entries
		name = m.scope + name
		if (name == read.name || name == read.of) && (put || !putOnly) {
			all = append(all, clause)
		}
	}
	return all
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
