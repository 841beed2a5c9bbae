package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// TestMain lets the test binary be the example.
func TestMain(m *testing.M) {
	if os.Getenv("RESOLVER") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestTheExampleShowsWhatBatchesSave(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RESOLVER=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"No cache, field by field: queries: 13,",
		"Cached, field by field: queries: 7,",
		"Cached, level by level: queries: 3,",
		"The same again: queries: 0, look-ups in the cache: 3\n",
		"An author has changed: queries: 1, look-ups in the cache: 3\n  1 × " + selectAuthor + "IN (3)\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

// In a bubble of testing/synctest loaders wait for more ids until nobody is left who could bring one.
func TestEachWayResolvesTheSame(t *testing.T) {
	for _, way := range []struct {
		name    string
		resolve page
		queries int // with a cache that is empty
	}{
		{"field by field", fieldByField, 7},
		{"level by level", levelByLevel, 3},
		{"through loaders", throughLoaders, 3},
	} {
		t.Run(way.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				trips := new(trips)
				db, err := openDatabase(t.Context(), trips)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				cache, err := newCache(trips)
				if err != nil {
					t.Fatal(err)
				}
				defer cache.Close()

				want, err := fieldByField(t.Context(), db)
				if err != nil || want[0] != "Tests, by Cleo of Tools" {
					t.Fatalf("the database: %q, %v", want, err)
				}
				blog := NewCachedBlog(db, cache)
				trips.take()
				for _, queries := range []int{way.queries, 0} {
					got, err := way.resolve(t.Context(), blog)
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("%q, %v; want %q", got, err, want)
					}
					if made, _ := trips.take(); len(made) != queries {
						t.Errorf("%d queries, want %d: %q", len(made), queries, made)
					}
				}
			})
		})
	}
}

// What one way has loaded the others find, and an author that there is not is not asked for again.
func TestABatchAsksForWhatIsMissing(t *testing.T) {
	trips := new(trips)
	db, err := openDatabase(t.Context(), trips)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cache, err := newCache(trips)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	blog := NewCachedBlog(db, cache)

	if _, err := blog.Author(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	trips.take()
	for _, want := range [][]string{{selectAuthor + "IN (1, 9)"}, nil} {
		authors, err := blog.Authors(t.Context(), []int64{1, 2, 9, 2})
		if err != nil || len(authors) != 2 || authors[1].Name != "Ada" || authors[2].Name != "Bert" {
			t.Errorf("Authors = %v, %v", authors, err)
		}
		if queries, _ := trips.take(); !slices.Equal(queries, want) {
			t.Errorf("queries are %q, want %q", queries, want)
		}
	}
	if _, err := blog.Author(t.Context(), 9); err != ErrNotFound {
		t.Errorf("Author(9) = %v", err)
	}
	if queries, _ := trips.take(); queries != nil {
		t.Errorf("the batch has found that there is no author 9, and yet: %q", queries)
	}
}
