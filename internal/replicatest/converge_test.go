package replicatest_test

import (
	"context"
	"testing"

	"github.com/rolekit/rolekit"
)

// converge waits until each replica decides as a kit does that has just read the
// database, and fails the test where that differs from what was acknowledged. The
// replicas are asked without being touched otherwise: nothing is restarted.
func converge(t testing.TB, l *ledger, fresh *rolekit.Kit, replicas ...*replica) {
	t.Helper()
	all, sure := l.rights()
	held := map[right]bool{}
	for _, r := range all {
		d, err := fresh.Can(t.Context(), rolekit.Identity{User: r.user, Org: r.org}, r.want, nil)
		if err != nil {
			t.Fatal(err)
		}
		held[r] = d.Allowed
		if acknowledged, ok := sure[r]; ok && acknowledged != d.Allowed {
			t.Errorf("%v was acknowledged to be %v, and the database says %v", r, acknowledged, d.Allowed)
		}
	}
	for _, at := range replicas {
		until(t, at.name+" decides by what the database holds", func() bool { return at.agrees(t.Context(), held) })
	}
}

func (r *replica) agrees(ctx context.Context, held map[right]bool) bool {
	for want, is := range held {
		if allowed, err := r.allows(ctx, want, ""); err != nil || allowed != is {
			return false
		}
	}
	return true
}
