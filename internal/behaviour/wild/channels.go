package wild

import (
	"context"
	"errors"
)

// Channel is a row.
type Channel struct {
	ID, Team, Name string
}

// PostOptions say which posts.
type PostOptions struct {
	Channel       string
	Page, PerPage int
	Collapsed     bool
}

// Channels are cases 1 to 8, 10, 14 and 15.
//
//cachegen:wrap ttl=1h jitter=0
type Channels interface {
	//cachegen:cache if=allowFromCache
	Get(id string, allowFromCache bool) (*Channel, error)

	//cachegen:cache reload=!allowFromCache
	Usage(allowFromCache, includeDeleted bool) (int64, error)

	//cachegen:batch Get(ids) by=it.ID
	GetMany(ctx context.Context, ids []string) ([]*Channel, error)

	//cachegen:batch ids
	MemberCounts(ids []string) (map[string]int64, error)

	//cachegen:cache if=allowFromCache
	GetByName(team, name string, allowFromCache bool) (*Channel, error)

	//cachegen:batch GetByName(team, names) by=it.Name if=allowFromCache
	GetByNames(team string, names []string, allowFromCache bool) ([]*Channel, error)

	//cachegen:evict Get(c.ID) for _, c := range result
	SaveMany(channels []*Channel) ([]*Channel, error)

	//cachegen:evict Get(c.ID)
	//cachegen:evict GetByName
	Save(c *Channel) (*Channel, error)

	//cachegen:evict Get(id), GetByName(result.Team, result.Name)
	Delete(id string) (*Channel, error)

	//cachegen:evict old=Get(c.ID, false) GetByName(old.Team, old.Name) if old.Name != result.Name || old.Team != result.Team
	//cachegen:evict Get(c.ID), GetByName(result.Team, result.Name)
	Update(c *Channel) (*Channel, error)

	//cachegen:cache if="allowFromCache && o.Page == 0 && (o.PerPage == 30 || o.PerPage == 60)" ignore=p2
	Posts(o PostOptions, allowFromCache bool, _ map[string]bool) ([]string, error)

	//cachegen:cache if=allowFromCache unless="len(result) == 0"
	TeamIDs(user string, allowFromCache bool) ([]string, error)
}

// ErrGone says that there is no such thing.
var ErrGone = errors.New("gone")
