package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

func manyTests() []storeTest {
	return []storeTest{
		{"PutRoles and PutChosen take thousands at once, of several organisations", putThousands},
		{"SetRevisions takes hundreds at once", moveHundreds},
		{"of none they do nothing", putNone},
	}
}

// putThousands writes more than one statement takes, some of it in the place of what
// is there, to two organisations beside a third.
func putThousands(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack", "other")
	const each = 600
	var roles, had []rolekit.RoleRecord
	var chosen, chose []rolekit.ChosenProfile
	for i := range each {
		for _, org := range []rolekit.OrgID{"tom", "jack"} {
			id, user := rolekit.RoleID(fmt.Sprintf("role-%d", i)), rolekit.UserID(fmt.Sprintf("user-%d", i))
			roles = append(roles, rolekit.RoleRecord{Org: org, ID: id, Label: "after", Revision: 5})
			chosen = append(chosen, rolekit.ChosenProfile{Org: org, User: user, Profile: "after"})
		}
	}
	for _, org := range []rolekit.OrgID{"tom", "other"} {
		had = append(had, rolekit.RoleRecord{Org: org, ID: "role-7", Label: "before"})
		for _, user := range []rolekit.UserID{"user-3", "eve"} {
			chose = append(chose, rolekit.ChosenProfile{Org: org, User: user, Profile: "before"})
		}
	}
	chosen = append(chosen, rolekit.ChosenProfile{Org: "tom", User: "eve"}) // it is forgotten
	in(t, s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.PutRoles(ctx, had...), w.PutChosen(ctx, chose...))
	})
	in(t, s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.PutRoles(ctx, roles...), w.PutChosen(ctx, chosen...))
	})
	all := Dump(t, s).Layers
	labels, profiles := map[string]int{}, map[string]int{}
	for org, l := range all {
		for _, r := range l.Roles {
			labels[fmt.Sprintf("%s %s %d", org, r.Label, r.Revision)]++
		}
		for _, p := range l.Chosen {
			profiles[fmt.Sprintf("%s %s", org, p)]++
		}
	}
	same(t, "the roles", map[string]int{"tom after 5": each, "jack after 5": each, "other before 0": 1}, labels)
	same(t, "the profiles", map[string]int{"tom after": each, "jack after": each, "other before": 2}, profiles)
}

func moveHundreds(t *testing.T, s rolekit.Store) {
	insert(t, s, "other")
	want := map[rolekit.OrgID]rolekit.Revision{"other": 0, rolekit.AllOrgs: 0}
	var orgs []rolekit.OrgID
	in(t, s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) (err error) {
		for i := range 502 {
			id := rolekit.OrgID(fmt.Sprintf("part-%d", i))
			orgs, want[id] = append(orgs, id), 9
			err = errors.Join(err, w.InsertOrg(ctx, rolekit.Org{ID: id}))
		}
		return errors.Join(err, w.SetRevisions(ctx, 9, orgs...))
	})
	ok(t, "View", s.View(t.Context(), func(r rolekit.Reader) error {
		at, err := r.Revisions(t.Context())
		same(t, "the revisions", want, at)
		return err
	}))
}

func putNone(t *testing.T, s rolekit.Store) {
	before := prepare(t, s)
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.PutRoles(ctx), w.PutChosen(ctx), w.SetRevisions(ctx, 99))
	})
	same(t, "the store", before, Dump(t, s))
}
