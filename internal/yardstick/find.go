package yardstick

import (
	"cmp"
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Interface is an interface, and what became of it.
type Interface struct {
	Path    string // of its package
	Name    string
	Methods int
	Reads   []string // the methods that are asked to be cached, by name
	Refused []Refusal

	decl   string // of an interface called Tried that embeds it
	folder string // of the package that has decl
}

// Refusal is a method that is not cached, or where Method is empty the whole interface.
type Refusal struct{ Method, Reason string }

// Cached is how many methods have code that caches them.
func (i *Interface) Cached() int {
	for _, r := range i.Refused {
		if r.Method == "" {
			return 0
		}
	}
	return len(i.Reads) - len(i.Refused)
}

// Find returns the exported interfaces with methods that read of the packages that patterns name, in the module at dir,
// by path and name.
func Find(dir string, patterns ...string) ([]*Interface, error) {
	pkgs, err := packages.Load(&packages.Config{
		Dir:  dir,
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports,
	}, patterns...)
	if err != nil {
		return nil, err
	}
	var all []*Interface
	var errs []error
	for _, pkg := range pkgs {
		for _, e := range pkg.Errors {
			errs = append(errs, fmt.Errorf("%s: %w", pkg.PkgPath, e))
		}
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			if i := asInterface(scope.Lookup(name)); i != nil {
				all = append(all, i)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Interface) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Name, b.Name))
	})
	return all, errors.Join(errs...)
}

// asInterface describes obj if it is an exported type whose methods are to be tried, else it is nil.
func asInterface(obj types.Object) *Interface {
	tn, ok := obj.(*types.TypeName)
	if !ok || !tn.Exported() || tn.IsAlias() {
		return nil
	}
	set, ok := tn.Type().Underlying().(*types.Interface)
	if !ok || !set.IsMethodSet() {
		return nil
	}
	i := &Interface{Path: tn.Pkg().Path(), Name: tn.Name(), Methods: set.NumMethods()}
	for m := range set.Methods() {
		if m.Exported() && reads(m) {
			i.Reads = append(i.Reads, m.Name())
		}
	}
	if len(i.Reads) == 0 {
		return nil
	}
	i.decl = declare(tn)
	return i
}

var writes = []string{
	"Abort", "Accept", "Acquire", "Add", "Append", "Apply", "Begin", "Cancel", "Clear", "Close", "Commit", "Complete", "Consume", "Create", "Decr", "Delete",
	"Destroy", "Enqueue", "Exec", "Flush", "Incr", "Insert", "Lock", "Mark", "Merge", "New", "Open", "Patch", "Pop", "Prune", "Publish", "Purge", "Push", "Put",
	"Register", "Release", "Remove", "Rename", "Replace", "Reset", "Revoke", "Rotate", "Run", "Save", "Send", "Set", "Start", "Stop", "Store", "Submit",
	"Sync", "Touch", "Transfer", "Truncate", "Try", "Unlock", "Update", "Upsert", "Use", "With", "Write",
}

// reads tells whether m is one that a programmer could want cached: it gives more than an error, and is not called as one
// that changes something.
func reads(m *types.Func) bool {
	results := m.Signature().Results()
	last := results.Len() - 1
	if last < 0 || last == 0 && types.Identical(results.At(0).Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	return !slices.ContainsFunc(writes, func(word string) bool {
		rest, ok := strings.CutPrefix(m.Name(), word)
		return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
	})
}

// declare writes imports and an interface Tried that embeds tn, with the type parameters of tn.
func declare(tn *types.TypeName) string {
	imports := make(map[string]string)
	qualify := func(p *types.Package) string {
		if imports[p.Path()] == "" {
			imports[p.Path()] = fmt.Sprintf("p%d", len(imports))
		}
		return imports[p.Path()]
	}
	embedded := qualify(tn.Pkg()) + "." + tn.Name()
	var params, args []string
	if named, ok := tn.Type().(*types.Named); ok {
		for p := range named.TypeParams().TypeParams() {
			params = append(params, p.Obj().Name()+" "+types.TypeString(p.Constraint(), qualify))
			args = append(args, p.Obj().Name())
		}
	}
	list := ""
	if params != nil {
		embedded += "[" + strings.Join(args, ", ") + "]"
		list = "[" + strings.Join(params, ", ") + "]"
	}
	var b strings.Builder
	for path, name := range imports {
		fmt.Fprintf(&b, "import %s %q\n", name, path)
	}
	fmt.Fprintf(&b, "\n//cachegen:wrap\nDIRECTIVES")
	fmt.Fprintf(&b, "type Tried%s interface {\n\t%s\n}\n", list, embedded)
	return b.String()
}
