package gen

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/gen/check"
	"github.com/cachegen-go/cachegen/gen/emit"
	"github.com/cachegen-go/cachegen/gen/model"
)

func generate(ctx context.Context, cfg Config) (*Result, error) {
	began := time.Now()
	l, err := newLoader(cfg)
	if err != nil {
		return nil, err
	}
	out, err := newOutput(cfg, l.dir)
	if err != nil {
		return nil, err
	}
	lap := began
	l.progress("listing packages", 0, 0)
	folders, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	l.stats.List = since(&lap)
	var hits []*folder
	for _, f := range folders {
		if f.hit() {
			hits = append(hits, f)
		}
	}
	l.logf("%d of %d packages may have directives", len(hits), len(folders))
	r := &Result{}
	failed := map[string]bool{}
	if len(hits) > 0 {
		if err := l.generate(ctx, r, hits, out, failed, &lap); err != nil {
			return nil, err
		}
	}
	generated := map[string]bool{}
	for _, f := range r.Files {
		generated[f.Path] = true
	}
	if out == nil {
		r.Orphans = l.orphans(folders, generated, failed)
	}
	r.Diagnostics = check.Sort(append(r.Diagnostics, l.diagnostics...))
	l.stats.Total = time.Since(began)
	r.Stats = l.stats
	return r, nil
}

func newLoader(cfg Config) (*loader, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	l := &loader{
		dir: dir, patterns: slices.Clone(cfg.Patterns), tags: cfg.Tags, tests: cfg.Tests, env: cfg.Env,
		logf: cfg.Logf, progress: cfg.Progress,
		fset: token.NewFileSet(), sources: map[string]*source{},
	}
	if len(l.patterns) == 0 {
		l.patterns = []string{"."}
	}
	for i, p := range l.patterns {
		if strings.HasSuffix(p, ".go") {
			l.patterns[i] = "file=" + p // the package that the file is part of
		}
	}
	if l.logf == nil {
		l.logf = func(string, ...any) {}
	}
	if l.progress == nil {
		l.progress = func(string, int, int) {}
	}
	return l, nil
}

// generate loads the packages with directives, checks them, and emits and verifies what they ask for.
func (l *loader) generate(ctx context.Context, r *Result, hits []*folder, out *output, failed map[string]bool, lap *time.Time) error {
	l.progress("loading types", 0, len(hits))
	support := l.support(hits)
	units, others, err := l.load(ctx, hits, support, out.pattern()...)
	if err != nil {
		return err
	}
	l.stats.Loaded, l.stats.Load = len(hits), since(lap)
	if err := out.resolve(l, units, others); err != nil {
		return err
	}
	support.read(l, units, others)
	plans := map[*unit][]*model.File{}
	for _, u := range units {
		u.check.Import = func(path string) *types.Package { return support.find(ctx, l, path) }
		files, ds := check.Check(u.check)
		r.Diagnostics = append(r.Diagnostics, ds...)
		l.glue(files)
		plans[u] = files
		failed[u.dir] = failed[u.dir] || failing(ds)
	}
	l.prefixes(r, units, plans, failed)
	byOutput := map[string][]*unit{}
	for _, u := range units {
		if len(plans[u]) > 0 && !failed[u.dir] {
			into := plans[u][0].OutPath
			byOutput[into] = append(byOutput[into], u)
		}
	}
	var done []*emitted
	for _, path := range slices.Sorted(maps.Keys(byOutput)) {
		e := &emitted{units: byOutput[path]}
		for _, u := range e.units {
			e.plan = append(e.plan, plans[u]...)
		}
		done = append(done, e)
	}
	l.each("generating", done, func(e *emitted) {
		if e.err = l.emit(e); e.err == nil {
			e.err = l.parseOutputs(e)
		}
	})
	support.complete(ctx, l, done)
	l.each("checking what was generated", done, func(e *emitted) {
		for _, u := range e.units {
			if e.err == nil {
				e.err = l.verify(u, e, support)
			}
		}
	})
	for _, e := range done {
		if e.err != nil {
			l.complain(e.units[0].position(l.fset), "%v", e.err)
			for _, u := range e.units {
				failed[u.dir] = true
			}
			continue
		}
		r.Plans = append(r.Plans, e.plan...)
		for _, o := range e.outputs {
			r.Files = append(r.Files, File{Path: o.Path, Content: o.Content})
		}
	}
	slices.SortFunc(r.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(r.Plans, func(a, b *model.File) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// each does something with each of list, several at a time.
// each is each, which tells how far it is.
func (l *loader) each(what string, list []*emitted, do func(*emitted)) {
	var done atomic.Int64
	l.progress(what, 0, len(list))
	each(list, func(e *emitted) {
		do(e)
		l.progress(what, int(done.Add(1)), len(list))
	})
}

func each[T any](list []T, do func(T)) {
	var wg sync.WaitGroup
	next := make(chan T)
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for x := range next {
				do(x)
			}
		})
	}
	for _, x := range list {
		next <- x
	}
	close(next)
	wg.Wait()
}

// emitted is what is generated into one package.
type emitted struct {
	units   []*unit
	plan    []*model.File
	outputs []emit.Output
	syntax  map[string]*ast.File // of the outputs
	err     error
}

// emit writes the files of one package.
func (l *loader) emit(e *emitted) error {
	for _, f := range e.plan {
		paths := []string{f.Path, f.Codec}
		if f.Glue != nil {
			paths = append(paths, f.Glue.Path)
		}
		for _, path := range paths {
			if src, err := os.ReadFile(path); err == nil && !isOurs(src) {
				return l.occupied(e.units[0], path)
			}
		}
	}
	var err error
	if e.outputs, err = emit.Files(e.plan); err != nil {
		return fmt.Errorf("this is a bug of cachegen: %w", err)
	}
	return nil
}

// occupied says that somebody else's file stands where one is to be generated.
func (l *loader) occupied(u *unit, path string) error {
	name := filepath.Base(path)
	if filepath.Dir(path) != u.dir {
		name = Rel(l.dir, path)
	}
	return fmt.Errorf("%s is to be written here and was not generated by cachegen: rename it, or write elsewhere with -o", name)
}

func failing(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return !d.Warning })
}

// prefixes reports wrappers that claim the prefix of another one of their package. Those of two packages may never meet
// on one cache; where they do, the cache tells.
func (l *loader) prefixes(r *Result, units []*unit, plans map[*unit][]*model.File, failed map[string]bool) {
	for _, u := range units {
		first := map[string]*model.Wrapper{}
		for _, f := range plans[u] {
			for _, w := range f.Wrappers {
				o := first[w.Prefix]
				if o == nil {
					first[w.Prefix] = w
					continue
				}
				failed[u.dir] = true
				l.complain(w.Pos, "%s and %s both claim the key prefix %s: give one of them another with prefix=", o.Name, w.Name, w.Prefix)
			}
		}
	}
}
