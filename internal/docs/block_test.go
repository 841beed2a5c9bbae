package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// languages has those of blocks, with the words that can follow them, beside file=NAME.
var languages = map[string][]string{
	"go": nil, "sh": {"run"}, "yaml": nil, "json": nil, "toml": nil, "mermaid": nil, "text": {"usage", "output"},
}

// checkBlocks checks the blocks that are not Go, or are of=PACKAGE or in=FILE.
func checkBlocks(f *faults, tree *tree, d *document) {
	for i, b := range d.blocks {
		words, ok := languages[b.language]
		switch {
		case b.language == "":
			f.add(d, b.line, "block: it is of no language; fence it, and say which: ```text if it is none")
			continue
		case !ok:
			f.add(d, b.line, "block: there is no check for the language %s", b.language)
			continue
		}
		for _, word := range b.info {
			name, _, ok := strings.Cut(word, "=")
			if !slices.Contains(words, word) && !(ok && (name == "file" || (name == "of" || name == "in") && b.language == "go")) {
				f.add(d, b.line, "block: %s cannot be %s", b.language, word)
			}
		}
		switch b.language {
		case "go":
			if b.value("of") != "" {
				checkAPI(f, tree.root, b)
			}
			if b.value("in") != "" {
				checkExcerpt(f, tree.root, b)
			}
		case "sh":
			checkShell(f, tree, b)
		case "yaml":
			checkYAML(f, b)
		case "json":
			checkJSON(f, b)
		case "text":
			if b.is("usage") && b.text != tree.usage {
				f.add(d, b.line, "block: it is not what cachegen -h prints: %s", firstDifference(b.text, tree.usage))
			}
			if b.is("output") && (i == 0 || !d.blocks[i-1].is("run")) {
				f.add(d, b.line, "block: there is no sh run before this output")
			}
		}
	}
}

// checkExcerpt holds that a block stands in the file that it is said to be from, line for line.
func checkExcerpt(f *faults, root string, b *block) {
	name := path.Join(path.Dir(b.doc.path), b.value("in"))
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		f.add(b.doc, b.line, "block: there is no %s", name)
		return
	}
	if !strings.Contains("\n"+string(source), "\n"+b.text) {
		f.add(b.doc, b.line, "block: %s has no such lines", name)
	}
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) - 1 { // the last one is empty
		if g[i] != w[i] {
			return "line " + strconv.Itoa(i+1) + " should be " + strconv.Quote(w[i])
		}
	}
	if len(g) < len(w) {
		return "it ends before line " + strconv.Itoa(len(g))
	}
	return "line " + strconv.Itoa(len(w)) + " should not be there"
}

var lineOf = regexp.MustCompile(`line (\d+): `)

// at finds the line that a tool's message names, and takes it out of the message.
func (b *block) at(msg string) (int, string) {
	m := lineOf.FindStringSubmatchIndex(msg)
	if m == nil {
		return b.line, msg
	}
	n, _ := strconv.Atoi(msg[m[2]:m[3]])
	return b.line + n - 1, msg[:m[0]] + msg[m[1]:]
}

func checkYAML(f *faults, b *block) {
	in := yaml.NewDecoder(strings.NewReader(b.text))
	for {
		err := in.Decode(new(any))
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line, msg := b.at(err.Error())
			f.add(b.doc, line, "%s", msg)
			return
		}
	}
}

func checkJSON(f *faults, b *block) {
	in := json.NewDecoder(strings.NewReader(b.text))
	for {
		err := in.Decode(new(any))
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line := b.line
			if e, ok := errors.AsType[*json.SyntaxError](err); ok {
				line += bytes.Count([]byte(b.text)[:min(int(e.Offset), len(b.text))], []byte("\n"))
			}
			f.add(b.doc, line, "json: %v", err)
			return
		}
	}
}
