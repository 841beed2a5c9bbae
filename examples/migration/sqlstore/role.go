package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

type roles struct{ *DB }

func scanRole(r row) (*store.Role, error) {
	var role store.Role
	var permissions string
	err := r.Scan(&role.ID, &role.Name, &permissions)
	role.Permissions = strings.Fields(permissions)
	return &role, err
}

func (s roles) Get(ctx context.Context, id string) (*store.Role, error) {
	return first(read(ctx, s.DB, scanRole, "SELECT * FROM roles WHERE id = ?", id))
}

func (s roles) GetByName(ctx context.Context, name string) (*store.Role, error) {
	return first(s.GetByNames(ctx, []string{name}))
}

func (s roles) GetByNames(ctx context.Context, names []string) ([]*store.Role, error) {
	return read(ctx, s.DB, scanRole, "SELECT * FROM roles WHERE name IN (SELECT value FROM json_each(?))", set(names))
}

func (s roles) PermissionsOf(ctx context.Context, names []string) ([]string, error) {
	all, err := s.GetByNames(ctx, names)
	if err != nil {
		return nil, err
	}
	permissions := []string{}
	for _, r := range all {
		permissions = append(permissions, r.Permissions...)
	}
	slices.Sort(permissions)
	return slices.Compact(permissions), nil
}

func (s roles) Save(ctx context.Context, r *store.Role) (*store.Role, error) {
	return first(list(ctx, s.DB, scanRole, `INSERT INTO roles VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET permissions = excluded.permissions RETURNING *`, orNew(r.ID), r.Name, join(r.Permissions)))
}

func (s roles) Delete(ctx context.Context, id string) (*store.Role, error) {
	return first(list(ctx, s.DB, scanRole, "DELETE FROM roles WHERE id = ? RETURNING *", id))
}
