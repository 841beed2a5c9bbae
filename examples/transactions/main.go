// Transactions shows how a cache and database transactions go together: evictions wait for the commit, by
// runtime.DeferEvictions, and what goes wrong where they do not.
//
//	go -C examples run ./transactions
//
// tx.go is the part to copy: it puts a transaction into the context, where the repository finds it, and defers what the
// repository's mutators evict.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

const ann, ben = 1, 2

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "bank")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := openDatabase(ctx, filepath.Join(dir, "bank.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	backend, err := memory.New(memory.Config{})
	if err != nil {
		return err
	}
	cache, err := runtime.New(backend)
	if err != nil {
		return err
	}
	defer cache.Close()
	accounts := NewCachedAccounts(db, cache)

	// While the transaction is under way, somebody else reads both accounts.
	others := func(context.Context) { show(ctx, "before the commit, to others", accounts) }
	own := func(inTx context.Context) { show(inTx, "in the transaction", accounts); others(ctx) }
	after := func() {
		show(ctx, "afterwards, in the database", db)
		show(ctx, "afterwards, to all", accounts)
	}

	show(ctx, "at first", accounts)
	fmt.Println("Ann sends Ben 30, evictions not deferred:")
	if err := (bank{accounts, db.inTx, others}).Transfer(ctx, ann, ben, 30); err != nil {
		return err
	}
	after()
	if err := errors.Join(accounts.EvictAccount(ctx, ann), accounts.EvictAccount(ctx, ben)); err != nil { // as the TTL will
		return err
	}

	fmt.Println("Ann sends Ben 30, evictions deferred:")
	if err := (bank{accounts, db.InTx, own}).Transfer(ctx, ann, ben, 30); err != nil {
		return err
	}
	after()

	fmt.Println("Ann sends Ben 500, evictions deferred:")
	if err := (bank{accounts, db.InTx, own}).Transfer(ctx, ann, ben, 500); !errors.Is(err, ErrOverdrawn) {
		return fmt.Errorf("a transfer of more than there is: %v, want %v", err, ErrOverdrawn)
	}
	after()
	return nil
}

// show prints what ctx's caller is told of the two accounts.
func show(ctx context.Context, when string, accounts Accounts) {
	a, err := accounts.Account(ctx, ann)
	b, err2 := accounts.Account(ctx, ben)
	if err := errors.Join(err, err2); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("  %-29s %s %4d, %s %4d\n", when, a.Owner, a.Balance, b.Owner, b.Balance)
}
