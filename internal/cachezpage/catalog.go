// Package cachezpage tests the page of runtime/cachez in a real Chromium, in front of caches that are in use: those of the
// shop below, over a real redis-server. Its test makes the pictures in docs too:
//
//	go test ./internal/cachezpage -run Pictures -pictures
package cachezpage

import (
	"context"
	"errors"
	"time"
)

// ErrNoProduct says that there is no such product.
var ErrNoProduct = errors.New("no such product")

// Product is what the shop sells.
type Product struct {
	ID       int64
	Name     string
	Category string
	Cents    int64
	Tags     []string
	Since    time.Time
}

//go:generate go tool cachegen

// Catalog is what the shop asks its database for.
//
//cachegen:wrap ttl=10m prefix=shop.Catalog
type Catalog interface {
	//cachegen:cache near notfound=ErrNoProduct negative=30s
	Product(ctx context.Context, id int64) (*Product, error)

	//cachegen:cache ttl=2m
	ListByCategory(ctx context.Context, category string, page int) ([]Product, error)

	//cachegen:cache ttl=30s stale=5m
	Search(ctx context.Context, words string) ([]Product, error)

	//cachegen:cache ttl=1m
	Price(ctx context.Context, id int64, currency string) (int64, error)

	//cachegen:evict Product(p.ID), ListByCategory(p.Category, _), Price(p.ID, _)
	Update(ctx context.Context, p *Product) error
}
