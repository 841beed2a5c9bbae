package check

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the names of methods that change something begin with.
var mutators = []string{"Add", "Create", "Delete", "Destroy", "Insert", "Put", "Remove", "Save", "Update", "Upsert"}

// mutator tells whether a method is called as one that changes something: SaveUser, but not Saved.
func mutator(name string) bool {
	for _, word := range mutators {
		if n := min(len(word), len(name)); strings.EqualFold(name[:n], word) && name[1:n] == word[1:] {
			if r, _ := utf8.DecodeRuneInString(name[n:]); n == len(name) || !unicode.IsLower(r) {
				return true
			}
		}
	}
	return false
}

// mutates tells whether a method probably changes something: by its name, or since it gives nothing but perhaps an error.
func mutates(m *method) bool {
	for _, r := range m.Results {
		if !isError(r.Type) {
			return mutator(m.Name)
		}
	}
	return true
}
