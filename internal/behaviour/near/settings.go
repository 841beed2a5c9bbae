// Package near has an interface whose answers are kept decoded.
package near

// Setting is a value with its history.
type Setting struct {
	Value   string
	History []string
}

// Settings are read far more often than written.
//
//cachegen:wrap ttl=1h near
type Settings interface {
	//cachegen:cache
	Get(name string) (*Setting, error)

	//cachegen:cache near=share
	Names() []string

	//cachegen:evict Get(name), Names()
	Set(name, value string) error
}
