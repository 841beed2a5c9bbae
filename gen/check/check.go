package check

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// checker checks one package.
type checker struct {
	p         *Package
	out       *types.Package
	ds        []Diagnostic
	annotated map[token.Pos]annotated // by the position of the method's name
	inherited map[token.Pos]bool      // methods that some wrapper has, by the same
	wrappers  []*wrapper
	probes    []*probe
	parsed    []*token.File // probes in the file set
}

// annotated is a method with directives and where it stands.
type annotated struct {
	file   *File
	iface  *directive.Interface
	method *directive.Method
}

// Check gives the plan of a package's wrappers, a file each, and all that is wrong with its directives. There is no
// plan if a diagnostic is more than a warning.
func Check(p *Package) ([]*model.File, []Diagnostic) {
	c := &checker{p: p, out: p.Types, annotated: map[token.Pos]annotated{}, inherited: map[token.Pos]bool{}}
	if p.Out != nil {
		c.out = p.Out.Types
	}
	defer func() { // an editor's file set lives long
		for _, f := range c.parsed {
			p.Fset.RemoveFile(f)
		}
	}()
	for _, f := range p.Files {
		c.file(f)
	}
	for _, w := range c.wrappers {
		c.methods(w)
	}
	c.names()
	for _, w := range c.wrappers {
		c.caches(w)
		c.primary(w)
		c.tagTypes(w)
		c.subs(w)
	}
	c.probe()
	for _, w := range c.wrappers {
		c.finishCaches(w)
		c.finishPrimary(w)
		c.makeTags(w)
		c.marks(w)
		c.evicts(w)
		c.batches(w)
		c.indexes(w)
	}
	c.probe()
	for _, w := range c.wrappers {
		c.finishEvicts(w)
		c.finishBatches(w)
		c.finishIndexes(w)
	}
	c.unwrapped()
	ds := Sort(c.ds)
	if slices.ContainsFunc(ds, func(d Diagnostic) bool { return !d.Warning }) {
		return nil, ds
	}
	return c.plan(), ds
}

// file notes what stands in a file and reports its faults.
func (c *checker) file(f *File) {
	if !f.Context {
		for _, e := range f.Faults {
			c.fault(e)
		}
		for _, d := range f.Unparsed {
			if f.Lost || len(f.Faults) > 0 || c.within(f, d) {
				c.ds = append(c.ds, d)
			}
		}
	}
	for _, i := range f.Interfaces {
		for _, m := range i.Methods {
			c.annotated[m.Name.Pos()] = annotated{f, i, m}
		}
		if f.Generated {
			c.errorf(i.Spec.Name.Pos(), "%s stands in a file that cachegen generates and will replace: move it to one of your own", i.Spec.Name.Name)
			continue
		}
		if i.Wraps() && !f.Context {
			if w := c.wrapper(f, i); w != nil {
				c.wrappers = append(c.wrappers, w)
			}
		}
		c.orphanedFor(f, i)
	}
}

// within tells whether a syntax error is in an annotated interface; what is next to one may be part of it.
func (c *checker) within(f *File, d Diagnostic) bool {
	return slices.ContainsFunc(f.Interfaces, func(i *directive.Interface) bool {
		from, to := c.p.Fset.Position(i.Spec.Pos()).Line, c.p.Fset.Position(i.Spec.End()).Line
		return from <= d.Pos.Line && (d.Pos.Line <= to+1 || to < from) // its end may not have been found
	})
}

// orphanedFor reports for directives above an interface that is not wrapped.
func (c *checker) orphanedFor(f *File, i *directive.Interface) {
	if i.Wraps() || i.Faulty || f.Context {
		return
	}
	for _, d := range i.Directives {
		c.errorf(d.Pos, "%s is not wrapped: put //cachegen:wrap above it", i.Spec.Name.Name)
		return
	}
}

// unwrapped reports methods whose directives are for no wrapper.
func (c *checker) unwrapped() {
	for _, f := range c.p.Files {
		if f.Context {
			continue
		}
	next:
		for _, i := range f.Interfaces {
			if i.Wraps() || len(i.Methods) == 0 || len(i.Directives) > 0 || i.Faulty || f.Generated {
				continue
			}
			for _, m := range i.Methods {
				if c.inherited[m.Name.Pos()] {
					continue next
				}
			}
			c.errorf(i.Methods[0].Directives[0].Pos, "%s is not wrapped, nor embedded in an interface that is: put //cachegen:wrap above it", i.Spec.Name.Name)
		}
	}
}

// plan gathers the wrappers by the files that they go to.
func (c *checker) plan() []*model.File {
	var files []*model.File
	for _, w := range c.wrappers {
		f := model.File{
			Path: w.file.Path, Codec: w.file.Codec, Package: c.p.Types, OutName: c.out.Name(), OutPath: c.out.Path(),
			OutScope: c.scope(), Constraint: w.file.Constraint, Test: w.file.Test, Glue: &model.Glue{Path: w.file.Glue},
		}
		if n := len(files); n == 0 || files[n-1].Path != f.Path {
			files = append(files, &f)
		}
		last := files[len(files)-1]
		last.Wrappers = append(last.Wrappers, w.Wrapper)
	}
	return files
}

// scope is what the package generated into declares, without what stands for wrappers to come.
func (c *checker) scope() *types.Scope {
	if c.p.Out != nil {
		return c.out.Scope()
	}
	s := types.NewScope(nil, token.NoPos, token.NoPos, "")
	for name := range c.p.Declared {
		if o := c.out.Scope().Lookup(name); o != nil {
			s.Insert(o)
		}
	}
	return s
}

func (c *checker) errorf(pos token.Pos, format string, args ...any) {
	c.ds = append(c.ds, Diagnostic{Pos: c.p.Fset.Position(pos), Message: fmt.Sprintf(format, args...)})
}

// warnf reports what is no fault yet deserves a look.
func (c *checker) warnf(pos token.Pos, format string, args ...any) {
	c.errorf(pos, format, args...)
	c.ds[len(c.ds)-1].Warning = true
}

// fault reports what is wrong with a directive by itself.
func (c *checker) fault(e *directive.Error) {
	c.errorf(e.Pos, "%s", e.Msg)
	if e.Fix != nil {
		c.mend(e.Fix.Pos, e.Fix.End, e.Fix.New)
	}
}

// mend adds to the diagnostic that was reported last what should stand in the source; nothing where that is not known.
func (c *checker) mend(pos, end token.Pos, mended string) {
	if mended == "" {
		return
	}
	d := &c.ds[len(c.ds)-1]
	d.Fixes = append(d.Fixes, Fix{
		Message: "write " + mended,
		Edits:   []Edit{{Pos: c.p.Fset.Position(pos), End: c.p.Fset.Position(end), New: mended}},
	})
}

// mendText is mend for a text of a directive.
func (c *checker) mendText(t directive.Text, mended string) {
	c.mend(t.Pos, t.At(len(t.Src)), mended)
}

// loadErrors tells of the errors met while loading that a condition selects, and how many those were. Errors that
// come from reading declarations alone are nobody's.
func (c *checker) loadErrors(about func(Diagnostic) bool) int {
	n := 0
	for _, d := range c.p.Errors {
		if strings.HasSuffix(d.Message, "missing function body") || strings.Contains(d.Message, "imported and not used") ||
			strings.HasPrefix(d.Message, "\t") || !about(d) {
			continue
		}
		d.Message = strings.TrimSuffix(d.Message, ` (invalid package name: "")`)
		c.ds = append(c.ds, d)
		n++
	}
	return n
}
