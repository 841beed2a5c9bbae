package wild

import (
	"context"
	"time"

	"github.com/cachegen-go/cachegen/internal/behaviour/wild/other"
)

// User is looked up by one of its fields.
type User struct {
	ID    int64
	Login string
	Token string
}

// Lookup is a request of five fields.
type Lookup struct {
	Namespace, Workflow, Run string
	Shard                    int32
	Archived                 bool
}

// Hour has only unexported fields.
type Hour struct {
	at        time.Time
	available bool
}

// Label is a key of a map.
type Label struct{ Name, Value string }

// Meta is listed.
type Meta struct {
	Name string
	Tags map[string]string
}

// Option changes a listing.
type Option func(*Meta)

// Lookups are cases 17, 18, 21, 23 and 25 to 34.
//
//cachegen:wrap ttl=1h jitter=0
type Lookups interface {
	//cachegen:cache key="u.ID, name"
	Membership(ctx context.Context, u *User, name string) (member, admin bool, err error)

	//cachegen:cache
	Execution(ctx context.Context, l Lookup) (host string, epoch int64, ok bool)

	//cachegen:cache
	Exists(ctx context.Context, name string) bool

	//cachegen:cache
	Find(ctx context.Context, id int64) (*User, bool, error)

	//cachegen:cache
	All(ctx context.Context) []User

	//cachegen:cache key="req.Request.Namespace(), req.Page"
	Flags(ctx context.Context, req *other.ListRequest[other.NamespaceRequest]) ([]string, error)

	//cachegen:cache
	Project(ctx context.Context, idOrName any) (string, error)

	//cachegen:cache key=strings.ToLower(path)
	FindPath(ctx context.Context, path string) (int64, error)

	//cachegen:evict FindPath(path)
	MovePath(ctx context.Context, path string) error

	//cachegen:cache
	Client(ctx context.Context, id string) (string, error)

	//cachegen:evict Client(id)
	UpdateClient(ctx context.Context, id string, updater func(old string) (string, error)) error

	//cachegen:cache
	Hour(ctx context.Context, t time.Time) (*Hour, error)

	//cachegen:cache
	FetchMulti(ctx context.Context, id string, keys []Label) (hits map[Label][]byte, misses []Label)

	//cachegen:cache
	GetAll(ctx context.Context, parent int64, sortBy, order string, limit, offset int, search string, latest bool, tags []string) (*[]Meta, error)

	//cachegen:cache if="len(opts) == 0"
	Albums(ctx context.Context, artist string, opts ...Option) ([]string, error)

	//cachegen:cache
	Clash(_ context.Context, delete string, strings ...string) (string, error)

	// Rows are not to be cached: the method calls straight through.
	Rows(ctx context.Context) (<-chan string, error)
}
