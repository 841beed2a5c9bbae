package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver, in pure Go
)

// The size of the shop.
const (
	authors = 100
	books   = 2_000
	sales   = 10_000
)

// sqliteBooks is the BookRepository that the cache stands in front of.
type sqliteBooks struct {
	db      *sql.DB
	queries atomic.Int64 // how often the database was asked
}

// openBooks opens the database in file.
func openBooks(file string) (*sqliteBooks, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(wal)&_pragma=synchronous(off)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("opening the bookstore: %w", err)
	}
	db.SetMaxOpenConns(8)
	return &sqliteBooks{db: db}, nil
}

// fill creates the tables and their rows, the same ones each time.
func (s *sqliteBooks) fill(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("filling the bookstore: %w", err)
	}
	defer tx.Rollback()
	rows := func(table string, columns, n int, row func(i int) []any) error {
		insert, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES (?"+strings.Repeat(", ?", columns-1)+")")
		if err != nil {
			return fmt.Errorf("filling %s: %w", table, err)
		}
		defer insert.Close()
		for i := range n {
			if _, err := insert.ExecContext(ctx, row(i)...); err != nil {
				return fmt.Errorf("filling %s: %w", table, err)
			}
		}
		return nil
	}
	if _, err := tx.ExecContext(ctx, `
		CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
		CREATE TABLE books (id INTEGER PRIMARY KEY, isbn TEXT UNIQUE, title TEXT, author_id INTEGER, cents INTEGER, published INTEGER, tags TEXT, secret TEXT);
		CREATE INDEX books_by_author ON books (author_id);
		CREATE TABLE sales (book_id INTEGER, copies INTEGER);`); err != nil {
		return fmt.Errorf("creating the tables: %w", err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	epoch := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := rows("authors", 2, authors, func(i int) []any {
		return []any{i + 1, fmt.Sprintf("Author %d", i+1)}
	}); err != nil {
		return err
	}
	if err := rows("books", 8, books, func(i int) []any {
		id := i + 1
		return []any{
			id, fmt.Sprintf("9780000%06d", id), fmt.Sprintf("Book %d", id), id%authors + 1, 500 + random.IntN(4000),
			epoch.AddDate(0, 0, random.IntN(12_000)).Unix(), "paper,new", fmt.Sprintf("bought for %d", random.IntN(500)),
		}
	}); err != nil {
		return err
	}
	if err := rows("sales", 2, sales, func(int) []any {
		return []any{1 + random.IntN(books), 1 + random.IntN(3)}
	}); err != nil {
		return err
	}
	return tx.Commit()
}

// PlainISBN is an ISBN without hyphens: two ways to write one number are one key.
func PlainISBN(isbn string) string { return strings.ReplaceAll(isbn, "-", "") }

const selectBook = `
	SELECT b.id, b.isbn, b.title, b.author_id, a.name, b.cents, b.published, b.tags, b.secret
	FROM books b JOIN authors a ON a.id = b.author_id `

func scanBook(row interface{ Scan(...any) error }) (*Book, error) {
	var b Book
	var published int64
	var tags string
	err := row.Scan(&b.ID, &b.ISBN, &b.Title, &b.AuthorID, &b.Author, &b.Cents, &published, &tags, &b.secret)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	b.Published, b.Tags = time.Unix(published, 0).UTC(), strings.Split(tags, ",")
	return &b, err
}

func (s *sqliteBooks) GetBook(ctx context.Context, id int64) (*Book, error) {
	s.queries.Add(1)
	return scanBook(s.db.QueryRowContext(ctx, selectBook+"WHERE b.id = ?", id))
}

func (s *sqliteBooks) FindByISBN(ctx context.Context, isbn string) (*Book, error) {
	s.queries.Add(1)
	return scanBook(s.db.QueryRowContext(ctx, selectBook+"WHERE b.isbn = ?", PlainISBN(isbn)))
}

func (s *sqliteBooks) ListByAuthor(ctx context.Context, authorID int64) ([]Book, error) {
	s.queries.Add(1)
	rows, err := s.db.QueryContext(ctx, selectBook+"WHERE b.author_id = ? ORDER BY b.published DESC", authorID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Book
	for rows.Next() {
		b, err := scanBook(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, *b)
	}
	return list, rows.Err()
}

func (s *sqliteBooks) Bestsellers(ctx context.Context, limit int) ([]Bestseller, error) {
	s.queries.Add(1)
	rows, err := s.db.QueryContext(ctx, `
		SELECT b.id, b.title, sum(s.copies) AS sold FROM sales s JOIN books b ON b.id = s.book_id
		GROUP BY b.id ORDER BY sold DESC, b.id LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Bestseller
	for rows.Next() {
		var b Bestseller
		if err := rows.Scan(&b.BookID, &b.Title, &b.Sold); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

func (s *sqliteBooks) UpdateBook(ctx context.Context, b *Book) error {
	s.queries.Add(1)
	_, err := s.db.ExecContext(ctx, "UPDATE books SET title = ?, cents = ? WHERE id = ?", b.Title, b.Cents, b.ID)
	return err
}

func (s *sqliteBooks) AddBook(ctx context.Context, b Book) (*Book, error) {
	s.queries.Add(1)
	b.ISBN = PlainISBN(b.ISBN)
	result, err := s.db.ExecContext(ctx,
		"INSERT INTO books (isbn, title, author_id, cents, published, tags, secret) VALUES (?, ?, ?, ?, ?, ?, ?)",
		b.ISBN, b.Title, b.AuthorID, b.Cents, b.Published.Unix(), strings.Join(b.Tags, ","), b.secret)
	if err != nil {
		return nil, err
	}
	b.ID, err = result.LastInsertId()
	return &b, err
}

func (s *sqliteBooks) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }
