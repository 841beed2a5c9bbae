// Package users has an interface that is cached rightly, and once for each fault that cachetest has to find.
package users

import (
	"context"
	"errors"
)

// ErrNotFound says that there is no such user.
var ErrNotFound = errors.New("no such user")

// User belongs to a team.
type User struct {
	ID, TeamID  int64
	Name, Email string
	Version     int // counts changes; the store does so, whatever it is given
}

// NewUser is a User that the store gives an ID.
type NewUser struct {
	TeamID      int64
	Name, Email string
}

// Repository is a store of users, as all interfaces here embed it.
type Repository interface {
	GetUser(ctx context.Context, id int64) (*User, error)
	FindByEmail(ctx context.Context, email string) (*User, error)
	ListByTeam(ctx context.Context, teamID int64, page int) ([]User, error)
	GetUsers(ctx context.Context, ids []int64) ([]*User, error)
	UpdateUser(ctx context.Context, u *User) error
	RenameUser(ctx context.Context, id int64, name string) error
	DeleteUsers(ctx context.Context, ids ...int64) error
	CreateUser(ctx context.Context, u NewUser) (*User, error)
	Ping(ctx context.Context) error
	Close() error
}

// Right evicts all that it should.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
type Right interface{ Repository }

// Indexed is right too, and finds users by address through an index.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound near
//cachegen:for FindByEmail index GetUser(result.ID) notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for UpdateUser evict GetUser(u.ID), FindByEmail, ListByTeam
//cachegen:for RenameUser evict GetUser(id), ListByTeam
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser evict GetUser(result.ID), FindByEmail(u.Email), ListByTeam(u.TeamID, _)
type Indexed interface{ Repository }
