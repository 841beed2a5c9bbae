package before

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// roleStore caches roles, and what sets of them permit.
type roleStore struct {
	store.RoleStore
	byID        *cache[*store.Role]
	byName      *cache[*store.Role]
	permissions *cache[[]string]
}

func newRoleStore(next store.RoleStore, cluster *Cluster) *roleStore {
	return &roleStore{
		RoleStore:   next,
		byID:        newCache("role", roleSize, roleTTL, cluster, cloneRole),
		byName:      newCache("role_name", roleSize, roleTTL, cluster, cloneRole),
		permissions: newCache("role_permissions", roleSize, roleTTL, cluster, slices.Clone[[]string]),
	}
}

func cloneRole(r *store.Role) *store.Role {
	c := *r
	c.Permissions = slices.Clone(r.Permissions)
	return &c
}

// namesKey is the same for the same names in any order. Names have no spaces.
func namesKey(names []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), " ")
}

func (s *roleStore) Get(ctx context.Context, id string) (*store.Role, error) {
	return s.byID.readThrough(id, func() (*store.Role, error) { return s.RoleStore.Get(ctx, id) })
}

func (s *roleStore) GetByName(ctx context.Context, name string) (*store.Role, error) {
	return s.byName.readThrough(name, func() (*store.Role, error) { return s.RoleStore.GetByName(ctx, name) })
}

func (s *roleStore) GetByNames(ctx context.Context, names []string) ([]*store.Role, error) {
	found, err := s.byName.readMany(names, func(names []string) (map[string]*store.Role, error) {
		roles, err := s.RoleStore.GetByNames(ctx, names)
		byName := make(map[string]*store.Role, len(roles))
		for _, r := range roles {
			byName[r.Name] = r
		}
		return byName, err
	})
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(found)), nil
}

func (s *roleStore) PermissionsOf(ctx context.Context, names []string) ([]string, error) {
	return s.permissions.readThrough(namesKey(names), func() ([]string, error) { return s.RoleStore.PermissionsOf(ctx, names) })
}

func (s *roleStore) Save(ctx context.Context, r *store.Role) (*store.Role, error) {
	saved, err := s.RoleStore.Save(ctx, r)
	s.byName.drop(ctx, r.Name)
	s.permissions.dropAll(ctx)
	if err == nil {
		s.byID.drop(ctx, saved.ID)
	}
	return saved, err
}

func (s *roleStore) Delete(ctx context.Context, id string) (*store.Role, error) {
	deleted, err := s.RoleStore.Delete(ctx, id)
	s.byID.drop(ctx, id)
	s.permissions.dropAll(ctx)
	if err == nil {
		s.byName.drop(ctx, deleted.Name)
	}
	return deleted, err
}
