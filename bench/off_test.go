package bench

import (
	"context"
	"testing"

	"github.com/cachegen-go/cachegen/bench/fixture"
)

// BenchmarkOff is a call for which if= is false, beside the call without a wrapper.
func BenchmarkOff(b *testing.B) {
	user := fixture.NewUser(1)
	source := fixture.Source{User: func(context.Context, int64) (*fixture.User, error) { return user, nil }}
	s := setup{TB: b, size: 1000}
	for _, c := range []struct {
		who  string
		next fixture.Users
	}{
		{"bare", source},
		{"cachegen", fixture.NewCachedUsers(source, newCache(s, openMemoryBackend(s, users.bytes)))},
	} {
		get := func(ctx context.Context, id int64) (*fixture.User, error) { return c.next.GetUserIf(ctx, id, false) }
		b.Run("who="+c.who, func(b *testing.B) { single(b, get, 1000) })
	}
}
