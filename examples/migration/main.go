// Migration takes a cache layer by hand out of a chat server, step by step: see README.md. This command sends the same
// calls to the store without a cache, behind the layer by hand, behind one that is half migrated, and behind cachegen's.
//
//	go -C examples run ./migration
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/cachegen-go/cachegen/examples/migration/sqlstore"
	"github.com/cachegen-go/cachegen/examples/migration/store"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "%d calls\treads of the database\n", calls)
	if err := compare(ctx, table, layer{name: "no cache"}); err != nil {
		return err
	}
	for _, l := range layers {
		if err := compare(ctx, table, l); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return table.Flush()
}

// compare prints how often the database is read behind l.
func compare(ctx context.Context, table *tabwriter.Writer, l layer) error {
	dir, err := os.MkdirTemp("", "migration")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := sqlstore.Open(filepath.Join(dir, "chat.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := seed(ctx, db, 200); err != nil {
		return err
	}
	var s store.Store = db
	if l.open != nil {
		cached, closer, err := l.open(ctx, db, nil)
		if err != nil {
			return err
		}
		defer closer.Close()
		s = cached
	}
	if err := traffic(ctx, s); err != nil {
		return err
	}
	fmt.Fprintf(table, "%s\t%d\n", l.name, db.Reads())
	return nil
}
