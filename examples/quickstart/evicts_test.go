package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime/cachetest"
)

// TestWritesEvictEnough has the cache and the database answer alike, whatever is read and written. CheckCachedBookRepository
// is generated: cachegen -tests.
func TestWritesEvictEnough(t *testing.T) {
	filled := filepath.Join(t.TempDir(), "books.db")
	db, err := openBooks(filled)
	if err != nil {
		t.Fatal(err)
	}
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
	if err := db.db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filled)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()

	open := func(t *rapid.T) BookRepository {
		file, err := os.CreateTemp(dir, "*.db")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := openBooks(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			db.db.Close()
			os.Remove(file.Name())
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
