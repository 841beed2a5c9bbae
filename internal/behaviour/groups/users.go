// Package groups has an interface whose mutators evict many entries of a method at once.
package groups

import "context"

// User is a member of a team.
type User struct {
	ID     int64
	TeamID int64
	Email  string
}

// Page is a part of a list.
type Page struct{ Offset, Limit int }

type tenantKey struct{}

// WithTenant returns a context for calls on behalf of a tenant.
func WithTenant(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, tenantKey{}, name)
}

func tenant(ctx context.Context) string {
	name, _ := ctx.Value(tenantKey{}).(string)
	return name
}

// Users is a store of users.
//
//cachegen:wrap ttl=1h
type Users interface {
	//cachegen:cache
	Get(ctx context.Context, id int64) (*User, error)

	//cachegen:cache
	ListByTeam(ctx context.Context, teamID int64, page Page) ([]User, error)

	//cachegen:cache
	Count(ctx context.Context) (int, error)

	// Search is cached per tenant, whatever the case of name.
	//
	//cachegen:cache key="tenant(ctx), strings.ToLower(name), limit" hash=secret
	Search(ctx context.Context, name string, limit int, secret string) ([]string, error)

	// Find takes what it looks for in any form.
	//
	//cachegen:cache
	Find(ctx context.Context, teamID int64, key any) (*User, error)

	//cachegen:evict Get(u.ID), ListByTeam(u.TeamID, _)
	Update(ctx context.Context, u *User) error

	//cachegen:evict ListByTeam(_, page)
	Renumber(ctx context.Context, page Page) error

	//cachegen:evict ListByTeam(team, _) for _, team := range teams if team > 0
	Merge(ctx context.Context, teams []int64) error

	//cachegen:evict ListByTeam(result.TeamID, _)
	Create(ctx context.Context, u User) (*User, error)

	//cachegen:evict Get, ListByTeam, Count
	Clear(ctx context.Context) error

	// Index ends what one tenant has found under a name, Unshare what it has found with a secret, Reindex all that it has
	// found and Forget what any has.
	//
	//cachegen:evict Search(name, _, _)
	Index(ctx context.Context, name string) error
	//cachegen:evict Search(_, _, secret)
	Unshare(ctx context.Context, secret string) error
	//cachegen:evict Search(_, _, _)
	Reindex(ctx context.Context) error
	//cachegen:evict Search
	Forget(ctx context.Context) error

	//cachegen:evict Find(_, key)
	Lose(ctx context.Context, key any) error
}
