// Package flags has the interfaces of a feature flag server: generic requests, results and predicates.
package flags

import (
	"context"
	"fmt"
	"time"

	"github.com/cachegen-go/cachegen/testdata/yardstick/flags/storage"
)

type (
	Flag struct {
		Key, Name string
		Enabled   bool
		Type      Type
		Created   *time.Time
		Variants  []*Variant
		Rollout   float32
	}
	Type    int32
	Variant struct {
		Key        string
		Attachment string
	}
	Evaluation struct {
		Rank     int32
		Segments map[string]*Segment
		Operator Operator
	}
	Segment struct {
		Key         string
		Constraints []Constraint
	}
	Constraint struct{ Property, Operator, Value string }
	Operator   uint8
)

func (o Operator) String() string { return fmt.Sprint(uint8(o)) }

type Flags interface {
	GetFlag(ctx context.Context, req storage.ResourceRequest) (*Flag, error)
	ListFlags(ctx context.Context, req *storage.ListRequest[storage.NamespaceRequest]) (storage.ResultSet[*Flag], error)
	CountFlags(ctx context.Context, ns storage.NamespaceRequest, p storage.Predicate) (uint64, error)
	CreateFlag(ctx context.Context, f *Flag) (*Flag, error)
}

type Evaluations interface {
	GetEvaluationRules(ctx context.Context, flag storage.Key) ([]*Evaluation, error)
	GetEvaluationDistributions(ctx context.Context, rule storage.ID) ([]float64, error)
	Version(ctx context.Context) (string, error)
	fmt.Stringer
}

type Snapshots[K comparable, V any] interface {
	Get(ctx context.Context, key K) (V, bool)
	References() []K
	AddOrBuild(ctx context.Context, ref K, build func(context.Context, K) (V, error)) (V, error)
}
