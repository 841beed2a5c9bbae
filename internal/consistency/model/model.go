package model

import "reflect"

// Config is who takes part, and what may happen.
type Config struct {
	Readers []Reader
	Writers []Writer
	Upper   Upper
	Plain   bool // the shared tier gives no leases
	Alone   bool // there is no shared tier; Plain is set too
	Losses  int  // how often a subscription may be lost
	Fails   int  // how many operations on the shared tier may fail
	Replica bool // a replica may take the place of the server that the shared tier is on
	Expire  bool // a lease may end while its holder still loads
}

// Reader is one call of a read method.
type Reader struct {
	In     int // the process
	Reload bool
}

// Writer is one call of a write method.
type Writer struct {
	In      int
	Around  bool
	Puts    bool
	Crashes Crashes
}

// Upper is what a process has above the shared tier.
type Upper uint8

const (
	NoUpper Upper = iota
	Local         // a tier of encoded entries
	Near          // the decoded one
)

// Crashes says where in a write its process may die. There must be nobody else in it.
type Crashes uint8

const (
	Never Crashes = iota
	AfterRemoval
	Anywhere
)

// Property is what must hold.
type Property string

const (
	// OwnWrites is that a process reads what it has written, or something newer.
	OwnWrites Property = "own writes are read back"
	// Heard is that a process reads what others have written, or something newer, once it has got their messages, or
	// knows that it gets none.
	Heard Property = "others' writes are read once heard of"
	// Quiet is that when nothing is under way, nothing stale is in any tier, and that everything comes to its end.
	Quiet Property = "nothing stale remains"
	// Linear is that nobody reads anything older than what was read or written before he began.
	Linear Property = "linearizable"
)

// Safeguards are what the protocol does lest it go wrong.
type Safeguards struct {
	Lease          bool // a load's result is stored only under its lease
	WaitsForFill   bool // an eviction waits for what is being stored
	DetachFirst    bool // an eviction detaches the flight before the removal
	DetachAgain    bool // and after it
	EvictAtOnce    bool // remove and publish in one step
	FlightAtFill   bool // what is no flight any more is not stored
	FlightAtUpper  bool // nor taken by an upper tier
	Generation     bool // an upper tier takes from below only what no eviction has passed
	GateAtUpper    bool // an upper tier takes a load's result only if messages have come all the time since it began
	Gate           bool // upper tiers are not used while no messages come
	RaiseOnLoss    bool // when they come no more, what is being copied up is made unfit
	RaiseOnReturn  bool // and when they come again
	Flush          bool // and upper tiers are emptied
	Replay         bool // and what has been evicted is evicted again
	Heartbeat      bool // that messages come no more is noticed
	DetachOnHeard  bool // a message detaches the flight
	RaiseOnHeard   bool // and raises the generation
	LateForFound   bool // who joins after something was found asks anew
	LateForLoaded  bool // so does who joins after the load began, unless its result is stored
	LateForStored  bool // and who joins after that
	DetachUnstored bool // nobody joins a load when it is plain that its result will not be stored
	ReadPast       bool // the shared tier is not read while an eviction of the key is overdue
	OverdueLast    bool // whether it is overdue is asked after the generation was taken
	Again          bool // overdue evictions are tried again
	Numbers        bool // an eviction that landed does not stand for a later one that failed
	Tombstone      bool // a write with around lays a tombstone first
	WriterSet      bool // which lists all writers
	Hold           bool // during the write nobody in its process stores or joins
	Claim          bool // a write puts only if no other in its process has touched the key
	Mark           bool // a put takes place only where no other write or eviction has come between
	MarkOnEvict    bool // which evictions leave a mark for
	PutOwnOnly     bool // a put with around takes the place of a tombstone that was its own all the time
}

// All are the safeguards of the code.
func All() (all Safeguards) {
	fields := reflect.ValueOf(&all).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetBool(true)
	}
	return all
}

const (
	processes  = 2
	maxReaders = 3
	maxWriters = 2
)

// A version is a value. There is one in the beginning.
type version uint8

const (
	none version = iota
	first
)

// state is everything, at one moment. It is comparable, and two moments from which the same things can follow are the same.
type state struct {
	db     version // what the wrapped methods read and write
	slot   slot
	procs  [processes]process
	reader [maxReaders]reader
	writer [maxWriters]writer

	done     version // the newest that an operation which is over has read or written
	landed   version // the newest of a write that is over, and whose eviction has reached the shared tier
	replica  version // of the entry that the replica holds
	replaced bool    // it has taken the server's place
	losses   uint8   // that may still happen
	fails    uint8
}

// slot is what stands under the key in the shared tier.
type slot struct {
	kind     kind
	value    version // of an entry
	writers  uint8   // of a tombstone: bit by bit
	departed bool    // of a tombstone: some writer has left it
}

type kind uint8

const (
	empty kind = iota
	entry
	lease
	tombstone
)

// process is one process, as far as all in it share it: stripes, gate, link, overdue.
type process struct {
	upper     version // none: nothing
	gate      bool    // open
	link      link
	messages  uint8 // on their way
	flight    uint8 // who leads it: a reader, plus 1, or the id of a writer; 0: there is none
	fill      uint8 // who stores
	evictions uint8 // under way
	around    uint8 // writes under way that hold the key
	overdue   overdue
	wrote     version // the newest of a write that is over
	evicted   bool    // an eviction of the process has reached the shared tier
}

type reader struct {
	at     int8 // the next step
	value  version
	oldest version // that it may return
	leads  bool
	waits  uint8 // for the flight of that leader

	generation bool // is as it was
	open       bool // so is the gate, and always was
	token      bool // has a right to store
	stands     bool // what was found or laid in the shared tier is still there
	strict     bool // who joins must come in time
	inTime     bool // has joined in time
}

type writer struct {
	at       int8
	value    version
	after    uint8 // the fill that the eviction waits for
	ends     bool  // the commit is past
	unmarked bool  // no mark has come since the beginning
	alone    bool  // nobody else in the process has touched the key
	puts     bool  // the value is to take the entry's place
	stored   bool  // the value has taken the entry's place
}

// id is what a writer is called among those who lead flights.
func (*writer) id(i int) uint8 { return uint8(maxReaders + i + 1) }

// begin is the state in which nothing has happened yet.
func (c *Config) begin() state {
	s := state{db: first, done: first, landed: first, losses: uint8(c.Losses), fails: uint8(c.Fails)}
	for i := range s.procs {
		s.procs[i].gate = true
		s.procs[i].wrote = first
	}
	for i, w := range c.Writers {
		switch {
		case w.Around:
			s.writer[i].at = hold
		case !w.Puts:
			s.writer[i].at = commit
		}
	}
	return s
}

// put puts something in the shared tier in place of what stands there. The code tells that by the bytes: each lease, each
// entry and each list of writers is unlike any other.
func (s *state) put(to slot) {
	s.slot = to
	for i := range s.reader {
		s.reader[i].stands = false
	}
}

// raise makes what readers in a process have found in the shared tier unfit for its upper tier.
func (c *Config) raise(s *state, in int) {
	for i, r := range c.Readers {
		if r.In == in {
			s.reader[i].generation = false
		}
	}
}

// send sends a message to all other processes that listen.
func (c *Config) send(s *state, from int) {
	for i := range s.procs {
		if p := &s.procs[i]; i != from && c.Upper != NoUpper && p.link.delivers() {
			p.messages++
		}
	}
}

// forget takes s into the one state that stands for all that differ only in what nobody will look at again.
func (c *Config) forget(s *state) {
	for i := range c.Readers {
		r := &s.reader[i]
		if r.at != readerDone {
			continue
		}
		kept := reader{at: readerDone}
		if c.awaited(s, uint8(i+1)) {
			kept.value, kept.strict = r.value, r.strict
		}
		*r = kept
	}
	for i := range c.Writers {
		w := &s.writer[i]
		if w.at != writerDone && w.at != writerDead {
			continue
		}
		kept := writer{at: w.at}
		if c.awaited(s, w.id(i)) {
			kept.value = w.value
		}
		*w = kept
	}
}

// awaited reports whether somebody waits for the flight that is led by leader.
func (c *Config) awaited(s *state, leader uint8) bool {
	for i := range c.Readers {
		if s.reader[i].waits == leader {
			return true
		}
	}
	return false
}
