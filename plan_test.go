package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
)

// frame is what a generated policy is said of: organisations and default roles,
// roles with some grants, and groups and sets that are empty. Ids are unique.
type frame struct {
	orgs     []rolekit.NewOrg // parents before their children, at most 4 deep
	defaults rolekit.Defaults
	roles    map[rolekit.OrgID][]rolekit.RoleSpec
	groups   map[rolekit.OrgID][]rolekit.GroupID
	sets     map[rolekit.OrgID][]rolekit.SetID
}

// fact is one thing that is said of a frame. Facts can be said in any order, and
// taken back.
type fact struct {
	rolekit.Assignment // that is made

	org  rolekit.OrgID
	kind factKind
	id   string        // of the role, group or set that it is said of; of a member
	to   string        // the role included, the group or user put in, the resource
	what rolekit.Grant // that the role gets
}

type factKind string

const (
	factGrant    factKind = "grant"
	factInclude  factKind = "include"
	factUser     factKind = "user in group"
	factGroup    factKind = "group in group"
	factResource factKind = "resource in set"
	factGiven    factKind = "given"
	factMember   factKind = "member"
)

// say makes the fact true.
func (f fact) say(ctx context.Context, m *rolekit.Manager) error {
	switch f.kind {
	case factGrant:
		return f.editRole(ctx, m, func(r *rolekit.Role) { r.Grants = append(r.Grants, f.what) })
	case factInclude:
		return f.editRole(ctx, m, func(r *rolekit.Role) { r.Includes = append(r.Includes, rolekit.RoleID(f.to)) })
	case factUser:
		return m.AddToGroup(ctx, f.org, rolekit.GroupID(f.id), []rolekit.UserID{rolekit.UserID(f.to)}, nil)
	case factGroup:
		return m.AddToGroup(ctx, f.org, rolekit.GroupID(f.id), nil, []rolekit.GroupID{rolekit.GroupID(f.to)})
	case factResource:
		return m.AddResources(ctx, f.org, rolekit.SetID(f.id), rolekit.ResourceID(f.to))
	case factGiven:
		return m.PutAssignment(ctx, f.org, f.Assignment)
	default:
		return m.AddMember(ctx, f.org, rolekit.UserID(f.id))
	}
}

// unsay takes the fact back. A member goes with all that they were given, so
// that one is never taken back.
func (f fact) unsay(ctx context.Context, m *rolekit.Manager) error {
	switch f.kind {
	case factGrant:
		return f.editRole(ctx, m, func(r *rolekit.Role) {
			r.Grants = slices.DeleteFunc(r.Grants, func(g rolekit.Grant) bool { return g == f.what })
		})
	case factInclude:
		return f.editRole(ctx, m, func(r *rolekit.Role) {
			r.Includes = slices.DeleteFunc(r.Includes, func(id rolekit.RoleID) bool { return string(id) == f.to })
		})
	case factUser:
		return m.RemoveFromGroup(ctx, f.org, rolekit.GroupID(f.id), []rolekit.UserID{rolekit.UserID(f.to)}, nil)
	case factGroup:
		return m.RemoveFromGroup(ctx, f.org, rolekit.GroupID(f.id), nil, []rolekit.GroupID{rolekit.GroupID(f.to)})
	case factResource:
		return m.RemoveResources(ctx, f.org, rolekit.SetID(f.id), rolekit.ResourceID(f.to))
	case factGiven:
		return m.RemoveAssignment(ctx, f.org, f.Assignment)
	default:
		return errors.New("a member is not taken back")
	}
}

func (f fact) editRole(ctx context.Context, m *rolekit.Manager, edit func(*rolekit.Role)) error {
	id := rolekit.RoleID(f.id)
	r, err := m.Role(ctx, f.org, id)
	if err != nil {
		return err
	}
	edit(&r)
	if f.kind == factInclude {
		_, err = m.UpdateRole(ctx, f.org, id, rolekit.RolePatch{Includes: &r.Includes}, r.Revision)
	} else {
		_, err = m.SetGrants(ctx, f.org, id, r.Grants, r.Revision)
	}
	return err
}

// build makes the frame on an empty store and says the facts.
func (fr frame) build(t testing.TB, w *world, facts []fact) {
	t.Helper()
	ctx, m := t.Context(), w.system()
	_, err := m.ApplyDefaults(ctx, fr.defaults)
	check := func(more error) { err = errors.Join(err, more) }
	for _, o := range fr.orgs {
		_, e := m.CreateOrg(ctx, o)
		check(e)
		for _, id := range fr.sets[o.ID] {
			_, e := m.PutSet(ctx, o.ID, rolekit.SetSpec{ID: id}, 0)
			check(e)
		}
		for _, spec := range fr.roles[o.ID] {
			_, e := m.CreateRole(ctx, o.ID, spec)
			check(e)
		}
		for _, id := range fr.groups[o.ID] {
			_, e := m.PutGroup(ctx, o.ID, rolekit.GroupSpec{ID: id}, 0)
			check(e)
		}
	}
	for _, f := range facts {
		if e := f.say(ctx, m); e != nil {
			check(fmt.Errorf("%+v: %w", f, e))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// move moves an organisation in a kit and in the frame, if it may be.
func (fr frame) move(ctx context.Context, m *rolekit.Manager, to rolekit.NewOrg) error {
	err := moved(m.MoveOrg(ctx, to.ID, to.Parent, 0))
	if err == nil {
		fr.orgs[slices.IndexFunc(fr.orgs, func(o rolekit.NewOrg) bool { return o.ID == to.ID })].Parent = to.Parent
	}
	return err
}

// line returns an organisation and its ancestors, upward.
func (fr frame) line(id rolekit.OrgID) []rolekit.OrgID {
	var ids []rolekit.OrgID
	for id != "" {
		ids = append(ids, id)
		i := slices.IndexFunc(fr.orgs, func(o rolekit.NewOrg) bool { return o.ID == id })
		id = fr.orgs[i].Parent
	}
	return ids
}

// The people of generated policies, one of whom is called like a role.
func people() []rolekit.UserID {
	return []rolekit.UserID{"ada", "bob", "service:ci", "role:owner"}
}

// grantsFor returns the grants that a role of modelYAML's profiles may have,
// sets of that name among them.
func grantsFor(profile rolekit.ProfileID, sets []rolekit.SetID) []rolekit.Grant {
	var all []rolekit.Grant
	add := func(p rolekit.Permission, accesses ...rolekit.Access) {
		for _, a := range accesses {
			all = append(all, rolekit.Grant{Permission: p, Access: a})
		}
	}
	add("invoices:read", "any", "team", "own", "friend")
	add("invoices:write", "any", "own")
	add("jobs:read", "any", "team", "own")
	add("jobs:write", "any", "team", "own")
	add("iam.members:read", "any")
	if profile == "owner" {
		add("invoices:approve", "any")
	}
	for _, id := range sets {
		add("invoices:read", rolekit.InSet(id))
		add("invoices:write", rolekit.InSet(id))
		add("jobs:read", rolekit.InSet(id))
	}
	return all
}

// drawFrame draws a frame.
func drawFrame(rt *rapid.T) frame {
	fr := frame{roles: map[rolekit.OrgID][]rolekit.RoleSpec{}, groups: map[rolekit.OrgID][]rolekit.GroupID{}, sets: map[rolekit.OrgID][]rolekit.SetID{}}
	number := func(most int, what string) int { return rapid.IntRange(0, most).Draw(rt, what) }
	profile := rapid.SampledFrom([]rolekit.ProfileID{"owner", "worker"})
	for i := range 3 + number(3, "more organisations") {
		o := rolekit.NewOrg{ID: rolekit.OrgID(fmt.Sprint("o", i))}
		if under := number(i, "parent"); under < i && len(fr.line(fr.orgs[under].ID)) < 4 {
			o.Parent = fr.orgs[under].ID
		}
		fr.orgs = append(fr.orgs, o)
		for k := range number(2, "roles") {
			spec := rolekit.RoleSpec{ID: rolekit.RoleID(fmt.Sprint("r-", o.ID, "-", k)), Profile: profile.Draw(rt, "profile")}
			spec.Grants = rapid.SliceOfN(rapid.SampledFrom(grantsFor(spec.Profile, nil)), 0, 2).Draw(rt, "grants")
			fr.roles[o.ID] = append(fr.roles[o.ID], spec)
		}
		for k := range number(2, "groups") {
			fr.groups[o.ID] = append(fr.groups[o.ID], rolekit.GroupID(fmt.Sprint("g-", o.ID, "-", k)))
		}
		for k := range number(1, "sets") {
			fr.sets[o.ID] = append(fr.sets[o.ID], rolekit.SetID(fmt.Sprint("s-", o.ID, "-", k)))
		}
	}
	some := func(profile rolekit.ProfileID) []rolekit.Grant {
		return rapid.SliceOfN(rapid.SampledFrom(grantsFor(profile, []rolekit.SetID{"s-o0-0"})), 1, 3).Draw(rt, "default grants")
	}
	fr.defaults.Roles = []rolekit.RoleSpec{
		{ID: "d0", Profile: "owner", Grants: some("owner")},
		{ID: "d1", Profile: "worker", Grants: some("worker")},
		{ID: "d2", Profile: "owner", Grants: some("owner"), Includes: []rolekit.RoleID{"d0"}},
	}
	fr.defaults.Baseline = map[rolekit.ProfileID][]rolekit.Grant{"owner": some("owner"), "worker": some("worker")}
	return fr
}

// drawFact draws something that can be said of the frame; false where what it
// needs is not there.
func (fr frame) drawFact(rt *rapid.T) (fact, bool) {
	f := fact{org: rapid.SampledFrom(fr.orgs).Draw(rt, "org").ID}
	line := fr.line(f.org)
	var (
		roles  = slices.Clone(fr.defaults.Roles)
		groups []rolekit.GroupID
		sets   []rolekit.SetID
		person = rapid.SampledFrom(people())
	)
	for _, id := range line {
		roles = append(roles, fr.roles[id]...)
		groups = append(groups, fr.groups[id]...)
		sets = append(sets, fr.sets[id]...)
	}
	f.kind = rapid.SampledFrom([]factKind{
		factGiven, factGiven, factGiven, factGrant, factGrant, factInclude, factUser, factUser, factGroup, factResource, factMember,
	}).Draw(rt, "fact")
	switch f.kind {
	case factGrant, factInclude:
		if len(fr.roles[f.org]) == 0 {
			return f, false
		}
		own := rapid.SampledFrom(fr.roles[f.org]).Draw(rt, "role")
		f.id = string(own.ID)
		if f.kind == factGrant {
			f.what = rapid.SampledFrom(grantsFor(own.Profile, sets)).Draw(rt, "grant")
			return f, !slices.Contains(own.Grants, f.what)
		}
		other := rapid.SampledFrom(roles).Draw(rt, "included")
		f.to = string(other.ID)
		return f, other.Profile == own.Profile && (!strings.HasPrefix(f.to, "r-"+string(f.org)) || f.to < f.id)
	case factUser, factGroup:
		if len(fr.groups[f.org]) == 0 {
			return f, false
		}
		f.id, f.to = string(rapid.SampledFrom(fr.groups[f.org]).Draw(rt, "group")), string(person.Draw(rt, "user"))
		if f.kind == factGroup {
			f.to = string(rapid.SampledFrom(fr.groups[f.org]).Draw(rt, "inner"))
		}
		return f, f.kind == factUser || f.to < f.id
	case factResource:
		if len(fr.sets[f.org]) == 0 {
			return f, false
		}
		f.id, f.to = string(fr.sets[f.org][0]), rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "resource")
	case factMember:
		f.id = string(person.Draw(rt, "user"))
	default:
		f.Role = rapid.SampledFrom(roles).Draw(rt, "role").ID
		if len(groups) > 0 && rapid.Bool().Draw(rt, "to a group") {
			f.Group = rapid.SampledFrom(groups).Draw(rt, "group")
		} else {
			f.User = person.Draw(rt, "user")
		}
		f.Period = drawPeriod(rt)
	}
	return f, true
}

func drawPeriod(rt *rapid.T) rolekit.Period {
	hours := func(h int) time.Time { return noon().Add(time.Duration(h) * time.Hour) }
	return rapid.SampledFrom([]rolekit.Period{
		{}, {}, {}, {Until: hours(1)}, {Until: hours(-1)}, {From: hours(-1)}, {From: hours(1)}, {From: hours(-1), Until: hours(1)}, {From: hours(1), Until: hours(2)},
	}).Draw(rt, "period")
}

// drawFacts draws facts no two of which speak of the same.
func (fr frame) drawFacts(rt *rapid.T, most int) []fact {
	var facts []fact
	for range rapid.IntRange(most/2, most).Draw(rt, "facts") {
		f, ok := fr.drawFact(rt)
		if ok && !slices.ContainsFunc(facts, f.same) {
			facts = append(facts, f)
		}
	}
	return facts
}

// same reports whether two facts say the same but for when it holds.
func (f fact) same(other fact) bool {
	f.Period, other.Period = rolekit.Period{}, rolekit.Period{}
	return f == other
}

// drawn makes a drawn case fail in the way that lets rapid look for a smaller
// one.
type drawn struct {
	testing.TB

	rt *rapid.T
}

func (d drawn) Error(args ...any)                 { d.rt.Error(args...) }
func (d drawn) Errorf(format string, args ...any) { d.rt.Errorf(format, args...) }
func (d drawn) Fatal(args ...any)                 { d.rt.Fatal(args...) }
func (d drawn) Fatalf(format string, args ...any) { d.rt.Fatalf(format, args...) }
