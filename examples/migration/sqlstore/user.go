package sqlstore

import (
	"context"
	"strings"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

type users struct{ *DB }

const selectUser = "SELECT u.id, u.email, u.name, u.password_hash, u.roles FROM users u "

func scanUser(r row) (*store.User, error) {
	var u store.User
	var roles string
	err := r.Scan(&u.ID, &u.Email, &u.Name, &u.PasswordHash, &roles)
	u.Roles = strings.Fields(roles)
	return &u, err
}

func (s users) Get(ctx context.Context, id string) (*store.User, error) {
	return first(read(ctx, s.DB, scanUser, selectUser+"WHERE u.id = ?", id))
}

func (s users) GetMany(ctx context.Context, ids []string) ([]*store.User, error) {
	return read(ctx, s.DB, scanUser, selectUser+"WHERE u.id IN (SELECT value FROM json_each(?))", set(ids))
}

func (s users) GetByEmail(ctx context.Context, email string) (*store.User, error) {
	return first(read(ctx, s.DB, scanUser, selectUser+"WHERE u.email = ?", email))
}

func (s users) GetProfilesInChannel(ctx context.Context, channelID string) (map[string]*store.User, error) {
	all, err := read(ctx, s.DB, scanUser, selectUser+"JOIN members m ON m.user_id = u.id WHERE m.channel_id = ?", channelID)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*store.User)
	for _, u := range all {
		byID[u.ID] = u
	}
	return byID, nil
}

func (s users) Search(ctx context.Context, prefix string) ([]*store.User, error) {
	return read(ctx, s.DB, scanUser, selectUser+"WHERE substr(u.name, 1, length(?1)) = ?1 ORDER BY u.name", prefix)
}

func (s users) Save(ctx context.Context, u *store.User) (*store.User, error) {
	return first(list(ctx, s.DB, scanUser, "INSERT INTO users VALUES (?, ?, ?, ?, ?) RETURNING *",
		orNew(u.ID), u.Email, u.Name, u.PasswordHash, join(u.Roles)))
}

func (s users) Update(ctx context.Context, u *store.User) (*store.User, error) {
	return first(list(ctx, s.DB, scanUser, "UPDATE users SET email = ?, name = ?, password_hash = ?, roles = ? WHERE id = ? RETURNING *",
		u.Email, u.Name, u.PasswordHash, join(u.Roles), u.ID))
}

func (s users) PermanentDelete(ctx context.Context, id string) error {
	if err := s.exec(ctx, "DELETE FROM members WHERE user_id = ?", id); err != nil {
		return err
	}
	return s.exec(ctx, "DELETE FROM users WHERE id = ?", id)
}

func (s users) InvalidateProfilesInChannel(context.Context, string) {}
