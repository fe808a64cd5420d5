package rolekit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// One organisation that cannot be understood keeps nobody from looking.
func TestPreviewBesideABrokenOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	w.sql(`INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'nobody', 'role:owner', 'tom.north')`)
	w = w.again(rolekit.Config{})
	p := w.previewed(w.system(), assigning("tom", rolekit.Assignment{User: "ada", Role: "viewer"}))
	if len(p.Orgs) != 1 || p.Orgs[0].Org != "tom" || p.Gained == 0 {
		t.Errorf("%+v", p.Orgs)
	}
}

// What another program changed, and left the revision as it was, is seen.
func TestPreviewReadsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.assign("tom", "ada", "viewer")
	w.sql("DELETE FROM casbin_rule WHERE v0 = 'user:ada' AND v2 = 'tom'")
	*w.upset = true
	p := w.previewed(w.system(), assigning("tom", rolekit.Assignment{User: "ada", Role: "viewer"}))
	if p.Gained == 0 {
		t.Error("memory, by which she is a viewer, was believed")
	}
}

// Where there is one profile, to belong is to have its baseline.
func TestPreviewOfMembersOfOneProfile(t *testing.T) {
	t.Parallel()
	w := (&world{t: t, store: memstore.New()}).again(rolekit.Config{Catalog: parseCatalog(t, `
actions: {read: {}}
objects: {news: {actions: [read]}}
baseline: {default: ["news:read"]}
roles: {admin: {grants: ["*:*"]}}
creator: admin
`)})
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	_, err = w.system().PutGroup(t.Context(), "tom", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(err)
	for name, change := range map[string]func(context.Context, *rolekit.Manager) error{
		"a member": func(ctx context.Context, m *rolekit.Manager) error { return m.AddMember(ctx, "tom", "ada") },
		"a group": func(ctx context.Context, m *rolekit.Manager) error {
			return m.AddToGroup(ctx, "tom", "crew", []rolekit.UserID{"ada"}, nil)
		},
	} {
		same(t, name, []string{"+ tom ada default news:read any"}, told(w.previewed(w.system(), change)))
	}
}

// What reaches less far than what is gained with it is no gain of its own.
func TestPreviewTellsTheWidest(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.role("tom", "both", []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.AccessAny}, {Permission: "jobs:read", Access: "own"}})
	p := w.previewed(w.system(), assigning("tom.north", rolekit.Assignment{User: "ada", Role: "both"}))
	same(t, "ada", []string{"+ tom.north ada owner jobs:read any"}, told(p))
}

// Two who are given the same below are not the same, where one has it from above.
func TestPreviewLooksAbove(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.assign("tom", "ada", "viewer")
	var give []rolekit.Assignment
	for _, user := range []rolekit.UserID{"ada", "bob", "zoe"} {
		give = append(give, rolekit.Assignment{User: user, Role: "viewer"})
	}
	p := w.previewed(w.system(), func(ctx context.Context, m *rolekit.Manager) error {
		return m.EditAssignments(ctx, "tom.north", give, nil)
	})
	for user, want := range map[rolekit.UserID]bool{"ada": false, "bob": true, "zoe": true} {
		if got := slices.ContainsFunc(p.Effects, func(e rolekit.Effect) bool { return e.User == user }); got != want {
			t.Errorf("%s gains something: %v", user, got)
		}
	}
}

// A thousand organisations are summed up, and the others counted.
func TestPreviewOfManyOrganisations(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	w := (&world{t: t, store: store}).again(rolekit.Config{})
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	w.ok(store.Update(t.Context(), func(tx rolekit.Writer) error {
		for i := range 1004 {
			id := rolekit.OrgID(fmt.Sprintf("tom.%04d", i))
			if err := tx.InsertOrg(t.Context(), rolekit.Org{ID: id, Label: string(id), Parent: "tom"}); err != nil {
				return err
			}
			if err := tx.SetRevisions(t.Context(), 1, id); err != nil {
				return err
			}
		}
		return nil
	}))
	w = w.again(rolekit.Config{})
	p := w.previewed(w.system(), assigning("tom", rolekit.Assignment{User: "ada", Role: "mower"}))
	if len(p.Orgs) != 1000 || p.OrgsLeftOut != 5 || len(p.Effects) != 1000 || p.LeftOut != p.Gained-1000 {
		t.Errorf("%d organisations and %d more, %d effects and %d more of %d", len(p.Orgs), p.OrgsLeftOut, len(p.Effects), p.LeftOut, p.Gained)
	}
}
