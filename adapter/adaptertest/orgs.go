package adaptertest

import (
	"context"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func orgTests() []storeTest {
	return []storeTest{
		{"a new store has no organisation, and no default roles at revision 0", newStoreIsEmpty},
		{"an organisation that does not exist is ErrOrgNotFound", unknownOrg},
		{"InsertOrg keeps everything, at revision 0", insertKeeps},
		{"InsertOrg of a taken id is ErrExists and changes nothing", insertTaken},
		{"UpdateOrg replaces label and parent", updateOrg},
		{"Orgs are sorted by id", orgsSorted},
		{"DeleteOrg leaves no row of the organisation, and every row of others", deleteOrg},
		{"Revisions names those asked for, or all", revisions},
		{"PutRoles inserts and replaces, DeleteRole deletes", roles},
	}
}

func newStoreIsEmpty(t *testing.T, s rolekit.Store) {
	same(t, "a new store", State{
		Revisions: map[rolekit.OrgID]rolekit.Revision{rolekit.AllOrgs: 0},
		Layers:    map[rolekit.OrgID]rolekit.Layer{rolekit.AllOrgs: {Org: rolekit.Org{ID: rolekit.AllOrgs}}},
		Audit:     map[rolekit.OrgID][]rolekit.AuditEvent{rolekit.AllOrgs: nil},
	}, Dump(t, s))
}

func unknownOrg(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	for _, id := range []rolekit.OrgID{"jack", "to", "tom ", "TOM", "", "tom' OR '1'='1", "%", "t_m"} {
		view := s.View(t.Context(), func(r rolekit.Reader) error {
			_, err := r.Layer(t.Context(), id)
			return err
		})
		isError(t, "Layer of "+string(id), view, rolekit.ErrOrgNotFound)
		lock := s.Update(t.Context(), func(w rolekit.Writer) error { return w.Lock(t.Context(), id) })
		isError(t, "Lock of "+string(id), lock, rolekit.ErrOrgNotFound)
		both := s.Update(t.Context(), func(w rolekit.Writer) error { return w.Lock(t.Context(), "tom", id) })
		isError(t, "Lock of tom and "+string(id), both, rolekit.ErrOrgNotFound)
	}
}

func insertKeeps(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	child := rolekit.Org{
		ID: "tom.north", Label: "Tom’s Lawn Care 🌱 \"north\"", Parent: "tom",
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600)),
	}
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.InsertOrg(ctx, child) })
	got := layer(t, s, "tom.north")
	if !got.Org.CreatedAt.Equal(child.CreatedAt) {
		t.Errorf("created at %v, want %v", got.Org.CreatedAt, child.CreatedAt)
	}
	child.CreatedAt = got.Org.CreatedAt
	same(t, "the layer", rolekit.Layer{Org: child}, got)
}

func insertTaken(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.SetRevisions(ctx, 7, "tom") })
	before := Dump(t, s)
	err := tryIn(t.Context(), s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) error {
		return w.InsertOrg(ctx, rolekit.Org{ID: "tom", Label: "another", CreatedAt: time.Unix(0, 0)})
	})
	isError(t, "InsertOrg", err, rolekit.ErrExists)
	same(t, "the store", before, Dump(t, s))
}

func updateOrg(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack", "north")
	moved := orgOf("north")
	moved.Label, moved.Parent = "North", "tom"
	in(t, s, "north", func(ctx context.Context, w rolekit.Writer) error { return w.UpdateOrg(ctx, moved) })
	same(t, "the organisations", []rolekit.Org{orgOf("jack"), moved, orgOf("tom")}, Dump(t, s).Orgs)
	moved.Label, moved.Parent = "", ""
	in(t, s, "north", func(ctx context.Context, w rolekit.Writer) error { return w.UpdateOrg(ctx, moved) })
	same(t, "the organisation", moved, layer(t, s, "north").Org)
}

func orgsSorted(t *testing.T, s rolekit.Store) {
	insert(t, s, "b", "a.b", "a", "10", "a-b", "9", "a_b")
	var got []rolekit.OrgID
	for _, o := range Dump(t, s).Orgs {
		got = append(got, o.ID)
	}
	same(t, "the order", []rolekit.OrgID{"10", "9", "a", "a-b", "a.b", "a_b", "b"}, got)
}

func deleteOrg(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	fill(t, s, "jack")
	fill(t, s, rolekit.AllOrgs)
	without := Dump(t, s)
	delete(without.Layers, "tom")
	delete(without.Audit, "tom")
	delete(without.Revisions, "tom")
	without.Orgs = without.Orgs[:1]
	fill(t, s, "tom")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteOrg(ctx, "tom") })
	same(t, "the store without the organisation", without, Dump(t, s))

	insert(t, s, "tom") // whatever was left would come back to life now
	same(t, "the organisation made again", rolekit.Layer{Org: orgOf("tom")}, layer(t, s, "tom"))
	same(t, "its audit log", []rolekit.AuditEvent{}, Dump(t, s).Audit["tom"])
}

func revisions(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.SetRevisions(ctx, 1<<40, "tom") })
	in(t, s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) error { return w.SetRevisions(ctx, 3, rolekit.AllOrgs) })
	type all = map[rolekit.OrgID]rolekit.Revision
	for _, c := range []struct {
		ask  []rolekit.OrgID
		want all
	}{
		{nil, all{"tom": 1 << 40, "jack": 0, rolekit.AllOrgs: 3}},
		{[]rolekit.OrgID{"tom"}, all{"tom": 1 << 40}},
		{[]rolekit.OrgID{"jack", rolekit.AllOrgs}, all{"jack": 0, rolekit.AllOrgs: 3}},
		{[]rolekit.OrgID{"nobody"}, all{}},
		{[]rolekit.OrgID{"nobody", "jack"}, all{"jack": 0}},
	} {
		view(t, s, func(r rolekit.Reader) error {
			got, err := r.Revisions(t.Context(), c.ask...)
			same(t, "the revisions", c.want, got)
			return err
		})
	}
}

func roles(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	clerk := rolekit.RoleRecord{Org: "tom", ID: "clerk", Label: "Clerk", Description: "line 1\nline 2 – ü", Profile: "owner", Revision: 5, Created: 1 << 40}
	boss := rolekit.RoleRecord{
		Org: "tom", ID: "boss", Label: "Boss", Profile: "owner", Revision: 4, Created: 3,
		Reviewed: map[rolekit.Permission]rolekit.Revision{"invoices:write": 7, "jobs:read": 1 << 41},
	}
	theirs := rolekit.RoleRecord{Org: "jack", ID: "clerk", Label: "Jack’s", Profile: "worker", Revision: 1}
	put := func(r rolekit.RoleRecord) {
		in(t, s, r.Org, func(ctx context.Context, w rolekit.Writer) error { return w.PutRoles(ctx, r) })
	}
	put(clerk)
	put(boss)
	put(theirs)
	same(t, "the roles, sorted", []rolekit.RoleRecord{boss, clerk}, layer(t, s, "tom").Roles)

	clerk.Label, clerk.Description, clerk.Profile, clerk.Revision = "", "", "worker", 6
	put(clerk)
	same(t, "the roles", []rolekit.RoleRecord{boss, clerk}, layer(t, s, "tom").Roles)
	same(t, "the other's roles", []rolekit.RoleRecord{theirs}, layer(t, s, "jack").Roles)

	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteRole(ctx, "tom", "clerk") })
	same(t, "the roles", []rolekit.RoleRecord{boss}, layer(t, s, "tom").Roles)
	same(t, "the other's roles", []rolekit.RoleRecord{theirs}, layer(t, s, "jack").Roles)
}
