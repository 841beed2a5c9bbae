package users

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// Map is a Repository in memory. Its zero value is empty. It is not safe for concurrent use.
type Map struct {
	users  map[int64]User
	last   int64
	closed bool
}

// GetUser wraps ErrNotFound, as stores do that say what they did not find.
func (s *Map) GetUser(_ context.Context, id int64) (*User, error) {
	if u, ok := s.users[id]; ok {
		return &u, nil
	}
	return nil, fmt.Errorf("user %d: %w", id, ErrNotFound)
}

// FindByEmail returns the oldest user of several.
func (s *Map) FindByEmail(_ context.Context, email string) (*User, error) {
	for _, id := range slices.Sorted(maps.Keys(s.users)) {
		if u := s.users[id]; u.Email == email {
			return &u, nil
		}
	}
	return nil, fmt.Errorf("user %q: %w", email, ErrNotFound)
}

// ListByTeam has pages of two, counted from 0.
func (s *Map) ListByTeam(_ context.Context, teamID int64, page int) ([]User, error) {
	var all []User
	for _, u := range s.users {
		if u.TeamID == teamID {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	from := min(2*page, len(all))
	return append([]User{}, all[from:min(from+2, len(all))]...), nil
}

// GetUsers returns users in the order of ids, each once.
func (s *Map) GetUsers(_ context.Context, ids []int64) ([]*User, error) {
	var all []*User
	seen := map[int64]bool{}
	for _, id := range ids {
		if u, ok := s.users[id]; ok && !seen[id] {
			all = append(all, &u)
		}
		seen[id] = true
	}
	return all, nil
}

// UpdateUser may return ErrNotFound.
func (s *Map) UpdateUser(_ context.Context, u *User) error {
	old, ok := s.users[u.ID]
	if !ok {
		return ErrNotFound
	}
	now := *u
	now.Version = old.Version + 1
	s.users[u.ID] = now
	return nil
}

// RenameUser may return ErrNotFound.
func (s *Map) RenameUser(ctx context.Context, id int64, name string) error {
	u, err := s.GetUser(ctx, id)
	if err != nil {
		return err
	}
	u.Name = name
	return s.UpdateUser(ctx, u)
}

// DeleteUsers does not mind ids that there are not.
func (s *Map) DeleteUsers(_ context.Context, ids ...int64) error {
	for _, id := range ids {
		delete(s.users, id)
	}
	return nil
}

// CreateUser counts its ids.
func (s *Map) CreateUser(_ context.Context, u NewUser) (*User, error) {
	if s.users == nil {
		s.users = map[int64]User{}
	}
	s.last++
	created := User{ID: s.last, TeamID: u.TeamID, Name: u.Name, Email: u.Email}
	s.users[created.ID] = created
	return &created, nil
}

// Ping returns nil.
func (s *Map) Ping(context.Context) error { return nil }

// Close makes the store useless.
func (s *Map) Close() error {
	s.users, s.closed = nil, true
	return nil
}
