// Package codecs declares types of every kind that can be stored. A test writes their codecs beside it and runs its
// tests.
package codecs

import (
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/codecs/other"
)

// Names that generated code must keep clear of.
type (
	E     struct{ D, V, Codec int }
	D     struct{ e []E }
	depth []string
	Depth struct{ depth depth }
)

type (
	Flag   bool
	Int8   int8
	Count  int64
	Size   uint16
	Ratio  float32
	Weight float64
	Wave   complex64
	Signal complex128
	Role   string
	Blob   []byte
	ID     [16]byte
	Hash   [2][4]byte
	Hidden byte
)

type Basics struct {
	Bool       bool
	Flag       Flag
	Int        int
	Int8       int8
	Named8     Int8
	Int16      int16
	Int32      int32
	Int64      int64
	Count      Count
	Uint       uint
	Uint8      uint8
	Uint16     uint16
	Size       Size
	Uint32     uint32
	Uint64     uint64
	Float32    float32
	Float64    float64
	Ratio      Ratio
	Weight     Weight
	Complex64  complex64
	Complex128 complex128
	Wave       Wave
	Signal     Signal
	String     string
	Role       Role
	Rune       rune
	Byte       byte
	Duration   time.Duration
	Month      time.Month
	Überzahl   int
}

// User is what the issue asks for: a field that JSON would drop, one that it would not see, nil and empty slices, an
// id of bytes, a time with its zone, an embedded pointer.
type User struct {
	ID       ID
	Password string `json:"-"`
	secret   string
	Tags     []string `json:",omitempty"`
	Seen     time.Time
	*Profile
	Role Role
	Data []byte
	_    int
}

type Profile struct {
	Bio    string
	Links  map[string]string
	Parent *User
	age    *int
}

type Leaves struct {
	Blob   Blob
	ID     ID
	Hash   Hash
	Raw    json.RawMessage
	Hidden []Hidden
	Time   time.Time
	Times  []time.Time
	When   *time.Time
}

type Slices struct {
	Strings  []string
	Roles    []Role
	Ints     []int
	Sizes    []Size
	Bools    []Flag
	Floats   []float64
	Ratios   []Ratio
	Waves    []Wave
	Signals  []complex128
	Blobs    []Blob
	IDs      []ID
	Nested   [][]string
	Deep     [][][]*int
	Structs  []Point
	Pointers []*Point
	Maps     []map[string]int
	Empty    []struct{}
}

type Point struct{ X, Y int }

type Arrays struct {
	Ints    [3]int
	None    [0]string
	Structs [2]Point
	Refs    [2][]int
	Nested  [2][2]Role
	Ptr     *[2]string
	Slices  [][2]int
}

type Pointers struct {
	Int     *int
	Twice   **int
	Thrice  ***Point
	Slice   *[]string
	Slices  []*[]int
	Map     *map[string]int
	Bytes   *[]byte
	Raw     *json.RawMessage
	Big     *big.Int
	BigPtr  **big.Int
	Named   Link
	Strings []*string
}

type Link *Point

type Maps struct {
	Strings  map[string]string
	Roles    map[Role]Point
	Ints     map[int64]string
	Points   map[Point]*Point
	IDs      map[ID][]int
	Bools    map[bool]bool
	Floats   map[float64]int
	Arrays   map[[2]string]int
	Nested   map[string]map[Point]map[string]int
	Pointers map[string]*User
	Addrs    map[netip.Addr]string
	Sets     map[string]struct{}
	Times    map[time.Time]int
	TimeKeys map[struct{ At time.Time }]bool
	Labels   Labels
}

type Labels map[string][]string

type (
	Anonymous struct {
		Inner struct {
			A int
			b []string
		}
		List []struct{ N, M *int }
		Map  map[struct{ A, B string }]struct{ C []int }
	}
	Nothing  struct{}
	Blank    struct{ _, _ func() }
	Embedded struct {
		Point
		*Nothing
		other.Open
		Labels
	}
)

// Node and the types after it contain themselves in various ways.
type Node struct {
	Name  string
	Next  *Node
	Kids  []Node
	ByKey map[string]*Node
	Two   [2]*Node
}

type (
	Tree  []Tree
	Trie  map[string]Trie
	Chain *Link2
	Link2 struct{ Next Chain }
	Even  struct{ Odd *Odd }
	Odd   struct {
		Even *Even
		Node Node
	}
)

// Generic types, and what they are made into.
type Page[T any] struct {
	Items []T
	next  *Page[T]
	Total int
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
	m   map[K]V
}

type (
	Users     = Page[User]
	Strs      = Page[string]
	Pairs     = []Pair[Role, *Page[int]]
	NamedPage Page[Role]
)

// Price marshals itself as JSON, and could not be seen through from another package either.
type Price struct {
	cents int64
	notes []string
}

func (p Price) MarshalJSON() ([]byte, error) {
	if p.notes == nil && p.cents == 0 {
		return []byte(" null\n"), nil
	}
	return json.Marshal(map[string]any{"cents": p.cents, "notes": p.notes, "html": "<&>"})
}

func (p *Price) UnmarshalJSON(data []byte) error {
	var v struct {
		Cents int64
		Notes []string
	}
	err := json.Unmarshal(data, &v)
	p.cents, p.notes = v.Cents, v.Notes
	return err
}

// Version marshals itself as text, by a pointer.
type Version struct{ major, minor int }

func (v *Version) MarshalText() ([]byte, error) {
	return []byte(strconv.Itoa(v.major) + "." + strconv.Itoa(v.minor)), nil
}

func (v *Version) UnmarshalText(text []byte) (err error) {
	a, b, ok := strings.Cut(string(text), ".")
	if !ok {
		return errors.New("no version")
	}
	if v.major, err = strconv.Atoi(a); err == nil {
		v.minor, err = strconv.Atoi(b)
	}
	return err
}

// Packed marshals itself as bytes, which may be none.
type Packed struct{ data string }

func (p Packed) MarshalBinary() ([]byte, error) {
	if p.data == "" {
		return nil, nil
	}
	return []byte(p.data), nil
}

func (p *Packed) UnmarshalBinary(data []byte) error {
	p.data = string(data)
	return nil
}

// Level is a number that marshals itself as text.
type Level int

func (l Level) MarshalText() ([]byte, error) { return []byte("L" + strconv.Itoa(int(l))), nil }

func (l *Level) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(strings.TrimPrefix(string(text), "L"))
	*l = Level(n)
	return err
}

// Trap has the methods of the embedded time, which would lose its name.
type Trap struct {
	time.Time
	Name string
}

// Half can only be written: its method is ignored.
type Half struct{ A, b int }

func (Half) MarshalJSON() ([]byte, error) { return []byte(`{}`), nil }

// Wrong has methods of the right names alone.
type Wrong struct{ A []int }

func (Wrong) MarshalJSON() []byte            { return nil }
func (*Wrong) UnmarshalJSON(string) error    { return nil }
func (Wrong) Clone() (Wrong, error)          { return Wrong{}, nil }
func (Wrong) DeepCopy(deep bool) (out Wrong) { return out }

type Marshalers struct {
	Price    Price
	Prices   []Price
	PricePtr *Price
	ByName   map[string]Price
	Version  Version
	Versions map[Version]*Version
	Packed   Packed
	PackedIn []*Packed
	Level    Level
	Levels   map[Level]string
	Trap     Trap
	Half     Half
	Wrong    Wrong
	Opaque   other.Opaque
	Opaques  []*other.Opaque
	Cloner   *other.Cloner
	Cloners  map[string]other.Cloner
	IP       net.IP
	Addr     netip.Addr
	Prefix   *netip.Prefix
	URL      *url.URL
	Big      big.Int
	Rat      big.Rat
}

// Copier copies itself.
type Copier struct {
	refs   []int
	copied int
}

func (c Copier) Clone() Copier {
	return Copier{refs: slices.Clone(c.refs), copied: c.copied}
}

type Foreign struct {
	Open   other.Open
	Opens  map[string]*other.Open
	Hidden other.Exposed
}

type Messages struct {
	At    *timestamppb.Timestamp
	Many  []*durationpb.Duration
	ByKey map[string]*structpb.Struct
	Ptr   **timestamppb.Timestamp
}

type (
	Message = *timestamppb.Timestamp
	UserPtr = *User
	UserSet = map[string][]*User
	Str     = string
	Num     = int64
	Yes     = bool
	At      = time.Time
	Bytes   = []byte
	Bundle  struct {
		result  bool
		result1 *User
	}
)
