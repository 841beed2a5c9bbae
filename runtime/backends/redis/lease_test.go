package redis_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// commands is a hook that notes the commands that go through a client, and may answer them itself.
type commands struct {
	mu     sync.Mutex
	seen   []string
	answer func(cmd goredis.Cmder) error // an error ends the command
}

func (h *commands) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (h *commands) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (h *commands) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if name := cmd.Name(); name != "hello" && name != "client" { // not what sets up a connection
			h.mu.Lock()
			h.seen = append(h.seen, strings.Trim(fmt.Sprint(cmd.Args()), "[]"))
			h.mu.Unlock()
		}
		if h.answer != nil {
			if err := h.answer(cmd); err != nil {
				cmd.SetErr(err)
				return err
			}
		}
		return next(ctx, cmd)
	}
}

// take returns the commands seen since the last time.
func (h *commands) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := h.seen
	h.seen = nil
	return seen
}

func TestLeaseIsOneCommand(t *testing.T) {
	client, hook := dial(t, servertest.Redis(t).Addr()), &commands{}
	client.AddHook(hook)
	b := open(t, client)
	if _, acquired, err := b.Lease(t.Context(), "k", []byte(`"l"`), time.Second); !acquired || err != nil {
		t.Fatalf("Lease = %v, %v", acquired, err)
	}
	if got := hook.take(); len(got) != 1 || !strings.HasPrefix(got[0], "set k") || !strings.HasSuffix(got[0], "nx get px 1000") {
		t.Errorf("Lease sent %v", got)
	}
}

// syntaxError is how a server before 7.0 answers SET with both NX and GET.
type syntaxError struct{}

func (syntaxError) Error() string { return "ERR syntax error" }
func (syntaxError) RedisError()   {}

func TestLeaseOnServersBefore7(t *testing.T) {
	client := dial(t, servertest.Redis(t).Addr())
	hook := &commands{answer: func(cmd goredis.Cmder) error {
		if cmd.Name() == "set" {
			return syntaxError{}
		}
		return nil
	}}
	client.AddHook(hook)
	b, ctx := open(t, client), t.Context()
	if held, acquired, err := b.Lease(ctx, "k", []byte(`"mine"`), time.Minute); !acquired || held != nil || err != nil {
		t.Fatalf("Lease = %s, %v, %v", held, acquired, err)
	}
	hook.take()
	if held, acquired, err := b.Lease(ctx, "k", []byte(`"yours"`), time.Minute); acquired || string(held) != `"mine"` || err != nil {
		t.Errorf("second Lease = %s, %v, %v", held, acquired, err)
	}
	if got := hook.take(); len(got) != 1 || !strings.HasPrefix(got[0], "evalsha") {
		t.Errorf("the server was asked again for what it does not know: %v", got)
	}
	if ttl := client.PTTL(ctx, "k").Val(); ttl <= 50*time.Second || ttl > time.Minute {
		t.Errorf("the lease has a TTL of %v", ttl)
	}
}
