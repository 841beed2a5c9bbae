// Package puts has an interface whose writes say what reads will answer.
package puts

import "context"

// TOS is a version of the terms of service.
type TOS struct {
	ID   int
	Text string
}

// Terms keeps versions of the terms of service.
//
//cachegen:wrap
type Terms interface {
	//cachegen:cache
	Get(ctx context.Context, id int) (*TOS, error)

	//cachegen:cache
	GetLatest(ctx context.Context) (*TOS, error)

	//cachegen:cache
	Find(ctx context.Context, id int) (*TOS, bool, error)

	//cachegen:put Get(result.ID) = result
	//cachegen:put Find(result.ID) = result, true
	//cachegen:evict GetLatest()
	Save(ctx context.Context, t *TOS) (*TOS, error)

	//cachegen:put Get(t.ID) = t
	Update(ctx context.Context, t *TOS) error

	//cachegen:evict Get(id)
	Delete(ctx context.Context, id int) error
}
