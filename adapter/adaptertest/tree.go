package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

func treeTests() []storeTest {
	return []storeTest{
		{"Line is the organisation and its ancestors, upward", line},
		{"Line ends, whatever is stored", lineEnds},
		{"Below is every organisation below, sorted", belowAll},
		{"Below reaches hundreds on a level", belowMany},
		{"OrgsOf is where a user has links of their own", orgsOf},
		{"Layers yields each organisation that exists", layers},
		{"Layers yields hundreds", layersMany},
	}
}

// plant adds organisations with parents, in order: child, parent, child, parent.
func plant(t testing.TB, s rolekit.Store, pairs ...rolekit.OrgID) {
	t.Helper()
	update(t, s, func(w rolekit.Writer) error {
		err := w.Lock(t.Context(), rolekit.AllOrgs)
		for pair := range slices.Chunk(pairs, 2) {
			org := orgOf(pair[0])
			org.Parent = pair[1]
			err = errors.Join(err, w.InsertOrg(t.Context(), org))
		}
		return err
	})
}

func idsOf(orgs []rolekit.Org) (ids []rolekit.OrgID) {
	for _, o := range orgs {
		ids = append(ids, o.ID)
	}
	return ids
}

func line(t *testing.T, s rolekit.Store) {
	plant(t, s, "tom", "", "jack", "", "tom.north", "tom", "tom.north.east", "tom.north", "lost", "nowhere")
	for id, want := range map[rolekit.OrgID][]rolekit.OrgID{
		"tom": {"tom"}, "tom.north": {"tom.north", "tom"}, "tom.north.east": {"tom.north.east", "tom.north", "tom"}, "lost": {"lost"},
	} {
		view(t, s, func(r rolekit.Reader) error {
			got, err := r.Line(t.Context(), id)
			same(t, "the line of "+string(id), want, idsOf(got))
			if len(got) > 0 {
				parent := got[0]
				parent.Parent = ""
				same(t, "the organisation", orgOf(id), parent)
			}
			return err
		})
	}
	for _, id := range []rolekit.OrgID{"nowhere", "TOM", "", rolekit.AllOrgs, "tom%"} {
		err := s.View(t.Context(), func(r rolekit.Reader) error {
			_, err := r.Line(t.Context(), id)
			return err
		})
		isError(t, "the line of "+string(id), err, rolekit.ErrOrgNotFound)
	}
}

func lineEnds(t *testing.T, s rolekit.Store) {
	plant(t, s, "a", "c", "b", "a", "c", "b", "self", "self")
	for _, id := range []rolekit.OrgID{"a", "self"} {
		view(t, s, func(r rolekit.Reader) error {
			got, err := r.Line(t.Context(), id)
			if len(got) != rolekit.MaxOrgDepth+1 {
				t.Errorf("the line of %s has %d organisations: %v", id, len(got), idsOf(got))
			}
			return err
		})
	}
}

func belowAll(t *testing.T, s rolekit.Store) {
	plant(t, s, "tom", "", "jack", "", "Tom", "", "zoo", "tom", "b", "zoo", "a", "tom", "c", "b", "other", "jack", "OTHER", "Tom")
	all := []rolekit.OrgID{"OTHER", "Tom", "a", "b", "c", "jack", "other", "tom", "zoo"}
	for id, want := range map[rolekit.OrgID][]rolekit.OrgID{
		"tom": {"a", "b", "c", "zoo"}, "zoo": {"b", "c"}, "c": nil, "jack": {"other"}, "Tom": {"OTHER"}, "nowhere": nil, rolekit.AllOrgs: all,
	} {
		view(t, s, func(r rolekit.Reader) error {
			got, err := r.Below(t.Context(), id)
			same(t, "below "+string(id), want, idsOf(got))
			return err
		})
	}
}

func belowMany(t *testing.T, s rolekit.Store) {
	pairs := []rolekit.OrgID{"tom", ""}
	var want []rolekit.OrgID
	for i := range 600 {
		id := rolekit.OrgID(fmt.Sprintf("tom.%03d", i))
		pairs, want = append(pairs, id, "tom"), append(want, id)
	}
	plant(t, s, append(pairs, "zoo.first", "tom.000", "zoo.last", "tom.599")...)
	view(t, s, func(r rolekit.Reader) error {
		got, err := r.Below(t.Context(), "tom")
		same(t, "below", append(want, "zoo.first", "zoo.last"), idsOf(got))
		return err
	})
}

func orgsOf(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack", "anna", "zoe", "bea", "TOM")
	for org, rules := range map[rolekit.OrgID][]rolekit.Rule{
		"tom":  {link("tom", "user:ada", "role:clerk"), link("tom", "user:ada", "role:boss"), link("tom", "group:ada", "role:clerk")},
		"jack": {link("jack", "user:ada", "org:jack"), link("jack", "service:ci", "role:clerk")},
		"anna": {timed("anna", "user:ada", "role:clerk", "_", "2001-01-02 03:04:05")},
		"zoe":  {link("zoe", "user:ada", "group:crew"), link("zoe", "user:Ada", "role:clerk"), resource("zoe", "user:dora", "shelf")},
		"bea":  {link("bea", "role:ada", "role:clerk"), link("bea", "user:Ada", "role:clerk"), link("bea", "user:ada2", "role:clerk")},
		"TOM":  {link("TOM", "user:service", "role:clerk"), link("TOM", "user:%", "role:clerk"), grant("TOM", "ada", "invoices:read")},
	} {
		add(t, s, org, rules...)
	}
	for user, want := range map[rolekit.UserID][]rolekit.OrgID{
		"ada": {"anna", "jack", "tom", "zoe"}, "Ada": {"bea", "zoe"}, "service:ci": {"jack"}, "%": {"TOM"},
		"ci": nil, "ADA": nil, "dora": nil, "": nil, "role:ada": nil,
	} {
		view(t, s, func(r rolekit.Reader) error {
			got, err := r.OrgsOf(t.Context(), user)
			same(t, "the organisations of "+string(user), want, got)
			return err
		})
	}
}

// stream returns what Layers yields.
func stream(t testing.TB, s rolekit.Store, ids ...rolekit.OrgID) map[rolekit.OrgID]rolekit.Layer {
	t.Helper()
	all := map[rolekit.OrgID]rolekit.Layer{}
	view(t, s, func(r rolekit.Reader) error {
		for l, err := range r.Layers(t.Context(), ids) {
			if err != nil {
				return err
			}
			if _, twice := all[l.Org.ID]; twice {
				t.Errorf("%s comes twice", l.Org.ID)
			}
			all[l.Org.ID] = l
		}
		return nil
	})
	return all
}

func layers(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack", "Tom", "empty")
	for _, id := range []rolekit.OrgID{"tom", "Tom", rolekit.AllOrgs} {
		fill(t, s, id)
	}
	type all = map[rolekit.OrgID]rolekit.Layer
	same(t, "none", all{}, stream(t, s))
	same(t, "some", all{"tom": stock("tom"), "jack": {Org: orgOf("jack")}}, stream(t, s, "tom", "nowhere", "jack", "TOM"))
	same(t, "every one", all{
		"tom": stock("tom"), "Tom": stock("Tom"), "jack": {Org: orgOf("jack")}, "empty": {Org: orgOf("empty")}, rolekit.AllOrgs: stock(rolekit.AllOrgs),
	}, stream(t, s, "tom", "jack", "Tom", "empty", rolekit.AllOrgs))

	// Whoever has seen enough stops; and asks for something else meanwhile.
	view(t, s, func(r rolekit.Reader) error {
		for l, err := range r.Layers(t.Context(), []rolekit.OrgID{"tom", "jack", "empty"}) {
			ok(t, "Layers", err)
			again, err := r.Layer(t.Context(), l.Org.ID)
			same(t, "the same layer, asked for by itself", l, again)
			ok(t, "Layer", err)
			if l.Org.ID == "jack" {
				break
			}
		}
		_, err := r.Layer(t.Context(), "tom")
		return err
	})
}

func layersMany(t *testing.T, s rolekit.Store) {
	var ids []rolekit.OrgID
	want := map[rolekit.OrgID]rolekit.Layer{}
	for i := range 300 {
		ids = append(ids, rolekit.OrgID(fmt.Sprint("org", i)))
	}
	insert(t, s, ids...)
	update(t, s, func(w rolekit.Writer) error {
		ctx := t.Context()
		for i, id := range ids {
			l := rolekit.Layer{Org: orgOf(id), Rules: []rolekit.Rule{link(id, fmt.Sprint("user:", i), "role:clerk"), grant(id, "clerk", "invoices:read")}}
			want[id] = l
			if err := errors.Join(w.Lock(ctx, id), w.AddRules(ctx, l.Rules...)); err != nil {
				return err
			}
		}
		return nil
	})
	same(t, "the layers", want, stream(t, s, ids...))
	ctx, cancel := context.WithCancel(t.Context())
	err := s.View(ctx, func(r rolekit.Reader) error {
		for _, err := range r.Layers(ctx, ids) {
			if err != nil {
				return err
			}
			cancel()
		}
		return ctx.Err()
	})
	isError(t, "Layers whose context ends", err, context.Canceled)
}
