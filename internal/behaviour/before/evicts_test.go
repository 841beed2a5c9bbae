package before

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime/cachetest"
)

// What users were found by before a write and are found by after it is all that the write makes stale.
func TestUpdateEvictsEnough(t *testing.T) {
	open := func(*rapid.T) Users {
		return &store{users: map[int]*User{1: {1, 10, "1a@x"}, 2: {2, 10, "2a@x"}, 3: {3, 20, "3a@x"}}}
	}
	email := func(t *rapid.T, id int) string {
		return fmt.Sprint(id, rapid.SampledFrom([]string{"a@x", "b@x"}).Draw(t, "email")) // no two users share one
	}
	CheckCachedUsers(t, open,
		cachetest.Args("FindByEmail", func(t *rapid.T) string { return email(t, rapid.IntRange(1, 4).Draw(t, "id")) }),
		cachetest.Args("Team", func(t *rapid.T) int { return 10 * rapid.IntRange(1, 3).Draw(t, "team") }),
		cachetest.Args("Update", func(t *rapid.T) *User {
			id := rapid.IntRange(1, 3).Draw(t, "id") // the store panics for others
			return &User{ID: id, Team: 10 * rapid.IntRange(1, 3).Draw(t, "team"), Email: email(t, id)}
		}))
}
