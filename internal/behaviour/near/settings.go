// Package near has an interface whose answers are kept decoded.
package near

// Setting is a value with its history.
type Setting struct {
	Value   string
	History []string
}

// Size refers to nothing, so that each value is its own copy.
type Size struct{ Width, Height int }

// Settings are read far more often than written.
//
//cachegen:wrap ttl=1h
type Settings interface {
	//cachegen:cache near
	Get(name string) (*Setting, error)

	//cachegen:cache near=share
	Names() []string

	//cachegen:cache near
	Size(owner string, page int64, long bool) (Size, error)

	//cachegen:cache
	Plain(name string) (*Setting, error)

	//cachegen:evict Get(name), Names(), Plain(name)
	Set(name, value string) error
}
