// Package metrics has the interfaces of a metrics store: labels, matchers, bytes, several results and no errors.
package metrics

import (
	"context"
	"io"
	"time"
)

type (
	Label  struct{ Name, Value string }
	Labels []Label
	ULID   [16]byte
	Ref    uint64
	Point  struct{ T, V float64 }
	Sample complex128
	Series struct {
		Labels Labels
		Points []Point
	}
	Matcher struct {
		Type        int
		Name, Value string
		re          *program
	}
	program  struct{ insts []uint32 }
	Postings interface {
		Next() bool
		At() Ref
		Err() error
	}
	Block struct {
		ULID    ULID
		Min     int64
		Stats   struct{ Samples, Series uint64 }
		Sources map[ULID]bool
		Files   []struct {
			RelPath string `json:"rel_path"`
			Size    int64  `json:"size,omitempty"`
		}
	}
)

type IndexCache interface {
	StorePostings(block ULID, l Label, v []byte, tenant string)
	FetchMultiPostings(ctx context.Context, block ULID, keys []Label, tenant string) (hits map[Label][]byte, misses []Label)
	FetchExpandedPostings(ctx context.Context, block ULID, matchers []*Matcher, tenant string) ([]byte, bool)
	FetchMultiSeries(ctx context.Context, block ULID, ids []Ref, tenant string) (hits map[Ref][]byte, misses []Ref)
}

type Querier interface {
	LabelNames(ctx context.Context, matchers ...*Matcher) ([]string, map[string]error, error)
	LabelValues(ctx context.Context, name string, limit *int) ([]string, error)
	Select(ctx context.Context, sort bool, hints *struct{ Start, End int64 }, matchers ...*Matcher) ([]Series, error)
	Postings(ctx context.Context, name string, values ...string) (Postings, error)
	Quantiles(at [3]float64) ([3]Sample, error)
	MinTime() (min, max int64)
}

type Bucket interface {
	Attributes(ctx context.Context, name string) (struct {
		Size         int64
		LastModified time.Time
	}, error)
	Exists(ctx context.Context, name string) (bool, error)
	GetRange(ctx context.Context, name string, off, length int64) (io.ReadCloser, error)
	Iter(ctx context.Context, dir string, f func(string) error, options ...func(*int)) error
	IsObjNotFoundErr(err error) bool
	Name() string
}

type Blocks interface {
	Meta(ctx context.Context, id ULID) (*Block, error)
	Fetch(ctx context.Context) (metas map[ULID]*Block, partial map[ULID]error, err error)
	Read(ctx context.Context, id ULID, p []byte) (int, error)
}
