package main

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// change is a write after which a read has another answer.
type change struct {
	name  string
	read  read
	write func(ctx context.Context, s store.Store) error
}

var changes = []change{
	{"a user is renamed", user("u1"), rename("u1", "u1@example.com")},
	{"one of many users is renamed", users("u1", "u2"), rename("u2", "u2@example.com")},
	{"a member of a channel is renamed", profiles("c1"), rename("u1", "u1@example.com")},
	{"an address is taken", byEmail("New@Example.com"), rename("u1", "new@example.com")},
	{"an address is given up", userThenEmail("u1", "U1@example.com"), rename("u1", "new@example.com")},
	{"a user found by address is renamed", byEmail("u1@example.com"), rename("u1", "u1@example.com")},
	{"a user comes", user("u9"), save(&store.User{ID: "u9", Email: "u9@example.com"})},
	{"the user of an address comes", byEmail("u9@example.com"), save(&store.User{ID: "u9", Email: "U9@example.com"})},
	{"one of many users comes", users("u1", "u9"), save(&store.User{ID: "u9", Email: "u9@example.com"})},
	{"a user is deleted", user("u1"), deleteUser("u1")},
	{"the user of an address is deleted", byEmail("u1@example.com"), deleteUser("u1")},
	{"an id comes back with another address", userThenEmail("u1", "u1@example.com"), both(deleteUser("u1"), save(&store.User{ID: "u1"}))},
	{"a member of a channel is deleted", profiles("c1"), deleteUser("u1")},
	{"a member leaves the profiles", profiles("c1"), leave("c1", "u1")},
	{"a member comes into the profiles", profiles("c1"), join("u2", "c1")},

	{"a channel gets a header", channel("c1"), patch("c1", "talk")},
	{"a channel of the first page gets a header", page(0), patch("c1", "talk")},
	{"a channel of the second page gets a header", page(2), patch("c3", "talk")},
	{"a channel comes", channel("c9"), saveChannel("c9")},
	{"a page gets longer", page(2), saveChannel("c9")},
	{"members come", count("c1"), join("u2", "c2", "c1")},
	{"members of many channels come", counts("c1", "c2", "c9"), join("u2", "c1", "c9")},
	{"a member leaves", counts("c1", "c2"), leave("c1", "u1")},
	{"a channel goes with its team", channel("c1"), deleteTeam("t1")},
	{"a page goes with its team", page(0), deleteTeam("t1")},
	{"members go with their team", count("c1"), deleteTeam("t1")},

	{"a role is changed", role("r1"), saveRole(&store.Role{ID: "r1", Name: "member", Permissions: []string{"read"}})},
	{"a named role is changed", roleByName("member"), saveRole(&store.Role{ID: "r1", Name: "member"})},
	{"one of many roles is changed", roles("member", "admin"), saveRole(&store.Role{ID: "r2", Name: "admin"})},
	{"one of many roles comes", roles("member", "guest"), saveRole(&store.Role{Name: "guest"})},
	{"a named role comes", roleByName("guest"), saveRole(&store.Role{Name: "guest"})},
	{"permissions are changed", permissions("admin", "member"), saveRole(&store.Role{ID: "r1", Name: "member"})},
	{"permissions go with their role", permissions("admin", "member"), deleteRole("r1")},
	{"a role is deleted", role("r1"), deleteRole("r1")},
	{"a named role is deleted", roleByName("member"), deleteRole("r1")},
}

func TestAnswersAreCachedUntilTheyChange(t *testing.T) {
	each(t, func(t *testing.T, l layer) {
		for _, c := range changes {
			t.Run(c.name, func(t *testing.T) {
				db := newDB(t)
				s := one(t, l, db)
				old := wantCached(t, db, s, c.read)
				mustDo(t, c.write(t.Context(), s))
				if reflect.DeepEqual(c.read.ask(t, db), old) {
					t.Fatalf("the write changes nothing: %+v", old)
				}
				wantCached(t, db, s, c.read)
			})
		}
	})
}

func TestAWriteOnOneNodeIsSeenOnTheOther(t *testing.T) {
	addr := redisAddr(t)
	flush := goredis.NewClient(&goredis.Options{Addr: addr})
	defer flush.Close()
	each(t, func(t *testing.T, l layer) {
		for _, c := range changes {
			t.Run(c.name, func(t *testing.T) {
				mustDo(t, flush.FlushAll(t.Context()).Err())
				db := newDB(t)
				here, there := node(t, l, db, addr), node(t, l, db, addr)
				wantCached(t, db, here, c.read)
				wantCached(t, db, there, c.read)
				mustDo(t, c.write(t.Context(), here))
				want := c.read.ask(t, db)
				if got := c.read.ask(t, here); !reflect.DeepEqual(got, want) {
					t.Errorf("the node that wrote answers %+v, want %+v", got, want)
				}
				eventually(t, "the other node answers as the database does", func() bool {
					return reflect.DeepEqual(c.read.ask(t, there), want)
				})
			})
		}
	})
}

func user(id string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.User().Get(ctx, id) }
}

func users(ids ...string) read {
	return func(ctx context.Context, s store.Store) (any, error) {
		all, err := s.User().GetMany(ctx, ids)
		slices.SortFunc(all, func(a, b *store.User) int { return cmp.Compare(a.ID, b.ID) })
		return all, err
	}
}

func byEmail(email string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.User().GetByEmail(ctx, email) }
}

// userThenEmail has the user cached when it is asked for by its address.
func userThenEmail(id, email string) read {
	return func(ctx context.Context, s store.Store) (any, error) {
		if _, err := s.User().Get(ctx, id); err != nil {
			return nil, err
		}
		return s.User().GetByEmail(ctx, email)
	}
}

func profiles(channel string) read {
	return func(ctx context.Context, s store.Store) (any, error) {
		return s.User().GetProfilesInChannel(ctx, channel)
	}
}

func channel(id string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.Channel().Get(ctx, id, true) }
}

func page(offset int) read {
	return func(ctx context.Context, s store.Store) (any, error) {
		return s.Channel().GetForTeam(ctx, "t1", offset, 2)
	}
}

func count(channel string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.Channel().GetMemberCount(ctx, channel) }
}

func counts(channels ...string) read {
	return func(ctx context.Context, s store.Store) (any, error) {
		return s.Channel().GetMemberCounts(ctx, channels)
	}
}

func role(id string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.Role().Get(ctx, id) }
}

func roleByName(name string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.Role().GetByName(ctx, name) }
}

func roles(names ...string) read {
	return func(ctx context.Context, s store.Store) (any, error) {
		all, err := s.Role().GetByNames(ctx, names)
		slices.SortFunc(all, func(a, b *store.Role) int { return cmp.Compare(a.Name, b.Name) })
		return all, err
	}
}

func permissions(names ...string) read {
	return func(ctx context.Context, s store.Store) (any, error) { return s.Role().PermissionsOf(ctx, names) }
}

func rename(id, email string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		_, err := s.User().Update(ctx, &store.User{ID: id, Email: email, Name: "Renamed", Roles: []string{}})
		return err
	}
}

func save(u *store.User) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		_, err := s.User().Save(ctx, u)
		return err
	}
}

func deleteUser(id string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error { return s.User().PermanentDelete(ctx, id) }
}

func both(first, second func(context.Context, store.Store) error) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error { return errors.Join(first(ctx, s), second(ctx, s)) }
}

func patch(id, header string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		_, err := s.Channel().Patch(ctx, id, store.ChannelPatch{Header: &header})
		return err
	}
}

func saveChannel(id string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		_, err := s.Channel().Save(ctx, &store.Channel{ID: id, TeamID: "t1", Name: "new"})
		return err
	}
}

// join does as the server's services do: whoever changes the members of a channel says so to the UserStore.
func join(user string, channels ...string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		var members []*store.Member
		for _, c := range channels {
			members = append(members, &store.Member{ChannelID: c, UserID: user})
		}
		_, err := s.Channel().SaveMembers(ctx, members)
		for _, c := range channels {
			s.User().InvalidateProfilesInChannel(ctx, c)
		}
		return err
	}
}

func leave(channel, user string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		err := s.Channel().RemoveMember(ctx, channel, user)
		s.User().InvalidateProfilesInChannel(ctx, channel)
		return err
	}
}

func deleteTeam(id string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error { return s.Channel().PermanentDeleteByTeam(ctx, id) }
}

func saveRole(r *store.Role) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		_, err := s.Role().Save(ctx, r)
		return err
	}
}

func deleteRole(id string) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		_, err := s.Role().Delete(ctx, id)
		return err
	}
}
