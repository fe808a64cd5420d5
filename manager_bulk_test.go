package rolekit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestEditAssignments: many roles are given and taken at once, or none, and the error
// says which lines are wrong.
func TestEditAssignments(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system, carol := t.Context(), w.system(), w.as("carol")
	w.role("tom", "clerk", nil)
	w.group("tom", "crew", []rolekit.UserID{"dora"})
	w.assign("tom", "bob", "clerk")
	until := rolekit.Period{Until: clock.in(time.Hour)}
	to := func(user rolekit.UserID, role rolekit.RoleID) rolekit.Assignment {
		return rolekit.Assignment{User: user, Role: role}
	}
	for want, c := range map[*rolekit.Error]struct {
		give, take []rolekit.Assignment
		parts      string
	}{
		rolekit.ErrRoleNotFound: {
			[]rolekit.Assignment{to("ada", "clerk"), to("ada", "nothing"), to("bob", "owner")},
			[]rolekit.Assignment{to("bob", "clerk"), {Group: "nobody", Role: "clerk"}},
			"give[1] role_not_found give[2] escalation take[1] group_not_found ",
		},
		rolekit.ErrEscalation: {[]rolekit.Assignment{to("ada", "clerk"), to("bob", "owner")}, nil, "give[1] escalation "},
		rolekit.ErrInvalid: {
			[]rolekit.Assignment{to("", "clerk"), to("ada", "clerk"), {User: "x", Role: "clerk", Period: rolekit.Period{From: until.Until, Until: until.Until}}},
			[]rolekit.Assignment{to("ada", "clerk"), to("ada", "")},
			"give[0] invalid give[2] invalid take[0] invalid take[1] invalid ",
		},
	} {
		w.unchanged(c.parts, func() {
			err := carol.EditAssignments(ctx, "tom", c.give, c.take)
			isError(t, c.parts, err, want)
			var parts strings.Builder
			if e, ok := errors.AsType[*rolekit.Error](err); ok {
				for _, p := range e.Parts {
					parts.WriteString(p.At + " " + string(p.Err.Code) + " ")
				}
			}
			same(t, "the lines", c.parts, parts.String())
		})
	}
	w.refuses(rolekit.ErrPermissionDenied, map[string]func() error{
		"by a stranger": func() error {
			return w.as("eve").EditAssignments(ctx, "tom", []rolekit.Assignment{to("eve", "clerk")}, nil)
		},
	})
	w.refuses(rolekit.ErrLastHolder, map[string]func() error{
		"of all who manage": func() error {
			return system.EditAssignments(ctx, "jack", nil, []rolekit.Assignment{to("olga", "owner")})
		},
	})
	w.ok(carol.EditAssignments(ctx, "tom",
		[]rolekit.Assignment{{User: "ada", Role: "clerk", Period: until}, {Group: "crew", Role: "clerk"}}, []rolekit.Assignment{to("bob", "clerk"), to("nobody", "clerk")}))
	same(t, "ada", []rolekit.AssignedRole{{Period: until, Role: "clerk"}}, w.held("tom", "ada"))
	same(t, "bob", 0, len(w.held("tom", "bob")))
	events, err := system.Audit(ctx, "tom", rolekit.AuditQuery{Limit: 3})
	w.ok(err)
	same(t, "the log", "user:bob group:crew user:ada", fmt.Sprint(events[0].Target, " ", events[1].Target, " ", events[2].Target))
	same(t, "how it was", `{"holds":["role:clerk"]}`, string(events[0].Before))

	// A thousand fit, and one more does not.
	many := make([]rolekit.Assignment, 1001)
	for i := range many {
		many[i] = to(rolekit.UserID(fmt.Sprint("u", i)), "clerk")
	}
	w.refuses(rolekit.ErrInvalid, map[string]func() error{
		"too many": func() error { return carol.EditAssignments(ctx, "tom", many[:500], many[500:]) },
	})
	w.ok(carol.EditAssignments(ctx, "tom", many[:1000], nil))
	w.ok(carol.EditAssignments(ctx, "tom", nil, many[:1000]))
}
