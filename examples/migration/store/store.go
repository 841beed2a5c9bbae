// Package store is what a chat server knows of its database: one interface for each kind of thing, and a root that hands
// them out. The directives are all that it takes to cache them; they are comments, and a layer by hand (package before)
// stands on the same interfaces.
package store

import (
	"context"
	"errors"
)

// ErrNotFound says that what was asked for is not there, or no longer.
var ErrNotFound = errors.New("not found")

// Store hands out the stores.
//
//go:generate go tool cachegen
//cachegen:wrap strict
type Store interface {
	//cachegen:sub
	User() UserStore
	//cachegen:sub
	Channel() ChannelStore
	//cachegen:sub
	Role() RoleStore
}

// UserStore has the people of the server.
//
//cachegen:wrap strict ttl=30m notfound=ErrNotFound
type UserStore interface {
	// Get returns the user with this id, or ErrNotFound.
	//
	//cachegen:cache
	Get(ctx context.Context, id string) (*User, error)

	// GetMany returns those of the users that there are.
	//
	//cachegen:batch Get(ids) by=it.ID
	GetMany(ctx context.Context, ids []string) ([]*User, error)

	// GetByEmail returns the user with this address, in upper or lower case, or ErrNotFound.
	//
	//cachegen:index Get(result.ID) key=strings.ToLower(email)
	GetByEmail(ctx context.Context, email string) (*User, error)

	// GetProfilesInChannel returns the members of a channel by their ids.
	//
	//cachegen:cache
	//cachegen:tag member(id) for id := range result
	GetProfilesInChannel(ctx context.Context, channelID string) (map[string]*User, error)

	// Search returns the users whose name begins with prefix.
	//
	//cachegen:pass
	Search(ctx context.Context, prefix string) ([]*User, error)

	// Save stores a new user and returns it with its id.
	//
	//cachegen:evict Get(result.ID), GetByEmail(u.Email)
	Save(ctx context.Context, u *User) (*User, error)

	// Update changes everything but the id.
	//
	//cachegen:evict old=Get(u.ID) Get(u.ID), GetByEmail(u.Email), GetByEmail(old.Email), tag.member(u.ID)
	Update(ctx context.Context, u *User) (*User, error)

	// PermanentDelete removes the user, and its memberships.
	//
	//cachegen:evict old=Get(id) Get(id), GetByEmail(old.Email), tag.member(id)
	PermanentDelete(ctx context.Context, id string) error

	// InvalidateProfilesInChannel is for who has changed a channel's members. The database has nothing to do here.
	//
	//cachegen:evict GetProfilesInChannel(channelID)
	InvalidateProfilesInChannel(ctx context.Context, channelID string)
}

// ChannelStore has the channels of teams, and who is in them.
//
//cachegen:wrap strict ttl=15m notfound=ErrNotFound
type ChannelStore interface {
	// Get returns the channel with this id, or ErrNotFound.
	//
	//cachegen:cache if=allowFromCache
	Get(ctx context.Context, id string, allowFromCache bool) (*Channel, error)

	// GetForTeam returns a page of a team's channels, by name.
	//
	//cachegen:cache
	GetForTeam(ctx context.Context, teamID string, offset, limit int) ([]*Channel, error)

	// GetMemberCount returns how many members a channel has.
	//
	//cachegen:cache
	GetMemberCount(ctx context.Context, channelID string) (int64, error)

	// GetMemberCounts is GetMemberCount for many channels.
	//
	//cachegen:batch GetMemberCount(channelIDs)
	GetMemberCounts(ctx context.Context, channelIDs []string) (map[string]int64, error)

	// Save stores a new channel and returns it with its id.
	//
	//cachegen:evict Get(result.ID), GetForTeam(c.TeamID, _, _)
	Save(ctx context.Context, c *Channel) (*Channel, error)

	// Patch changes what is set in patch, and returns the whole.
	//
	//cachegen:evict Get(id), GetForTeam(result.TeamID, _, _)
	Patch(ctx context.Context, id string, patch ChannelPatch) (*Channel, error)

	// SaveMembers adds members, and returns those that were none before.
	//
	//cachegen:evict GetMemberCount(m.ChannelID) for _, m := range result
	SaveMembers(ctx context.Context, members []*Member) ([]*Member, error)

	// RemoveMember removes one.
	//
	//cachegen:evict GetMemberCount(channelID)
	RemoveMember(ctx context.Context, channelID, userID string) error

	// PermanentDeleteByTeam removes all channels of a team, and their memberships.
	//
	//cachegen:evict GetForTeam(teamID, _, _), Get, GetMemberCount
	PermanentDeleteByTeam(ctx context.Context, teamID string) error
}

// RoleStore has what people are permitted to do. A role's name never changes.
//
//cachegen:wrap strict ttl=1h notfound=ErrNotFound
type RoleStore interface {
	// Get returns the role with this id, or ErrNotFound.
	//
	//cachegen:cache
	Get(ctx context.Context, id string) (*Role, error)

	// GetByName returns the role with this name, or ErrNotFound.
	//
	//cachegen:cache
	GetByName(ctx context.Context, name string) (*Role, error)

	// GetByNames returns those of the roles that there are.
	//
	//cachegen:batch GetByName(names) by=it.Name
	GetByNames(ctx context.Context, names []string) ([]*Role, error)

	// PermissionsOf returns what any of the roles permits. Neither order nor repetition of the names matters.
	//
	//cachegen:cache key=sorted(names)
	PermissionsOf(ctx context.Context, names []string) ([]string, error)

	// Save stores a role, new or changed, and returns it with its id.
	//
	//cachegen:evict Get(result.ID), GetByName(r.Name), PermissionsOf
	Save(ctx context.Context, r *Role) (*Role, error)

	// Delete removes a role and returns it as it was, or ErrNotFound.
	//
	//cachegen:evict Get(id), GetByName(result.Name), PermissionsOf
	Delete(ctx context.Context, id string) (*Role, error)
}
