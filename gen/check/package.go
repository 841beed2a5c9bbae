package check

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen-go/cachegen/gen/directive"
)

// Package is a loaded package whose directives are to be checked.
type Package struct {
	Fset       *token.FileSet
	Types      *types.Package
	Info       *types.Info
	Sizes      types.Sizes
	GoVersion  string // as go/types wants it: go1.26; "" is the latest
	ModulePath string // "" where the package is in no module
	Files      []*File
	Declared   map[string]token.Pos // names that the user's own files declare in the package
	Errors     []Diagnostic         // met while loading; told only where a directive depends on what they are about
	Out        *Out                 // nil: each file's wrappers go beside it, into the package itself

	// Import finds a package of the standard library that the source does not import; nil where it cannot.
	Import func(path string) *types.Package
}

// Out is where wrappers go that are not written beside their source.
type Out struct {
	Types *types.Package // the package generated into; the source's own, an existing one, or one that is made up
}

// File is a source file that has directives.
type File struct {
	Name       string // where it is
	Path       string // where its wrappers are written
	Codec      string // where their codec functions are written
	Glue       string // where what tests them is written, if it is
	Constraint string // the expression of its //go:build line
	Test       bool
	Context    bool         // its directives matter to other files, but it is not generated for
	Generated  bool         // it bears our own header
	Lost       bool         // directives of it are in a part that does not parse
	Unparsed   []Diagnostic // its syntax errors
	Syntax     *ast.File
	Interfaces []*directive.Interface
	Faults     []*directive.Error
}

// Diagnostic is something to tell the user about the source.
type Diagnostic struct {
	Pos     token.Position
	Message string
	Warning bool  // it keeps nothing from being generated
	Fixes   []Fix // ways to mend it that need no thought; any one of them will do
}

// Fix mends what a diagnostic is about.
type Fix struct {
	Message string
	Edits   []Edit // in one file, apart from each other
}

// Edit puts New in place of the text from Pos to End, which may be empty.
type Edit struct {
	Pos, End token.Position
	New      string
}

// Sort puts diagnostics in the order of their places and drops repetitions.
func Sort(ds []Diagnostic) []Diagnostic {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(ds, func(a, b Diagnostic) bool {
		return a.Pos == b.Pos && a.Message == b.Message && a.Warning == b.Warning
	})
}
