package check

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// method is a method of a wrapper under construction.
type method struct {
	*model.Method
	w        *wrapper
	file     *File // where its directives stand, whose imports their expressions see
	pos      token.Pos
	params   []string // what expressions call its parameters
	cache    *directive.Directive
	settings map[string]directive.Setting // of cache, with the wrapper's defaults
	batch    *directive.Directive
	call     *directive.Call // of batch
	indexes  *directive.Call // of an index: where its results belong
	index    *clause         // what the probe tells of an index's call
	single   *method         // of a batch whose entries are its own: the method for one key that is made up for it
	calls    *clause         // of batch: what the probe tells of call
	by       *spot           // of batch
	evicts   []*directive.Directive
	sub      *directive.Directive
	tags     []*directive.Directive
	marks    []*clause // of tags
	failed   bool      // its cache directive is at fault
	faulty   bool      // a directive of it could not be read, perhaps that very one

	// What the probes will tell.
	key                 []*spot
	ifs, reload, unless *spot
	typeSpots           []*spot
	types               []types.Type // of types=
	lossy               bool
	json                bool  // codec=json
	lifetime            *spot // ttl= where it is an expression
	notfound            []*spot
	clauses             []*clause
	old                 *old
	keySettings         *directive.Setting
}

// methods gives the wrapper its methods: as declared, then those that come from elsewhere.
func (c *checker) methods(w *wrapper) {
	var fns []*types.Func
	declared := map[string]token.Pos{}
	if w.decl.Syntax != nil {
		for _, field := range w.decl.Syntax.Methods.List {
			for _, id := range field.Names {
				declared[id.Name] = id.Pos()
			}
		}
	}
	for fn := range w.iface.Methods() {
		fns = append(fns, fn)
	}
	slices.SortStableFunc(fns, func(a, b *types.Func) int {
		x, inX := declared[a.Name()]
		y, inY := declared[b.Name()]
		switch {
		case inX && inY:
			return cmp.Compare(x, y)
		case inX:
			return -1
		case inY:
			return 1
		}
		return 0
	})
	fors := c.fors(w, fns, declared)
	for _, fn := range fns {
		_, own := declared[fn.Name()]
		c.oneMethod(w, fn, own, fors[fn.Name()])
	}
	c.unused(w)
}

// fors gathers the for directives of a wrapper by method.
func (c *checker) fors(w *wrapper, fns []*types.Func, declared map[string]token.Pos) map[string][]*directive.Directive {
	var names []string
	for _, fn := range fns {
		names = append(names, fn.Name())
	}
	out := map[string][]*directive.Directive{}
	for _, d := range w.decl.Directives {
		if d.Inner == nil {
			continue
		}
		name := d.Method.Src
		switch _, own := declared[name]; {
		case !slices.Contains(names, name):
			near := nearest(name, names)
			c.errorf(d.Method.Pos, "%s has no method %s%s", w.Interface.Name(), name, didYouMean(near))
			c.mendText(d.Method, near)
		case own:
			c.errorf(d.Method.Pos, "%s is declared here: put its directives above it", name)
		default:
			out[name] = append(out[name], d.Inner)
		}
	}
	return out
}

func (c *checker) oneMethod(w *wrapper, fn *types.Func, own bool, fors []*directive.Directive) {
	a, known := c.annotated[fn.Pos()]
	c.inherited[fn.Pos()] = true
	m := &method{w: w, file: w.file, pos: fn.Pos(), Method: &model.Method{
		Name: fn.Name(), Sig: fn.Signature(), Ctx: -1, Err: -1, Pos: c.p.Fset.Position(fn.Pos()),
	}}
	ds := fors
	switch {
	case len(fors) > 0:
		m.pos = fors[0].Pos
	case known:
		ds, m.file, m.faulty = a.method.Directives, a.file, a.method.Faulty
	}
	m.faulty = m.faulty || !own && w.decl.Faulty
	if !own && !c.local(fn) {
		m.Pos = w.Pos
		if len(fors) == 0 {
			m.pos = w.decl.Spec.Name.Pos()
		}
	}
	if !fn.Exported() && fn.Pkg().Path() != c.out.Path() {
		w.Sealed = true
		if len(ds) > 0 {
			w.broken = true
			c.errorf(ds[0].Pos, "%s is not exported, so that package %s cannot wrap it", fn.Name(), c.out.Name())
		}
		return
	}
	c.signature(m)
	if !c.writable(m, own) {
		w.broken = true
		return
	}
	c.sort(m, ds)
	w.methods = append(w.methods, m)
	w.Methods = append(w.Methods, m.Method)
}

// local tells whether a method is declared in the package itself, so that its position is in reach of the user.
func (c *checker) local(fn *types.Func) bool {
	return fn.Pkg() != nil && fn.Pkg().Path() == c.p.Types.Path()
}

// signature fills in parameters and results, and what expressions call them.
func (c *checker) signature(m *method) {
	taken := map[string]bool{}
	for v := range m.Sig.Params().Variables() {
		taken[v.Name()] = true
	}
	for v := range m.Sig.Results().Variables() {
		taken[v.Name()] = true
	}
	free := func(name string) string {
		for taken[name] {
			name += "_"
		}
		taken[name] = true
		return name
	}
	for i := range m.Sig.Params().Len() {
		v := m.Sig.Params().At(i)
		p := model.Param{Name: v.Name(), Type: v.Type(), Variadic: m.Sig.Variadic() && i == m.Sig.Params().Len()-1, Context: isContext(v.Type())}
		m.Params = append(m.Params, p)
		if p.Context && m.Ctx < 0 {
			m.Ctx = i
		}
		name := p.Name
		if name == "" || name == "_" {
			name = free(fmt.Sprintf("p%d", i))
		}
		m.params = append(m.params, name)
	}
	n := 0
	for i := range m.Sig.Results().Len() {
		v := m.Sig.Results().At(i)
		r := model.Result{Name: v.Name(), Type: v.Type()}
		blank := r.Name == "" || r.Name == "_"
		switch {
		case isError(r.Type):
			m.Err = i
			if blank {
				r.Name = free("err")
			}
		case blank:
			r.Name = free(numbered("result", n))
		}
		if !isError(r.Type) {
			n++
		}
		m.Results = append(m.Results, r)
	}
}

func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	return fmt.Sprint(name, n)
}

// sort tells a method's directives apart.
func (c *checker) sort(m *method, ds []*directive.Directive) {
	var pass *directive.Directive
	for _, d := range ds {
		switch d.Verb.Name {
		case "cache", "batch", "index":
			if m.settings == nil {
				m.settings = map[string]directive.Setting{}
				for name, s := range m.w.defaults {
					m.settings[name] = s
				}
			}
			switch d.Verb.Name {
			case "cache":
				if m.cache == nil {
					m.cache = d
				}
				if m.indexes != nil {
					m.failed = true
					c.errorf(d.Pos, "%s cannot be both cached and an index: the options of its own key stand behind index; remove cache", m.Name)
				}
			case "batch":
				c.batchLine(m, d)
			case "index":
				c.indexLine(m, d)
			}
			for _, s := range d.Settings {
				m.settings[s.Option.Name] = s
			}
		case "evict", "put":
			m.evicts = append(m.evicts, d)
		case "sub":
			m.sub = d
		case "tag":
			m.tags = append(m.tags, d)
		case "pass":
			pass, m.Pass = d, true
		}
	}
	m.Mutates = len(m.evicts) > 0 || m.cache == nil && m.sub == nil && mutates(m)
	switch {
	case m.batch != nil && m.cache != nil:
		m.failed = true
		c.errorf(m.batch.Pos, "%s cannot be both cached and a batch: with batch its answers are kept key by key; remove one of them", m.Name)
		m.batch = nil
	case m.sub != nil && (m.cache != nil || m.batch != nil || pass != nil || len(m.evicts) > 0):
		c.errorf(m.sub.Pos, "%s hands out a wrapper by sub, and can do nothing else: remove its other directives", m.Name)
		m.sub = nil
	case pass != nil && m.batch != nil:
		c.errorf(pass.Pos, "%s cannot be both a batch and pass: remove one of them", m.Name)
	case pass != nil && m.cache != nil:
		c.errorf(pass.Pos, "%s cannot both be cached and pass: remove one of them", m.Name)
	case pass != nil && len(m.evicts) > 0:
		c.errorf(pass.Pos, "%s cannot both evict and pass: remove one of them", m.Name)
	case !m.w.strict || len(ds) > 0 || m.faulty:
	case mutates(m):
		c.errorf(m.pos, "%s bears no directive, and %s is strict: say with evict what it makes stale, or pass where that is nothing", m.Name, m.w.Interface.Name())
	default:
		c.errorf(m.pos, "%s bears no directive, and %s is strict: write cache, evict or pass", m.Name, m.w.Interface.Name())
	}
	if m.cache != nil && len(m.evicts) == 0 && mutator(m.Name) {
		c.warnf(m.cache.Pos, "%s is called as what changes something, which it would not do where the cache answers: if it does, let it evict instead", m.Name)
	}
}

// unused reports a wrapper that would cache nothing.
func (c *checker) unused(w *wrapper) {
	for _, m := range w.methods {
		if m.cache != nil || m.batch != nil || m.sub != nil {
			return
		}
	}
	if w.decl.Faulty || w.broken {
		return // a cache directive may be among what could not be read
	}
	for _, d := range w.decl.Directives {
		if d.Inner != nil {
			return
		}
	}
	c.errorf(w.wrap, "nothing of %s is cached: put //cachegen:cache above a method", w.Interface.Name())
}

// nearest gives what a word was probably meant to be; "" if that cannot be told.
func nearest(word string, candidates []string) string {
	if near := directive.Nearest(word, candidates); near != word {
		return near
	}
	return ""
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context" && n.Obj().Name() == "Context"
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// list names parameters in a message: id, name.
func (m *method) list(params []int) string {
	var names []string
	for _, i := range params {
		names = append(names, m.params[i])
	}
	return strings.Join(names, ", ")
}

// plain gives the parameters that are no contexts.
func (m *method) plain() []int {
	var out []int
	for i, p := range m.Params {
		if !p.Context {
			out = append(out, i)
		}
	}
	return out
}
