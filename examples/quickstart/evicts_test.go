package main

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime/cachetest"
)

// TestWritesEvictEnough has the cache and the database answer alike, whatever is read and written. CheckCachedBookRepository
// is generated: cachegen -tests.
func TestWritesEvictEnough(t *testing.T) {
	db, err := openBooks(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.db.Close() })
	db.db.SetMaxOpenConns(1) // each connection would have a memory of its own
	if err := db.fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	var some []*Book
	for id := range int64(5) {
		b, err := db.GetBook(t.Context(), id+1)
		if err != nil {
			t.Fatal(err)
		}
		some = append(some, b)
	}
	// Each sequence begins with the same books: what the one before it has changed is rolled back.
	open := func(t *rapid.T) BookRepository {
		if _, err := db.db.Exec("BEGIN"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := db.db.Exec("ROLLBACK"); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	known := rapid.SampledFrom(some)
	CheckCachedBookRepository(t, open,
		// Titles and sales there may be a minute old.
		cachetest.Without("Bestsellers"),
		cachetest.Args("AddBook", func(t *rapid.T) Book {
			return Book{
				ISBN:      rapid.SampledFrom([]string{"978-1", "9781", "9782"}).Draw(t, "isbn"),
				Title:     "New",
				AuthorID:  known.Draw(t, "book").AuthorID,
				Published: time.Unix(rapid.Int64Range(1, 2).Draw(t, "published"), 0),
			}
		}))
}
