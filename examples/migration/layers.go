package main

import (
	"context"
	"errors"
	"io"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/examples/migration/after"
	"github.com/cachegen-go/cachegen/examples/migration/before"
	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// layer is a way to cache a store. Nodes that share client hear of each other's changes; without one there is one node.
type layer struct {
	name string
	open layerFunc
}

type layerFunc func(ctx context.Context, db store.Store, client goredis.UniversalClient) (store.Store, io.Closer, error)

var layers = []layer{{"by hand", openBefore}, {"midway", openMidway}, {"cachegen", openAfter}}

func openBefore(ctx context.Context, db store.Store, client goredis.UniversalClient) (store.Store, io.Closer, error) {
	cluster, err := before.Join(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	return before.New(db, cluster), cluster, nil
}

func openAfter(_ context.Context, db store.Store, client goredis.UniversalClient) (store.Store, io.Closer, error) {
	cache, err := after.NewCache(client)
	if err != nil {
		return nil, nil, err
	}
	return store.NewCachedStore(db, cache), cache, nil
}

// midway is the layer by hand, but for the roles.
type midway struct {
	*before.Store
	role store.RoleStore
}

func (m midway) Role() store.RoleStore { return m.role }

func openMidway(ctx context.Context, db store.Store, client goredis.UniversalClient) (store.Store, io.Closer, error) {
	cluster, err := before.Join(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	cache, err := after.NewCache(client)
	if err != nil {
		return nil, nil, errors.Join(err, cluster.Close())
	}
	return midway{before.New(db, cluster), store.NewCachedRoleStore(db.Role(), cache)}, closers{cluster, cache}, nil
}

type closers []io.Closer

func (all closers) Close() error {
	var err error
	for _, c := range all {
		err = errors.Join(err, c.Close())
	}
	return err
}
