package shop

import (
	"context"
	"errors"
	"time"
)

// User is a customer.
type User struct {
	ID      int64
	Name    string
	Email   string
	TeamID  int64
	Admin   bool
	Tags    []string
	Created time.Time
}

// NewUser is what a user is made of.
type NewUser struct {
	Name, Email string
	TeamID      int64
}

// Team is what users belong to.
type Team struct {
	ID   int64
	Name string
}

// Role is what a user may do.
type Role struct {
	ID, Name    string
	Permissions []string
}

// Profile is what a user says of itself.
type Profile struct{ Nickname, Text string }

// Page says which part of a list is meant.
type Page struct{ Number, Size int }

// Errors of a repository.
var (
	ErrNotFound = errors.New("not found")
	ErrGone     = errors.New("gone")
)

type tenantKey struct{}

// tenant is whose request a context belongs to.
func tenant(ctx context.Context) string {
	name, _ := ctx.Value(tenantKey{}).(string)
	return name
}

type primaryKey struct{}

// WithPrimary makes the repository read from the primary.
func WithPrimary(ctx context.Context) context.Context {
	return context.WithValue(ctx, primaryKey{}, true)
}
