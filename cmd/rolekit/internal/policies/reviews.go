package policies

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/rolekit/rolekit"
)

const reviewsPath = "reviews"

// Reviews implements [Policies].
func (d *Direct) Reviews(ctx context.Context, org rolekit.OrgID, q ReviewQuery) ([]Review, error) {
	all := []Review{}
	for ask := (rolekit.ReviewQuery{Role: q.Role, Permission: q.Permission, Limit: pageSize}); ; {
		page, err := d.manager().Reviews(ctx, org, ask)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			all = append(all, Review{r.Role, r.Permission, listed(r.Access), r.Since})
			ask.After = r
		}
		if len(page) < pageSize {
			return all, nil
		}
	}
}

// Reviews implements [Policies].
func (s *Server) Reviews(ctx context.Context, org rolekit.OrgID, q ReviewQuery) ([]Review, error) {
	query := url.Values{}
	set(query, "role", q.Role)
	set(query, "permission", q.Permission)
	return listOf[Review](ctx, s, query, orgsPath, string(org), reviewsPath)
}

// ReviewSums implements [Policies]. The system is told of all organisations at once.
func (d *Direct) ReviewSums(ctx context.Context, begin func(int) func()) ([]ReviewSum, error) {
	if d.actor.User != "" {
		return sumReviews(ctx, d, begin)
	}
	sums, err := d.manager().ReviewSums(ctx)
	return each(sums, func(s rolekit.ReviewSum) ReviewSum { return ReviewSum(s) }), err
}

// ReviewSums implements [Policies].
func (s *Server) ReviewSums(ctx context.Context, begin func(int) func()) ([]ReviewSum, error) {
	return sumReviews(ctx, s, begin)
}

// sumReviews asks each organisation. What cannot be read counts for nothing, as it
// does for the system.
func sumReviews(ctx context.Context, p Lists, begin func(int) func()) ([]ReviewSum, error) {
	orgs, err := p.Orgs(ctx)
	if err != nil {
		return nil, err
	}
	step, sums := begin(len(orgs)), map[rolekit.Permission]ReviewSum{}
	var denied error
	read := false
	for _, org := range orgs {
		reviews, err := p.Reviews(ctx, org.ID, ReviewQuery{})
		step()
		switch {
		case errors.Is(err, rolekit.ErrPermissionDenied):
			denied = err
			continue
		case errors.Is(err, rolekit.ErrBrokenPolicy), errors.Is(err, rolekit.ErrOrgNotFound): // or it went meanwhile
			continue
		case err != nil:
			return nil, err
		}
		read = true
		in := map[rolekit.Permission]bool{}
		for _, r := range reviews {
			sum := sums[r.Permission]
			sum.Permission = r.Permission
			if sum.Roles++; !in[r.Permission] {
				in[r.Permission] = true
				sum.Orgs++
			}
			sums[r.Permission] = sum
		}
	}
	if !read && denied != nil {
		return nil, denied
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b ReviewSum) int { return cmp.Compare(a.Permission, b.Permission) }), nil
}

// Decide implements [Policies].
func (d *Direct) Decide(ctx context.Context, org rolekit.OrgID, role rolekit.RoleID, permission rolekit.Permission, decision ReviewDecision) (Role, error) {
	r, err := d.manager().DecideReview(ctx, org, role, permission, rolekit.ReviewDecision{Grant: decision.Decision == GrantReview, Access: decision.Access})
	if err != nil {
		return Role{}, err
	}
	return Role{r.ID, r.Label, r.Description, r.Profile, r.Origin, r.Org, listed(r.Grants), listed(r.Includes), r.Revision}, nil
}

// Decide implements [Policies].
func (s *Server) Decide(
	ctx context.Context, org rolekit.OrgID, role rolekit.RoleID, permission rolekit.Permission, decision ReviewDecision,
) (r Role, err error) {
	err = s.send(ctx, http.MethodPut, nil, decision, &r, orgsPath, string(org), reviewsPath, string(role), string(permission))
	return r, err
}
