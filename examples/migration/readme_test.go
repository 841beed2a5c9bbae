package main

import (
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheREADMECountsTheLines(t *testing.T) {
	var table strings.Builder
	row := func(what string, before, after int) {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", what, number(before), number(after))
	}
	byHand, err := filepath.Glob("before/*.go")
	if err != nil || len(byHand) == 0 {
		t.Fatalf("no layer by hand: %v", err)
	}
	slices.Sort(byHand)
	before := 0
	for _, file := range byHand {
		n := codeLines(t, file)
		row("`"+file+"`", n, 0)
		before += n
	}
	directives, setup := strings.Count(text(t, "store/store.go"), "//cachegen:"), codeLines(t, "after/cache.go")
	row("`store/store.go`: directives", 0, directives)
	row("`after/cache.go`", 0, setup)
	row("together", before, directives+setup)
	if !strings.Contains(text(t, "README.md"), table.String()) {
		t.Errorf("README.md should have this table:\n%s", table.String())
	}
}

func TestTheREADMEShowsWhatTheProgramPrints(t *testing.T) {
	var out strings.Builder
	mustDo(t, run(t.Context(), &out))
	if !strings.Contains(text(t, "README.md"), out.String()) {
		t.Errorf("README.md should have this output:\n%s", out.String())
	}
	for _, s := range regexp.MustCompile("`(TestOnly[A-Za-z]+)`").FindAllStringSubmatch(text(t, "README.md"), -1) {
		if !strings.Contains(text(t, "only_test.go"), "func "+s[1]+"(") {
			t.Errorf("there is no %s", s[1])
		}
	}
}

// codeLines counts the lines that have more than space and comments on them.
func codeLines(t *testing.T, file string) int {
	t.Helper()
	source := []byte(text(t, file))
	var s scanner.Scanner
	positions := token.NewFileSet().AddFile(file, -1, len(source))
	s.Init(positions, source, nil, 0)
	lines := make(map[int]bool)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue // the scanner's own
		}
		first := positions.Line(pos)
		for i := range strings.Count(literal, "\n") + 1 {
			lines[first+i] = true
		}
	}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
