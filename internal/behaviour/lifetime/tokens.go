// Package lifetime has an interface whose answers say themselves how long they may be kept.
package lifetime

import (
	"context"
	"time"
)

// Token is valid for a while; Valid is zero for one that must not be kept.
type Token struct {
	Value string
	Valid time.Duration
}

// TTL is how long the token may be kept.
func (t *Token) TTL() time.Duration { return t.Valid }

// Tokens hands out tokens.
//
//cachegen:wrap ttl=1h jitter=0
type Tokens interface {
	//cachegen:cache ttl="result.TTL()"
	Get(ctx context.Context, id string) (*Token, error)

	// Batch keeps its answer a second for each token that it was asked for.
	//
	//cachegen:cache ttl="time.Duration(n)*time.Second"
	Batch(n int) []string
}
