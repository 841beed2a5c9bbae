// Package generic has generic stores, their instances, embedded ones and aliases of both.
package generic

import (
	"cmp"
	"context"
)

type Views[K comparable, V any] interface {
	Get(ctx context.Context, key K) (V, error)
	Map(ctx context.Context, keys []K) (map[K]V, error)
	Find(ctx context.Context, match func(V) bool) (V, error)
}

type Repository[T any, ID cmp.Ordered] interface {
	FindByID(ctx context.Context, id ID) (*T, error)
	FindAll(ctx context.Context, page Page[ID]) (Result[T, ID], error)
	Count(ctx context.Context) (int, error)
	Save(ctx context.Context, entity *T) error
}

type Page[ID cmp.Ordered] struct {
	After ID
	Size  int
}

type Result[T any, ID cmp.Ordered] struct {
	Items []T
	Next  *Page[ID]
}

type Entity[T any] interface {
	*T
	Key() string
}

type Entities[T any, P Entity[T]] interface {
	Load(ctx context.Context, key string) (P, error)
	LoadAll(ctx context.Context, of T) ([]P, error)
}

type Number interface{ ~int | ~int64 | ~float64 }

type Counters[N Number] interface {
	Total(ctx context.Context, name string) (N, error)
	Sum(ctx context.Context, of ...N) (N, error)
}

type Order struct {
	ID    string
	Lines []Line
}

type Line struct {
	SKU string
	N   int
}

type OrderViews interface {
	Views[string, *Order]
	Latest(ctx context.Context) (*Order, error)
}

type Orders interface{ Repository[Order, string] }

type Both interface {
	Views[int64, Line]
	Counters[float64]
}

type Aliased = Views[string, Line]

type Lines interface{ Aliased }

type Tree[T any] struct {
	Value       T
	Left, Right *Tree[T]
}

type Trees[T any] interface {
	Root(ctx context.Context, name string) (*Tree[T], error)
	Level(ctx context.Context, of *Tree[T], n uint8) ([]*Tree[T], error)
	Walk(ctx context.Context, of Tree[T]) (chan T, error)
}

type Pairs[K comparable, V any] interface {
	Pair(k K, v V) (struct {
		K K
		V V
	}, error)
	Index(pairs map[K][]V) (map[K]int, error)
}
