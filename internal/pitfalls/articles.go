package pitfalls

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Article is what somebody wrote.
type Article struct {
	ID      int64
	Title   string
	Words   []string
	Version int64
}

// Token says itself how long it may be kept.
type Token struct {
	Text string
	For  time.Duration
}

// Draft can be stored only once it is finished.
type Draft struct{ Text string }

// MarshalJSON fails for a draft without text.
func (d Draft) MarshalJSON() ([]byte, error) {
	if d.Text == "" {
		return nil, errors.New("the draft is empty")
	}
	return json.Marshal(d.Text)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Draft) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &d.Text) }

// ErrNotFound says that there is no such article.
var ErrNotFound = errors.New("no such article")

// Articles is a store of them.
//
//cachegen:wrap ttl=1h jitter=0 notfound=ErrNotFound
type Articles interface {
	//cachegen:cache
	Get(ctx context.Context, id int64) (*Article, error)

	//cachegen:batch Get(ids)
	GetMany(ctx context.Context, ids []int64) (map[int64]*Article, error)

	// Latest is kept decoded too.
	//
	//cachegen:cache near
	Latest(ctx context.Context) (*Article, error)

	//cachegen:cache
	Title(ctx context.Context, id int64) (string, error)

	//cachegen:cache
	Draft(ctx context.Context, id int64) (Draft, error)

	//cachegen:cache ttl=result.For
	Token(ctx context.Context, user string) (Token, error)

	// Search finds what it is asked for by anything.
	//
	//cachegen:cache
	Search(ctx context.Context, author, title string, words []string, more any) (string, error)

	//cachegen:cache
	//cachegen:tag by(author)
	List(ctx context.Context, author string, page int) ([]Article, error)

	//cachegen:evict Get(a.ID), Title(a.ID), Latest
	Update(ctx context.Context, a Article) error

	//cachegen:evict Get(id) for _, id := range ids
	DeleteMany(ctx context.Context, ids []int64) error

	// Retitle keeps the article out of the cache while it is under way.
	//
	//cachegen:evict around Get(id)
	Retitle(ctx context.Context, id int64, title string) error

	//cachegen:evict List
	Reindex(ctx context.Context) error

	//cachegen:evict List(author, _), tag.by(author)
	Rename(ctx context.Context, author string) error
}
