// Package unions has an interface whose answers hold values of other interfaces.
package unions

// Shape is drawn.
type Shape interface{ Area() float64 }

// Circle is a Shape by value.
type Circle struct{ R float64 }

// Area is about right.
func (c Circle) Area() float64 { return 3 * c.R * c.R }

// Square is a Shape by its pointer.
type Square struct {
	Side  float64
	Holes []Shape
}

// Area is without the holes'.
func (s *Square) Area() float64 { return s.Side * s.Side }

// Text is a Shape that nobody names.
type Text string

// Area is nothing.
func (Text) Area() float64 { return 0 }

// Author has a JSON form that keeps something back.
type Author struct {
	Name     string `json:"name"`
	Password string `json:"-"`
}

// Drawings hold shapes, and anything.
//
//cachegen:wrap ttl=1h
type Drawings interface {
	//cachegen:cache types=Circle,*Square
	Shapes(id int) ([]Shape, error)

	//cachegen:cache codec=json
	Author(id int) (author *Author, known bool, err error)

	//cachegen:cache lossy near
	Meta(id int) (map[string]any, error)
}
