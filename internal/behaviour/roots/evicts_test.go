package roots

import (
	"testing"

	"pgregory.net/rapid"
)

// Wrappers that are handed out evict what the others keep.
func TestWritesEvictEnough(t *testing.T) {
	CheckCachedStore(t, func(*rapid.T) Store { return &root{users: &table{names: map[int64]string{}}, open: true} })
}

func TestOfOneWrapperTheyDoToo(t *testing.T) {
	CheckCachedUsers(t, func(*rapid.T) Users { return &table{names: map[int64]string{}} })
}
