// Package indexes has an interface whose entries are found by several arguments.
package indexes

import (
	"context"
	"errors"
	"strings"
)

// Emoji is known by its ID, and by its name, in any case.
type Emoji struct {
	ID, Name, Creator string
}

// ErrNotFound says that there is no such emoji.
var ErrNotFound = errors.New("no such emoji")

// Emojis is a store of them. Those of one creator are evicted together.
//
//cachegen:wrap ttl=1h jitter=0 notfound=ErrNotFound
type Emojis interface {
	//cachegen:cache if=allowFromCache
	Get(ctx context.Context, id string, allowFromCache bool) (*Emoji, error)

	//cachegen:index Get(result.ID) key=strings.ToLower(name) reload=!allowFromCache
	GetByName(ctx context.Context, name string, allowFromCache bool) (*Emoji, error)

	//cachegen:cache
	Of(ctx context.Context, creator, id string) (*Emoji, error)

	//cachegen:index Of(result.Creator, result.ID)
	OfName(ctx context.Context, name string) (*Emoji, error)

	//cachegen:evict Get(e.ID), GetByName(e.Name), Of(e.Creator, e.ID), OfName(e.Name)
	Delete(ctx context.Context, e *Emoji, time int64) error

	//cachegen:evict old=Get(e.ID, true) GetByName(old.Name) if old.Name != e.Name
	//cachegen:evict Get(e.ID), GetByName(e.Name), Of(e.Creator, e.ID), OfName(e.Name)
	Update(ctx context.Context, e *Emoji) error

	//cachegen:evict Of(creator, _)
	Ban(ctx context.Context, creator string) error
}

var _ = strings.ToLower
