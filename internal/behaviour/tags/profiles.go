// Package tags has an interface whose entries are marked by what is in them.
package tags

import "context"

// User is a member of channels.
type User struct{ ID, Name string }

// Profiles are what channels show of their members.
//
//cachegen:wrap ttl=1h
type Profiles interface {
	//cachegen:cache if=allowFromCache
	//cachegen:tag member(id) for id := range result
	//cachegen:tag namespace(ns)
	InChannel(ctx context.Context, ns, channelID string, allowFromCache bool) (map[string]*User, error)

	//cachegen:cache
	//cachegen:tag member(result.ID)
	Owner(ctx context.Context, channelID string) (*User, error)

	//cachegen:cache
	//cachegen:tag namespace(ns)
	Count(ns string) int

	//cachegen:evict tag.member(userID)
	Rename(ctx context.Context, userID, name string) error

	//cachegen:evict tag.member(userID) if userID != ""
	RenameOwner(ctx context.Context, channelID, name string) (userID string, err error)

	//cachegen:evict tag.namespace(ns)
	Clear(ns string)
}
