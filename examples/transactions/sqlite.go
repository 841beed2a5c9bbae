package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver, in pure Go
)

// database is Accounts in SQLite.
type database struct{ db *sql.DB }

var _ Accounts = (*database)(nil)

// openDatabase opens a new database in file, with the accounts of Ann, 1, and Ben, 2.
func openDatabase(ctx context.Context, file string) (*database, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, `
		CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INTEGER);
		INSERT INTO accounts VALUES (1, 'Ann', 100), (2, 'Ben', 50);`); err != nil {
		db.Close()
		return nil, fmt.Errorf("filling the database: %w", err)
	}
	return &database{db}, nil
}

func (d *database) Account(ctx context.Context, id int64) (*Account, error) {
	var a Account
	err := d.on(ctx).QueryRowContext(ctx, "SELECT id, owner, balance FROM accounts WHERE id = ?", id).
		Scan(&a.ID, &a.Owner, &a.Balance)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &a, nil
}

func (d *database) Add(ctx context.Context, id, amount int64) error {
	result, err := d.on(ctx).ExecContext(ctx, "UPDATE accounts SET balance = balance + ? WHERE id = ?", amount, id)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ErrNotFound
}

func (d *database) Close() error { return d.db.Close() }
