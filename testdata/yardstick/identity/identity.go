// Package identity has the interfaces of an identity server: foreign packages in the signatures, marshalers, out
// parameters, uuids, and a persister made of many.
package identity

import (
	"context"
	"crypto/x509"
	"iter"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

type (
	UUID   [16]byte
	Client struct {
		ID        string
		Secret    []byte `json:"-"`
		Redirects []url.URL
		Trusted   bool
	}
	Identity struct {
		ID          UUID
		Traits      Traits
		Credentials map[CredentialsType]Credentials
		Created     time.Time
		NID         UUID `json:"-"`
		addresses   []Address
	}
	Traits          string
	CredentialsType string
	Credentials     struct {
		Type        CredentialsType
		Identifiers []string
		Config      []byte
		Version     int `json:"-"`
	}
	Address struct {
		Value string
		Via   *string
		IP    netip.Addr
		Net   net.IPNet
	}
	Session struct {
		ID       UUID
		Identity *Identity
		Expires  time.Time
		AMR      []Method
		Devices  []Device
		Level    Level
		Token    string
	}
	Method struct{ Method string }
	Device struct {
		Location *string
		Agent    string
	}
	Level  string
	Expand []string
	Key    struct {
		ID      string
		Modulus *big.Int
		Cert    *x509.Certificate
	}
	Page struct {
		Token string
		Size  int
	}
	Request interface {
		GetID() string
		GetClient() Client
	}
	Hidden struct{ secret, other string }
)

type Clients interface {
	GetClient(ctx context.Context, id string) (Client, error)
	ListClients(ctx context.Context) ([]Client, error)
	UpdateClient(ctx context.Context, id string, updater func(old Client) (Client, error)) error
	ClientAssertionJWTValid(ctx context.Context, jti string) error
}

type Identities interface {
	GetIdentity(ctx context.Context, id UUID, expand Expand) (*Identity, error)
	FindByCredentialsIdentifier(ctx context.Context, ct CredentialsType, match string) (*Identity, *Credentials, error)
	ListIdentities(ctx context.Context, params struct {
		Expand
		IDs  []UUID
		Page Page
	}) ([]Identity, *Page, error)
	CountIdentities(ctx context.Context) (int64, error)
	All(ctx context.Context) iter.Seq2[*Identity, error]
	Stream(ctx context.Context) (<-chan *Identity, <-chan error)
}

type Sessions interface {
	GetSession(ctx context.Context, sid UUID, expandables Expand) (*Session, error)
	GetSessionByToken(ctx context.Context, token string, expand Expand, identityExpand Expand) (*Session, error)
	ListSessions(ctx context.Context, active *bool, page []Page, expand Expand) ([]Session, int64, *Page, error)
	DeleteSession(ctx context.Context, id UUID) error
	Expiry(ctx context.Context, s *Session) (time.Duration, error)
}

type Keys interface {
	GetKey(ctx context.Context, kid string) (*Key, error)
	Serial(ctx context.Context, kid string) (*big.Int, error)
	Networks(ctx context.Context) ([]netip.Prefix, error)
	FromRequest(r *http.Request) (*Key, error)
}

type Grants interface {
	GetRequest(ctx context.Context, code string, into any) (bool, error)
	GetGrant(ctx context.Context, signature string) (Request, error)
	LookupById(ctx context.Context, out any) error
	Hidden(ctx context.Context) (Hidden, error)
}

// Persister is all of them.
type Persister interface {
	Clients
	Identities
	Sessions
	Keys
	Ping(context.Context) error
	Networker
}

type Networker interface {
	NetworkID(ctx context.Context) UUID
	WithNetworkID(id UUID) Persister
}
