package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// What goes wrong where evictions are not deferred: three ways.

func TestNotDeferredAReaderBringsTheOldStateBack(t *testing.T) {
	db, accounts := open(t)
	bank := bank{accounts, db.inTx, func(context.Context) { balance(t, accounts, ann) }}
	if err := bank.Transfer(t.Context(), ann, ben, 30); err != nil {
		t.Fatal(err)
	}
	if is, cached := balance(t, db, ann), balance(t, accounts, ann); is != 70 || cached != 100 {
		t.Errorf("Ann has %d and is shown %d: the example shows nothing", is, cached)
	}
}

func TestNotDeferredACheckIsMisled(t *testing.T) {
	db, accounts := open(t)
	bank := bank{accounts, db.inTx, func(context.Context) { balance(t, accounts, ann) }}
	if err := bank.Transfer(t.Context(), ann, ben, 500); err != nil { // it sees the 100 that the reader has brought back
		t.Fatal(err)
	}
	if is := balance(t, db, ann); is != -400 {
		t.Errorf("Ann has %d: the example shows nothing", is)
	}
}

func TestNotDeferredAllSeeWhatIsRolledBack(t *testing.T) {
	db, accounts := open(t)
	if err := (bank{accounts, db.inTx, nil}).Transfer(t.Context(), ann, ben, 500); !errors.Is(err, ErrOverdrawn) {
		t.Fatal(err)
	}
	if is, cached := balance(t, db, ann), balance(t, accounts, ann); is != 100 || cached != -400 {
		t.Errorf("Ann has %d and is shown %d: the example shows nothing", is, cached)
	}
}

// What is right where they are.

func TestDeferredACommitIsSeenByAll(t *testing.T) {
	db, accounts := open(t)
	bank := bank{accounts, db.InTx, func(inTx context.Context) {
		if own, others := balanceIn(inTx, t, accounts, ann), balance(t, accounts, ann); own != 70 || others != 100 {
			t.Errorf("before the commit Ann has %d in the transaction and %d outside", own, others)
		}
	}}
	if err := bank.Transfer(t.Context(), ann, ben, 30); err != nil {
		t.Fatal(err)
	}
	if a, b := balance(t, accounts, ann), balance(t, accounts, ben); a != 70 || b != 80 {
		t.Errorf("after the commit Ann has %d and Ben %d", a, b)
	}
}

func TestDeferredARollbackIsSeenByNobody(t *testing.T) {
	db, accounts := open(t)
	if err := (bank{accounts, db.InTx, nil}).Transfer(t.Context(), ann, ben, 500); !errors.Is(err, ErrOverdrawn) {
		t.Fatal(err)
	}
	if err := (bank{accounts, db.InTx, nil}).Transfer(t.Context(), ann, 3, 10); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if a, b := balance(t, accounts, ann), balance(t, accounts, ben); a != 100 || b != 50 {
		t.Errorf("after the rollback Ann has %d and Ben %d", a, b)
	}
}

// A transaction within one is a part of it: both transfers are committed together, or neither, and nothing is evicted
// before.
func TestDeferredTransactionsNest(t *testing.T) {
	db, accounts := open(t)
	bank := bank{accounts, db.InTx, nil}
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		if err := bank.Transfer(ctx, ann, ben, 30); err != nil {
			return err
		}
		if is := balance(t, accounts, ann); is != 100 { // a caller outside, who keeps what he sees
			t.Errorf("between the transfers Ann has %d", is)
		}
		return bank.Transfer(ctx, ben, ann, 5)
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := balance(t, accounts, ann), balance(t, accounts, ben); a != 75 || b != 75 {
		t.Errorf("Ann has %d and Ben %d", a, b)
	}
}

func TestDeferredTheCacheIsRightAfterMuchTraffic(t *testing.T) {
	db, accounts := open(t)
	bank := bank{accounts, db.InTx, nil}
	done := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					balance(t, accounts, ann)
					balance(t, accounts, ben)
				}
			}
		})
	}
	for from := int64(ann); from <= ben; from++ {
		writers.Go(func() {
			for amount := range int64(20) {
				err := bank.Transfer(t.Context(), from, ann+ben-from, amount)
				if err != nil && !errors.Is(err, ErrOverdrawn) {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	for _, id := range []int64{ann, ben} {
		if is, cached := balance(t, db, id), balance(t, accounts, id); is != cached {
			t.Errorf("account %d has %d and is shown as %d", id, is, cached)
		}
	}
}

// open returns a database, and before it a cache that knows both accounts.
func open(t *testing.T) (*database, *CachedAccounts) {
	t.Helper()
	db, err := openDatabase(t.Context(), filepath.Join(t.TempDir(), "bank.db"))
	if err != nil {
		t.Fatal(err)
	}
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cache.Close()
		db.Close()
	})
	accounts := NewCachedAccounts(db, cache)
	if a, b := balance(t, accounts, ann), balance(t, accounts, ben); a != 100 || b != 50 {
		t.Fatalf("Ann has %d and Ben %d", a, b)
	}
	return db, accounts
}

func balance(t *testing.T, accounts Accounts, id int64) int64 {
	return balanceIn(t.Context(), t, accounts, id)
}

func balanceIn(ctx context.Context, t *testing.T, accounts Accounts, id int64) int64 {
	a, err := accounts.Account(ctx, id)
	if err != nil {
		t.Error(err)
		return 0
	}
	return a.Balance
}
