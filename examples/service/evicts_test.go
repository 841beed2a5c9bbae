package main

import (
	"testing"

	"pgregory.net/rapid"
)

// TestWritesEvictEnough tries random calls: what the cache answers, the database must answer too. The check is generated
// from Catalogue (cachegen -tests), arguments and all.
func TestWritesEvictEnough(t *testing.T) {
	CheckCachedCatalogue(t, func(t *rapid.T) Catalogue {
		d, err := openDatabase(t.Context(), ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		d.db.SetMaxOpenConns(1) // each connection would have a memory of its own
		return d
	})
}
