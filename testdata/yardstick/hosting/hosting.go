// Package hosting has the interfaces of code hosting and delivery: memberships, trees, hidden names, sealed unions.
package hosting

import (
	"context"
	"encoding"
	"log/slog"
	"os/exec"
	"regexp"
	"time"

	bucket "github.com/cachegen-go/cachegen/testdata/yardstick/registry"
)

type (
	User struct {
		ID            int64
		Login         string
		Token, Secret string `json:"-"`
		Created       int64
	}
	Repo struct {
		UID, Namespace, Name string
		Perms                *Perm
		Build                *Build
	}
	Perm  struct{ Read, Write, Admin bool }
	Build struct {
		Number int64
		Stages []*Stage
		Params map[string]string
	}
	Stage struct {
		Steps    []*Step
		Depends  []string
		Duration time.Duration
	}
	Step struct {
		Name string
		Exit int
	}
	Hour struct {
		at           time.Time
		availability availability
	}
	availability struct{ a string }
	Kind         interface{ kind() }
	Cluster      struct {
		Server string
		Config Config
		Info   *Info
	}
	Config struct {
		Password string
		TLS      []byte
	}
	Info    struct{ Version string }
	Rule    struct{ Pattern *regexp.Regexp }
	Command struct{ Cmd *exec.Cmd }
	Option  func(*Config)
	Sha     []byte
	Cyclic  []Cyclic
	Self    map[string]Self
	Matrix  [2][2]*[]map[string][3]*int8
	Level   struct{ slog.Level }
	Text    struct{ encoding.TextMarshaler }
	Wide    struct {
		A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P int8
		Q                                              [3]struct{ R, S []struct{ T *uint16 } }
		U                                              float32
		V                                              complex64
		W                                              *bool
		X                                              **string
	}
)

type Orgs interface {
	List(ctx context.Context, u *User) ([]*Perm, error)
	Membership(ctx context.Context, u *User, name string) (bool, bool, error)
}

type Repos interface {
	Find(context.Context, int64) (*Repo, error)
	FindName(context.Context, string, string) (*Repo, error)
	ListLatest(context.Context, int64) ([]*Repo, error)
	ListIncomplete(context.Context) ([]*Repo, error)
	Create(context.Context, *Repo) error
}

type Hours interface {
	GetHour(ctx context.Context, hourTime time.Time) (*Hour, error)
	UpdateHour(ctx context.Context, hourTime time.Time, updateFn func(h *Hour) (*Hour, error)) error
	GetKind(ctx context.Context) (Kind, error)
}

type Clusters interface {
	ListClusters(ctx context.Context) ([]Cluster, error)
	GetCluster(_ context.Context, server string) (*Cluster, error)
	WatchClusters(ctx context.Context, add func(*Cluster), remove func(string)) error
	GetProjectClusters(_ context.Context, project string, _ ...string) ([]*Cluster, error)
	GetHydrator(ctx context.Context, bucket bucket.Projects, _ ...Option) (string, error)
}

type Trees interface {
	GetCommit(sha Sha) (string, error)
	GetRefs(prefix string) (map[string]Sha, error)
	GetCyclic(depth int) (Cyclic, error)
	GetSelf(depth int) (Self, error)
	GetMatrix(m Matrix) (Matrix, error)
	GetWide(w Wide) (*Wide, error)
}

type Rules interface {
	GetRule(name string) (*Rule, error)
	MatchRule(re *regexp.Regexp, s string) (bool, error)
	GetCommand(name string) (*Command, error)
	GetLevel(name string) (Level, error)
	GetText(name string) (Text, error)
	GetMaybe(name string) (**Rule, error)
}

type unexported interface {
	Get(id int) (string, error)
}

type Embedding interface {
	unexported
	bucket.Paths
	sealed()
}
