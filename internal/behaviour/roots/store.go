// Package roots has an interface that hands out others.
package roots

import "context"

// Users is a store of names.
//
//cachegen:wrap
type Users interface {
	//cachegen:cache
	Name(ctx context.Context, id int64) (string, error)

	//cachegen:evict Name(id)
	Rename(ctx context.Context, id int64, name string) error
}

// Store is a root.
//
//cachegen:wrap strict
type Store interface {
	//cachegen:sub
	Users() Users

	//cachegen:sub
	Open() (Users, error)

	//cachegen:sub
	Tenant(ctx context.Context, name string) Users
}
