// Package other declares types that codecs sees from outside.
package other

import "encoding/json"

// Open can be seen through.
type Open struct {
	A int
	B []string
	N *Open
}

type hidden struct{ A []int }

// Exposed is the name by which hidden is known.
type Exposed = hidden

// Opaque marshals itself, and that is all that is known of it.
type Opaque struct{ list []int }

// NewOpaque makes one.
func NewOpaque(list ...int) Opaque { return Opaque{list} }

func (o Opaque) MarshalJSON() ([]byte, error)     { return json.Marshal(o.list) }
func (o *Opaque) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &o.list) }

// Cloner can copy itself.
type Cloner struct{ m map[string]int }

func (c *Cloner) MarshalJSON() ([]byte, error)    { return json.Marshal(c.m) }
func (c *Cloner) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &c.m) }

// DeepCopy copies it.
func (c *Cloner) DeepCopy() *Cloner {
	if c.m == nil {
		return &Cloner{}
	}
	d := &Cloner{m: map[string]int{}}
	for k, v := range c.m {
		d.m[k] = v
	}
	return d
}
