package main

import (
	"context"
	"database/sql"

	"github.com/cachegen-go/cachegen/runtime"
)

// InTx runs do in a transaction, which is committed where do returns nil, and else rolled back. This is the place to
// defer evictions, since here nobody can forget it. Within do, with do's context,
//
//   - what mutators evict is kept until the transaction is over,
//   - reads go to the database, and see what the transaction has changed; nothing of that gets into the cache.
//
// From the commit to the return of done others may still see the old state, as they did before the commit; from then on
// nobody does. Where the process dies between the two, they do until the TTL ends.
func (d *database) InTx(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, done := runtime.DeferEvictions(ctx)
	defer done() // after the commit or the rollback, whichever it is
	return d.inTx(ctx, do)
}

// inTx is InTx with a thought less: what not to do with a cache. transactions_test.go has three ways in which it goes wrong.
func (d *database) inTx(ctx context.Context, do func(ctx context.Context) error) error {
	if ctx.Value(txKey{}) != nil {
		return do(ctx) // a part of the transaction that is under way, which commits it
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after the commit
	if err := do(context.WithValue(ctx, txKey{}, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

type txKey struct{}

// on is what a method's statements go to: the transaction of ctx, or where there is none, the database.
func (d *database) on(ctx context.Context) interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
} {
	if tx, ok := ctx.Value(txKey{}).(*sql.Tx); ok {
		return tx
	}
	return d.db
}
