package adaptertest

import (
	"context"
	"errors"
	"testing"

	"github.com/rolekit/rolekit"
)

func twinTests() []storeTest {
	return []storeTest{
		{"organisations whose ids differ in case are two", twinOrgs},
		{"whatever an organisation holds twice, but for case, is two things", twinThings},
		{"what has ids is sorted by their bytes", sortedByBytes},
	}
}

func twinOrgs(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "Tom", "TOM")
	fill(t, s, "tom")
	fill(t, s, "Tom")
	for id, want := range map[rolekit.OrgID]rolekit.Layer{"tom": stock("tom"), "Tom": stock("Tom"), "TOM": {Org: orgOf("TOM")}} {
		same(t, "the layer of "+string(id), want, layer(t, s, id))
	}
	isError(t, "another's rules", remove(t, s, link("TOM", "user:ada", "role:thing")), rolekit.ErrConflict)
	in(t, s, "Tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteOrg(ctx, "Tom") })
	same(t, "the layer of tom", stock("tom"), layer(t, s, "tom"))
	same(t, "the events of tom", 1, len(events(t, s, "tom", rolekit.AuditQuery{Limit: 10})))
	same(t, "what is left", []rolekit.OrgID{"TOM", "tom"}, idsOf(Dump(t, s).Orgs))
}

func twinThings(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	ids := []string{"THING", "Thing", "thing"}
	users := []string{"A\u0308da", "ADA", "Ada", "ada", "\u00c4da"}
	want := rolekit.Layer{Org: orgOf("tom"), Chosen: map[rolekit.UserID]rolekit.ProfileID{}}
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		var err error
		for i, id := range ids {
			role := rolekit.RoleRecord{Org: "tom", ID: rolekit.RoleID(id), Label: id, Revision: rolekit.Revision(i)}
			group := rolekit.Group{Org: "tom", ID: rolekit.GroupID(id), Label: id, Revision: rolekit.Revision(i)}
			set := rolekit.ResourceSet{Org: "tom", ID: rolekit.SetID(id), Label: id, Revision: rolekit.Revision(i)}
			want.Roles, want.Groups, want.Sets = append(want.Roles, role), append(want.Groups, group), append(want.Sets, set)
			err = errors.Join(err, w.PutRoles(ctx, role), w.PutGroup(ctx, group), w.PutSet(ctx, set))
		}
		for _, user := range users {
			rule := link("tom", "user:"+user, "role:thing")
			want.Chosen[rolekit.UserID(user)] = rolekit.ProfileID(user)
			want.Rules = append(want.Rules, rule)
			acts := rolekit.ChosenProfile{Org: "tom", User: rolekit.UserID(user), Profile: rolekit.ProfileID(user)}
			err = errors.Join(err, w.PutChosen(ctx, acts), w.AddRules(ctx, rule))
		}
		return err
	})
	same(t, "the layer", want, layer(t, s, "tom"))
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.DeleteRole(ctx, "tom", "Thing"), w.DeleteGroup(ctx, "tom", "Thing"), w.DeleteSet(ctx, "tom", "Thing"),
			w.PutChosen(ctx, rolekit.ChosenProfile{Org: "tom", User: "Ada"}), w.RemoveRules(ctx, link("tom", "user:Ada", "role:thing")))
	})
	want.Roles, want.Groups, want.Sets = append(want.Roles[:1], want.Roles[2]), append(want.Groups[:1], want.Groups[2]), append(want.Sets[:1], want.Sets[2])
	delete(want.Chosen, "Ada")
	want.Rules = append(want.Rules[:2], want.Rules[3:]...)
	same(t, "the layer without one of each", want, layer(t, s, "tom"))
}

func sortedByBytes(t *testing.T, s rolekit.Store) {
	want := []rolekit.OrgID{"10", "9", "B", "Z", "_", "a", "a-b", "a.b", "a_b", "ab", "b", "\u00e9", "\u6f22", "\U0001f331"}
	mixed := []rolekit.OrgID{"b", "\u00e9", "a.b", "Z", "10", "\U0001f331", "a", "ab", "_", "a-b", "9", "\u6f22", "B", "a_b"}
	insert(t, s, mixed...)
	same(t, "the organisations", want, idsOf(Dump(t, s).Orgs))
	for _, id := range mixed {
		in(t, s, "a", func(ctx context.Context, w rolekit.Writer) error {
			return errors.Join(w.PutRoles(ctx, rolekit.RoleRecord{Org: "a", ID: rolekit.RoleID(id)}),
				w.PutGroup(ctx, rolekit.Group{Org: "a", ID: rolekit.GroupID(id)}), w.PutSet(ctx, rolekit.ResourceSet{Org: "a", ID: rolekit.SetID(id)}),
				w.Lock(ctx, id), w.AddRules(ctx, link(id, "user:ada", "role:clerk")))
		})
	}
	l := layer(t, s, "a")
	var roles, groups, sets []rolekit.OrgID
	for i := range l.Roles {
		roles, groups = append(roles, rolekit.OrgID(l.Roles[i].ID)), append(groups, rolekit.OrgID(l.Groups[i].ID))
		sets = append(sets, rolekit.OrgID(l.Sets[i].ID))
	}
	same(t, "the roles", want, roles)
	same(t, "the groups", want, groups)
	same(t, "the sets", want, sets)
	view(t, s, func(r rolekit.Reader) error {
		of, err := r.OrgsOf(t.Context(), "ada")
		same(t, "the organisations of ada", want, of)
		return err
	})
}
