package bench

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeersAgree holds that every candidate returns the right value, does not load it again, and shares it or does not as
// it says.
func TestPeersAgree(t *testing.T) {
	agree(t, users, inProcess(users))
	agree(t, lists, inProcess(lists))
	agree(t, points, inProcess(points))
	addr := server(t)
	agreeOn(t, users, remote(users), func(t *testing.T) setup { return onServer(t, 100, addr) })
}

func agree[T any](t *testing.T, v value[T], all []candidate[T]) {
	agreeOn(t, v, all, func(t *testing.T) setup { return setup{TB: t, size: 100} })
}

func agreeOn[T any](t *testing.T, v value[T], all []candidate[T], open func(*testing.T) setup) {
	for _, c := range all {
		if strings.HasSuffix(c.who, "-bytes") { // has no value
			continue
		}
		t.Run(v.name+"/"+c.who, func(t *testing.T) {
			s := open(t)
			get := filled(s, c, v)
			for id := range int64(s.size) {
				got, err := get(context.Background(), id)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(v.make(id), got); diff != "" {
					t.Fatalf("%s %d (-want +got):\n%s", v.name, id, diff)
				}
				if v.change == nil {
					continue
				}
				v.change(got)
				again, err := get(context.Background(), id)
				if err != nil {
					t.Fatal(err)
				}
				if shared := !cmp.Equal(v.make(id), again); shared != c.shared {
					t.Fatalf("shared: %v, want %v", shared, c.shared)
				}
			}
		})
	}
}

// TestBatchersAgree is TestPeersAgree for batches.
func TestBatchersAgree(t *testing.T) {
	addr := server(t)
	for _, c := range batchers() {
		t.Run(c.who, func(t *testing.T) {
			got, err := c.filled(t, addr)(t.Context(), 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != batchSize {
				t.Fatalf("%d users, want %d", len(got), batchSize)
			}
			for id, u := range got {
				if c.who == "MGET-bytes" {
					continue
				}
				if diff := cmp.Diff(users.make(id), u); diff != "" || id < 3*batchSize || id >= 4*batchSize {
					t.Fatalf("user %d (-want +got):\n%s", id, diff)
				}
			}
		})
	}
}
