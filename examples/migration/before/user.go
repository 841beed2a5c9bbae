package before

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// userStore caches users; what it does not name goes straight to the UserStore within.
type userStore struct {
	store.UserStore
	byID      *cache[*store.User]
	idByEmail *cache[string]
	inChannel *cache[map[string]*store.User]
}

func newUserStore(next store.UserStore, cluster *Cluster) *userStore {
	s := &userStore{
		UserStore: next,
		byID:      newCache("user", userSize, userTTL, cluster, cloneUser),
		idByEmail: newCache("user_email", userSize, userTTL, cluster, strings.Clone),
		inChannel: newCache("profiles_in_channel", channelSize, userTTL, cluster, cloneProfiles),
	}
	s.inChannel.holds = func(profiles map[string]*store.User, id string) bool { return profiles[id] != nil }
	return s
}

func cloneUser(u *store.User) *store.User {
	c := *u
	c.Roles = slices.Clone(u.Roles)
	return &c
}

func cloneProfiles(profiles map[string]*store.User) map[string]*store.User {
	c := maps.Clone(profiles)
	for id, u := range c {
		c[id] = cloneUser(u)
	}
	return c
}

func emailKey(email string) string { return strings.ToLower(email) }

func (s *userStore) Get(ctx context.Context, id string) (*store.User, error) {
	return s.byID.readThrough(id, func() (*store.User, error) { return s.UserStore.Get(ctx, id) })
}

func (s *userStore) GetMany(ctx context.Context, ids []string) ([]*store.User, error) {
	found, err := s.byID.readMany(ids, func(ids []string) (map[string]*store.User, error) {
		users, err := s.UserStore.GetMany(ctx, ids)
		byID := make(map[string]*store.User, len(users))
		for _, u := range users {
			byID[u.ID] = u
		}
		return byID, err
	})
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(found)), nil
}

func (s *userStore) GetByEmail(ctx context.Context, email string) (*store.User, error) {
	var loaded *store.User
	id, err := s.idByEmail.readThrough(emailKey(email), func() (string, error) {
		u, err := s.UserStore.GetByEmail(ctx, email)
		if err != nil {
			return "", err
		}
		s.byID.add(u.ID, u)
		loaded = u
		return u.ID, nil
	})
	if err != nil || loaded != nil {
		return loaded, err
	}
	return s.Get(ctx, id)
}

func (s *userStore) GetProfilesInChannel(ctx context.Context, channelID string) (map[string]*store.User, error) {
	return s.inChannel.readThrough(channelID, func() (map[string]*store.User, error) {
		return s.UserStore.GetProfilesInChannel(ctx, channelID)
	})
}

func (s *userStore) Save(ctx context.Context, u *store.User) (*store.User, error) {
	saved, err := s.UserStore.Save(ctx, u)
	s.idByEmail.drop(ctx, emailKey(u.Email))
	if err == nil {
		s.byID.drop(ctx, saved.ID)
	}
	return saved, err
}

func (s *userStore) Update(ctx context.Context, u *store.User) (*store.User, error) {
	defer s.invalidate(ctx, u.ID, s.emailsOf(ctx, u.ID, u.Email)...)
	return s.UserStore.Update(ctx, u)
}

func (s *userStore) PermanentDelete(ctx context.Context, id string) error {
	defer s.invalidate(ctx, id, s.emailsOf(ctx, id)...)
	return s.UserStore.PermanentDelete(ctx, id)
}

func (s *userStore) InvalidateProfilesInChannel(ctx context.Context, channelID string) {
	s.inChannel.drop(ctx, channelID)
}

// emailsOf adds the user's address of now to those that are known. Asked as an argument of a deferred call, it reads
// before the write.
func (s *userStore) emailsOf(ctx context.Context, id string, known ...string) []string {
	if old, err := s.UserStore.Get(ctx, id); err == nil {
		known = append(known, old.Email)
	}
	return known
}

func (s *userStore) invalidate(ctx context.Context, id string, emails ...string) {
	s.byID.drop(ctx, id)
	for _, email := range emails {
		s.idByEmail.drop(ctx, emailKey(email))
	}
	s.inChannel.dropHolding(ctx, id)
}
