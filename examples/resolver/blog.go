package main

import "context"

// Blog is what the resolvers know of the database.
//
// A batch has no entries of its own: Authors looks for those of Author, in one round trip, calls the database once for
// all that are missing, and keeps each author it gets. So both share what either has loaded, and to evict Author(id) is
// enough. An id that there is not is left out of the map, and is an answer that is kept too.
//
//go:generate go tool cachegen
//cachegen:wrap ttl=10m
type Blog interface {
	// LatestPosts is evicted by nothing: it is kept for 10 s, for which nobody misses a post.
	//
	//cachegen:cache ttl=realtime
	LatestPosts(ctx context.Context, limit int) ([]Post, error)

	//cachegen:cache notfound=ErrNotFound
	Author(ctx context.Context, id int64) (*Author, error)

	//cachegen:batch Author(ids)
	Authors(ctx context.Context, ids []int64) (map[int64]*Author, error)

	//cachegen:cache notfound=ErrNotFound
	Team(ctx context.Context, id int64) (*Team, error)

	//cachegen:batch Team(ids)
	Teams(ctx context.Context, ids []int64) (map[int64]*Team, error)

	//cachegen:evict Author(id)
	RenameAuthor(ctx context.Context, id int64, name string) error
}

// Post is by an author.
type Post struct {
	Title    string
	AuthorID int64
}

// Author is in a team.
type Author struct {
	ID     int64
	Name   string
	TeamID int64
}

// Team is where authors are.
type Team struct {
	ID   int64
	Name string
}
