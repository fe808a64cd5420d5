package rolekit_test

import (
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

func implied(p rolekit.CatalogPlan) (all []string) {
	for _, c := range p.Implied {
		all = append(all, fmt.Sprint(c.Permission, " by ", c.By, " ", c.Gained, " ", c.Roles))
	}
	return all
}

func TestPlansTellWhatActionsImplyToCustomRoles(t *testing.T) {
	t.Parallel()
	const edit, send, news, access = "edit: {implies: [read]}", "send: {implies: [read]}", "news: {actions: [read, send]}", "bills:read: {access"
	for name, test := range map[string]struct {
		pairs []string
		want  []string
	}{
		"nothing where actions imply what they did": {
			pairs: []string{news, "news: {actions: [read, send, edit]}"},
		},
		"a permission that is new": {
			pairs: []string{send, "archive: {}\n  send: {implies: [read, archive]}", news, "news: {actions: [read, send, archive]}"},
			want:  []string{"news:archive by news:send true [{tom editor} {tom.north local}]"},
		},
		"a permission that there was, with another access": {
			pairs: []string{
				edit, "void: {implies: [read]}\n  edit: {implies: [read, void]}", "bills: {actions: [read, edit]}", "bills: {actions: [read, edit, void]}",
				access, "bills:void: {access: [any, own, set]}\n  " + access,
			},
			want: []string{"bills:void by bills:edit true [{tom both} {tom editor} {tom wide}]"},
		},
		"what is implied no more": {
			pairs: []string{edit, "edit: {}"},
			want:  []string{"bills:read by bills:edit false [{tom editor} {tom wide}]"},
		},
		"under other names": {
			pairs: []string{
				edit, "write: {renamed_from: edit}", "bills: {actions: [read, edit]}", "invoices: {renamed_from: bills, actions: [read, write]}",
				"bills:edit", "invoices:write", "bills:read", "invoices:read",
			},
			want: []string{"invoices:read by invoices:write false [{tom editor} {tom wide}]"},
		},
		"nothing under other names alone": {
			pairs: []string{
				edit, "write: {renamed_from: edit, implies: [read]}", "bills: {actions: [read, edit]}", "invoices: {renamed_from: bills, actions: [read, write]}",
				"bills:edit", "invoices:write", "bills:read", "invoices:read",
			},
		},
		"and not of what the file does not have any more": {
			pairs: []string{edit, "edit: {}", "bills: {actions: [read, edit]}", "bills: {actions: [edit]}", "bills:read: {access: [any, own, set]}", "", `["bills:read"]`, `["news:read"]`},
		},
		"and not of grants that go": {
			pairs: []string{
				edit, "edit: {}", "bills:edit: {access: [any, own, set]}", "bills:edit: {access: [any, set]}",
			},
			want: []string{"bills:read by bills:edit false [{tom wide}]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := applied(t)
			first.custom("tom", "both", "staff", nil, rolekit.Grant{Permission: "bills:edit", Access: "own"}, rolekit.Grant{Permission: "bills:read", Access: "any"})
			_, err := first.system().PutSet(t.Context(), "tom", rolekit.SetSpec{ID: "old"}, rolekit.Absent)
			first.ok(err)
			first.custom("tom", "wide", "staff", nil, rolekit.Grant{Permission: "bills:edit", Access: "any"}, rolekit.Grant{Permission: "bills:edit", Access: "set:old"},
				rolekit.Grant{Permission: "bills:read", Access: "own"})
			first.custom("tom.north", "local", "staff", []rolekit.RoleID{"editor"}, rolekit.Grant{Permission: "news:send", Access: "any"})
			w := first.with(test.pairs...)
			same(t, "what actions imply", test.want, implied(w.planned(rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"bills:edit", "bills:read"}})))
		})
	}
}
