package pitfalls

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/internal/servertest"
	cachegen "github.com/cachegen-go/cachegen/runtime"
)

// slow has each read wait until the test lets it go, or its context ends, and tells which has begun.
func (t *table) slow() (began chan string, release chan struct{}) {
	began, release = make(chan string, 100), make(chan struct{})
	t.onReads(func(ctx context.Context, method string) error {
		began <- method
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return began, release
}

type outcome struct {
	article *Article
	err     error
}

// get has somebody ask for article 1.
func get(ctx context.Context, articles Articles) <-chan outcome {
	c := make(chan outcome, 1)
	go func() {
		a, err := articles.Get(ctx, 1)
		c <- outcome{a, err}
	}()
	return c
}

// Case 1: the first caller's cancellation fails every follower.
func TestTheFirstCallersCancellationFailsNoFollower(t *testing.T) {
	db := newTable(1)
	p := start(t, db, servertest.Redis(t).Addr())
	began, release := db.slow()
	ctx, cancel := context.WithCancel(t.Context())
	first := get(ctx, p)
	soon(t, "a load", began)
	var followers []<-chan outcome
	for range 10 {
		followers = append(followers, get(t.Context(), p))
	}
	eventually(t, "ten callers who wait", func() bool { return p.stats("Get").Coalesced == 10 })
	cancel()
	if o := soon(t, "the first caller", first); o.err != context.Canceled {
		t.Errorf("the first caller got %v, %v, want its own context's error", o.article, o.err)
	}
	close(release)
	for _, f := range followers {
		if o := soon(t, "a follower", f); o.err != nil || o.article.Version != 1 {
			t.Errorf("a follower got %v, %v", o.article, o.err)
		}
	}
	if a, err := p.Get(t.Context(), 1); err != nil || a.Version != 1 || db.called("Get") != 1 {
		t.Errorf("got %v, %v after %d loads, want one load, whose result is kept", a, err, db.called("Get"))
	}
}

// Case 1: a follower's own deadline is ignored until the load ends, in this process and in another.
func TestAFollowersOwnDeadlineHolds(t *testing.T) {
	db := newTable(1)
	addr := servertest.Redis(t).Addr()
	here, there := start(t, db, addr), start(t, db, addr)
	began, release := db.slow()
	first := get(t.Context(), here)
	soon(t, "a load", began)
	for name, p := range map[string]*process{"this process": here, "another process": there} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if o := soon(t, "a follower in "+name, get(ctx, p)); o.err != context.DeadlineExceeded {
			t.Errorf("a follower in %s got %v, %v, want its own context's error", name, o.article, o.err)
		}
	}
	close(release) // only now does the load end
	if o := soon(t, "the first caller", first); o.err != nil {
		t.Error(o.err)
	}
}

// Case 2: a panic or Goexit in the loader hangs or lies to the followers.
func TestAPanicOrGoexitInALoadNeitherHangsNorLiesToFollowers(t *testing.T) {
	for name, test := range map[string]struct {
		end  func()
		want func(error) bool
	}{
		"panic": {func() { panic("no database") }, func(err error) bool {
			var p *cachegen.LoadPanicError
			return errors.As(err, &p) && p.Value == "no database"
		}},
		"Goexit": {runtime.Goexit, func(err error) bool { return errors.Is(err, cachegen.ErrLoadExited) }},
	} {
		t.Run(name, func(t *testing.T) {
			for method, call := range map[string]struct {
				keys uint64
				of   func(Articles) error
				want func(error) bool
			}{
				"Get": {1, func(a Articles) error { _, err := a.Get(context.Background(), 1); return err }, test.want},
				// Who waited for somebody else's batch asks anew, and must get all there is.
				"GetMany": {2, func(a Articles) error {
					all, err := a.GetMany(context.Background(), []int64{1, 2})
					if err == nil && (len(all) != 2 || all[1].Version != 1 || all[2].Version != 1) {
						err = fmt.Errorf("%v and no error", all)
					}
					return err
				}, func(err error) bool { return err == nil }},
			} {
				t.Run(method, func(t *testing.T) { endsInTheLoad(t, call.keys, call.of, test.end, call.want) })
			}
		})
	}
}

// endsInTheLoad has the load of a call, for a number of keys, end by end, and looks what becomes of the callers who wait for it
// with the same call and with one of Get.
func endsInTheLoad(t *testing.T, keys uint64, call func(Articles) error, end func(), want func(error) bool) {
	db := newTable(1, 2)
	addr := servertest.Redis(t).Addr()
	here, there := start(t, db, addr), start(t, db, addr)
	began, release := make(chan bool, 1), make(chan struct{})
	db.onReads(func(context.Context, string) error {
		select {
		case began <- true:
			<-release
			end()
		default: // the first one alone
		}
		return nil
	})
	first := make(chan bool, 1)
	go func() {
		returned := false
		defer func() {
			_ = recover()
			first <- returned
		}()
		_ = call(here)
		returned = true
	}()
	eventually(t, "a load", func() bool { return len(began) == 1 })
	followers := make(chan error, 4)
	for range cap(followers) {
		go func() { followers <- call(here) }()
	}
	one := get(t.Context(), here)
	eventually(t, "five callers who wait", func() bool { return here.stats("Get").Coalesced == 4*keys+1 })
	close(release)
	if soon(t, "the first caller", first) {
		t.Error("the first caller's call returned")
	}
	for range cap(followers) {
		if err := soon(t, "a follower", followers); !want(err) {
			t.Errorf("a follower got %v", err)
		}
	}
	if o := soon(t, "a follower of one key", one); !want(o.err) {
		t.Errorf("a follower of one key got %v, %v", o.article, o.err)
	}
	// No lease is left that another process would wait for: it is given back at once, or in the background, long before it ends
	// by itself after three seconds.
	leased := func() bool {
		return strings.Contains(here.client.Get(context.Background(), here.getKey(1)).Val(), `"kind":"lease"`)
	}
	for deadline := time.Now().Add(1500 * time.Millisecond); leased(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the lease is still there")
		}
	}
	for _, p := range []*process{there, here} {
		if o := soon(t, "a later caller", get(t.Context(), p)); o.err != nil || o.article.Version != 1 {
			t.Errorf("a later caller got %v, %v", o.article, o.err)
		}
	}
}

// Case 3: a value loaded before a delete is stored after it.
func TestAValueLoadedBeforeADeleteIsNotStoredAfterIt(t *testing.T) {
	type deletion func(t *testing.T, here, there *process)
	for name, evict := range map[string]deletion{
		"by this process": func(t *testing.T, here, _ *process) {
			must[any](t)(nil, here.Update(t.Context(), Article{ID: 1, Title: "new"}))
		},
		"by another process": func(t *testing.T, here, there *process) {
			must[any](t)(nil, there.Update(t.Context(), Article{ID: 1, Title: "new"}))
		},
		"by another program's DEL": func(t *testing.T, here, there *process) {
			must[any](t)(nil, there.next.Update(t.Context(), Article{ID: 1, Title: "new"}))
			must[int64](t)(there.client.Del(t.Context(), there.getKey(1)).Result())
		},
	} {
		for batch, load := range map[string]func(*process) <-chan outcome{
			"Get": func(p *process) <-chan outcome { return get(context.Background(), p) },
			"GetMany": func(p *process) <-chan outcome {
				c := make(chan outcome, 1)
				go func() {
					all, err := p.GetMany(context.Background(), []int64{1, 2})
					c <- outcome{all[1], err}
				}()
				return c
			},
		} {
			t.Run(batch+" "+name, func(t *testing.T) {
				db := newTable(1, 2)
				addr := servertest.Redis(t).Addr()
				here, there := start(t, db, addr), start(t, db, addr)
				began, release := db.slow()
				old := load(here)
				soon(t, "a load", began) // it has seen the old row
				db.onReads(nil)
				evict(t, here, there)
				close(release)
				if o := soon(t, "the load", old); o.err != nil {
					t.Error(o.err)
				}
				for range 2 {
					for _, p := range []*process{here, there} {
						if o := soon(t, "a later caller", get(t.Context(), p)); o.err != nil || o.article.Title != "new" {
							t.Errorf("a caller after the delete got %v, %v", o.article, o.err)
						}
					}
				}
			})
		}
	}
}
