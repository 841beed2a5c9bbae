package before

import (
	"context"
	"fmt"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// channelStore caches channels and the numbers of their members.
type channelStore struct {
	store.ChannelStore
	byID    *cache[*store.Channel]
	forTeam *cache[[]*store.Channel]
	counts  *cache[int64]
}

func newChannelStore(next store.ChannelStore, cluster *Cluster) *channelStore {
	return &channelStore{
		ChannelStore: next,
		byID:         newCache("channel", channelSize, channelTTL, cluster, cloneChannel),
		forTeam:      newCache("channels_for_team", channelSize, channelTTL, cluster, cloneChannels),
		counts:       newCache("member_count", channelSize, channelTTL, cluster, func(n int64) int64 { return n }),
	}
}

func cloneChannel(c *store.Channel) *store.Channel {
	clone := *c
	return &clone
}

func cloneChannels(channels []*store.Channel) []*store.Channel {
	clone := make([]*store.Channel, len(channels))
	for i, c := range channels {
		clone[i] = cloneChannel(c)
	}
	return clone
}

// teamPrefix is what the keys of all pages of a team begin with. The team's length keeps one team from being the
// beginning of another.
func teamPrefix(teamID string) string { return fmt.Sprintf("%d:%s:", len(teamID), teamID) }

func (s *channelStore) Get(ctx context.Context, id string, allowFromCache bool) (*store.Channel, error) {
	if !allowFromCache {
		return s.ChannelStore.Get(ctx, id, allowFromCache)
	}
	return s.byID.readThrough(id, func() (*store.Channel, error) { return s.ChannelStore.Get(ctx, id, allowFromCache) })
}

func (s *channelStore) GetForTeam(ctx context.Context, teamID string, offset, limit int) ([]*store.Channel, error) {
	key := fmt.Sprintf("%s%d:%d", teamPrefix(teamID), offset, limit)
	return s.forTeam.readThrough(key, func() ([]*store.Channel, error) {
		return s.ChannelStore.GetForTeam(ctx, teamID, offset, limit)
	})
}

func (s *channelStore) GetMemberCount(ctx context.Context, channelID string) (int64, error) {
	return s.counts.readThrough(channelID, func() (int64, error) { return s.ChannelStore.GetMemberCount(ctx, channelID) })
}

func (s *channelStore) GetMemberCounts(ctx context.Context, channelIDs []string) (map[string]int64, error) {
	return s.counts.readMany(channelIDs, func(ids []string) (map[string]int64, error) {
		return s.ChannelStore.GetMemberCounts(ctx, ids)
	})
}

func (s *channelStore) Save(ctx context.Context, c *store.Channel) (*store.Channel, error) {
	defer s.forTeam.dropPrefix(ctx, teamPrefix(c.TeamID))
	saved, err := s.ChannelStore.Save(ctx, c)
	if err == nil {
		s.byID.drop(ctx, saved.ID)
	}
	return saved, err
}

func (s *channelStore) Patch(ctx context.Context, id string, patch store.ChannelPatch) (*store.Channel, error) {
	defer s.byID.drop(ctx, id)
	patched, err := s.ChannelStore.Patch(ctx, id, patch)
	if err == nil {
		s.forTeam.dropPrefix(ctx, teamPrefix(patched.TeamID))
	}
	return patched, err
}

func (s *channelStore) SaveMembers(ctx context.Context, members []*store.Member) ([]*store.Member, error) {
	saved, err := s.ChannelStore.SaveMembers(ctx, members)
	for _, m := range saved {
		s.counts.drop(ctx, m.ChannelID)
	}
	return saved, err
}

func (s *channelStore) RemoveMember(ctx context.Context, channelID, userID string) error {
	defer s.counts.drop(ctx, channelID)
	return s.ChannelStore.RemoveMember(ctx, channelID, userID)
}

func (s *channelStore) PermanentDeleteByTeam(ctx context.Context, teamID string) error {
	defer func() {
		s.forTeam.dropPrefix(ctx, teamPrefix(teamID))
		s.byID.dropAll(ctx)
		s.counts.dropAll(ctx)
	}()
	return s.ChannelStore.PermanentDeleteByTeam(ctx, teamID)
}
