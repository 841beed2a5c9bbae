package writes

import (
	"context"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

const lag = time.Second

// replicated is an Accounts whose replica is a second behind its primary.
type replicated struct {
	mu               sync.Mutex
	primary, replica map[int64]int
	during           func() // called in the middle of a write, before it is applied
}

func newReplicated() *replicated {
	return &replicated{primary: map[int64]int{1: 10, 2: 20}, replica: map[int64]int{1: 10, 2: 20}}
}

func (s *replicated) Get(ctx context.Context, id int64) (*Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.replica
	if ctx.Value(master{}) != nil {
		from = s.primary
	}
	return &Account{id, from[id]}, nil
}

func (s *replicated) GetAll(ctx context.Context, ids []int64) (map[int64]*Account, error) {
	all := map[int64]*Account{}
	for _, id := range ids {
		all[id], _ = s.Get(ctx, id)
	}
	return all, nil
}

func (s *replicated) Deposit(_ context.Context, id int64, amount int) error {
	if s.during != nil {
		s.during()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.primary[id] += amount
	state := maps.Clone(s.primary)
	time.AfterFunc(lag, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.replica = state
	})
	return nil
}

func inTime(t *testing.T, test func(t *testing.T, s *replicated, accounts *CachedAccounts, cache *runtime.Cache)) {
	synctest.Test(t, func(t *testing.T) {
		backend, err := memory.New(memory.Config{})
		if err != nil {
			t.Fatal(err)
		}
		cache, err := runtime.New(backend, runtime.WithReplicaLag(2*lag))
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		s := newReplicated()
		test(t, s, NewCachedAccounts(s, cache), cache)
	})
}

func wantBalance(ctx context.Context, t *testing.T, accounts Accounts, id int64, want int) {
	t.Helper()
	if a, err := accounts.Get(ctx, id); err != nil || a.Balance != want {
		t.Errorf("got %+v, %v, want a balance of %d", a, err, want)
	}
}

func TestAWriteIsReadBackThoughTheReplicaLags(t *testing.T) {
	inTime(t, func(t *testing.T, s *replicated, accounts *CachedAccounts, _ *runtime.Cache) {
		wantBalance(t.Context(), t, accounts, 1, 10)
		if err := accounts.Deposit(t.Context(), 1, 5); err != nil {
			t.Fatal(err)
		}
		wantBalance(t.Context(), t, accounts, 1, 15)
		wantBalance(t.Context(), t, accounts, 1, 15) // as it was kept
		all, err := accounts.GetAll(t.Context(), []int64{1, 2})
		if err != nil || all[1].Balance != 15 || all[2].Balance != 20 {
			t.Errorf("got %v, %v", all, err)
		}
		if err := accounts.Deposit(t.Context(), 2, 5); err != nil {
			t.Fatal(err)
		}
		if all, err = accounts.GetAll(t.Context(), []int64{1, 2}); err != nil || all[2].Balance != 25 {
			t.Errorf("after a write a batch gave %v, %v, want 25", all[2], err)
		}
	})
}

func TestWhatIsReadDuringAWriteIsNotKept(t *testing.T) {
	inTime(t, func(t *testing.T, s *replicated, accounts *CachedAccounts, cache *runtime.Cache) {
		wantBalance(t.Context(), t, accounts, 1, 10)
		s.during = func() {
			wantBalance(t.Context(), t, accounts, 1, 10)
			wantBalance(t.Context(), t, accounts, 1, 10)
			if hits := cache.Stats().Methods["cachegen/internal/behaviour/writes.Accounts.Get"].Hits; hits != 0 {
				t.Errorf("%d calls during the write were answered from the cache", hits)
			}
		}
		if err := accounts.Deposit(t.Context(), 1, 5); err != nil {
			t.Fatal(err)
		}
		wantBalance(t.Context(), t, accounts, 1, 15)
	})
}

func TestAWriteInATransactionIsEvictedAfterTheCommit(t *testing.T) {
	inTime(t, func(t *testing.T, s *replicated, accounts *CachedAccounts, _ *runtime.Cache) {
		wantBalance(t.Context(), t, accounts, 1, 10)
		ctx, done := runtime.DeferEvictions(t.Context())
		if err := accounts.Deposit(ctx, 1, 5); err != nil {
			t.Fatal(err)
		}
		wantBalance(t.Context(), t, accounts, 1, 10)
		wantBalance(WithMaster(ctx), t, accounts, 1, 15)
		done()
		wantBalance(t.Context(), t, accounts, 1, 15)
	})
}
