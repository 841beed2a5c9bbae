package shape_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// sources are the packages that the tests look at types of; app is the one that is generated into.
var sources = map[string]string{
	"shop/other": `package other
import "time"
import "google.golang.org/protobuf/reflect/protoreflect"
type Message struct{ state int }
func (m *Message) ProtoReflect() protoreflect.Message
type hidden struct{ A int }
type Open struct{ A int; B *Open }
type Closed struct{ A int; b int }
type Holder struct{ H hidden; C Closed }
type Hidden = hidden
type HiddenHolder struct{ H Hidden }
type Texty struct{ a []int }
func (t Texty) MarshalText() ([]byte, error)
func (t *Texty) UnmarshalText([]byte) error
type Plain struct{ a, b int; at time.Time }
func (t Plain) MarshalBinary() ([]byte, error)
func (t *Plain) UnmarshalBinary([]byte) error
type Cloner struct{ a []int }
func (t *Cloner) MarshalJSON() ([]byte, error)
func (t *Cloner) UnmarshalJSON([]byte) error
func (t *Cloner) DeepCopy() *Cloner
type Half struct{ a []int }
func (t Half) MarshalJSON() ([]byte, error)
type Keyed struct{ a int }
func (t Keyed) MarshalText() ([]byte, error)
`,
	"shop/other/internal/secret": `package secret
type T struct{ A int }
`,
	"shop/other/viasecret": `package viasecret
import "shop/other/internal/secret"
type T = secret.T
type S struct{ T secret.T }
type A struct{ T T }
`,
	"google.golang.org/protobuf/reflect/protoreflect": `package protoreflect
type Message interface{ X() }
`,
	"shop/app": `package app
import (
	"database/sql"
	"encoding/json"
	"io"
	"iter"
	"math/big"
	"net/netip"
	"shop/other"
	"shop/other/viasecret"
	"sync"
	"sync/atomic"
	"text/template"
	"time"
	"unsafe"
	"google.golang.org/protobuf/reflect/protoreflect"
)
type Profile struct { Bio string; conn *other.Closed }
type User struct { ID int64; Profile Profile }
type Role string
type Node struct { Name string; Next *Node; Kids []Node }
type List []List
type Embeds struct { time.Time; Name string }
type Own struct { A []int; b map[Role]*Own }
func (o Own) MarshalJSON() ([]byte, error)
func (o *Own) UnmarshalJSON([]byte) error
type Opaque struct { A other.Closed }
func (o Opaque) MarshalText() ([]byte, error)
func (o *Opaque) UnmarshalText([]byte) error
type Nested struct { A []int; O Opaque; P *Nested2 }
func (o Nested) MarshalText() ([]byte, error)
func (o *Nested) UnmarshalText([]byte) error
type Nested2 struct { N *Nested }
func (o Nested2) MarshalText() ([]byte, error)
func (o *Nested2) UnmarshalText([]byte) error
type BadSig struct { A int }
func (o BadSig) MarshalJSON() []byte
func (o *BadSig) UnmarshalJSON([]byte) error
type ByValue struct { A int }
func (o ByValue) MarshalJSON() ([]byte, error)
func (o ByValue) UnmarshalJSON([]byte) error
type Page[T any] struct { Items []T; next string }
type Locked struct { mu sync.Mutex; A int }
type Msg struct { state [0]sync.Mutex }
func (m *Msg) ProtoReflect() protoreflect.Message
type Filter struct { Name string; Since time.Time; Tags []string; Any any }
type Fetcher interface { Fetch() error }
type Gen[T any, K comparable] struct { V T; M map[K]T; P Page[T] }
type Blank struct { A int; _ func() }
type M1 map[string][]struct{ X *int }

var (
	vUser User
	vUserPtr []*User
	vNode *Node
	vList List
	vEmbeds Embeds
	vOwn Own
	vOpaque Opaque
	vNested Nested
	vBadSig BadSig
	vByValue ByValue
	vPage Page[Role]
	vPageHidden Page[other.Hidden]
	vLocked Locked
	vMsg Msg
	vMsgPtr *Msg
	vMsgs []*Msg
	vForeignMsg other.Message
	vForeignMsgPtr *other.Message
	vFilter Filter
	vBlank Blank
	vM1 M1
	vFunc func()
	vIter iter.Seq2[int, error]
	vChan <-chan int
	vReader io.Reader
	vError error
	vAny any
	vFetcher map[string]Fetcher
	vUnsafe unsafe.Pointer
	vUintptr uintptr
	vDB *other.Closed
	vAtomic atomic.Int64
	vTemplate template.Template
	vLoc *time.Location
	vTime time.Time
	vRaw json.RawMessage
	vBytes []byte
	vID [16]byte
	vBig *big.Int
	vAddr netip.Addr
	vNull sql.NullString
	vOpen other.Open
	vClosed other.Closed
	vHolder other.Holder
	vHiddenHolder other.HiddenHolder
	vTexty other.Texty
	vPlain other.Plain
	vCloner other.Cloner
	vClonerPtr map[string]*other.Cloner
	vHalf other.Half
	vKeyed other.Keyed
	vKeyedIn []other.Keyed
	vSecret viasecret.S
	vSecretAlias viasecret.T
	vSecretVia viasecret.A
	vPtrKey map[*int]string
	vPtrKeyIn map[struct{ P *int }]string
	vTimeKey map[time.Time]int
	vAnon struct{ A int; b string }
	vComplex complex64
)
`,
}

type loader struct {
	fset *token.FileSet
	std  types.Importer
	done map[string]*types.Package
}

func (l *loader) Import(path string) (*types.Package, error) {
	if p, ok := l.done[path]; ok {
		return p, nil
	}
	src, ok := sources[path]
	if !ok {
		return l.std.Import(path)
	}
	f, err := parser.ParseFile(l.fset, path+".go", src, 0)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: l, IgnoreFuncBodies: true, Error: func(error) {}}
	p, err := conf.Check(path, l.fset, []*ast.File{f}, nil)
	if err != nil && !strings.Contains(err.Error(), "missing function body") {
		return nil, err
	}
	l.done[path] = p
	return p, nil
}

func app(t *testing.T) *types.Package {
	t.Helper()
	l := &loader{fset: token.NewFileSet(), std: importer.Default(), done: map[string]*types.Package{}}
	p, err := l.Import("shop/app")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// spell prints a shape briefly; types under way by their name.
func spell(s *shape.Shape, underWay map[*shape.Shape]bool) string {
	if underWay[s] {
		return "^"
	}
	underWay[s] = true
	defer delete(underWay, s)
	in := func(s *shape.Shape) string { return spell(s, underWay) }
	suffix := ""
	if s.Recursive {
		suffix += "!"
	}
	if s.Copy.Name != "" {
		suffix += "." + s.Copy.Name
	}
	switch s.Kind {
	case shape.Bool, shape.Int, shape.Uint, shape.Float, shape.Complex, shape.String:
		return types.Typ[s.Basic].Name()
	case shape.Bytes:
		return "bytes"
	case shape.ByteArray:
		return fmt.Sprintf("bytes%d", s.Len)
	case shape.Time:
		return "time"
	case shape.Any:
		return "any"
	case shape.Text:
		return "text"
	case shape.Reflect:
		return "reflect"
	case shape.Proto:
		return "proto"
	case shape.Pointer:
		return "*" + in(s.Elem) + suffix
	case shape.Slice:
		return "[]" + in(s.Elem) + suffix
	case shape.Map:
		return "map[" + in(s.Key) + "]" + in(s.Elem) + suffix
	case shape.Struct:
		var fields []string
		for _, f := range s.Fields {
			fields = append(fields, f.Name+":"+in(f.Shape))
		}
		return "{" + strings.Join(fields, " ") + "}" + suffix
	case shape.Pair:
		inner := "opaque"
		if s.Inner != nil {
			inner = in(s.Inner)
		} else if s.Immutable() {
			inner = "immutable"
		}
		return s.Form.String() + "(" + inner + ")" + suffix
	}
	return "?"
}

func TestResultTypes(t *testing.T) {
	const pass = "; leave it out of the result, keep it in a type with a marshaler pair such as MarshalText and UnmarshalText, or use pass"
	const gone = "; leave it out of the result, or use pass"
	const loose = "name the types that it holds in types=, accept with lossy that it comes back as JSON has it, or use pass"
	p := app(t)
	for _, test := range []struct{ name, want string }{
		{"vUser", `User.Profile.conn (*other.Closed): unexported field "b" of a type of another package` + pass},
		{"vUserPtr", `User.Profile.conn (*other.Closed): unexported field "b" of a type of another package` + pass},
		{"vNode", "*{Name:string Next:^ Kids:[]^!}!!"},
		{"vList", "[]^!"},
		{"vEmbeds", "{Time:time Name:string}"},
		{"vOwn", "json({A:[]int b:map[string]*^!!}!)"},
		{"vOpaque", "text(immutable)"},
		{"vNested", "text({A:[]int O:text(immutable) P:*{N:*^!}!!}!)"},
		{"vBadSig", "{A:int}"},
		{"vByValue", "{A:int}"},
		{"vPage", "{Items:[]string next:string}"},
		{"vPageHidden", "{Items:[]{A:int} next:string}"},
		{"vLocked", `Locked.mu (sync.Mutex): it is for sharing memory between goroutines and must not be copied` + pass},
		{"vMsg", `Msg.state[] (sync.Mutex): it is for sharing memory between goroutines and must not be copied` + pass},
		{"vMsgPtr", "proto"},
		{"vMsgs", "[]proto"},
		{"vForeignMsg", "other.Message: a protobuf message must not be copied: use a pointer to it" + pass},
		{"vForeignMsgPtr", "proto"},
		{"vFilter", `Filter.Any (any): the value of an interface may be of any type; ` + loose},
		{"vBlank", "{A:int}"},
		{"vM1", "map[string][]{X:*int}"},
		{"vFunc", "func(): a func is not a value" + gone},
		{"vIter", "iter.Seq2[int, error]: an iterator runs code, it is not a value" + gone},
		{"vChan", "<-chan int: a channel is not a value" + gone},
		{"vReader", "io.Reader: a stream can be read only once" + gone},
		{"vError", "error: the value of an interface may be of any type; name the types that it holds in types=, or use pass"},
		{"vAny", "any: the value of an interface may be of any type; " + loose},
		{"vFetcher", "app.Fetcher: the value of an interface may be of any type; name the types that it holds in types=, or use pass"},
		{"vUnsafe", "unsafe.Pointer: it is not a value" + gone},
		{"vUintptr", "uintptr: an address means nothing in another process" + gone},
		{"vDB", `*other.Closed: unexported field "b" of a type of another package` + pass},
		{"vAtomic", `atomic.Int64: it is for sharing memory between goroutines and must not be copied` + pass},
		{"vLoc", `*time.Location: unexported field "name" of a type of another package` + pass},
		{"vTime", "time"},
		{"vRaw", "bytes"},
		{"vBytes", "bytes"},
		{"vID", "bytes16"},
		{"vBig", "*json(opaque)"},
		{"vAddr", "text(immutable)"},
		{"vNull", "{String:string Valid:bool}"},
		{"vOpen", "{A:int B:*^!}!"},
		{"vClosed", `other.Closed: unexported field "b" of a type of another package` + pass},
		{"vHolder", `other.Holder.H (other.hidden): an unexported type of another package cannot be named here` + pass},
		{"vHiddenHolder", "{H:{A:int}}"},
		{"vTexty", "text(opaque)"},
		{"vPlain", "binary(immutable)"},
		{"vCloner", "json(opaque).DeepCopy"},
		{"vClonerPtr", "map[string]*json(opaque).DeepCopy"},
		{"vHalf", `other.Half: unexported field "a" of a type of another package` + pass},
		{"vSecret", `viasecret.S.T (secret.T): a type of an internal package cannot be imported here` + pass},
		{"vSecretAlias", "{A:int}"},
		{"vSecretVia", "{T:{A:int}}"},
		{"vPtrKey", "map[*int]string: a map key that holds a pointer is a place in memory, and another one when it comes back" + pass},
		{"vPtrKeyIn", "map[struct{P *int}]string: a map key that holds a pointer is a place in memory, and another one when it comes back" + pass},
		{"vTimeKey", "map[time]int"},
		{"vAnon", "{A:int b:string}"},
		{"vComplex", "complex64"},
	} {
		var got string
		s, err := shape.Of(p.Scope().Lookup(test.name).Type(), shape.Config{Pkg: p})
		if err != nil {
			got = err.Error()
		} else {
			got = spell(s, map[*shape.Shape]bool{})
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestKeyTypes(t *testing.T) {
	const say = "; say in key= what stands for it, or name the parameter in ignore="
	p := app(t)
	for _, test := range []struct{ name, want string }{
		{"vUser", `User.Profile.conn (*other.Closed): unexported field "b" of a type of another package` + say},
		{"vNode", "*{Name:string Next:^ Kids:[]^!}!!"},
		{"vFilter", "{Name:string Since:time Tags:[]string Any:any}"},
		{"vAny", "any"},
		{"vError", "error: the value of an interface may be of any type" + say},
		{"vFetcher", "app.Fetcher: the value of an interface may be of any type" + say},
		{"vFunc", "func(): a func is not a value" + say},
		{"vChan", "<-chan int: a channel is not a value" + say},
		{"vClosed", `other.Closed: unexported field "b" of a type of another package` + say},
		{"vForeignMsgPtr", "*other.Message: a protobuf message has no form for keys" + say},
		{"vKeyed", "text"},
		{"vKeyedIn", "[]text"},
		{"vTexty", "text"},
		{"vBig", "*text"},
		{"vAddr", "text"},
		{"vOpen", "{A:int B:*^!}!"},
		{"vPtrKey", "map[*int]string"},
		{"vUintptr", "uintptr: an address means nothing in another process" + say},
		{"vOwn", "{A:[]int b:map[string]*^!!}!"},
		{"vEmbeds", "{Time:time Name:string}"},
	} {
		var got string
		s, err := shape.OfKey(p.Scope().Lookup(test.name).Type(), shape.Config{Pkg: p})
		if err != nil {
			got = err.Error()
		} else {
			got = spell(s, map[*shape.Shape]bool{})
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestTypesThatMentionATypeParameter(t *testing.T) {
	p := app(t)
	gen := p.Scope().Lookup("Gen").Type().(*types.Named)
	T := gen.TypeParams().At(0)
	page, err := types.Instantiate(nil, p.Scope().Lookup("Page").Type(), []types.Type{T}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []types.Type{T, types.NewSlice(T), page, types.NewPointer(page), types.NewMap(types.Typ[types.String], T)} {
		s, err := shape.Of(typ, shape.Config{Pkg: p})
		if err != nil || s.Kind != shape.Reflect || s.Type != typ {
			t.Errorf("%s as a result: %v, %v", typ, s, err)
		}
		s, err = shape.OfKey(typ, shape.Config{Pkg: p})
		if err != nil || s.Kind != shape.Any || s.Type != typ {
			t.Errorf("%s as a key: %v, %v", typ, s, err)
		}
	}
	if _, err := shape.Of(types.NewChan(types.SendRecv, T), shape.Config{Pkg: p}); err == nil {
		t.Error("a channel of a type parameter was accepted")
	}
}

func TestTheFingerprintFollowsTheStoredForm(t *testing.T) {
	fingerprint := func(decl string) string {
		t.Helper()
		sources["shop/app"] = "package app\n" + decl
		p := app(t)
		s, err := shape.Of(p.Scope().Lookup("T").Type(), shape.Config{Pkg: p})
		if err != nil {
			t.Fatal(err)
		}
		if again := s.Fingerprint(); again != s.Fingerprint() || len(again) != 16 {
			t.Errorf("%s gives %s, then another", decl, again)
		}
		return s.Fingerprint()
	}
	defer func(s string) { sources["shop/app"] = s }(sources["shop/app"])

	seen := map[string]string{}
	for _, group := range [][]string{ // those of one group are stored alike
		{"type T struct{ A int; B string }", "type S string; type T struct{ A int `json:\"x\"`; B S }", "type T = struct{ A int; B string }", "type T struct{ A int; B string; _ bool }"},
		{"type T struct{ B string; A int }"},
		{"type T struct{ A int; C string }"},
		{"type T struct{ A int64; B string }"},
		{"type T struct{ A int; B *string }"},
		{"type T struct{ A int; B []string }"},
		{"type T struct{ A int; B [1]string }"},
		{"type T struct{ A int; B [2]string }"},
		{"type T struct{ A int; B map[string]string }"},
		{"type T struct{ A int; B []byte }", "type T struct{ A int; B []uint8 }"},
		{"type T struct{ A int; B [16]byte }"},
		{"type T struct{ A int }"},
		{"type T struct{ N *T }", "type U struct { N *T }; type T struct{ N *U }", "type G[X any] struct { N *G[X] }; type T = G[int]"},
		{"type U struct{ A int; B string }; type T struct{ E U }", "type V struct{ A int; B string }; type T struct{ E V }"},
		{"type U struct{ A int; B string }; type T struct{ U }"},
		{"type T struct{ A int; B string }\nfunc (T) MarshalText() ([]byte, error)\nfunc (*T) UnmarshalText([]byte) error"},
		{"type T struct{ A int; B string }\nfunc (T) MarshalJSON() ([]byte, error)\nfunc (*T) UnmarshalJSON([]byte) error"},
		{"type U struct{ A int; B string }\nfunc (U) MarshalJSON() ([]byte, error)\nfunc (*U) UnmarshalJSON([]byte) error\ntype T = U"},
	} {
		for i, decl := range group {
			f := fingerprint(decl)
			if other, ok := seen[f]; ok && i == 0 {
				t.Errorf("%s and %s share a fingerprint", decl, other)
			} else if !ok && i > 0 {
				t.Errorf("%s has another fingerprint than %s", decl, group[0])
			}
			seen[f] = decl
		}
	}
}
