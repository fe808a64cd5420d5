package rolekit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// What nobody includes is refused another profile's successor by that alone.
func TestASuccessorIsOfTheRolesProfile(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.assign("tom", "bob", "clerk")
	w.refuses(rolekit.ErrInvalid, map[string]func() error{
		"a worker's": func() error { return w.system().ReplaceRole(t.Context(), "tom", "clerk", "mower", 0) },
	})
}

// Who has the successor for longer than the role keeps it for as long.
func TestASuccessorShortensNothing(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.role("tom", "keeper", grantsOf("invoices:write"))
	short := rolekit.Period{From: clock.in(time.Minute), Until: clock.in(time.Hour)}
	long := rolekit.Period{Until: clock.in(2 * time.Hour)}
	w.ok(w.system().PutAssignments(t.Context(), "tom",
		rolekit.Assignment{User: "bob", Role: "clerk", Period: short}, rolekit.Assignment{User: "bob", Role: "keeper", Period: long},
		rolekit.Assignment{User: "ada", Role: "clerk", Period: short}, rolekit.Assignment{User: "ada", Role: "keeper"},
	))
	w.ok(w.system().ReplaceRole(t.Context(), "tom", "clerk", "keeper", 0))
	same(t, "bob", []rolekit.AssignedRole{{Role: "keeper", Period: long}}, w.held("tom", "bob"))
	same(t, "ada", []rolekit.AssignedRole{{Role: "keeper"}}, w.held("tom", "ada"))
}

// Rules of roles that are not there go with the role that they lead to.
func TestADeletedRoleIsNotIncludedByWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.sql(`INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'role:ghost', 'role:clerk', 'tom')`)
	w = w.again(rolekit.Config{})
	w.ok(w.system().DeleteRole(t.Context(), "tom", "clerk", 0))
	var left int64
	w.ok(w.db.Table("casbin_rule").Where("v1 = 'role:clerk'").Count(&left).Error)
	if left != 0 {
		t.Errorf("%d rules lead to the role that is gone", left)
	}
}

// Those who hold a role by rules that cannot be understood as a whole are counted as
// others are.
func TestHoldersInTheDarkAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.createOrg("tom.north", "tom", "")
	w.sql(`INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'nobody', 'role:owner', 'tom.north'),
		('g', 'user:bob', 'role:clerk', 'tom.north'), ('g', 'group:crew', 'role:clerk', 'tom.north'), ('g', 'role:head', 'role:clerk', 'tom.north')`)
	w.sql(`INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4) VALUES ('g3', 'user:bob', 'role:clerk', 'tom.north', '2001-01-01T00:00:00Z', '2002-01-01T00:00:00Z')`)
	w = w.again(rolekit.Config{})
	err := w.system().DeleteRole(t.Context(), "tom", "clerk", 0)
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok || e.Holders == nil {
		t.Fatal(err)
	}
	same(t, "holders", rolekit.Holders{Users: 1, Groups: 1, Roles: 1, Below: 3}, *e.Holders)
}
