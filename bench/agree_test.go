package bench

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeersAgree holds that every candidate returns the right value, does not load it again, and shares it or does not as
// it says.
func TestPeersAgree(t *testing.T) {
	agree(t, users, inProcess(users))
	agree(t, lists, inProcess(lists))
	agree(t, points, inProcess(points))
}

func agree[T any](t *testing.T, v value[T], all []candidate[T]) {
	for _, c := range all {
		if c.who == "bigcache-bytes" { // has no value
			continue
		}
		t.Run(v.name+"/"+c.who, func(t *testing.T) {
			s := setup{TB: t, size: 100}
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
