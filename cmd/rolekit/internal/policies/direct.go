package policies

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/rolekit/rolekit"
)

// Direct is a database. Whoever has one is held to the permissions of the actor
// that [NewDirect] got, and to none where that is the system.
type Direct struct {
	kit   *rolekit.Kit
	store rolekit.Store
	actor rolekit.Actor
}

var _ Policies = (*Direct)(nil)

// NewDirect returns the policies of the store that the kit stands on. The audit log
// names the actor.
func NewDirect(kit *rolekit.Kit, store rolekit.Store, actor rolekit.Actor) *Direct {
	return &Direct{kit, store, actor}
}

// pageSize is how many items are asked for at once: the most that the kit returns.
const pageSize = 1000

func (d *Direct) manager() *rolekit.Manager { return d.kit.Manager().As(d.actor) }

// Orgs implements [Policies].
func (d *Direct) Orgs(ctx context.Context) ([]Org, error) {
	return whole(func(after string) ([]Org, string, error) {
		orgs, err := d.manager().Orgs(ctx, rolekit.OrgQuery{Listing: rolekit.Listing{After: rolekit.Mark{ID: after}, Limit: pageSize}})
		return each(orgs, orgOf), further(orgs, func(o rolekit.Org) string { return string(o.ID) }), err
	})
}

func orgOf(o rolekit.Org) Org { return Org{o.ID, o.Label, o.Parent, o.CreatedAt, o.Revision} }

// OrgsOf implements [Policies]. To the system it tells also where something was
// given that counts no more, or not yet.
func (d *Direct) OrgsOf(ctx context.Context, user rolekit.UserID) ([]Org, error) {
	switch d.actor.User {
	case "":
		return d.named(ctx, user)
	case user:
		memberships, err := d.kit.Memberships(ctx, user)
		return each(memberships, func(m rolekit.Membership) Org { return orgOf(m.Org) }), err
	}
	return d.Orgs(ctx)
}

// named returns the organisations that say something of a user, and those below.
func (d *Direct) named(ctx context.Context, user rolekit.UserID) ([]Org, error) {
	found := map[rolekit.OrgID]bool{}
	err := d.store.View(ctx, func(r rolekit.Reader) error {
		tops, err := r.OrgsOf(ctx, user)
		for _, top := range tops {
			below, err := r.Below(ctx, top)
			if err != nil {
				return err
			}
			found[top] = true
			for _, o := range below {
				found[o.ID] = true
			}
		}
		return err
	})
	if err != nil {
		return nil, &rolekit.Error{Code: rolekit.CodeUnavailable, Message: "the user's organisations cannot be read", Hint: "try again", Err: err}
	}
	all, err := d.Orgs(ctx)
	return slices.DeleteFunc(all, func(o Org) bool { return !found[o.ID] }), err
}

// Members implements [Policies].
func (d *Direct) Members(ctx context.Context, org rolekit.OrgID, q MemberQuery) ([]Member, error) {
	return whole(func(after string) ([]Member, string, error) {
		members, err := d.manager().Members(ctx, org, rolekit.MemberQuery{
			Prefix: q.Prefix, Role: q.Role, Group: q.Group, Profile: q.Profile, After: rolekit.UserID(after), Limit: pageSize,
		})
		return each(members, memberOf), further(members, func(m rolekit.Member) string { return string(m.User) }), err
	})
}

// Member implements [Policies].
func (d *Direct) Member(ctx context.Context, org rolekit.OrgID, user rolekit.UserID) (Member, error) {
	members, err := d.manager().Members(ctx, org, rolekit.MemberQuery{Prefix: string(user), Limit: 1})
	return memberIn(user, each(members, memberOf)), err
}

func memberOf(m rolekit.Member) Member {
	return Member{m.User, each(m.Roles, assignedOf), listed(m.Groups)}
}

func assignedOf(r rolekit.AssignedRole) AssignedRole {
	return AssignedRole{r.Role, optional(r.From), optional(r.Until), r.Ended}
}

// Give implements [Policies].
func (d *Direct) Give(ctx context.Context, org rolekit.OrgID, a Assignment) error {
	return d.manager().PutAssignment(ctx, org, a.assignment())
}

// Take implements [Policies].
func (d *Direct) Take(ctx context.Context, org rolekit.OrgID, a Assignment) error {
	return d.manager().RemoveAssignment(ctx, org, a.assignment())
}

func (a Assignment) assignment() rolekit.Assignment {
	given := rolekit.Assignment{User: a.User, Group: a.Group, Role: a.Role}
	if a.From != nil {
		given.From = *a.From
	}
	if a.Until != nil {
		given.Until = *a.Until
	}
	return given
}

// Check implements [Policies].
func (d *Direct) Check(ctx context.Context, org rolekit.OrgID, q Question) (Decision, error) {
	got, err := d.manager().Check(ctx, q.who(org), q.Permission, q.resource())
	return Decision{got.Allowed, listed(got.Access()), each(got.Reasons(), reasonOf), got.Revision()}, err
}

// Explain implements [Policies].
func (d *Direct) Explain(ctx context.Context, org rolekit.OrgID, q Question) (rolekit.Explanation, error) {
	return d.manager().Explain(ctx, q.who(org), q.Permission, q.resource())
}

func (q Question) who(org rolekit.OrgID) rolekit.Identity {
	return rolekit.Identity{User: q.User, Org: org, Profile: q.Profile}
}

func (q Question) resource() rolekit.Resource { //nolint:ireturn // none must be a nil interface
	if q.Resource == nil {
		return nil
	}
	return rolekit.Facts(*q.Resource)
}

func reasonOf(r rolekit.Reason) Reason {
	shown := Reason{r.Role, r.Baseline, r.Org, r.Grant.Permission, r.Grant.Access}
	if shown.Org == rolekit.AllOrgs {
		shown.Org = ""
	}
	return shown
}

// Effective implements [Policies].
func (d *Direct) Effective(ctx context.Context, org rolekit.OrgID, user rolekit.UserID, profile rolekit.ProfileID) (Effective, error) {
	all, revision, err := d.manager().Effective(ctx, org, user, profile)
	return Effective{each(all, func(g rolekit.EffectiveGrant) EffectiveGrant {
		return EffectiveGrant{g.Profile, g.Permission, g.Access, each(g.Sources, sourceOf), g.More}
	}), revision}, err
}

func sourceOf(s rolekit.Source) Source { return Source{s.Path, optional(s.From), optional(s.Until)} }

// WhoCan implements [Policies].
func (d *Direct) WhoCan(ctx context.Context, org rolekit.OrgID, q WhoQuery) (found WhoCan, err error) {
	ask := rolekit.WhoQuery{Permission: q.Permission, Profile: q.Profile, Limit: pageSize}
	if q.Resource != (Resource{}) {
		ask.Resource = rolekit.Facts(q.Resource)
	}
	found.Items, err = whole(func(after string) ([]Holder, string, error) {
		ask.After = rolekit.UserID(after)
		holders, revision, err := d.manager().WhoCan(ctx, org, ask)
		found.Revision = revision
		return each(holders, holderOf), further(holders, func(h rolekit.Holder) string { return string(h.User) }), err
	})
	return found, err
}

func holderOf(h rolekit.Holder) Holder {
	return Holder{h.User, each(h.As, func(c rolekit.Capacity) Capacity {
		return Capacity{c.Profile, each(c.Reaches, func(r rolekit.Reach) Reach { return Reach(r) })}
	})}
}

// Audit implements [Policies].
func (d *Direct) Audit(ctx context.Context, org rolekit.OrgID, q AuditQuery) ([]Event, error) {
	if err := d.kit.Refresh(ctx); err != nil { // the actor may have lost the right to read it
		return nil, err
	}
	return atMost(q.Limit, func(after string, limit int) ([]Event, string, error) {
		before := q.Before
		if after != "" {
			before, _ = strconv.ParseInt(after, 10, 64) // it was written below
		}
		events, err := d.manager().Audit(ctx, org, rolekit.AuditQuery{
			Actor: q.Actor, Action: q.Action, Target: q.Target, Kind: q.Kind, From: q.From, Until: q.Until, Before: before, Limit: min(limit, pageSize),
		})
		next := further(events, func(e rolekit.AuditEvent) string { return strconv.FormatInt(e.ID, 10) })
		return each(events, eventOf), next, err
	})
}

func eventOf(e rolekit.AuditEvent) Event {
	return Event{e.ID, e.At.UTC(), e.Actor, e.Action, e.Target, normal(e.Before), normal(e.After)}
}

// Catalog implements [Policies].
func (d *Direct) Catalog(context.Context) (Catalog, error) {
	c := d.kit.Catalog()
	return Catalog{each(c.Profiles(), func(p rolekit.ProfileInfo) Profile { return Profile(p) }), each(c.Permissions(), permissionOf)}, nil
}

func permissionOf(p rolekit.PermissionInfo) Permission { return Permission{p.ID, p.Label} }

// Matrix implements [Policies].
func (d *Direct) Matrix(ctx context.Context, org rolekit.OrgID, q MatrixQuery) (m Matrix, err error) {
	m.Roles, err = whole(func(after string) ([]MatrixRole, string, error) {
		table, err := d.manager().Matrix(ctx, org, rolekit.RoleQuery{
			Listing: rolekit.Listing{After: rolekit.Mark{ID: after}, Limit: pageSize}, Profile: q.Profile, Origin: q.Origin,
		})
		m.Org, m.Revision, m.Baseline = table.Org, table.Revision, baselines(table.Baseline)
		return each(table.Roles, matrixRoleOf), further(table.Roles, func(r rolekit.MatrixRole) string { return string(r.ID) }), err
	})
	permissions := d.kit.Catalog().Permissions()
	m.Objects = each(d.kit.Catalog().Objects(), func(o rolekit.ObjectInfo) MatrixObject {
		of := slices.DeleteFunc(slices.Clone(permissions), func(p rolekit.PermissionInfo) bool { return p.ID.Object() != o.ID })
		return MatrixObject{o.ID, o.Label, each(of, permissionOf)}
	})
	return m, err
}

func matrixRoleOf(r rolekit.MatrixRole) MatrixRole {
	shown := MatrixRole{
		ID: r.ID, Label: r.Label, Description: r.Description, Profile: r.Profile, Origin: r.Origin, Org: r.Org, Own: r.Own,
		Includes: listed(r.Includes), Revision: r.Revision,
		Cells: each(r.Cells, func(c rolekit.MatrixCell) MatrixCell { return MatrixCell{c.Permission, c.Access, c.How, c.By, c.From} }),
	}
	if r.Origin == rolekit.OriginDefault {
		shown.Org = ""
	}
	return shown
}

func baselines(by map[rolekit.ProfileID][]rolekit.Grant) []Baseline {
	return each(slices.SortedFunc(maps.Keys(by), cmp.Compare[rolekit.ProfileID]), func(p rolekit.ProfileID) Baseline {
		return Baseline{p, listed(by[p])}
	})
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func each[A, B any](as []A, f func(A) B) []B {
	bs := make([]B, len(as))
	for i, a := range as {
		bs[i] = f(a)
	}
	return bs
}

func listed[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
