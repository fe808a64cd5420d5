package rolekit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestExplanationFindsTheWayThatAllows among many that do not.
func TestExplanationFindsTheWayThatAllows(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, over := t.Context(), rolekit.Period{Until: clock.in(-time.Hour)}
	for i := range 60 {
		group := rolekit.GroupID(fmt.Sprint("g", i))
		w.group("tom", group, []rolekit.UserID{"ada"})
		w.ok(w.system().PutAssignment(ctx, "tom", rolekit.Assignment{Group: group, Role: "viewer", Period: over}))
	}
	w.group("tom", "z", []rolekit.UserID{"ada"})
	w.give("tom", "z", "viewer")
	why, err := w.Explain(ctx, rolekit.Identity{User: "ada", Org: "tom"}, "invoices:read", nil)
	w.ok(err)
	if !why.Allowed || len(why.Paths) != 1 || !strings.Contains(why.String(), `group:z in "tom" > role:viewer in "tom"`) {
		t.Errorf("the explanation: %s", why)
	}
}

// TestExplanationOfABaseline: it goes with the role that brought it.
func TestExplanationOfABaseline(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, who := t.Context(), rolekit.Identity{User: "ada", Org: "tom", Profile: "worker"}
	w.ok(w.system().PutAssignment(ctx, "tom", rolekit.Assignment{User: "ada", Role: "helper", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
	explain := func() rolekit.Explanation {
		why, err := w.Explain(ctx, who, "jobs:read", rolekit.Facts{Owner: "ada"})
		w.ok(err)
		return why
	}
	if why := explain(); len(why.Paths) != 1 || why.Paths[0].String() != `role:helper in "tom" > profile:worker` {
		t.Errorf("while it holds: %s", why)
	}
	clock.set(clock.in(time.Hour))
	if why := explain(); len(why.Misses) == 0 || why.Misses[0].Kind != rolekit.MissEnded || !why.Misses[0].At.Equal(clock.tell()) {
		t.Errorf("when it is over: %s", why)
	}
}

// TestExplanationOfAnotherProfileElsewhere: what comes nearest may be two steps
// away.
func TestExplanationOfAnotherProfileElsewhere(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.assign("tom", "both", "helper")
	w.assign("jack", "both", "viewer")
	why, err := w.Explain(t.Context(), rolekit.Identity{User: "both", Org: "tom"}, "iam.roles:read", nil)
	w.ok(err)
	if !strings.Contains(why.String(), `may do it in "jack", as owner`) {
		t.Errorf("the explanation: %s", why)
	}
}
