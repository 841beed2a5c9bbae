package cachezpage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// database is a Catalog that takes its time, and fails now and then.
type database struct{ slow bool }

func (d database) work(ctx context.Context, most time.Duration) error {
	if !d.slow {
		return nil
	}
	took := time.Duration(rand.ExpFloat64() * float64(most) / 4)
	select {
	case <-time.After(min(took, 3*most)):
	case <-ctx.Done():
		return ctx.Err()
	}
	if rand.N(400) == 0 {
		return errors.New("database: connection reset by peer")
	}
	return nil
}

var categories = []string{"books", "games", "garden", "kitchen", "music", "toys"}

func (d database) Product(ctx context.Context, id int64) (*Product, error) {
	if err := d.work(ctx, 8*time.Millisecond); err != nil {
		return nil, err
	}
	if id < 1 || id%97 == 0 {
		return nil, ErrNoProduct
	}
	return &Product{
		ID: id, Name: fmt.Sprintf("Product <%d> & sons", id), Category: categories[id%int64(len(categories))], Cents: 100 + id*37%9000,
		Tags: []string{"new", "in stock"}, Since: time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC),
	}, nil
}

func (d database) ListByCategory(ctx context.Context, category string, page int) (list []Product, err error) {
	if err := d.work(ctx, 40*time.Millisecond); err != nil {
		return nil, err
	}
	for i := range 4 {
		id := int64(page*4 + i + 1)
		list = append(list, Product{
			ID: id, Name: fmt.Sprintf("%s, volume %d", category, id), Category: category, Cents: 100 + id*37%9000,
			Tags: []string{"in stock"}, Since: time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC),
		})
	}
	return list, nil
}

func (d database) Search(ctx context.Context, words string) ([]Product, error) {
	if err := d.work(ctx, 120*time.Millisecond); err != nil {
		return nil, err
	}
	return []Product{{ID: int64(len(words)), Name: words}}, nil
}

func (d database) Price(ctx context.Context, id int64, currency string) (int64, error) {
	if err := d.work(ctx, 15*time.Millisecond); err != nil {
		return 0, err
	}
	return 100 + id*37%9000, nil
}

func (d database) Update(ctx context.Context, p *Product) error {
	return d.work(ctx, 8*time.Millisecond)
}
