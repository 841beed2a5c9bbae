package cachetest_test

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/cachetest"
	"github.com/cachegen-go/cachegen/runtime/cachetest/internal/documents"
)

// TestDocuments is what cachegen -tests leaves to write, and what it writes.
func TestDocuments(t *testing.T) {
	cachetest.Check(t, cachetest.Interface[documents.Documents]{
		Name: "Documents",
		Wrap: func(next documents.Documents, cache *runtime.Cache) documents.Documents {
			return documents.NewCachedDocuments(next, cache)
		},
		Methods: []cachetest.Method{
			{Name: "Get", Func: documents.Documents.Get, Params: []string{"ctx", "id"}, Reads: true},
			{Name: "Create", Func: documents.Documents.Create, Params: []string{"ctx", "text"}, Evicts: []string{"Search"}},
		},
	}, func(*rapid.T) documents.Documents { return new(shelf) })
}

// shelf holds two documents.
type shelf struct {
	documents.Documents
	texts []string
}

func (s *shelf) Get(_ context.Context, id documents.ID) (string, error) {
	if n := int(id[0]) - 100; n > 0 && n <= len(s.texts) {
		return s.texts[n-1], nil
	}
	return "", documents.ErrNotFound
}

func (s *shelf) Create(_ context.Context, text string) (documents.ID, error) {
	if len(s.texts) == 2 {
		return documents.ID{}, errors.New("full")
	}
	s.texts = append(s.texts, text)
	return documents.ID{byte(len(s.texts) + 100)}, nil
}

func Example() {
	// In package repo, beside the file of UserRepository that cachegen -tests writes.
	_ = func(t *testing.T) {
		CheckCachedUserRepository(t, func(t *rapid.T) UserRepository { return newSQLiteUsers(t) },
			cachetest.Without("Migrate"),
			cachetest.Values(func(t *rapid.T) Role { return rapid.SampledFrom([]Role{"admin", "guest"}).Draw(t, "role") }))
	}
}

// What the example takes from package repo.
type (
	UserRepository any
	Role           string
)

func newSQLiteUsers(*rapid.T) UserRepository { return nil }

func CheckCachedUserRepository(*testing.T, func(*rapid.T) UserRepository, ...cachetest.Option) {}
