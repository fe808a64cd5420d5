package rolekit_test

import (
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

func asJoined(p rolekit.CatalogPlan) (all []string) {
	for _, j := range p.Joined {
		all = append(all, fmt.Sprint(j.From, " are ", j.Permission, " to ", j.Roles))
	}
	return all
}

func TestPlansTellWhoGivesMoreAsPermissionsBecomeOne(t *testing.T) {
	t.Parallel()
	const news, bills, access = "\n  news: {actions: [read, send]}", "bills: {actions: [read, edit]}", "bills:edit: {access: [any, own, set]}"
	for name, test := range map[string]struct {
		pairs   []string
		choices rolekit.CatalogChoices
		want    []string
	}{
		"not by names that nothing had": {
			pairs: []string{"news: {", "posts: {renamed_from: news, ", `"news:read"`, `"posts:read"`},
		},
		"by an object's name": {
			pairs: []string{news, "", bills, "bills: {renamed_from: news, actions: [read, edit, send]}", `"news:read"`, `"bills:read"`, access, access + "\n  bills:send: {access: [any, own]}"},
			want:  []string{"[bills:read news:read] are bills:read to [{tom apart} {tom bills} {tom news}]"},
		},
		"by that of a permission": {
			pairs:   []string{news, "", access, `bills:edit: {renamed_from: "news:send", access: [any, own, set]}`, `"news:read"`, `"bills:read"`},
			choices: rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news:read"}},
			want:    []string{"[bills:edit news:send] are bills:edit to [{tom editor} {tom mine} {tom writes} {tom.north local}]"},
		},
		"and not by grants that go": {
			pairs:   []string{news, "", access, `bills:edit: {renamed_from: "news:send", access: [any]}`, `"news:read"`, `"bills:read"`},
			choices: rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"bills:edit", "news:read"}},
			want:    []string{"[bills:edit news:send] are bills:edit to [{tom editor} {tom writes} {tom.north local}]"},
		},
		"by a name that is new": {
			pairs: []string{news, "", bills, "papers: {renamed_from: [bills, news], actions: [read, edit, send]}", `"news:read"`, `"papers:read"`, "bills:", "papers:"},
			want:  []string{"[bills:read news:read] are papers:read to [{tom apart} {tom bills} {tom news}]"},
		},
		"of one object": {
			pairs: []string{
				"edit: {implies: [read]}", "look: {}", bills, "bills: {actions: [look]}", access, `bills:look: {renamed_from: ["bills:read", "bills:edit"], access: [any, own, set]}`,
				"bills:read: {access: [any, own, set]}", "", `["bills:edit"]`, `["bills:look"]`, `["bills:read"]`, `["bills:look"]`,
			},
			want: []string{"[bills:edit bills:read] are bills:look to [{tom apart} {tom bills} {tom equal}]"},
		},
		"not where the file has no such permission, nor by what goes": {
			pairs:   []string{news, "", bills, "bills: {renamed_from: news, actions: [edit, send]}", "bills:read: {access: [any, own, set]}", "", `"news:read"`, `"bills:send"`, `"bills:read"`, `"bills:send"`},
			choices: rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"bills:read"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := applied(t)
			_, err := first.system().PutSet(t.Context(), "tom", rolekit.SetSpec{ID: "old"}, rolekit.Absent)
			first.ok(err)
			for role, grants := range map[rolekit.RoleID][]rolekit.Grant{
				"mine":   {{Permission: "bills:edit", Access: "own"}, {Permission: "bills:edit", Access: "set:old"}},
				"news":   {{Permission: "news:read", Access: "any"}},
				"bills":  {{Permission: "bills:read", Access: "own"}},
				"apart":  {{Permission: "news:read", Access: "any"}, {Permission: "bills:read", Access: "own"}},
				"equal":  {{Permission: "news:read", Access: "any"}, {Permission: "bills:read", Access: "any"}},
				"writes": {{Permission: "bills:edit", Access: "any"}, {Permission: "news:read", Access: "any"}},
			} {
				first.custom("tom", role, "staff", nil, grants...)
			}
			first.custom("tom.north", "local", "staff", nil, rolekit.Grant{Permission: "news:send", Access: "any"})
			w := first.with(test.pairs...)
			undecided, err := w.system().PlanCatalog(t.Context(), rolekit.CatalogChoices{})
			w.ok(err)
			for _, j := range undecided.Joined {
				if w.Catalog().CheckPermission(j.Permission) != nil {
					t.Errorf("%s is told of, which is not there any more", j.Permission)
				}
			}
			same(t, "who gives more", test.want, asJoined(w.planned(test.choices)))
			same(t, "who gives more when it was applied", []string(nil), asJoined(w.planned(test.choices)))
		})
	}
}
