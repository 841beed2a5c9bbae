// Package writes has an interface over a store with a replica, whose writes are kept apart from the cache.
package writes

import "context"

// Account is a row.
type Account struct {
	ID      int64
	Balance int
}

// Accounts reads from a replica, unless its context says otherwise.
//
//cachegen:wrap around primary=WithMaster
type Accounts interface {
	//cachegen:cache
	Get(ctx context.Context, id int64) (*Account, error)

	//cachegen:batch Get(ids)
	GetAll(ctx context.Context, ids []int64) (map[int64]*Account, error)

	//cachegen:evict Get(id)
	Deposit(ctx context.Context, id int64, amount int) error
}

type master struct{}

// WithMaster has the store read from the primary.
func WithMaster(ctx context.Context) context.Context { return context.WithValue(ctx, master{}, true) }
