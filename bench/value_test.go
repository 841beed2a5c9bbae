package bench

import (
	"context"

	"github.com/cachegen-go/cachegen/bench/fixture"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// get answers a call; what it loads from is a get too.
type get[T any] func(ctx context.Context, id int64) (T, error)

// value is a kind of values that are cached.
type value[T any] struct {
	name   string
	make   func(id int64) T
	copy   func(T) T
	change func(T) // what one who holds the value may do to it; nil: nothing that another could see
	size   int     // of the working set of BenchmarkHit
	bytes  int     // of its JSON, about
	codec  codec.Codec[T]
	// The generated wrappers around a load.
	tiers, near, share func(load get[T], c *runtime.Cache) get[T]
}

type userPtr = *fixture.User

var users = value[*fixture.User]{
	name: "user", make: fixture.NewUser, copy: fixture.CopyUser, size: 1 << 10, bytes: 430, codec: fixture.UserCodec,
	change: func(u *fixture.User) { u.Name, u.Tags[0], u.Attrs["theme"] = "x", "x", "x" },
	tiers: func(load get[*fixture.User], c *runtime.Cache) get[*fixture.User] {
		return fixture.NewCachedUsers(fixture.Source{User: load}, c).GetUser
	},
	near: func(load get[*fixture.User], c *runtime.Cache) get[*fixture.User] {
		return fixture.NewCachedNearUsers(fixture.Source{User: load}, c).GetUser
	},
	share: func(load get[*fixture.User], c *runtime.Cache) get[*fixture.User] {
		return fixture.NewCachedSharedUsers(fixture.Source{User: load}, c).GetUser
	},
}

var lists = value[[]fixture.User]{
	name: "list", make: fixture.NewList, copy: fixture.CopyList, size: 1 << 6, bytes: 50 * 430, codec: fixture.ListCodec,
	change: func(l []fixture.User) { l[1].Name, l[1].Tags[0], l[1].Attrs["theme"] = "x", "x", "x" },
	tiers: func(load get[[]fixture.User], c *runtime.Cache) get[[]fixture.User] {
		return fixture.NewCachedUsers(fixture.Source{List: load}, c).ListUsers
	},
	near: func(load get[[]fixture.User], c *runtime.Cache) get[[]fixture.User] {
		return fixture.NewCachedNearUsers(fixture.Source{List: load}, c).ListUsers
	},
	share: func(load get[[]fixture.User], c *runtime.Cache) get[[]fixture.User] {
		return fixture.NewCachedSharedUsers(fixture.Source{List: load}, c).ListUsers
	},
}

// points are immutable: near and share are the same for them.
var points = value[fixture.Point]{
	name: "point", make: fixture.NewPoint, copy: fixture.CopyPoint, size: 1 << 10, bytes: 30, codec: fixture.PointCodec,
	tiers: func(load get[fixture.Point], c *runtime.Cache) get[fixture.Point] {
		return fixture.NewCachedUsers(fixture.Source{Point: load}, c).GetPoint
	},
	near: func(load get[fixture.Point], c *runtime.Cache) get[fixture.Point] {
		return fixture.NewCachedNearUsers(fixture.Source{Point: load}, c).GetPoint
	},
	share: func(load get[fixture.Point], c *runtime.Cache) get[fixture.Point] {
		return fixture.NewCachedSharedUsers(fixture.Source{Point: load}, c).GetPoint
	},
}
