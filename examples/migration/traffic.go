package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// calls is how many there are in traffic.
const calls = 5_000

// seed fills an empty store: users u1, u2, … and a tenth as many channels c1, c2, … of team t1, each user in two of them.
func seed(ctx context.Context, s store.Store, users int) error {
	channels := max(3, users/10)
	for i := range channels {
		c := &store.Channel{ID: id("c", i), TeamID: "t1", Name: fmt.Sprintf("channel-%02d", i+1)}
		if _, err := s.Channel().Save(ctx, c); err != nil {
			return err
		}
	}
	for i := range users {
		u := &store.User{
			ID: id("u", i), Email: id("u", i) + "@example.com", Name: fmt.Sprintf("User %d", i+1),
			PasswordHash: "secret", Roles: []string{"member"},
		}
		if _, err := s.User().Save(ctx, u); err != nil {
			return err
		}
		in := []*store.Member{{ChannelID: id("c", i%channels), UserID: u.ID}, {ChannelID: id("c", (i+1)%channels), UserID: u.ID}}
		if _, err := s.Channel().SaveMembers(ctx, in); err != nil {
			return err
		}
	}
	for i, name := range []string{"member", "admin"} {
		r := &store.Role{ID: id("r", i), Name: name, Permissions: []string{"read", "write_" + name}}
		if _, err := s.Role().Save(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func id(kind string, i int) string { return fmt.Sprintf("%s%d", kind, i+1) }

// traffic is what a chat server asks of a store seeded with 200 users, the same each time: one call in 25 writes.
func traffic(ctx context.Context, s store.Store) error {
	random := rand.New(rand.NewPCG(1, 2))
	for range calls {
		user, channel := id("u", random.IntN(200)), id("c", random.IntN(20))
		var err error
		switch n := random.IntN(100); {
		case n < 30:
			_, err = s.User().Get(ctx, user)
		case n < 40:
			_, err = s.User().GetByEmail(ctx, user+"@example.com")
		case n < 55:
			_, err = s.User().GetMany(ctx, []string{user, id("u", random.IntN(200)), id("u", random.IntN(200))})
		case n < 65:
			_, err = s.User().GetProfilesInChannel(ctx, channel)
		case n < 75:
			_, err = s.Channel().Get(ctx, channel, true)
		case n < 85:
			_, err = s.Channel().GetMemberCounts(ctx, []string{channel, id("c", random.IntN(20))})
		case n < 96:
			_, err = s.Role().PermissionsOf(ctx, []string{"member", "admin"})
		case n < 98:
			_, err = s.User().Update(ctx, &store.User{ID: user, Email: user + "@example.com", Name: fmt.Sprint("Renamed ", n)})
		default:
			header := fmt.Sprint("Header ", n)
			_, err = s.Channel().Patch(ctx, channel, store.ChannelPatch{Header: &header})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
