package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

// stampeding are those that say they share loads, and what one does by hand.
func stampeding() []candidate[userPtr] {
	all := []candidate[userPtr]{
		{"singleflight", true, openSingleflight(false)},
		{"singleflight-detached", true, openSingleflight(true)},
	}
	for _, c := range inProcess(users) {
		switch c.who {
		case "otter", "theine", "sturdyc", "gocache-loadable-ristretto", "cachegen-near", "cachegen-bigcache":
			all = append(all, c)
		}
	}
	for _, c := range remote(users) {
		switch c.who {
		case "go-redis-cache", "rueidisaside+jsonv2", "cachegen-redis":
			all = append(all, c)
		}
	}
	return all
}

// openSingleflight is a map with golang.org/x/sync/singleflight. detached loads on a context that no caller ends, and has
// each caller wait on its own.
func openSingleflight(detached bool) func(setup, value[userPtr], get[userPtr]) get[userPtr] {
	return func(_ setup, _ value[userPtr], load get[userPtr]) get[userPtr] {
		var kept sync.Map
		var group singleflight.Group
		return func(ctx context.Context, id int64) (userPtr, error) {
			key := keyOf(id)
			if v, ok := kept.Load(key); ok {
				return v.(userPtr), nil
			}
			loadCtx := ctx
			if detached {
				loadCtx = context.WithoutCancel(ctx)
			}
			flight := group.DoChan(key, func() (any, error) {
				if v, ok := kept.Load(key); ok { // another flight has just ended
					return v, nil
				}
				v, err := load(loadCtx, id)
				if err == nil {
					kept.Store(key, v)
				}
				return v, err
			})
			if !detached { // as singleflight.Do
				r := <-flight
				u, _ := r.Val.(userPtr)
				return u, r.Err
			}
			select {
			case r := <-flight:
				u, _ := r.Val.(userPtr)
				return u, r.Err
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

// slowly loads for that long, unless its context ends.
func slowly(d time.Duration) get[userPtr] {
	return func(ctx context.Context, id int64) (userPtr, error) {
		select {
		case <-time.After(d):
			return users.make(id), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// BenchmarkStampede has 1,000 goroutines ask at once for one user who is missing. His load takes 10 ms.
func BenchmarkStampede(b *testing.B) {
	onEach(b, 10*time.Millisecond, func(b *testing.B, get get[userPtr], loads *atomic.Int64) {
		var id int64
		for b.Loop() {
			id++
			if failed := together(1000, func() error { _, err := get(context.Background(), id); return err }); failed > 0 {
				b.Fatalf("%d calls failed", failed)
			}
		}
		b.ReportMetric(float64(loads.Load())/float64(id), "loads")
	})
}

// BenchmarkLeaderCancelled has 100 goroutines follow one who loads, and whose context is then cancelled.
func BenchmarkLeaderCancelled(b *testing.B) {
	const followers, loadTime = 100, 50 * time.Millisecond
	onEach(b, loadTime, func(b *testing.B, get get[userPtr], loads *atomic.Int64) {
		var id, failed int64
		for b.Loop() {
			id++
			began := loads.Load()
			ctx, cancel := context.WithCancel(context.Background())
			led := make(chan struct{})
			go func() {
				defer close(led)
				_, _ = get(ctx, id)
			}()
			for loads.Load() == began {
				time.Sleep(time.Millisecond / 10)
			}
			time.AfterFunc(loadTime/3, cancel)
			failed += together(followers, func() error { _, err := get(context.Background(), id); return err })
			<-led
		}
		b.ReportMetric(float64(failed)/float64(id), "failed")
		b.ReportMetric(float64(loads.Load())/float64(id), "loads")
	})
}

func onEach(b *testing.B, loadTime time.Duration, f func(*testing.B, get[userPtr], *atomic.Int64)) {
	addr := server(b)
	for _, c := range stampeding() {
		b.Run("who="+c.who, func(b *testing.B) {
			load, loads := counted(slowly(loadTime))
			f(b, c.open(onServer(b, 10_000, addr), users, load), loads)
		})
	}
}

// together has n goroutines call f at once, and tells how many calls failed.
func together(n int, f func() error) int64 {
	var failed atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range n {
		wg.Go(func() {
			<-begin
			if f() != nil {
				failed.Add(1)
			}
		})
	}
	close(begin)
	wg.Wait()
	return failed.Load()
}

const (
	processes  = 8
	callsEach  = 250
	processEnv = "CACHEGEN_BENCH_STAMPEDE" // who, and the server's address
)

// BenchmarkStampedeProcesses has 8 processes with 250 goroutines each ask at once for one user.
func BenchmarkStampedeProcesses(b *testing.B) {
	addr := server(b)
	for _, who := range []string{"go-redis-cache", "rueidisaside+jsonv2", "cachegen-redis"} {
		b.Run("who="+who, func(b *testing.B) {
			onServer(b, 1, addr) // empties it
			var peers []*peer
			for range processes {
				peers = append(peers, newPeer(b, who, addr))
			}
			var id, loads int64
			for b.Loop() {
				id++
				for _, p := range peers {
					p.begin(id)
				}
				for _, p := range peers {
					loads += p.loads()
				}
			}
			b.ReportMetric(float64(loads)/float64(id), "loads")
		})
	}
}

// peer is another process, which is TestStampedePeer.
type peer struct {
	b   *testing.B
	in  io.Writer
	out *bufio.Scanner
}

func newPeer(b *testing.B, who, addr string) *peer {
	cmd := exec.Command(os.Args[0], "-test.run=^TestStampedePeer$")
	cmd.Env = append(os.Environ(), processEnv+"="+who+" "+addr)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p := &peer{b, in, bufio.NewScanner(out)}
	b.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	if p.loads() != 0 { // it has begun
		b.Fatal("a process loads for nobody")
	}
	return p
}

func (p *peer) begin(id int64) {
	if _, err := fmt.Fprintln(p.in, id); err != nil {
		p.b.Fatal(err)
	}
}

func (p *peer) loads() int64 {
	if !p.out.Scan() {
		p.b.Fatalf("a process has ended: %v", p.out.Err())
	}
	n, err := strconv.ParseInt(p.out.Text(), 10, 64)
	if err != nil {
		p.b.Fatal(err)
	}
	return n
}

// TestStampedePeer is one process of BenchmarkStampedeProcesses: it reads ids and writes how often it has loaded each.
func TestStampedePeer(t *testing.T) {
	who, addr, ok := strings.Cut(os.Getenv(processEnv), " ")
	if !ok {
		t.Skip("is part of a benchmark")
	}
	load, loads := counted(slowly(10 * time.Millisecond))
	s := setup{TB: t, size: 1000}
	s.redis = hooked(s, goredis.NewClient(&goredis.Options{Addr: addr}))
	var get get[userPtr]
	for _, c := range remote(users) {
		if c.who == who {
			get = c.open(s, users, load)
		}
	}
	for id := range int64(32) { // opens connections first, one after the other: that is not what is measured
		together(int(id)+1, func() error { _, err := get(context.Background(), -id-1); return err })
	}
	fmt.Println(0)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		id, err := strconv.ParseInt(in.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		before := loads.Load()
		if failed := together(callsEach, func() error { _, err := get(context.Background(), id); return err }); failed > 0 {
			t.Fatalf("%d calls failed", failed)
		}
		fmt.Println(loads.Load() - before)
	}
}
