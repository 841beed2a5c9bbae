// Package sqlstore is the real store, in SQLite, that a cache stands in front of.
package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver, in pure Go

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// DB is a store.Store. All its methods are safe for concurrent use.
type DB struct {
	db    *sql.DB
	reads atomic.Int64
}

const schema = `
	CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT UNIQUE COLLATE NOCASE, name TEXT, password_hash TEXT, roles TEXT);
	CREATE TABLE channels (id TEXT PRIMARY KEY, team_id TEXT, name TEXT, header TEXT);
	CREATE TABLE members (channel_id TEXT, user_id TEXT, PRIMARY KEY (channel_id, user_id));
	CREATE TABLE roles (id TEXT PRIMARY KEY, name TEXT UNIQUE, permissions TEXT);`

// Open makes a new database in file.
func Open(file string) (*DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(wal)&_pragma=synchronous(off)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	db.SetMaxOpenConns(8)
	if _, err := db.Exec(schema); err != nil {
		return nil, errors.Join(fmt.Errorf("creating the tables: %w", err), db.Close())
	}
	return &DB{db: db}, nil
}

// Close closes the database.
func (d *DB) Close() error { return d.db.Close() }

// Reads is how many calls have read from the database.
func (d *DB) Reads() int64 { return d.reads.Load() }

func (d *DB) User() store.UserStore       { return users{d} }
func (d *DB) Channel() store.ChannelStore { return channels{d} }
func (d *DB) Role() store.RoleStore       { return roles{d} }

type row interface{ Scan(into ...any) error }

// read is list, counted.
func read[T any](ctx context.Context, d *DB, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	d.reads.Add(1)
	return list(ctx, d, scan, query, args...)
}

// list returns the rows that query has, or returns after writing.
func list[T any](ctx context.Context, d *DB, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// first is the first of a list, or store.ErrNotFound.
func first[T any](all []T, err error) (none T, _ error) {
	switch {
	case err != nil:
		return none, err
	case len(all) == 0:
		return none, store.ErrNotFound
	}
	return all[0], nil
}

func (d *DB) exec(ctx context.Context, query string, args ...any) error {
	_, err := d.db.ExecContext(ctx, query, args...)
	return err
}

// set is a list of values for IN (SELECT value FROM json_each(?)).
func set(values []string) string {
	text, _ := json.Marshal(values) // of strings, which cannot fail
	return string(text)
}

func orNew(id string) string {
	if id == "" {
		id = rand.Text()
	}
	return id
}

func join(words []string) string { return strings.Join(words, " ") }
