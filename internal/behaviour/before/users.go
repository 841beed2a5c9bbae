// Package before has an interface whose writes change what entries are found by.
package before

import (
	"context"
	"errors"
)

// ErrNotFound says that there is no such user.
var ErrNotFound = errors.New("not found")

// User has an address and belongs to a team, both of which change.
type User struct {
	ID, Team int
	Email    string
}

// Users is a store of users.
//
//cachegen:wrap
type Users interface {
	//cachegen:cache
	Get(ctx context.Context, id int) (*User, error)

	//cachegen:cache notfound=ErrNotFound
	FindByEmail(ctx context.Context, email string) (*User, error)

	//cachegen:cache
	Team(ctx context.Context, team int) (int, error)

	//cachegen:evict old=Get(u.ID) Get(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
	//cachegen:evict Team(old.Team), Team(u.Team) if old.Team != u.Team
	Update(ctx context.Context, u *User) error
}
