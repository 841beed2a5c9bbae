// Package workflow has the interfaces of a workflow engine: request and response structs, durations, recursion.
package workflow

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

type (
	ShardID    int32
	Execution  struct{ Namespace, Workflow, Run string }
	GetRequest struct {
		Execution
		Shard    ShardID
		Archived bool
	}
	GetResponse struct {
		State   *State
		Version int64
	}
	State struct {
		Info     map[string]*Activity
		Children map[int64]*State
		Events   [][]byte
		Timers   map[string]time.Duration
		Checksum any
	}
	Activity struct {
		Scheduled time.Time
		Heartbeat *time.Time
		Attempts  int32
		Retry     *Policy
	}
	Policy struct {
		Interval, Max time.Duration
		Coefficient   float64
		NonRetryable  []string
	}
	Namespace struct {
		ID     string
		Config *Config
		Notify atomic.Int64
	}
	Config struct {
		Retention time.Duration
		mu        sync.Mutex
	}
	Cluster struct {
		Name    string
		Shards  []ShardID
		Link    *Cluster
		Dialled bool
	}
	Token []byte
)

var ErrNotFound = errors.New("not found")

type Executions interface {
	GetWorkflowExecution(ctx context.Context, request *GetRequest) (*GetResponse, error)
	GetCurrentExecution(ctx context.Context, namespace, workflow string) (Execution, ShardID, bool, error)
	ListConcrete(ctx context.Context, pageSize int, token Token) (states []*State, next Token, err error)
	UpdateWorkflowExecution(ctx context.Context, request *GetRequest) (*GetResponse, error)
	GetName() string
	Close()
}

type Namespaces interface {
	GetNamespace(ctx context.Context, id, name string) (*Namespace, error)
	GetMetadata(ctx context.Context) (version int64, err error)
	RefreshNamespaceByID(ID string) (name string, retention time.Duration, err error)
}

type Clusters interface {
	GetClusterMetadata(ctx context.Context, name string) (*Cluster, error)
	GetClusterMembers(ctx context.Context, after time.Duration, roles map[string][]ShardID) (map[string]Cluster, error)
	GetShardIDs(names ...string) []ShardID
	Watch(ctx context.Context, done <-chan struct{}) (changes <-chan Cluster)
}

type Policies interface {
	GetPolicy(error string, nil, len int, string bool) (*Policy, error)
	GetDefault(ctx context.Context, time time.Time, errors ...string) (*Policy, error)
	GetNext(p *Policy, attempt int32) (after time.Duration, ok bool)
	LookUp(context string, ctx context.Context) (*Policy, error)
}
