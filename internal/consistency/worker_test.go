package consistency

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	goruntime "runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// TestMain makes the test binary a worker where a test has started it as one.
func TestMain(m *testing.M) {
	if setup := os.Getenv("CACHEGEN_WORKER"); setup != "" {
		if err := work(setup); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// setup says what a worker runs on.
type setup struct {
	Store    string        // address of the Redis that is the shared tier
	Database string        // address of the Redis that stands for the database
	Local    bool          // with a tier in process
	Patience time.Duration // of each operation of the shared tier
	Retries  int           // of each command, by the client; 0 is its default, -1 none
}

// order is what a worker is to do.
type order struct {
	Read   int           // so many callers read Key at once, or
	Mix    int           // so many callers read and write at random
	For    time.Duration // for so long
	Keys   int           // of so many keys
	Around bool          // the writes are made around
	Puts   bool          // most writes put what they wrote, the others evict
	Rest   time.Duration // between two calls
	Direct bool          // some reads bypass the cache
	Crash  bool          // the process dies, after a while, between a write and its eviction
	Reads  bool          // without any writes
	Census bool          // nothing but to tell what the process holds
	Key    string
	Takes  time.Duration // how long a load takes
	Seed   uint64
}

// event is a call that a worker made. A read saw a version, a write made it.
type event struct {
	Worker, Caller int
	Write          bool
	Key            string
	Version        int64
	Begin, End     int64 // unix nanoseconds; the processes are on one machine
}

// answer is a worker's.
type answer struct {
	Events []event
	Errors []string
	Took   time.Duration

	Goroutines  int
	HeapBytes   uint64
	Connections uint32
}

// worker is a process with a cache of its own.
type worker struct {
	t   *testing.T
	cmd *exec.Cmd
	in  *gob.Encoder
	out *gob.Decoder
}

// start starts a worker. It ends with the test.
func start(t *testing.T, s setup) *worker {
	t.Helper()
	return startAs(t, os.Args[0], s)
}

// startAs starts a worker of that test binary.
func startAs(t *testing.T, binary string, s setup) *worker {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "CACHEGEN_WORKER="+string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	w := &worker{t: t, cmd: cmd, in: gob.NewEncoder(in), out: gob.NewDecoder(bufio.NewReader(out))}
	w.answer() // it is ready
	return w
}

// order has the worker begin.
func (w *worker) order(o order) {
	if err := w.in.Encode(o); err != nil {
		w.t.Error(err)
	}
}

// answer waits for the worker's answer.
func (w *worker) answer() answer {
	var a answer
	if err := w.out.Decode(&a); err != nil {
		w.t.Errorf("a worker is gone: %v", err)
	}
	return a
}

// crew starts n workers.
func crew(t *testing.T, n int, s setup) []*worker {
	t.Helper()
	return crewAs(t, os.Args[0], n, s)
}

func crewAs(t *testing.T, binary string, n int, s setup) []*worker {
	t.Helper()
	all := make([]*worker, n)
	for i := range all {
		all[i] = startAs(t, binary, s)
	}
	return all
}

// node is what a worker's process has.
type node struct {
	cache    *runtime.Cache
	method   *runtime.Method[int64]
	shared   *goredis.Client
	database *goredis.Client
}

func work(text string) error {
	var s setup
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	goredis.SetLogger(silence{})
	n, err := newNode(s)
	if err != nil {
		return err
	}
	defer n.cache.Close()
	out := gob.NewEncoder(os.Stdout)
	if err := out.Encode(answer{}); err != nil {
		return err
	}
	in := gob.NewDecoder(os.Stdin)
	for {
		var o order
		if err := in.Decode(&o); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := out.Encode(n.obey(o)); err != nil {
			return err
		}
	}
}

// silence keeps the client from telling of each connection that a killed server refuses.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

func newNode(s setup) (*node, error) {
	client := goredis.NewClient(&goredis.Options{Addr: s.Store, ContextTimeoutEnabled: true, MaxRetries: s.Retries})
	shared, err := redis.New(client, redis.WithHeartbeat(300*time.Millisecond))
	if err != nil {
		return nil, err
	}
	tiers := []runtime.Tier{{Backend: shared}}
	if s.Local {
		local, err := memory.New(memory.Config{})
		if err != nil {
			return nil, err
		}
		tiers = append([]runtime.Tier{{Backend: local}}, tiers...)
	}
	tiered, err := runtime.NewTiered(tiers...)
	if err != nil {
		return nil, err
	}
	cache, err := runtime.New(tiered, runtime.WithBreaker(5, 100*time.Millisecond), runtime.WithBackendTimeout(s.Patience))
	if err != nil {
		return nil, err
	}
	m := runtime.NewMethod(cache, runtime.MethodConfig[int64]{
		Prefix: "consistency.Store", Name: "Get", Codec: codec.Reflect[int64](), TTL: time.Hour, Marks: true,
	})
	return &node{cache, m, client, goredis.NewClient(&goredis.Options{Addr: s.Database, PoolSize: 300})}, cache.Err()
}

func (n *node) key(arg string) string {
	return string(append(append(n.method.Key(nil), ':'), arg...))
}

// read is what a generated method does.
func (n *node) read(ctx context.Context, key string, takes time.Duration) (int64, error) {
	k := n.key(key)
	if v, ok, err := n.method.Get(ctx, k); ok {
		return v, err
	}
	return n.method.Load(ctx, k, func(ctx context.Context, _ *runtime.Fill) (int64, error) {
		if err := n.database.Incr(ctx, "loads:"+key).Err(); err != nil {
			return 0, err
		}
		v, err := n.database.Get(ctx, "row:"+key).Int64()
		time.Sleep(takes)
		if errors.Is(err, goredis.Nil) {
			return 0, nil
		}
		return v, err
	})
}

// write is what a generated mutator does.
func (n *node) write(ctx context.Context, key string, o order, rnd *rand.Rand) (v int64, err error) {
	takes := o.time(rnd)
	var written bool
	evict := func(ev *runtime.Eviction) { ev.Remove(n.method, n.key(key)) }
	after := evict
	put := o.Puts && rnd.IntN(4) > 0
	if put {
		after = func(ev *runtime.Eviction) {
			evict(ev)
			if written {
				runtime.Put(ev, n.method, n.key(key), func() int64 { return v })
			}
		}
	}
	switch {
	case o.Around:
		defer n.cache.Around(ctx, evict)(after)
	case put && rnd.IntN(2) == 0:
		defer n.cache.Write(ctx, nil)(after) // the key is known from the results
	case put:
		defer n.cache.Write(ctx, evict)(after)
	default:
		defer n.cache.Evict(ctx, evict)
	}
	time.Sleep(takes)
	v, err = n.database.Incr(ctx, "row:"+key).Result()
	written = err == nil
	if o.Crash && v%40 == 0 {
		os.Exit(3)
	}
	time.Sleep(takes) // others see the new row already
	return v, err
}

// time is how long something takes.
func (o *order) time(rnd *rand.Rand) time.Duration {
	return time.Duration(rnd.Int64N(int64(o.Takes) + 1))
}

func (n *node) obey(o order) answer {
	if o.Census {
		return n.census()
	}
	began := time.Now()
	var a answer
	var mu sync.Mutex
	note := func(e event, call func() (int64, error)) {
		e.Begin = time.Now().UnixNano()
		var err error
		e.Version, err = call()
		e.End = time.Now().UnixNano()
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			a.Errors = append(a.Errors, err.Error())
			return
		}
		a.Events = append(a.Events, e)
	}
	var wg sync.WaitGroup
	for i := range o.Read {
		wg.Go(func() {
			note(event{Caller: i, Key: o.Key}, func() (int64, error) { return n.read(context.Background(), o.Key, o.Takes) })
		})
	}
	for i := range o.Mix {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(o.Seed, uint64(i)))
			for time.Since(began) < o.For {
				time.Sleep(o.Rest)
				key, ctx := strconv.Itoa(rnd.IntN(o.Keys)), context.Background()
				if rnd.IntN(8) == 0 && !o.Reads {
					note(event{Caller: i, Key: key, Write: true}, func() (int64, error) { return n.write(ctx, key, o, rnd) })
					continue
				}
				if o.Direct && rnd.IntN(4) == 0 {
					ctx = runtime.Bypass(ctx)
				}
				note(event{Caller: i, Key: key}, func() (int64, error) { return n.read(ctx, key, o.time(rnd)) })
			}
		})
	}
	wg.Wait()
	a.Took = time.Since(began)
	return a
}

// census counts what the process holds when it rests.
func (n *node) census() (a answer) {
	goruntime.GC()
	var mem goruntime.MemStats
	goruntime.ReadMemStats(&mem)
	a.Goroutines, a.HeapBytes, a.Connections = goruntime.NumGoroutine(), mem.HeapAlloc, n.shared.PoolStats().TotalConns
	return a
}
