package docs

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// document is a Markdown file, taken apart.
type document struct {
	path    string // from the root of the tree, with slashes
	blocks  []*block
	links   []link
	spans   []span
	anchors map[string]bool
}

// block is a fenced block of code.
type block struct {
	doc      *document
	line     int      // of the document: the block's first
	language string   // "" where there is none
	info     []string // what follows the language
	text     string
}

// is reports whether a word follows the language.
func (b *block) is(word string) bool { return slices.Contains(b.info, word) }

// value is what follows name= among the words, "" where that is absent.
func (b *block) value(name string) string {
	for _, word := range b.info {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

// link is a link or an image.
type link struct {
	line   int
	target string
}

// span is code within a text.
type span struct {
	line  int
	text  string
	table string // the heading of the first column of the table that the span is in
	first bool   // the span is in that column
}

// fault is what is wrong with a line of a document.
type fault struct {
	path string
	line int
	text string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text) }

// faults gathers them.
type faults struct{ list []fault }

func (f *faults) add(d *document, line int, format string, args ...any) {
	f.list = append(f.list, fault{d.path, line, fmt.Sprintf(format, args...)})
}

// findDocuments reads the Markdown files of the tree, but for those of tests.
func findDocuments(t *testing.T, root string) []*document {
	t.Helper()
	var found []*document
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && name != root && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".")) {
			return filepath.SkipDir
		}
		if filepath.Ext(name) == ".md" {
			found = append(found, readDocument(t, root, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func readDocument(t *testing.T, root, name string) *document {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return parse(filepath.ToSlash(rel), src)
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM))

// parse takes a document apart.
func parse(name string, src []byte) *document {
	d := &document{path: name, anchors: map[string]bool{}}
	line := func(offset int) int { return 1 + bytes.Count(src[:max(0, offset)], []byte("\n")) }
	heading := "" // of the first column of the present table
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Kind() == tables.KindTable {
				heading = ""
			}
			return ast.WalkContinue, nil
		}
		at := line(n.Pos())
		switch n := n.(type) {
		case *ast.Heading:
			d.anchor(slug(plain(n, src)))
		case *tables.TableHeader:
			heading = plain(n.FirstChild(), src)
		case *ast.FencedCodeBlock:
			b := &block{doc: d, line: at + 1, text: string(n.Lines().Value(src))}
			if n.Info != nil {
				words := strings.Fields(string(n.Info.Value(src)))
				b.language, b.info = words[0], words[1:]
			}
			d.blocks = append(d.blocks, b)
		case *ast.CodeBlock:
			d.blocks = append(d.blocks, &block{doc: d, line: at, text: string(n.Lines().Value(src))})
		case *ast.CodeSpan:
			cell, _ := n.Parent().(*tables.TableCell)
			d.spans = append(d.spans, span{at, plain(n, src), heading, cell != nil && cell.PreviousSibling() == nil})
		case *ast.Link:
			d.links = append(d.links, link{at, string(n.Destination)})
		case *ast.Image:
			d.links = append(d.links, link{at, string(n.Destination)})
		case *ast.AutoLink:
			if n.AutoLinkType == ast.AutoLinkURL {
				d.links = append(d.links, link{at, string(n.URL(src))})
			}
		case *ast.HTMLBlock:
			d.html(line(n.Lines().At(0).Start), string(n.Lines().Value(src)))
		case *ast.RawHTML:
			d.html(at, string(n.Segments.Value(src)))
		}
		return ast.WalkContinue, nil
	})
	return d
}

// plain is the text of a node without markup.
func plain(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(src))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var (
	htmlLink   = regexp.MustCompile(`\b(?:href|src|srcset)="([^"]*)"`)
	htmlAnchor = regexp.MustCompile(`\b(?:id|name)="([^"]*)"`)
)

// html reads links and anchors.
func (d *document) html(line int, src string) {
	for _, m := range htmlAnchor.FindAllStringSubmatch(src, -1) {
		d.anchors[m[1]] = true
	}
	for _, m := range htmlLink.FindAllStringSubmatchIndex(src, -1) {
		d.links = append(d.links, link{line + strings.Count(src[:m[0]], "\n"), src[m[2]:m[3]]})
	}
}

// slug is what GitHub makes of a heading.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// anchor notes a heading's; the second of one name has -1 behind it.
func (d *document) anchor(name string) {
	unique := name
	for i := 1; d.anchors[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	d.anchors[unique] = true
}

// dir is the folder that a document is in, from the root of the tree.
func (d *document) dir() string { return path.Dir(d.path) }
