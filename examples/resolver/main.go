// Resolver shows batch loading under a GraphQL-style resolver: a page of posts with their authors and their teams, which
// takes a query for each of them, becomes one look-up in the cache for each level, and one query for what is missing
// there.
//
//	go -C examples run ./resolver
//
// resolvers.go has the three ways to do it: field by field, level by level, and through loaders, for libraries that call
// resolvers object by object. blog.go has the interface, whose batch methods are all that they need.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	trips := new(trips)
	db, err := openDatabase(ctx, trips)
	if err != nil {
		return err
	}
	defer db.Close()
	cache, err := newCache(trips)
	if err != nil {
		return err
	}
	defer cache.Close()
	blog := NewCachedBlog(db, cache)

	show := func(title string, resolve page, blog Blog) error {
		_, err := resolve(ctx, blog)
		fmt.Printf("%s: %s", title, trips.summary())
		return err
	}
	fmt.Println("{ posts { title author { name team { name } } } }, six posts of four authors in two teams")
	fmt.Println()
	return errors.Join(
		show("No cache, field by field", fieldByField, db),
		show("Cached, field by field", fieldByField, blog),
		show("The same again", fieldByField, blog),
		cache.Flush(ctx),
		show("Cached, level by level", levelByLevel, blog),
		show("The same again", levelByLevel, blog),
		blog.RenameAuthor(ctx, 3, "Cleopatra"),
		show("An author has changed", levelByLevel, blog),
		cache.Flush(ctx),
		show("Cached, through loaders", throughLoaders, blog),
	)
}

func newCache(trips *trips) (*runtime.Cache, error) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		return nil, err
	}
	return runtime.New(counted{backend, trips})
}
