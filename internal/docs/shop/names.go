//lint:file-ignore U1000 the documents use these

package shop

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

// What the documents' fragments use without having made it.
var (
	ctx     context.Context
	db      UserRepository
	local   runtime.CacheBackend
	shared  runtime.CacheBackend
	backend runtime.CacheBackend
	tiers   *runtime.Tiered
	cache   *runtime.Cache
	client  redis.UniversalClient
	users   *CachedUserRepository
	u       *User
	id      int64
	ids     []int64
	teamID  int64
	email   string
	page    Page
	key     string
	secret  []byte
	mux     *http.ServeMux
	logger  *slog.Logger
	pool    *sql.DB
	tx      transaction
	t       *testing.T
	err     error
)

// transaction is what libraries of databases call by many names.
type transaction interface {
	Run(ctx context.Context, do func(context.Context) error) error
}
