package main

import (
	"context"
	"errors"
)

var (
	// ErrNotFound says that there is no such account.
	ErrNotFound = errors.New("no such account")
	// ErrOverdrawn says that there is not enough in an account.
	ErrOverdrawn = errors.New("not enough in the account")
)

// Accounts is what the bank knows of its database. Its methods work inside a transaction and outside of one: the
// database finds the transaction in their context, where inTx has put it.
//
//go:generate go tool cachegen
//cachegen:wrap ttl=10m
type Accounts interface {
	//cachegen:cache notfound=ErrNotFound
	Account(ctx context.Context, id int64) (*Account, error)

	// Add changes what is in an account, by less than nothing too.
	//
	//cachegen:evict Account(id)
	Add(ctx context.Context, id, amount int64) error
}

// Account is somebody's.
type Account struct {
	ID      int64
	Owner   string
	Balance int64
}
