package rolekit_test

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// TestWhatAnotherProgramTookAway without moving the revision: a change that finds a
// rule gone looks again at what is stored, and does what there is to do.
func TestWhatAnotherProgramTookAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.assign("tom", "ada", "viewer")
	w.assign("tom", "ada", "owner")
	w.sql("DELETE FROM casbin_rule WHERE v0 = 'user:ada' AND v1 = 'role:viewer'")
	w.ok(w.system().RemoveMember(t.Context(), "tom", "ada"))
	for _, p := range []rolekit.Permission{"invoices:read", "invoices:write"} {
		if w.can("ada", "tom", p) || w.again(rolekit.Config{}).can("ada", "tom", p) {
			t.Errorf("ada, who was removed, may %s", p)
		}
	}
}
