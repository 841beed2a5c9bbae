// Package storage has requests whose insides others cannot see.
package storage

// NamespaceRequest is about a namespace.
type NamespaceRequest struct{ namespace string }

// ResourceRequest is about something in a namespace.
type ResourceRequest struct {
	NamespaceRequest
	Key string
}

// Key says in its exported fields what it is about.
type Key struct{ Namespace, Key string }

// ID is one.
type ID struct{ ID string }

// ListRequest asks for a page.
type ListRequest[P any] struct {
	Predicate P
	Limit     uint64
	PageToken string
}

// ResultSet is a page.
type ResultSet[T any] struct {
	Results       []T
	NextPageToken string
}

// Predicate chooses.
type Predicate interface{ Matches(string) bool }
