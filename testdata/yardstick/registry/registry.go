// Package registry has the interfaces of an artifact registry: ids or names behind any, many parameters, digests.
package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/url"
	"time"
)

type (
	Project struct {
		ID       int64             `orm:"pk" json:"project_id"`
		Name     string            `json:"name"`
		Metadata map[string]string `json:"metadata"`
		Deleted  bool              `json:"-"`
		Created  time.Time
	}
	Digest   [32]byte
	Artifact struct {
		ID         int64
		Digest     Digest
		Parent     sql.NullInt64
		Pushed     sql.NullTime
		Tags       []*Tag
		Extra      json.RawMessage
		References []*Reference
	}
	Reference struct{ Child *Artifact }
	Tag       struct{ Name string }
	Query     struct {
		Keywords map[string]any
		Sorts    []*Sort
		Page     int64
	}
	Sort struct {
		Key  string
		DESC bool
	}
	Quota struct {
		Hard, Used Limits
	}
	Limits   map[string]int64
	Metadata struct {
		Name, Label string
		Latest      bool
		Downloads   *int64
	}
	Manifest struct {
		MediaType string
		Payload   []byte
		Config    *url.URL
	}
	Upstream struct {
		Source string
		Auth   func() (string, error)
	}
	Robot struct {
		Name  string
		Level interface{ String() string }
	}
)

type Projects interface {
	Get(ctx context.Context, projectIDOrName any) (*Project, error)
	List(ctx context.Context, query *Query) ([]*Project, error)
	ListRoles(ctx context.Context, projectID int64, userID int, groupIDs ...int) ([]int, error)
	Exists(ctx context.Context, projectIDOrName any) (bool, error)
	Count(ctx context.Context, query *Query) (total int64, err error)
	Delete(ctx context.Context, id int64) error
}

type Artifacts interface {
	Get(ctx context.Context, id int64) (artifact *Artifact, err error)
	GetByDigest(ctx context.Context, repository string, digest Digest) (*Artifact, error)
	ListReferences(ctx context.Context, ids [4]int64) (map[Digest][]*Reference, error)
	Walk(ctx context.Context, root *Artifact, walkFn func(*Artifact) error) error
	RequireLabel(ctx context.Context, id, label int64) (bool, error)
}

type Manifests interface {
	Pull(ctx context.Context, repository, digest string) (manifest *Manifest, etag string, err error)
	Blob(ctx context.Context, repository, digest string) (size int64, blob io.ReadCloser, err error)
	GetSource(ctx context.Context, u *url.URL) (string, error)
	ByteSize(ctx context.Context) (uintptr, error)
}

type Quotas interface {
	Get(ctx context.Context, id int64) (*Quota, error)
	GetByRef(ctx context.Context, reference, referenceID string) (Quota, Limits, error)
	UpdateUsage(ctx context.Context, id int64, updater func(Quota) (Quota, error)) error
}

type Images interface {
	GetAll(ctx context.Context, parent int64, sortBy, order string, limit, offset int, search string, latest bool, tags []string) (*[]Metadata, error)
	CountAll(ctx context.Context, parent int64, search string, latest bool, tags []string) (count int64, err error)
	Latest(context.Context, int64, string) (*Metadata, error)
	Recent(_ context.Context, _ int64, since *time.Time) ([]Metadata, error)
}

type Upstreams interface {
	Get(ctx context.Context, id string) (*Upstream, error)
	Robots(ctx context.Context) ([]Robot, error)
	Rows(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	Tx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

type Paths interface {
	FindPath(ctx context.Context, path string) (id int64, err error)
	FindPrimary(ctx context.Context, spaceID int64) (string, error)
	GetDescendants(ctx context.Context, spaceID int64) (map[int64]struct{}, error)
}
