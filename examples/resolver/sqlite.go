package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver, in pure Go
)

// ErrNotFound says that there is no such author or team.
var ErrNotFound = errors.New("not found")

// database is the Blog in SQLite. It knows nothing of a cache, and notes its queries.
type database struct {
	db    *sql.DB
	trips *trips
}

var _ Blog = (*database)(nil)

// openDatabase fills a database in memory.
func openDatabase(ctx context.Context, trips *trips) (*database, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection would have a database of its own
	if _, err := db.ExecContext(ctx, `
		CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO teams VALUES (1, 'Kernel'), (2, 'Tools');
		CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT, team_id INTEGER);
		INSERT INTO authors VALUES (1, 'Ada', 1), (2, 'Bert', 1), (3, 'Cleo', 2), (4, 'Dan', 2);
		CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, author_id INTEGER);
		INSERT INTO posts (title, author_id) VALUES
			('Locks', 1), ('Clocks', 2), ('Linkers', 3), ('Debuggers', 4), ('Queues', 1), ('Tests', 3);`); err != nil {
		db.Close()
		return nil, fmt.Errorf("filling the database: %w", err)
	}
	return &database{db, trips}, nil
}

func (d *database) LatestPosts(ctx context.Context, limit int) ([]Post, error) {
	const latest = "SELECT title, author_id FROM posts ORDER BY id DESC LIMIT ?"
	var list []Post
	err := d.query(ctx, latest, []any{limit}, func(rows *sql.Rows) error {
		var p Post
		err := rows.Scan(&p.Title, &p.AuthorID)
		list = append(list, p)
		return err
	})
	return list, err
}

const (
	selectAuthor = "SELECT id, name, team_id FROM authors WHERE id "
	selectTeam   = "SELECT id, name FROM teams WHERE id "
)

func (d *database) Author(ctx context.Context, id int64) (*Author, error) {
	return found(d.authors(ctx, "= ?", id))(id)
}

func (d *database) Authors(ctx context.Context, ids []int64) (map[int64]*Author, error) {
	return d.authors(ctx, in(ids))
}

func (d *database) authors(ctx context.Context, which string, args ...any) (map[int64]*Author, error) {
	authors := make(map[int64]*Author)
	err := d.query(ctx, selectAuthor+which, args, func(rows *sql.Rows) error {
		var a Author
		err := rows.Scan(&a.ID, &a.Name, &a.TeamID)
		authors[a.ID] = &a
		return err
	})
	return authors, err
}

func (d *database) Team(ctx context.Context, id int64) (*Team, error) {
	return found(d.teams(ctx, "= ?", id))(id)
}

func (d *database) Teams(ctx context.Context, ids []int64) (map[int64]*Team, error) {
	return d.teams(ctx, in(ids))
}

func (d *database) teams(ctx context.Context, which string, args ...any) (map[int64]*Team, error) {
	teams := make(map[int64]*Team)
	err := d.query(ctx, selectTeam+which, args, func(rows *sql.Rows) error {
		var t Team
		err := rows.Scan(&t.ID, &t.Name)
		teams[t.ID] = &t
		return err
	})
	return teams, err
}

func (d *database) RenameAuthor(ctx context.Context, id int64, name string) error {
	_, err := d.db.ExecContext(ctx, "UPDATE authors SET name = ? WHERE id = ?", name, id)
	return err
}

func (d *database) Close() error { return d.db.Close() }

// query calls each for each row.
func (d *database) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	d.trips.query(query)
	rows, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// found takes one out of a map, or ErrNotFound.
func found[T any](all map[int64]*T, err error) func(id int64) (*T, error) {
	return func(id int64) (*T, error) {
		one := all[id]
		if one == nil && err == nil {
			return nil, ErrNotFound
		}
		return one, err
	}
}

// in names ids in the query itself, where numbers do no harm, so that the example can print them.
func in(ids []int64) string {
	var list []string
	for _, id := range slices.Sorted(slices.Values(ids)) {
		list = append(list, strconv.FormatInt(id, 10))
	}
	return "IN (" + strings.Join(list, ", ") + ")"
}
