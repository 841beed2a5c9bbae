package main

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound says that there is no such product.
var ErrNotFound = errors.New("no such product")

// Catalogue is what the handlers know of the database. `go generate` writes CachedCatalogue into catalogue_cachegen.go,
// which is a Catalogue too. With strict, a method that someone adds later has to say what it does to the cache.
//
//go:generate go tool cachegen
//cachegen:wrap ttl=10m strict
type Catalogue interface {
	// Product returns ErrNotFound where there is none, which is kept for 30 s: it is an answer too.
	//
	//cachegen:cache notfound=ErrNotFound negative=30s
	Product(ctx context.Context, id int64) (*Product, error)

	// List returns a page of a category's products, by name. Where the database fails, a list up to an hour past its
	// TTL is better than none.
	//
	//cachegen:cache ttl=1m stale=1h
	List(ctx context.Context, category string, page int) ([]Product, error)

	// Reviews returns all reviews of a product, the latest first; none where there is no such product.
	//
	//cachegen:cache
	Reviews(ctx context.Context, productID int64) ([]Review, error)

	// AddProduct stores p under a new id. What it returns is what Product will answer, so it is kept at once; the pages
	// of the category are a group, of which nobody has to know how many there are.
	//
	//cachegen:put Product(result.ID) = result
	//cachegen:evict List(p.Category, _)
	AddProduct(ctx context.Context, p Product) (*Product, error)

	// UpdateProduct may move p to another category: old is what the database held before.
	//
	//cachegen:evict old=Product(p.ID) Product(p.ID), List(p.Category, _), List(old.Category, _)
	UpdateProduct(ctx context.Context, p Product) error

	// DeleteProduct removes a product and its reviews.
	//
	//cachegen:evict old=Product(id) Product(id), Reviews(id), List(old.Category, _)
	DeleteProduct(ctx context.Context, id int64) error

	// AddReview stores r and returns it with its time, or ErrNotFound.
	//
	//cachegen:evict Reviews(r.ProductID)
	AddReview(ctx context.Context, r Review) (*Review, error)

	//cachegen:pass
	Ping(ctx context.Context) error
}

// Product is something on sale.
type Product struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Category string `json:"category"`
	Cents    int64  `json:"cents"`
}

// Review is what a customer says of a product.
type Review struct {
	ProductID int64     `json:"product_id"`
	Stars     int       `json:"stars"`
	Text      string    `json:"text"`
	Written   time.Time `json:"written"`
}
