// Package batch has an interface whose methods answer many keys at once.
package batch

import (
	"context"
	"errors"
)

// User is found by ID, and by Name within a Team.
type User struct {
	ID         int64
	Team, Name string
}

// Label is a key of two fields.
type Label struct{ Name, Value string }

// ErrNotFound says that there is no such user.
var ErrNotFound = errors.New("not found")

// Store has a batch of each form.
//
//cachegen:wrap
type Store interface {
	//cachegen:cache notfound=ErrNotFound negative=30s
	GetUser(ctx context.Context, id int64) (*User, error)

	//cachegen:batch GetUser(ids)
	GetUsers(ctx context.Context, ids []int64) (map[int64]*User, error)

	//cachegen:batch GetUser(ids) by=it.ID
	ListUsers(ctx context.Context, ids ...int64) ([]*User, error)

	//cachegen:batch GetUser(ids) by=index
	UsersAt(ctx context.Context, ids []int64) ([]*User, error)

	//cachegen:cache
	GetByName(team, name string) (*User, error)

	//cachegen:batch GetByName(team, names) by=it.Name if=allowFromCache
	GetByNames(team string, names []string, allowFromCache bool) ([]*User, error)

	//cachegen:batch ids negative=1m
	//cachegen:batch reload=fresh
	CountMembers(ids []string, fresh bool) (map[string]int64, error)

	//cachegen:batch keys
	FetchMulti(ctx context.Context, id string, keys []Label) (hits map[Label][]byte, misses []Label)

	//cachegen:evict GetUser(u.ID), GetByName(u.Team, u.Name), CountMembers(u.Team)
	Save(ctx context.Context, u *User) error
}

// Map is what a batch looks like in a generic interface.
//
//cachegen:wrap
type Map[K comparable, V any] interface {
	//cachegen:cache
	Get(ctx context.Context, k K) (V, error)

	//cachegen:batch Get(keys)
	Map(ctx context.Context, keys []K) (map[K]V, error)
}
