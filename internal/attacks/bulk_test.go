package attacks_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// edits gives and takes roles at once, as somebody.
func edits(who rolekit.UserID, org rolekit.OrgID, give, take []rolekit.Assignment) func(*world) error {
	return func(w *world) error { return w.as(who).EditAssignments(context.Background(), org, give, take) }
}

// among is an assignment in the midst of as many as fit, of the role empty, which
// anybody may give.
func among(one rolekit.Assignment) []rolekit.Assignment {
	all := make([]rolekit.Assignment, rolekit.MaxAssignmentLines)
	for i := range all {
		all[i] = rolekit.Assignment{User: rolekit.UserID(fmt.Sprintf("user-%d", i)), Role: "empty"}
	}
	all[len(all)/2] = one
	return all
}

// inBulk are attempts of carol, who may give the role empty, with many lines.
func inBulk() []attacks.Attempts[attempt] {
	oneOfThem := func(w *world) bool { return holdsEmpty("user-7")(w) }
	return []attacks.Attempts[attempt]{
		{"assign-many", []attempt{
			{
				name: "a role to herself", do: edits("carol", "tom", []rolekit.Assignment{{User: "carol", Role: "owner"}}, nil),
				want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "among a thousand lines", do: edits("carol", "tom", among(rolekit.Assignment{User: "carol", Role: "owner"}), nil),
				want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "to a group that she is in", given: func(w *world) { w.group("tom", "team", herself()) },
				do:   edits("carol", "tom", []rolekit.Assignment{{Group: "team", Role: "owner"}}, nil),
				want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "in the place of what she takes", do: edits("carol", "tom", []rolekit.Assignment{{User: "carol", Role: "chief"}}, []rolekit.Assignment{{User: "carol", Role: "hr"}}),
				want: rolekit.ErrEscalation, won: wins("carol", "invoices:write"),
			},
			{
				name: "further down", do: edits("carol", "tom.north", []rolekit.Assignment{{User: "carol", Role: "bookkeeper"}}, nil),
				want: rolekit.ErrEscalation, won: winsIn("tom.north", "carol", "invoices:write", ""),
			},
			{
				name: "to a service key", given: keyed,
				do: func(w *world) error {
					return edits("carol", "tom", []rolekit.Assignment{{User: w.key.User(), Role: "owner"}}, nil)(w)
				},
				want: rolekit.ErrEscalation, won: func(w *world) bool { return w.may(w.key.User(), "tom", "invoices:approve", "") },
			},
		}},
		{"assign-many-whole", []attempt{
			{
				name: "one line that she may not give", do: edits("carol", "tom", among(rolekit.Assignment{User: "carol", Role: "owner"}), nil),
				want: rolekit.ErrEscalation, won: oneOfThem,
			},
			{
				name: "one line of a role that is not there", do: edits("carol", "tom", among(rolekit.Assignment{User: "carol", Role: "nosuch"}), nil),
				want: rolekit.ErrRoleNotFound, won: oneOfThem,
			},
		}},
		{"assign-many-unseen", []attempt{
			{
				name: "a role of an organisation beside, before there is one here", given: func(w *world) { w.role("jack", "jacks", anyOf("jobs:read")) },
				do: edits("carol", "tom", []rolekit.Assignment{{User: "carol", Role: "jacks"}}, nil), want: rolekit.ErrRoleNotFound,
				then: func(w *world) { w.role("tom", "jacks", anyOf("invoices:approve")) }, won: wins("carol", "invoices:approve"),
			},
			{
				name:  "to a group of an organisation beside, before there is one here",
				given: func(w *world) { w.group("jack", "team", nil) },
				do:    edits("carol", "tom", []rolekit.Assignment{{Group: "team", Role: "hr"}}, nil), want: rolekit.ErrGroupNotFound,
				then: func(w *world) { w.group("tom", "team", []rolekit.UserID{"mallory"}) }, won: wins("mallory", rolekit.MembersWrite),
			},
		}},
		{"assign-many-permission", []attempt{
			{
				name: "by one who manages roles", do: edits("dave", "tom", []rolekit.Assignment{{User: "mallory", Role: "empty"}}, nil),
				want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory"),
			},
			{
				name: "in another organisation", given: func(w *world) { w.role("jack", "nothing", nil) },
				do:   edits("carol", "jack", []rolekit.Assignment{{User: "mallory", Role: "nothing"}}, nil),
				want: rolekit.ErrPermissionDenied, won: func(w *world) bool {
					all, err := w.system().Members(context.Background(), "jack", rolekit.MemberQuery{})
					w.ok(err)
					return slices.ContainsFunc(all, func(m rolekit.Member) bool { return m.User == "mallory" })
				},
			},
		}},
	}
}
