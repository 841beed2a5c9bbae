// Package model is the plan of what will be generated: plain data that the checks fill and emission reads.
// It knows types (go/types), since they must be printed, but no syntax and no printer.
package model

import (
	"go/token"
	"go/types"
	"slices"
	"time"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// File is one generated file.
//
// Files of one package share the codec file cachegen_codec.go. A file that is not always part of the package
// (a test, or one under build constraints) names another in Codec, whose functions must not be redeclared in the
// first and may use it: plan the files whose Codec is cachegen_codec.go before the rest, and alike whether the rest is there.
// The constraint of such a file applies to its codec file too.
type File struct {
	Path       string         // where it is written
	Package    *types.Package // the package whose interfaces are wrapped
	OutName    string         // the name in the generated file's package clause
	OutPath    string         // import path of the package generated into; Package's own unless -o names another
	OutScope   *types.Scope   // what is declared there already; nil if nothing is
	Constraint string         // the //go:build expression to copy, "" if there is none
	Test       bool           // whether it is a _test.go file
	Codec      string         // path of the file that holds its codec functions; see below
	Glue       *Glue          // nil unless there is to be a file that lets runtime/cachetest check the wrappers
	Wrappers   []*Wrapper
}

// Glue is a test file beside a File.
type Glue struct {
	Path     string
	Declared []string // by the package's tests, beside what File.OutScope knows
}

// Wrapper is the plan of one interface's wrapper.
type Wrapper struct {
	Interface   *types.TypeName      // what the user declared: a defined type or an alias
	TypeParams  *types.TypeParamList // nil unless generic
	Name        string               // CachedUserRepository
	Constructor string               // NewCachedUserRepository
	Prefix      string               // shop/internal/repo.UserRepository
	Primary     *Expr                // what makes contexts for loads that must not read from a replica; nil if none
	Sealed      bool                 // has methods that only embedding the interface can provide
	Tags        []*Method            // made up for what marks entries: see Tag
	Methods     []*Method            // as declared, then as embedded, each once
	Pos         token.Position
}

// Method is one method of the wrapper.
type Method struct {
	Name    string
	Sig     *types.Signature
	Params  []Param
	Results []Result
	Ctx     int // index in Params of the context that the call runs on, -1 if there is none
	Err     int // index in Results of the error, -1 if there is none

	Cache   *Cache   // nil unless its answers are cached
	Batch   *Batch   // nil unless it is a method for many keys at once
	Tag     *Tag     // nil unless it is made up for a tag: its Cache says what keys the marks have
	Index   *Index   // nil unless what is cached is where another method's entry is
	Sub     *Sub     // nil unless it hands out another wrapper
	Evicts  []*Evict // in the order of the directives
	Old     *Old     // what is read before the call; nil unless some clause uses it
	Pass    bool     // marked with pass
	Mutates bool     // probably changes something: judged by its name, its results and whether it evicts
	Pos     token.Position
}

// StoresBeside reports whether entries of m are also stored by other methods than m: by a put, or an index.
func (w *Wrapper) StoresBeside(m *Method) bool {
	return slices.ContainsFunc(w.Methods, func(other *Method) bool {
		return other.Index != nil && other.Index.Target == m ||
			slices.ContainsFunc(other.Evicts, func(e *Evict) bool { return e.Put != nil && e.Target == m })
	})
}

// Tag is a name that entries of several methods can be marked by.
type Tag struct {
	Name    string
	Dynamic bool // some marks are known only after the load
}

// Index says whose entries a method finds by other arguments. The method's Cache is about what it keeps: the keys of the
// entry and of its groups.
type Index struct {
	Target *Method
	Args   []*Expr // one per KeyParams of the target, as in Evict
}

// Sub says which wrapper a method hands out that returns another interface.
type Sub struct {
	Type        types.Type      // the interface
	TypeArgs    *types.TypeList // its type arguments
	Constructor string          // of its wrapper, where that is generated into the same package
	Func        *types.Func     // likewise, where it is of another package
}

// Param is one parameter as the interface declares it; Name is "" or "_" where the user gave none.
type Param struct {
	Name     string
	Type     types.Type // of a variadic parameter: the slice
	Variadic bool
	Context  bool // its type is context.Context
}

// Result is one result; Name is how directives refer to it (result, result1, … where it has none of its own).
type Result struct {
	Name string
	Type types.Type
}

// Cache says how a method's answers are kept.
type Cache struct {
	TTL            time.Duration // 0: the runtime's default
	Lifetime       *Expr         // instead of TTL: works it out from each answer
	Jitter         int           // percent; 0: the runtime's default; -1: none
	Negative       time.Duration // 0: the runtime's default
	Stale          time.Duration // 0: not at all, as for the next three
	Timeout        time.Duration
	Refresh        time.Duration
	RefreshPercent int // instead of Refresh: of the TTL
	Near           Near
	NotFound       []Sentinel
	If             *Expr
	Reload         *Expr
	Unless         *Expr
	Key            []KeyPart
	KeyParams      []int // indexes of the parameters that the key function takes, in order
	Groups         []*Group
	Marks          []*Evict // what the entries are marked by: Target is a Tag's, in the order of their names

	// Value is what is stored. Where the method has several results besides its error, it is a struct of
	// them whose type, Bundle, is declared beside the wrapper. The bundle of a generic wrapper mentions the
	// wrapper's own type parameters: it is declared with all of them, and used with them as arguments.
	Value  *shape.Shape
	Bundle *types.Named
}

// Near says whether answers are kept decoded in the process too.
type Near int

// The ways of keeping them.
const (
	NearOff   Near = iota
	NearCopy       // each caller gets a copy
	NearShare      // all callers get the same
)

// Sentinel is an error that is an answer.
type Sentinel struct {
	Name string // as the directive writes it
	Expr *Expr
}

// KeyPart is one part of a key: an expression and how its value is written. Shape is nil where the part's
// type mentions a type parameter or is an empty interface: such a part is keyed at run time.
type KeyPart struct {
	Expr  *Expr
	Shape *shape.Shape
	Hash  bool
}

// Group is a set of a method's entries that some directive evicts together: those that have the same values in some
// parts of their keys, or all entries.
type Group struct {
	Parts  []int // indexes in Cache.Key of the parts that have the same values, in order
	Params []int // indexes of the parameters that these parts need, in order
}

// Evict is one clause of an evict directive: entries of Target that go when the method has returned.
type Evict struct {
	Target      *Method
	Group       *Group  // which entries; nil: the one that Args make the key of
	Args        []*Expr // one per KeyParams of the target, nil where any value will do; a context parameter's is the mutator's own context
	For         *Range
	If          *Expr
	Around      bool // kept out of the cache from before the write
	UsesResults bool
	UsesOld     bool
	Overwritten bool    // the clause after it puts where the method succeeds
	Put         []*Expr // not removed but replaced: by these values, one per result of the target but its error
	Source      string  // the call with its loop and its condition, as the user wrote it
	Pos         token.Position
}

// Ends reports whether the clause can end entries of a method: of its target, or of those that bear its mark.
func (e *Evict) Ends(m *Method) bool {
	if e.Target == m {
		return true
	}
	return m.Cache != nil && slices.ContainsFunc(m.Cache.Marks, func(mark *Evict) bool { return mark.Target == e.Target })
}

// AfterLoad reports whether a mark is known only after the load: others are groups of the entry.
func (e *Evict) AfterLoad() bool { return e.For != nil || e.If != nil || e.UsesResults }

// Old is a call of the wrapped interface that reads the state before the write.
type Old struct {
	Target *Method
	Args   []*Expr      // one per parameter of the target; a context parameter's is nil
	Result int          // which of the target's results it is
	Value  *shape.Shape // of that
}

// Batch says how a method answers many keys at once.
type Batch struct {
	Target  *Method // the method for one key, whose entries these are
	Own     bool    // Target is made up: the interface has no such method, the entries are the batch's own
	Keys    int     // index of the parameter that holds the keys
	Element string  // what Args call one of them
	Args    []*Expr // one per KeyParams of the target, as in Evict
	Form    BatchForm
	By      *Expr // of BatchSlice: over it, an element
	If      *Expr
	Reload  *Expr
	Unless  *Expr
}

// BatchForm is what a batch method returns.
type BatchForm int

// The forms of results.
const (
	BatchMap   BatchForm = iota // a map by key
	BatchHits                   // a map by key, and the keys that were not found
	BatchSlice                  // a slice whose elements say what key they belong to
	BatchIndex                  // a slice whose element i answers key i
)

// Range is the loop of a clause: for Key, Value := range X. Key and Value are "" where absent.
type Range struct {
	Key, Value string
	X          *Expr
}

// Expr is a Go expression of a directive, cut where a name must be written anew in the generated file.
type Expr struct {
	Parts    []Part
	Type     types.Type
	MayPanic bool   // evaluating it can panic: it dereferences, indexes, converts or calls
	Source   string // as the user wrote it
}

// Part is a piece of an Expr. Exactly one of its fields is set.
type Part struct {
	Text   string       // as it stands
	Object types.Object // a package-level object: qualified where it is of another package
	Param  *int         // index of a parameter of the method that bears the directive
	Result *int         // index of one of its results
	Local  string       // a variable of the clause's own loop or of a function literal
	Type   types.Type   // a type to be written: a type parameter, or the slice that variadic arguments make
	Old    bool         // the state before the write
	Sorted *Order       // the built-in sorted
	Order  *Order       // likewise, what follows its argument
}

// Order is how sorted tells elements apart and orders them: as parts of keys. Shape is nil as in KeyPart.
type Order struct {
	Elem  types.Type
	Shape *shape.Shape
}
