package sqlstore

import (
	"context"
	"errors"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

type channels struct{ *DB }

func scanChannel(r row) (*store.Channel, error) {
	var c store.Channel
	return &c, r.Scan(&c.ID, &c.TeamID, &c.Name, &c.Header)
}

func (s channels) Get(ctx context.Context, id string, _ bool) (*store.Channel, error) {
	return first(read(ctx, s.DB, scanChannel, "SELECT * FROM channels WHERE id = ?", id))
}

func (s channels) GetForTeam(ctx context.Context, teamID string, offset, limit int) ([]*store.Channel, error) {
	return read(ctx, s.DB, scanChannel, "SELECT * FROM channels WHERE team_id = ? ORDER BY name LIMIT ? OFFSET ?", teamID, limit, offset)
}

func (s channels) GetMemberCount(ctx context.Context, channelID string) (int64, error) {
	counts, err := s.GetMemberCounts(ctx, []string{channelID})
	return counts[channelID], err
}

func (s channels) GetMemberCounts(ctx context.Context, channelIDs []string) (map[string]int64, error) {
	counts := make(map[string]int64)
	count := func(r row) (struct{}, error) {
		var id string
		var n int64
		err := r.Scan(&id, &n)
		counts[id] = n
		return struct{}{}, err
	}
	_, err := read(ctx, s.DB, count, `SELECT c.value, count(m.user_id) FROM json_each(?) c
		LEFT JOIN members m ON m.channel_id = c.value GROUP BY c.value`, set(channelIDs))
	return counts, err
}

func (s channels) Save(ctx context.Context, c *store.Channel) (*store.Channel, error) {
	return first(list(ctx, s.DB, scanChannel, "INSERT INTO channels VALUES (?, ?, ?, ?) RETURNING *", orNew(c.ID), c.TeamID, c.Name, c.Header))
}

func (s channels) Patch(ctx context.Context, id string, patch store.ChannelPatch) (*store.Channel, error) {
	return first(list(ctx, s.DB, scanChannel, "UPDATE channels SET name = ifnull(?, name), header = ifnull(?, header) WHERE id = ? RETURNING *",
		patch.Name, patch.Header, id))
}

func (s channels) SaveMembers(ctx context.Context, members []*store.Member) ([]*store.Member, error) {
	scan := func(r row) (*store.Member, error) {
		var m store.Member
		return &m, r.Scan(&m.ChannelID, &m.UserID)
	}
	var added []*store.Member
	for _, m := range members {
		saved, err := first(list(ctx, s.DB, scan, "INSERT INTO members VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING *", m.ChannelID, m.UserID))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return added, err
		}
		added = append(added, saved)
	}
	return added, nil
}

func (s channels) RemoveMember(ctx context.Context, channelID, userID string) error {
	return s.exec(ctx, "DELETE FROM members WHERE channel_id = ? AND user_id = ?", channelID, userID)
}

func (s channels) PermanentDeleteByTeam(ctx context.Context, teamID string) error {
	if err := s.exec(ctx, "DELETE FROM members WHERE channel_id IN (SELECT id FROM channels WHERE team_id = ?)", teamID); err != nil {
		return err
	}
	return s.exec(ctx, "DELETE FROM channels WHERE team_id = ?", teamID)
}
