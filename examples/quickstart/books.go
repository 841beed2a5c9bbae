package main

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound says that the store has no such book.
var ErrNotFound = errors.New("no such book")

// BookRepository is what the rest of the bookstore knows of its database. The directives are all that it
// takes to cache it: `go generate` writes CachedBookRepository into books_cachegen.go.
//
//go:generate go tool cachegen
//cachegen:wrap ttl=10m
type BookRepository interface {
	// GetBook returns the book with this id, or ErrNotFound, which is an answer too and is kept for 30 s.
	//
	//cachegen:cache notfound=ErrNotFound negative=30s
	GetBook(ctx context.Context, id int64) (*Book, error)

	// FindByISBN finds a book by its number, written with or without hyphens.
	//
	//cachegen:cache key=PlainISBN(isbn) notfound=ErrNotFound
	FindByISBN(ctx context.Context, isbn string) (*Book, error)

	// ListByAuthor returns the author's books, newest first.
	//
	//cachegen:cache
	ListByAuthor(ctx context.Context, authorID int64) ([]Book, error)

	// Bestsellers adds up all sales: the expensive one.
	//
	//cachegen:cache ttl=1m
	Bestsellers(ctx context.Context, limit int) ([]Bestseller, error)

	// UpdateBook changes title and price.
	//
	//cachegen:evict old=GetBook(b.ID) GetBook(b.ID), FindByISBN(old.ISBN), FindByISBN(b.ISBN)
	//cachegen:evict ListByAuthor(old.AuthorID), ListByAuthor(b.AuthorID)
	UpdateBook(ctx context.Context, b *Book) error

	// AddBook stores a new book and returns it with its id.
	//
	//cachegen:evict GetBook(result.ID), FindByISBN(b.ISBN), ListByAuthor(b.AuthorID)
	AddBook(ctx context.Context, b Book) (*Book, error)

	//cachegen:pass
	Ping(ctx context.Context) error
}

// Book is a book on sale.
type Book struct {
	ID        int64
	ISBN      string
	Title     string
	AuthorID  int64
	Author    string
	Cents     int64
	Published time.Time
	Tags      []string
	secret    string // the buying price: not for JSON, yet the cache must not lose it
}

// Bestseller is a book's place in the list of those that sell best.
type Bestseller struct {
	BookID int64
	Title  string
	Sold   int64
}
