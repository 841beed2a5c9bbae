package docs

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cachegen-go/cachegen/internal/checkout"
)

// TestDocuments holds every Markdown file of the tree to the truth; the package comment says how.
func TestDocuments(t *testing.T) {
	f := check(t)
	var said []string
	for _, fault := range f.list {
		if fault.path != faultyPath {
			said = append(said, fault.String())
		}
	}
	if len(said) > 0 {
		t.Errorf("\n%s", strings.Join(said, "\n"))
	}
}

var checked struct {
	sync.Once
	faults faults
}

// check checks all documents at once, with those that are there to be at fault: it takes long to read the types that
// they refer to.
func check(t *testing.T) faults {
	t.Helper()
	checked.Do(func() {
		root, f := findRoot(t), &checked.faults
		documents, faulty := findDocuments(t, root), readDocument(t, root, filepath.Join(root, faultyPath))
		checkLanguage(f, documents)
		checkLanguage(f, []*document{faulty})
		checkAll(t, f, root, append(documents, faulty,
			readDocument(t, root, filepath.Join(root, "internal/docs/testdata/fine.md"))))
		run(t, f, root, faulty)
		slices.SortStableFunc(f.list, func(a, b fault) int {
			return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.line, b.line), strings.Compare(a.text, b.text))
		})
		f.list = slices.Compact(f.list)
	})
	return checked.faults
}

func findRoot(t *testing.T) string {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func checkAll(t *testing.T, f *faults, root string, documents []*document) {
	x := newTree(t, root)
	imports := map[string]string{} // the folders of modules, by what their documents import
	for _, d := range documents {
		checkLinks(f, root, d, documents)
		checkBlocks(f, x, d)
		for _, b := range d.blocks {
			if b.language == "go" {
				for _, path := range importedBy(b.text) {
					imports[path] = moduleDir(root, d)
				}
			}
		}
	}
	w := newWorld(t, root, imports)
	var all []*code
	for _, d := range documents {
		all = append(all, readCode(w, f, d))
	}
	generate(t, all)
	for _, c := range all {
		c.check()
		checkSpans(c, x)
	}
}
