// Package other has types whose insides the package that uses them cannot see.
package other

// NamespaceRequest is a request whose namespace only its method tells.
type NamespaceRequest struct{ namespace string }

// InNamespace makes a request.
func InNamespace(namespace string) NamespaceRequest { return NamespaceRequest{namespace} }

// Namespace is what the request is about.
func (r NamespaceRequest) Namespace() string { return r.namespace }

// ListRequest asks for a page of what a request is about.
type ListRequest[R any] struct {
	Request R
	Page    string
}
