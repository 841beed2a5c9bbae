package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	_ "modernc.org/sqlite" // the driver, in pure Go
)

const pageSize = 20

// database is the Catalogue in SQLite. It knows nothing of a cache.
type database struct{ db *sql.DB }

var _ Catalogue = (*database)(nil)

// openDatabase opens the database in file, makes its tables and puts a few products into them where there are none.
// Several processes may use one file.
func openDatabase(ctx context.Context, file string) (*database, error) {
	db, err := sql.Open("sqlite",
		"file:"+file+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := createTables(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("preparing the database: %w", err)
	}
	return &database{db}, nil
}

func createTables(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	if _, err := tx.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS products (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, category TEXT, cents INTEGER);
		CREATE INDEX IF NOT EXISTS products_by_category ON products (category, name);
		CREATE TABLE IF NOT EXISTS reviews (
			product_id INTEGER REFERENCES products ON DELETE CASCADE, stars INTEGER, text TEXT, written INTEGER);
		CREATE INDEX IF NOT EXISTS reviews_by_product ON reviews (product_id, written);
		INSERT INTO products (name, category, cents)
			SELECT column1, column2, column3
			FROM (VALUES ('Assam', 'tea', 690), ('Sencha', 'tea', 1250), ('Teapot', 'china', 3900))
			WHERE NOT EXISTS (SELECT * FROM products);`); err != nil {
		return err
	}
	return tx.Commit()
}

func (d *database) Product(ctx context.Context, id int64) (*Product, error) {
	var p Product
	err := d.db.QueryRowContext(ctx, "SELECT id, name, category, cents FROM products WHERE id = ?", id).
		Scan(&p.ID, &p.Name, &p.Category, &p.Cents)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

func (d *database) List(ctx context.Context, category string, page int) ([]Product, error) {
	rows, err := d.db.QueryContext(ctx,
		"SELECT id, name, category, cents FROM products WHERE category = ? ORDER BY name, id LIMIT ? OFFSET ?",
		category, pageSize, page*pageSize)
	return all(rows, err, func(p *Product) []any { return []any{&p.ID, &p.Name, &p.Category, &p.Cents} })
}

func (d *database) Reviews(ctx context.Context, productID int64) ([]Review, error) {
	rows, err := d.db.QueryContext(ctx,
		"SELECT product_id, stars, text, written FROM reviews WHERE product_id = ? ORDER BY written DESC, rowid DESC", productID)
	return all(rows, err, func(r *Review) []any {
		return []any{&r.ProductID, &r.Stars, &r.Text, (*unixTime)(&r.Written)}
	})
}

func (d *database) AddProduct(ctx context.Context, p Product) (*Product, error) {
	result, err := d.db.ExecContext(ctx,
		"INSERT INTO products (name, category, cents) VALUES (?, ?, ?)", p.Name, p.Category, p.Cents)
	if err != nil {
		return nil, err
	}
	p.ID, err = result.LastInsertId()
	return &p, err
}

func (d *database) UpdateProduct(ctx context.Context, p Product) error {
	return one(d.db.ExecContext(ctx,
		"UPDATE products SET name = ?, category = ?, cents = ? WHERE id = ?", p.Name, p.Category, p.Cents, p.ID))
}

func (d *database) DeleteProduct(ctx context.Context, id int64) error {
	return one(d.db.ExecContext(ctx, "DELETE FROM products WHERE id = ?", id))
}

func (d *database) AddReview(ctx context.Context, r Review) (*Review, error) {
	r.Written = time.Now().UTC().Truncate(time.Second) // as the database keeps it
	err := one(d.db.ExecContext(ctx,
		"INSERT INTO reviews SELECT id, ?, ?, ? FROM products WHERE id = ?", r.Stars, r.Text, r.Written.Unix(), r.ProductID))
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func (d *database) Ping(ctx context.Context) error { return d.db.PingContext(ctx) }

func (d *database) Close() error { return d.db.Close() }

// all reads rows whose columns go where fields says. Without any it returns an empty slice, which is [] in JSON.
func all[T any](rows *sql.Rows, err error, fields func(*T) []any) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		var element T
		if err := rows.Scan(fields(&element)...); err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	return list, rows.Err()
}

// one is ErrNotFound where a statement changed no row.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		err = ErrNotFound
	}
	return err
}

// unixTime scans seconds since 1970.
type unixTime time.Time

func (t *unixTime) Scan(value any) error {
	seconds, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T", value)
	}
	*t = unixTime(time.Unix(seconds, 0).UTC())
	return nil
}
