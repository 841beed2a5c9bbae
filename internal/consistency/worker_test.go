package consistency

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
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
	Without  string        // a safeguard of the shared tier that is switched off: "leases" or "messages"
}

// order is what a worker is to do.
type order struct {
	Read   int           // so many callers read Key at once, or
	Mix    int           // so many callers read and write at random
	For    time.Duration // for so long
	Keys   int           // of so many keys
	Around bool          // the writes are made around
	Reads  bool          // without any writes
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
}

// worker is a process with a cache of its own.
type worker struct {
	t   *testing.T
	cmd *exec.Cmd
	in  *json.Encoder
	out *bufio.Scanner
}

// start starts a worker. It ends with the test.
func start(t *testing.T, s setup) *worker {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
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
	w := &worker{t: t, cmd: cmd, in: json.NewEncoder(in), out: bufio.NewScanner(out)}
	w.out.Buffer(nil, 64<<20)
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
	if !w.out.Scan() {
		w.t.Error("a worker is gone")
	} else if err := json.Unmarshal(w.out.Bytes(), &a); err != nil {
		w.t.Error(err)
	}
	return a
}

// crew starts n workers.
func crew(t *testing.T, n int, s setup) []*worker {
	all := make([]*worker, n)
	for i := range all {
		all[i] = start(t, s)
	}
	return all
}

// node is what a worker's process has.
type node struct {
	cache    *runtime.Cache
	method   *runtime.Method[int64]
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
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(answer{}); err != nil {
		return err
	}
	in := json.NewDecoder(os.Stdin)
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
	shared, err := redis.New(goredis.NewClient(&goredis.Options{Addr: s.Store, ContextTimeoutEnabled: true, MaxRetries: -1}))
	if err != nil {
		return nil, err
	}
	tiers := []runtime.Tier{{Backend: without(s.Without, shared)}}
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
		Prefix: "consistency.Store", Name: "Get", Codec: codec.Reflect[int64](), TTL: time.Hour,
	})
	return &node{cache, m, goredis.NewClient(&goredis.Options{Addr: s.Database, PoolSize: 300})}, cache.Err()
}

// without hides from the cache what a store can do.
func without(safeguard string, b *redis.Backend) runtime.CacheBackend {
	type rest struct {
		runtime.CacheBackend
		runtime.BatchGetter
		runtime.BatchRemover
		runtime.ConditionalRemover
	}
	r := rest{b, b, b, b}
	switch safeguard {
	case "leases":
		return struct {
			rest
			runtime.Bus
		}{r, b}
	case "messages":
		return struct {
			rest
			runtime.Leaser
		}{r, b}
	}
	return b
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
func (n *node) write(ctx context.Context, key string, around bool, takes time.Duration) (int64, error) {
	evict := func(ev *runtime.Eviction) { ev.Remove(n.method, n.key(key)) }
	if around {
		defer n.cache.Around(ctx, evict)(evict)
	} else {
		defer n.cache.Evict(ctx, evict)
	}
	time.Sleep(takes)
	v, err := n.database.Incr(ctx, "row:"+key).Result()
	time.Sleep(takes) // others see the new row already
	return v, err
}

func (n *node) obey(o order) answer {
	began := time.Now()
	var a answer
	var mu sync.Mutex
	do := func(caller int, write bool, key string, takes time.Duration) {
		e := event{Caller: caller, Write: write, Key: key, Begin: time.Now().UnixNano()}
		var err error
		if write {
			e.Version, err = n.write(context.Background(), key, o.Around, takes)
		} else {
			e.Version, err = n.read(context.Background(), key, takes)
		}
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
		wg.Go(func() { do(i, false, o.Key, o.Takes) })
	}
	for i := range o.Mix {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(o.Seed, uint64(i)))
			for time.Since(began) < o.For {
				do(i, rnd.IntN(8) == 0 && !o.Reads, strconv.Itoa(rnd.IntN(o.Keys)), time.Duration(rnd.Int64N(int64(o.Takes)+1)))
			}
		})
	}
	wg.Wait()
	a.Took = time.Since(began)
	return a
}
