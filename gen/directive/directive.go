package directive

import (
	"fmt"
	"go/token"
	"time"
)

// Directive is one line of the language, taken apart.
type Directive struct {
	Verb     *Verb
	Slash    token.Pos // of the comment
	Pos      token.Pos // of the verb
	Settings []Setting // of a verb with options
	Calls    []Call    // of evict and batch
	Values   []Text    // of put: what its one call is to return
	Old      *Call     // of evict: what reads the state before the write
	Around   token.Pos // of evict: where that word stands, if it does
	For      *Range    // of evict: the loop that repeats its calls
	If       *Text     // of evict: the condition on its calls
	Method   Text      // of for: the method
	Inner    *Directive
}

// Setting is an option with its value; which field holds the value depends on the option's kind.
type Setting struct {
	Option   *Option
	Pos      token.Pos // of the option's name
	Value    Text
	Duration time.Duration // 0 for a Lifetime that is an expression
	Percent  int
	List     []Text // of names or expressions
}

// Call is a reference to another method, CALL in the documentation.
type Call struct {
	Text     Text // all of it
	Name     Text
	Args     []Text
	Ellipsis bool // the last argument is spread: ids...
	Bare     bool // a name without arguments
	Tag      bool // Name is a tag's: tag.member(id)
}

// Range is a range clause: for Key, Value := range X. Key and Value are empty where they are absent.
type Range struct {
	Text       Text // what follows the word for
	Key, Value Text
	X          Text
}

// Error is a fault in a directive.
type Error struct {
	Pos token.Pos
	Msg string
	Fix *Fix // nil where it takes more than a machine to know what is meant

	mild bool // it hides nothing that the rest of the interface could be at fault for
}

// Fix is a mend of a fault: New takes the place of what stands from Pos to End.
type Fix struct {
	Pos, End token.Pos
	New      string
}

// mend says what should stand in place of t; nothing where there is no such thing.
func (e *Error) mend(t Text, mended string) *Error {
	if mended != "" {
		e.Fix = &Fix{t.Pos, t.At(len(t.Src)), mended}
	}
	return e
}

func (e *Error) Error() string { return e.Msg }

func errorf(pos token.Pos, format string, args ...any) *Error {
	return &Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
}
