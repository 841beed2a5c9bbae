package main

import (
	"context"
	"fmt"

	"github.com/vikstrous/dataloadgen"
	"golang.org/x/sync/errgroup"
)

// page answers the query { posts { title author { name team { name } } } }, a line for each post. There are three ways
// to resolve it.
type page func(ctx context.Context, blog Blog) ([]string, error)

const posts = 6

// fieldByField asks for each post's author and each author's team by itself, as resolvers do that know nothing of each
// other. With a cache it is as many look-ups, and still as many queries as there are authors and teams to be loaded.
func fieldByField(ctx context.Context, blog Blog) ([]string, error) {
	list, err := blog.LatestPosts(ctx, posts)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(list))
	for i, p := range list {
		author, err := blog.Author(ctx, p.AuthorID)
		if err != nil {
			return nil, err
		}
		team, err := blog.Team(ctx, author.TeamID)
		if err != nil {
			return nil, err
		}
		lines[i] = line(p, author, team)
	}
	return lines, nil
}

// levelByLevel asks for the authors of all posts, then for the teams of all authors: one look-up and one query at the
// most for each level, however many posts there are. This is the best there is where the resolver of a list sees the
// list. The ids need no care: each is asked for once.
func levelByLevel(ctx context.Context, blog Blog) ([]string, error) {
	list, err := blog.LatestPosts(ctx, posts)
	if err != nil {
		return nil, err
	}
	var authorIDs, teamIDs []int64
	for _, p := range list {
		authorIDs = append(authorIDs, p.AuthorID)
	}
	authors, err := blog.Authors(ctx, authorIDs)
	if err != nil {
		return nil, err
	}
	for _, a := range authors {
		teamIDs = append(teamIDs, a.TeamID)
	}
	teams, err := blog.Teams(ctx, teamIDs)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(list))
	for i, p := range list {
		author := authors[p.AuthorID]
		if author == nil {
			return nil, ErrNotFound
		}
		lines[i] = line(p, author, teams[author.TeamID])
	}
	return lines, nil
}

// loaders are for a GraphQL library that calls resolvers object by object: they collect ids for some milliseconds and
// ask for all of them at once, by a batch method as it is. Make them for each request, since they keep what they have
// loaded and hear of no eviction: the cache between requests is the Blog's.
type loaders struct {
	author *dataloadgen.Loader[int64, *Author]
	team   *dataloadgen.Loader[int64, *Team]
}

func newLoaders(blog Blog) loaders {
	return loaders{dataloadgen.NewMappedLoader(blog.Authors), dataloadgen.NewMappedLoader(blog.Teams)}
}

// throughLoaders resolves each post by itself, and all at the same time, as gqlgen does. It is as many look-ups and
// queries as levelByLevel.
func throughLoaders(ctx context.Context, blog Blog) ([]string, error) {
	list, err := blog.LatestPosts(ctx, posts)
	if err != nil {
		return nil, err
	}
	load := newLoaders(blog)
	lines := make([]string, len(list))
	group, ctx := errgroup.WithContext(ctx)
	for i, p := range list {
		group.Go(func() error {
			author, err := load.author.Load(ctx, p.AuthorID)
			if err != nil {
				return err
			}
			team, err := load.team.Load(ctx, author.TeamID)
			if err != nil {
				return err
			}
			lines[i] = line(p, author, team) // all posts of an author see one *Author here: read it, do not change it
			return nil
		})
	}
	return lines, group.Wait()
}

func line(p Post, a *Author, t *Team) string {
	if t == nil {
		return fmt.Sprintf("%s, by %s", p.Title, a.Name)
	}
	return fmt.Sprintf("%s, by %s of %s", p.Title, a.Name, t.Name)
}
