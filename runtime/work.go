package runtime

import (
	"context"
	"sync"
	"time"
)

// work is what goes on in the background. It can be stopped and waited for.
type work struct {
	ctx    context.Context // ends when the work is to stop
	cancel context.CancelFunc

	mu      sync.Mutex
	n       int
	stopped bool
	idle    chan struct{} // closed when stopped and n is 0
}

func newWork() *work {
	w := &work{idle: make(chan struct{})}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// begin counts one more piece of work, for which end must be called, or returns false where all is to stop.
func (w *work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	w.n++
	return true
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n--; w.n == 0 && w.stopped {
		close(w.idle)
	}
}

// stop lets no work begin any longer and waits for what goes on, at most for limit.
func (w *work) stop(limit time.Duration) bool {
	w.mu.Lock()
	if !w.stopped {
		w.stopped = true
		if w.n == 0 {
			close(w.idle)
		}
	}
	w.mu.Unlock()
	w.cancel()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.idle:
		return true
	case <-timer.C:
		return false
	}
}

// sleep returns after d or when ctx ends.
func sleep(ctx context.Context, d time.Duration) (slept bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
