package adaptertest

import (
	"context"
	"errors"
	"testing"

	"github.com/rolekit/rolekit"
)

func namedTests() []storeTest {
	return []storeTest{
		{"PutGroup inserts and replaces, DeleteGroup deletes", groups},
		{"PutSet inserts and replaces, DeleteSet deletes", sets},
		{"PutChosen remembers the last profile, and forgets", chosen},
		{"SetBase stands beside the revision and is not part of it", base},
		{"whatever an organisation holds comes back in its layer, and in no other", wholeLayer},
	}
}

// kind is how a store keeps things that have an id in an organisation.
type kind[T any] struct {
	make   func(rolekit.Group) T // of which it takes everything
	put    func(context.Context, rolekit.Writer, T) error
	remove func(ctx context.Context, w rolekit.Writer, org rolekit.OrgID, id string) error
	in     func(rolekit.Layer) []T
}

func groups(t *testing.T, s rolekit.Store) {
	keeps(t, s, kind[rolekit.Group]{
		make: func(g rolekit.Group) rolekit.Group { return g },
		put:  func(ctx context.Context, w rolekit.Writer, g rolekit.Group) error { return w.PutGroup(ctx, g) },
		remove: func(ctx context.Context, w rolekit.Writer, org rolekit.OrgID, id string) error {
			return w.DeleteGroup(ctx, org, rolekit.GroupID(id))
		},
		in: func(l rolekit.Layer) []rolekit.Group { return l.Groups },
	})
}

func sets(t *testing.T, s rolekit.Store) {
	keeps(t, s, kind[rolekit.ResourceSet]{
		make: func(g rolekit.Group) rolekit.ResourceSet {
			return rolekit.ResourceSet{Org: g.Org, ID: rolekit.SetID(g.ID), Label: g.Label, Description: g.Description, Revision: g.Revision}
		},
		put: func(ctx context.Context, w rolekit.Writer, s rolekit.ResourceSet) error { return w.PutSet(ctx, s) },
		remove: func(ctx context.Context, w rolekit.Writer, org rolekit.OrgID, id string) error {
			return w.DeleteSet(ctx, org, rolekit.SetID(id))
		},
		in: func(l rolekit.Layer) []rolekit.ResourceSet { return l.Sets },
	})
}

func keeps[T any](t *testing.T, s rolekit.Store, k kind[T]) {
	t.Helper()
	insert(t, s, "tom", "jack")
	put := func(org rolekit.OrgID, thing T) {
		in(t, s, org, func(ctx context.Context, w rolekit.Writer) error { return k.put(ctx, w, thing) })
	}
	remove := func(id string) {
		in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return k.remove(ctx, w, "tom", id) })
	}
	second := k.make(rolekit.Group{Org: "tom", ID: "second", Label: "Second “A” 🌱", Description: "line 1\nline 2", Revision: 5})
	first := k.make(rolekit.Group{Org: "tom", ID: "first", Label: "First", Revision: 4})
	theirs := k.make(rolekit.Group{Org: "jack", ID: "second", Label: "Jack’s", Revision: 1})
	put("tom", second)
	put("tom", first)
	put("jack", theirs)
	same(t, "what there is, sorted", []T{first, second}, k.in(layer(t, s, "tom")))
	second = k.make(rolekit.Group{Org: "tom", ID: "second", Revision: 6})
	put("tom", second)
	same(t, "what there is after a change", []T{first, second}, k.in(layer(t, s, "tom")))
	remove("second")
	remove("nobody")
	same(t, "what there is after a deletion", []T{first}, k.in(layer(t, s, "tom")))
	same(t, "what the other has", []T{theirs}, k.in(layer(t, s, "jack")))
}

func chosen(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	type profiles = map[rolekit.UserID]rolekit.ProfileID
	put := func(org rolekit.OrgID, user rolekit.UserID, profile rolekit.ProfileID) {
		in(t, s, org, func(ctx context.Context, w rolekit.Writer) error {
			return w.PutChosen(ctx, rolekit.ChosenProfile{Org: org, User: user, Profile: profile})
		})
	}
	put("tom", "ada", "owner")
	put("tom", "Ada", "worker")
	put("tom", "service:ci", "worker")
	put("jack", "ada", "client")
	same(t, "what was chosen", profiles{"ada": "owner", "Ada": "worker", "service:ci": "worker"}, layer(t, s, "tom").Chosen)
	put("tom", "ada", "worker")
	put("tom", "Ada", "")
	put("tom", "nobody", "")
	same(t, "what was chosen", profiles{"ada": "worker", "service:ci": "worker"}, layer(t, s, "tom").Chosen)
	same(t, "what was chosen in the other", profiles{"ada": "client"}, layer(t, s, "jack").Chosen)
}

func base(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.SetRevisions(ctx, 7, "tom"), w.SetBase(ctx, "tom", 1<<40))
	})
	same(t, "the layer", rolekit.Layer{Org: orgOf("tom"), Revision: 7, Base: 1 << 40}, layer(t, s, "tom"))
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.SetRevisions(ctx, 8, "tom") })
	same(t, "the layer", rolekit.Layer{Org: orgOf("tom"), Revision: 8, Base: 1 << 40}, layer(t, s, "tom"))
	same(t, "the other's layer", rolekit.Layer{Org: orgOf("jack")}, layer(t, s, "jack"))
	same(t, "the revisions", map[rolekit.OrgID]rolekit.Revision{"tom": 8, "jack": 0, rolekit.AllOrgs: 0}, Dump(t, s).Revisions)
}

// stock returns one of everything that an organisation can hold.
func stock(id rolekit.OrgID) rolekit.Layer {
	l := rolekit.Layer{
		Org: orgOf(id), Revision: 3, Base: 4,
		Roles:  []rolekit.RoleRecord{{Org: id, ID: "thing", Label: "A role", Profile: "owner", Revision: 1}},
		Groups: []rolekit.Group{{Org: id, ID: "thing", Label: "A group", Revision: 2}},
		Sets:   []rolekit.ResourceSet{{Org: id, ID: "thing", Label: "A set", Revision: 3}},
		Keys:   []rolekit.KeyRecord{keyOf(id, "key-"+string(id))},
		Chosen: map[rolekit.UserID]rolekit.ProfileID{"ada": "owner"},
		Rules: []rolekit.Rule{
			grant(id, "thing", "invoices:read"), link(id, "user:ada", "role:thing"), resource(id, "thing", "thing"),
			timed(id, "user:ada", "role:thing", "_", "2026-01-02 03:04:05"), link(id, "role:boss", "role:thing"),
			link(id, "user:ada", "org:"+string(id)), link(id, "group:thing", "role:thing"), link(id, "user:ada", "group:thing"),
		},
	}
	if id == rolekit.AllOrgs {
		l.Org = rolekit.Org{ID: id}
	}
	return l
}

// fill puts the stock into an organisation that is empty.
func fill(t testing.TB, s rolekit.Store, id rolekit.OrgID) {
	t.Helper()
	l := stock(id)
	in(t, s, id, func(ctx context.Context, w rolekit.Writer) error {
		_, err := w.Append(ctx, rolekit.AuditEvent{Org: id, Action: "test"})
		return errors.Join(
			err, w.PutRoles(ctx, l.Roles[0]), w.PutGroup(ctx, l.Groups[0]), w.PutSet(ctx, l.Sets[0]),
			w.PutChosen(ctx, rolekit.ChosenProfile{Org: id, User: "ada", Profile: "owner"}),
			w.InsertKey(ctx, l.Keys[0]), w.AddRules(ctx, l.Rules...), w.SetRevisions(ctx, l.Revision, id), w.SetBase(ctx, id, l.Base),
		)
	})
}

func wholeLayer(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	fill(t, s, "tom")
	same(t, "the layer", stock("tom"), layer(t, s, "tom"))
	same(t, "another's", rolekit.Layer{Org: orgOf("jack")}, layer(t, s, "jack"))
	fill(t, s, "jack")
	fill(t, s, rolekit.AllOrgs)
	for _, id := range []rolekit.OrgID{"tom", "jack", rolekit.AllOrgs} {
		same(t, "the layer of "+string(id), stock(id), layer(t, s, id))
	}
}
