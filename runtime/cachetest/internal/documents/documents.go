// Package documents has interfaces with what is harder to call and to compare: identifiers that the store makes up,
// interfaces among parameters, a root that hands out another interface.
package documents

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrNotFound says that there is no such document.
var ErrNotFound = errors.New("no such document")

// ID is random.
type ID [16]byte

// String is the first of its bytes.
func (id ID) String() string { return fmt.Sprintf("%x", id[:4]) }

// Query says what to look for.
type Query struct {
	Words []string
	Any   bool
	Log   func(string)
}

// Documents is a store of texts.
//
//cachegen:wrap
type Documents interface {
	//cachegen:cache notfound=ErrNotFound
	Get(ctx context.Context, id ID) (string, error)

	//cachegen:cache key=q.Words,q.Any
	Search(ctx context.Context, q Query) ([]ID, error)

	//cachegen:evict Search
	Create(ctx context.Context, text string) (ID, error)

	// Edit evicts nothing.
	Edit(ctx context.Context, id ID, text string) error

	Export(ctx context.Context, w io.Writer, from int) error

	Configure(options ...func(int)) error

	Begin(ctx context.Context) (Transaction, error)
}

// Transaction must be ended.
type Transaction interface{ Commit() error }

// Root hands out Documents.
//
//cachegen:wrap
type Root interface {
	//cachegen:sub
	Docs() Documents

	Close() error
}
