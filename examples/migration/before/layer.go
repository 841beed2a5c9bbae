// Package before is a cache layer by hand, as chat servers have them (Mattermost's localcachelayer is one): an LRU for each
// kind of entry, keys put together where they are needed, and messages that have the other nodes drop what this one has
// changed. It is what package after and the directives in package store take the place of.
package before

import (
	"time"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

const (
	userTTL    = 30 * time.Minute
	channelTTL = 15 * time.Minute
	roleTTL    = time.Hour

	userSize    = 20_000
	channelSize = 20_000
	roleSize    = 2_000
)

// Store is a store.Store that answers from caches in this process.
type Store struct {
	user    *userStore
	channel *channelStore
	role    *roleStore
}

// New puts caches in front of next. cluster may be nil, where there is one node.
func New(next store.Store, cluster *Cluster) *Store {
	s := &Store{
		user:    newUserStore(next.User(), cluster),
		channel: newChannelStore(next.Channel(), cluster),
		role:    newRoleStore(next.Role(), cluster),
	}
	cluster.start()
	return s
}

func (s *Store) User() store.UserStore       { return s.user }
func (s *Store) Channel() store.ChannelStore { return s.channel }
func (s *Store) Role() store.RoleStore       { return s.role }
