// Package sets has an interface whose keys are sets.
package sets

// Permissions is what a role may do.
type Permissions struct{ Allowed []string }

// Roles knows the permissions of roles.
//
//cachegen:wrap
type Roles interface {
	//cachegen:cache key=sorted(names)
	ChannelHigherScopedPermissions(names []string) (map[string]*Permissions, error)

	//cachegen:cache
	Of(ids []int) (string, error)

	//cachegen:evict ChannelHigherScopedPermissions(names), Of(sorted(ids))
	Change(names []string, ids []int) error
}
