package faults

import (
	"context"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
)

// A trial that cannot fail shows nothing: these take a safeguard away.

func TestATrialNoticesThatAMemberHearsOfNoWrites(t *testing.T) {
	t.Parallel()
	addr := servertest.Redis(t).Addr()
	tr := newTrial(t, one(addr))
	b := redisBackend(t, one(addr)(1, true))
	deaf, local := over(t, struct {
		runtime.CacheBackend
		runtime.Leaser
		runtime.ConditionalRemover
	}{b, b, b})
	tr.members[1] = newMember(t, "B", tr.database, deaf, local, newRow)
	tr.bound = delivery
	if err := tr.works(); err == nil {
		t.Error("it is said to work")
	}
	runBriefly(tr)
	if len(tr.floors(time.Now())) == 0 {
		t.Error("nothing is said to be stale")
	}
}

func TestATrialNoticesThatAMemberDoesNotReadItsOwnWrites(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, one(servertest.Redis(t).Addr()))
	tr.members[0].evict = func(context.Context, string) {}
	runBriefly(tr)
	if len(tr.floors(time.Now())) == 0 {
		t.Error("nothing is said to be stale")
	}
}

// runBriefly has the members read and write, and then only read for longer than it may take until all see all.
func runBriefly(tr *trial) {
	reads := tr.begin(tr.members, 3, false, 6*time.Millisecond)
	writes := tr.begin(tr.members, 1, true, 40*time.Millisecond)
	time.Sleep(time.Second)
	writes()
	time.Sleep(delivery + delivery/4)
	reads()
}
