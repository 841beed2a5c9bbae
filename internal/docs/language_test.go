package docs

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
)

var setting = regexp.MustCompile(`^([a-z]+)=`)

// checkLanguage compares the documents with the table of the language. A table whose first column is headed "directive"
// lists all verbs, one headed "option" options, and each option stands as code somewhere in a document with such tables;
// none stands there that does not exist.
func checkLanguage(f *faults, documents []*document) {
	options := map[string]bool{}
	for _, v := range directive.Verbs() {
		for _, o := range v.Options {
			options[o.Name] = true
		}
	}
	verb := func(name string) bool {
		return slices.ContainsFunc(directive.Verbs(), func(v *directive.Verb) bool { return v.Name == name })
	}
	verbs, mentioned := map[string]bool{}, map[string]bool{}
	var table *document // the last one that lists verbs
	at := 0
	for _, d := range documents {
		if !slices.ContainsFunc(d.spans, func(s span) bool { return s.table == "directive" }) {
			continue
		}
		for _, s := range d.spans {
			first, _, _ := strings.Cut(s.text, " ")
			name, _, _ := strings.Cut(first, "=")
			mentioned[name] = true
			listed := s.first && s.table == "option" && name == strings.ToLower(name)
			switch {
			case s.first && s.table == "directive":
				verbs[first] = true
				table, at = d, s.line
				if !verb(first) {
					f.add(d, s.line, "code: there is no directive %s", first)
				}
			case (listed || setting.MatchString(s.text)) && !options[name]:
				f.add(d, s.line, "code: no directive has an option %s", name)
			}
		}
	}
	if table == nil {
		return
	}
	var missing []string
	for _, v := range directive.Verbs() {
		if !verbs[v.Name] {
			missing = append(missing, v.Name)
		}
	}
	if missing != nil {
		f.add(table, at, "table: these directives are missing: %s", strings.Join(missing, ", "))
	}
	missing = nil
	for name := range options {
		if !mentioned[name] {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		slices.Sort(missing)
		f.add(table, at, "table: these options are said nowhere: %s", strings.Join(missing, ", "))
	}
}
