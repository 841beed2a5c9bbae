package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// defaultReads is what WithParallelReads is set to.
	defaultReads = 4
	// maxGathered is how many reads go together at most, so that none has to wait for too many others' values.
	maxGathered = 100
)

// reads sends the single reads of many callers to one server. The first few go each by itself. Those that come while these
// are under way wait until one of them has ended, and go together then, as a pipeline that the first of them sends. So
// where there are few reads none of them waits, and where there are many they share system calls and connections, which
// are most of what a read costs.
//
// go-redis' own automatic pipelining has all wait for one server's answer to one of them for as long as its own time limits
// are, not the callers', and costs each read the way through another goroutine, also where there are few.
type reads struct {
	client goredis.UniversalClient
	most   int // how many are under way at once

	mu      sync.Mutex
	running int
	waiting []*read
	gone    bool // some of those who wait may have left
}

// read is one that had to wait.
type read struct {
	key   string
	value []byte
	err   error
	done  chan struct{} // has room for one: told when there is an answer, or a batch to send
	batch []*read       // under reads.mu until done is told: what it has to send, itself first
	left  bool          // under reads.mu: nobody wants it any longer
}

var (
	spareReads   = sync.Pool{New: func() any { return &read{done: make(chan struct{}, 1)} }}
	errReadPanic = errors.New("redis: panic in the client, in a read that went with this one")
)

func (b *Backend) newReads() *reads { return &reads{client: b.client, most: b.parallel} }

// get is client.Get for a client that observes deadlines.
func (b *Backend) get(ctx context.Context, key string) ([]byte, error) {
	if r := b.readsFor(ctx, key); r != nil {
		return r.get(ctx, key)
	}
	return b.client.Get(ctx, key).Bytes()
}

// readsFor returns what gathers the reads of key's server; nil: they are not gathered. Each master of a Cluster has its own,
// so that one that does not answer does not hold up the reads of others.
func (b *Backend) readsFor(ctx context.Context, key string) *reads {
	if b.cluster == nil || b.parallel == 0 {
		return b.reads
	}
	master, err := b.cluster.MasterForKey(ctx, key)
	if err != nil {
		return nil // the read itself says what is wrong
	}
	r, known := b.byMaster.Load(master.Options().Addr)
	if !known {
		r, _ = b.byMaster.LoadOrStore(master.Options().Addr, b.newReads())
	}
	return r.(*reads)
}

// get is client.Get.
func (r *reads) get(ctx context.Context, key string) ([]byte, error) {
	r.mu.Lock()
	if r.running < r.most {
		r.running++
		r.mu.Unlock()
		defer r.next(nil) // also where a hook of the client panics
		return r.client.Get(ctx, key).Bytes()
	}
	own := spareReads.Get().(*read)
	own.key = key
	r.waiting = append(r.waiting, own)
	r.mu.Unlock()

	select {
	case <-own.done:
	case <-ctx.Done():
		r.leave(own)
		return nil, ctx.Err()
	}
	if own.batch != nil {
		r.send(ctx, own.batch)
	}
	value, err := own.value, own.err
	*own = read{done: own.done}
	spareReads.Put(own)
	return value, err
}

// next gives the place of a read, or a batch, that is no longer under way to those who wait, those in first before others.
func (r *reads) next(first []*read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(first) > 0 {
		r.waiting = append(slices.Clip(first), r.waiting...)
	}
	if r.gone {
		r.waiting = slices.DeleteFunc(r.waiting, func(w *read) bool { return w.left })
		r.gone = false
	}
	n := min(len(r.waiting), maxGathered)
	if n == 0 {
		r.running--
		return
	}
	batch := r.waiting[:n:n]
	if r.waiting = r.waiting[n:]; len(r.waiting) == 0 {
		r.waiting = nil
	}
	batch[0].batch = batch
	batch[0].done <- struct{}{}
}

// leave takes out a read whose caller has gone. If it is to send a batch, another does.
func (r *reads) leave(own *read) {
	r.mu.Lock()
	own.left, r.gone = true, true
	batch := own.batch
	r.mu.Unlock()
	if batch != nil {
		r.next(batch[1:])
	}
}

// send reads all of batch in one round trip. Where ctx ends first, which is that of the first of them, the others go on
// without it.
func (r *reads) send(ctx context.Context, batch []*read) {
	answered, rest := batch[1:], []*read(nil)
	failed := errReadPanic
	defer func() {
		r.next(rest)
		for _, w := range answered {
			if failed != nil {
				w.value, w.err = nil, failed
			}
			w.done <- struct{}{}
		}
	}()
	if len(batch) == 1 {
		batch[0].value, batch[0].err = r.client.Get(ctx, batch[0].key).Bytes()
		failed = nil
		return
	}
	pipe := r.client.Pipeline()
	gets := make([]*goredis.StringCmd, len(batch))
	for i, w := range batch {
		gets[i] = pipe.Get(ctx, w.key)
	}
	pipe.Exec(ctx) // each command has its own error
	failed = nil
	answered = make([]*read, 0, len(batch))
	gone := over(ctx)
	for i, w := range batch {
		value, err := gets[i].Bytes()
		if i > 0 && gone && err != nil && !errors.Is(err, goredis.Nil) {
			rest = append(rest, w)
			continue
		}
		w.value, w.err = value, err
		if i > 0 {
			answered = append(answered, w)
		}
	}
}

// over reports whether ctx has ended, or is just about to.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}
