package check

import (
	"go/token"
	"go/types"

	"github.com/cachegen-go/cachegen/gen/model"
)

// subs finds the wrappers that sub methods hand out, once it is known which interfaces are wrapped.
func (c *checker) subs(w *wrapper) {
	for _, m := range w.methods {
		if m.sub != nil {
			c.sub(m)
		}
	}
}

func (c *checker) sub(m *method) {
	pos := m.sub.Pos
	var results []types.Type
	for i, r := range m.Results {
		if i != m.Err {
			results = append(results, r.Type)
		}
	}
	if len(results) != 1 || m.Err == 0 {
		c.errorf(pos, "%s cannot be sub: such a method returns an interface, and perhaps an error", m.Name)
		return
	}
	if !types.IsInterface(results[0]) {
		c.errorf(pos, "%s returns %s, which is no interface: sub is for methods that return one that is wrapped", m.Name, c.typeString(results[0]))
		return
	}
	obj, args := named(results[0])
	if obj == nil || obj.Pkg() == nil {
		c.errorf(pos, "%s returns %s, which is not wrapped: declare it by a name and put //cachegen:wrap above it", m.Name, c.typeString(results[0]))
		return
	}
	s := &model.Sub{Type: results[0], TypeArgs: args}
	for _, o := range c.wrappers {
		if o.Interface == obj || types.Unalias(o.Interface.Type()) == types.Unalias(obj.Type()) {
			s.Constructor, m.Sub = o.Constructor, s
			return
		}
	}
	if obj.Pkg() != c.p.Types && obj.Pkg() != c.out {
		if s.Func = constructorOf(obj); s.Func != nil {
			m.Sub = s
			return
		}
		c.errorf(pos, "package %s has no wrapper of %s: put //cachegen:wrap above it, run cachegen there, and then here", obj.Pkg().Name(), obj.Name())
		return
	}
	c.errorf(pos, "%s is not wrapped: put //cachegen:wrap above it", obj.Name())
}

// named gives the name that a type was declared by, and its type arguments.
func named(t types.Type) (*types.TypeName, *types.TypeList) {
	switch t := t.(type) {
	case *types.Alias:
		return t.Obj(), t.TypeArgs()
	case *types.Named:
		return t.Obj(), t.TypeArgs()
	}
	return nil, nil
}

// constructorOf finds the generated constructor of an interface's wrapper among what its package exports:
// func NewCachedX(next X, cache *runtime.Cache) *CachedX.
func constructorOf(iface *types.TypeName) *types.Func {
	scope := iface.Pkg().Scope()
	var found *types.Func
	for _, name := range scope.Names() {
		fn, ok := scope.Lookup(name).(*types.Func)
		if !ok || !token.IsExported(name) {
			continue
		}
		params, results := fn.Signature().Params(), fn.Signature().Results()
		if params.Len() != 2 || results.Len() != 1 || !isCache(params.At(1).Type()) {
			continue
		}
		if obj, _ := named(params.At(0).Type()); obj != iface {
			continue
		}
		if found == nil || name == "NewCached"+iface.Name() {
			found = fn
		}
	}
	return found
}

// isCache tells whether t is *runtime.Cache.
func isCache(t types.Type) bool {
	p, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	n, ok := types.Unalias(p.Elem()).(*types.Named)
	return ok && n.Obj().Name() == "Cache" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == runtimePath
}

const runtimePath = "github.com/cachegen-go/cachegen/runtime"
