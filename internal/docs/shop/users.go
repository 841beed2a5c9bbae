package shop

import "context"

// UserRepository is the documents' interface.
//
//cachegen:wrap ttl=10m
type UserRepository interface {
	//cachegen:cache notfound=ErrNotFound
	GetUser(ctx context.Context, id int64) (*User, error)

	//cachegen:cache key="strings.ToLower(email), tenant(ctx)"
	FindByEmail(ctx context.Context, email string) (*User, error)

	//cachegen:cache ttl=1m
	ListByTeam(ctx context.Context, teamID int64, page Page) ([]User, error)

	//cachegen:cache
	ListAdmins(ctx context.Context) ([]User, error)

	//cachegen:cache near
	GetTeam(ctx context.Context, id int64) (*Team, error)

	//cachegen:cache
	GetRole(ctx context.Context, id string) (*Role, error)

	//cachegen:cache
	GetRoleByName(ctx context.Context, name string) (*Role, error)

	//cachegen:batch GetUser(ids)
	GetUsers(ctx context.Context, ids []int64) (map[int64]*User, error)

	//cachegen:cache
	//cachegen:tag member(id) for id := range result
	GetProfilesInChannel(ctx context.Context, channelID string) (map[string]*User, error)

	//cachegen:put GetUser(result.ID) = result
	//cachegen:evict ListByTeam(u.TeamID, _)
	CreateUser(ctx context.Context, u NewUser) (*User, error)

	//cachegen:evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
	//cachegen:evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
	//cachegen:evict ListAdmins() if old.Admin != u.Admin
	UpdateUser(ctx context.Context, u *User) error

	//cachegen:evict tag.member(userID)
	UpdateProfile(ctx context.Context, userID string, p Profile) error

	//cachegen:evict GetUser(id) for _, id := range ids
	//cachegen:evict FindByEmail, ListByTeam, ListAdmins
	DeleteUsers(ctx context.Context, ids []int64) error
}
