package rolekit

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// Review is a permission that came after a custom role, and waits for an admin to say
// whether the role is to grant it.
type Review struct {
	Role       RoleID
	Permission Permission
	Since      Revision // the audit event of when the catalog with the permission was applied
	Access     []Access // with which it can be granted; "set" stands for every set:<id>
}

// ReviewQuery selects reviews. Its zero value is the first hundred.
type ReviewQuery struct {
	Role       RoleID     // only what waits in this one; empty means any
	Permission Permission // only this one; empty means any
	After      Review     // only those that come behind it, by its role and permission
	Limit      int        // at most this many; 0 means 100, more than 1000 means 1000
}

// ReviewSum is in how many custom roles a permission waits.
type ReviewSum struct {
	Permission Permission
	Roles      int
	Orgs       int
}

// ReviewDecision is what an admin says about a review.
type ReviewDecision struct {
	Grant  bool   // else it is declined
	Access Access // with which it is granted; any where empty
}

// Reviews returns what waits to be reviewed in the organisation's own custom roles,
// sorted by role and permission: permissions of a role's profile that a catalog
// brought after the role was made, that the role does not give in some way, and that
// nobody decided about since. It needs iam.roles:read.
func (m *Manager) Reviews(ctx context.Context, org OrgID, q ReviewQuery) ([]Review, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	since, err := m.since(ctx)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(p.reviews(since), func(r Review) bool {
		return q.Role != "" && r.Role != q.Role || q.Permission != "" && r.Permission != q.Permission || compareReviews(r, q.After) <= 0
	})
	return found[:min(len(found), pageSize(q.Limit))], nil
}

func compareReviews(a, b Review) int {
	return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Permission, b.Permission))
}

// ReviewSums returns in how many custom roles of all organisations each permission
// waits, and the organisations that cannot be read and are not counted, both sorted.
// Only the system may.
func (m *Manager) ReviewSums(ctx context.Context) (all []ReviewSum, unread []OrgID, err error) {
	if !m.actor.isSystem() {
		return nil, nil, errorf(CodePermissionDenied, "%s may not see the reviews of all organisations", m.actor).hint("ask for those of one")
	}
	since, err := m.since(ctx)
	if err != nil {
		return nil, nil, err
	}
	sums := map[Permission]*ReviewSum{}
	err = m.kit.store.View(ctx, func(r Reader) error {
		c := m.newChange(ctx, staging{r, &stage{orgs: map[OrgID]*stagedOrg{}}}, AllOrgs)
		if c.own, err = c.current(AllOrgs); err != nil { // which each policy is made of
			return err
		}
		unread, err = c.eachPolicyBelowBut(func(p *policy) error {
			in := map[Permission]bool{}
			for _, review := range p.reviews(since) {
				s := sums[review.Permission]
				if s == nil {
					s = &ReviewSum{Permission: review.Permission}
					sums[review.Permission] = s
				}
				if s.Roles++; !in[review.Permission] {
					in[review.Permission] = true
					s.Orgs++
				}
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, nil, unavailable("what waits to be reviewed cannot be told", err)
	}
	all = make([]ReviewSum, 0, len(sums))
	for _, p := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, *sums[p])
	}
	return all, unread, nil
}

// since returns since when there are the permissions that came after the first
// catalog.
func (m *Manager) since(ctx context.Context) (since map[Permission]Revision, err error) {
	err = m.kit.store.View(ctx, func(r Reader) error {
		since, err = sinceIn(ctx, r)
		return err
	})
	if err != nil {
		return nil, unavailable("the catalog that was applied last cannot be read", err)
	}
	return since, nil
}

func sinceIn(ctx context.Context, r Reader) (map[Permission]Revision, error) {
	record, there, err := r.AppliedCatalog(ctx)
	if err != nil || !there {
		return nil, err
	}
	var body struct {
		Since map[Permission]Revision `json:"since"`
	}
	if err := json.Unmarshal([]byte(record.Body), &body); err != nil {
		return nil, errorf(CodeBrokenPolicy, "the catalog that was applied last cannot be read").because(err)
	}
	return body.Since, nil
}

// reviews returns what waits in the organisation's own roles.
func (p *policy) reviews(since map[Permission]Revision) []Review {
	all := []Review{}
	for _, r := range p.layers[0].roles {
		var gives []Grant
		known := false
		for permission, at := range since {
			if !isPending(p.catalog, permission, at, r.Profile, r.Created, r.Reviewed) {
				continue
			}
			if !known {
				gives, known = p.gives(roleSubject(r.ID)), true
			}
			if !givesAny(p.catalog, gives, permission) {
				all = append(all, Review{r.ID, permission, at, slices.Clone(p.catalog.byID[permission].Access)})
			}
		}
	}
	slices.SortFunc(all, compareReviews)
	return all
}

// DecideReview grants a permission to a custom role that is older, or declines that,
// so that it waits no longer. It needs iam.roles:write and, to grant it, the
// permission itself. To decide once more as before changes nothing; what was declined
// can still be granted, and what is granted is taken away like any grant. There is
// nothing to decide, ErrInvalid, about a permission that is not newer than the role,
// and nothing to decline where the role grants it.
func (m *Manager) DecideReview(ctx context.Context, org OrgID, role RoleID, permission Permission, d ReviewDecision) (Role, error) {
	d.Access = cmp.Or(d.Access, AccessAny)
	if err := m.kit.catalog.CheckPermission(permission); err != nil {
		return Role{}, err
	}
	after, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		r, err := c.ownRole(role, Whatever)
		if err != nil {
			return err
		}
		since, err := sinceIn(ctx, c.tx)
		if err != nil {
			return err
		}
		return c.review(r, permission, since[permission], d)
	})
	if err != nil {
		return Role{}, err
	}
	return after.role(role).clone(), nil
}

func (c *change) review(r *Role, p Permission, since Revision, d ReviewDecision) error {
	if !isPending(c.kit.catalog, p, since, r.Profile, r.Created, nil) {
		return errorf(CodeInvalid, "role %q has nothing to review about %s: it is not newer than the role, or not for its profile", r.ID, p).
			hint("list the reviews to see what waits; grants are edited with the role")
	}
	gives := c.before.live(r.Profile, r.Grants)
	has := slices.Contains(gives, Grant{p, d.Access})
	decided := r.Reviewed[p] >= since
	switch {
	case decided && d.Grant && has, decided && !d.Grant && !givesAny(c.kit.catalog, gives, p):
		return nil
	case !d.Grant && givesAny(c.kit.catalog, gives, p):
		return errorf(CodeInvalid, "role %q grants %s, so that it cannot be declined", r.ID, p).hint("take it away from the role")
	}
	reviewed := r.decided(p, since)
	if !d.Grant {
		return c.decline(reviewed, p)
	}
	spec := r.RoleSpec
	spec.Grants = append(slices.Clone(spec.Grants), Grant{p, d.Access})
	spec = spec.normal()
	if err := c.kit.checkSpec(spec, r.Grants); err != nil {
		return err
	}
	return c.putRole(reviewed, spec, "role.review")
}

// decided returns the role with a permission decided about as it came at a time.
func (r *Role) decided(p Permission, since Revision) *Role {
	d := r.clone()
	if d.Reviewed == nil {
		d.Reviewed = map[Permission]Revision{}
	}
	d.Reviewed[p] = since
	return &d
}

// taken returns a role with those permissions decided about that came after it, and
// that an edit takes away from it: they are not to wait, nor to come by a rule.
func (c *change) taken(r *Role, spec RoleSpec) (*Role, error) {
	var since map[Permission]Revision
	for _, g := range r.Grants {
		if slices.ContainsFunc(spec.Grants, func(now Grant) bool { return now.Permission == g.Permission }) {
			continue
		}
		if since == nil {
			var err error
			if since, err = sinceIn(c.ctx, c.tx); err != nil || since == nil {
				return r, err
			}
		}
		if at := since[g.Permission]; isPending(c.kit.catalog, g.Permission, at, r.Profile, r.Created, r.Reviewed) {
			r = r.decided(g.Permission, at)
		}
	}
	return r, nil
}

// decline notes that a role is not to grant a permission.
func (c *change) decline(r *Role, p Permission) error {
	after := map[string]Permission{"declined": p}
	if err := c.audit("role.review", roleSubject(r.ID).String(), nil, after); err != nil {
		return err
	}
	return c.tx.PutRoles(c.ctx, RoleRecord{
		Org: c.org, ID: r.ID, Label: r.Label, Description: r.Description, Profile: r.Profile,
		Revision: Revision(c.event), Created: r.Created, Reviewed: r.Reviewed,
	})
}
