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
func (d *Direct) ReviewSums(ctx context.Context, begin func(int) func()) (ReviewSums, error) {
	if d.actor.User != "" {
		return sumReviews(ctx, d, begin)
	}
	sums, unread, err := d.manager().ReviewSums(ctx)
	return ReviewSums{Items: each(sums, func(s rolekit.ReviewSum) ReviewSum { return ReviewSum(s) }), Unread: listed(unread)}, err
}

// ReviewSums implements [Policies].
func (s *Server) ReviewSums(ctx context.Context, begin func(int) func()) (ReviewSums, error) {
	return sumReviews(ctx, s, begin)
}

// sumReviews asks each organisation.
func sumReviews(ctx context.Context, p Lists, begin func(int) func()) (ReviewSums, error) {
	orgs, err := p.Orgs(ctx)
	if err != nil {
		return ReviewSums{}, err
	}
	step, sums := begin(len(orgs)), map[rolekit.Permission]ReviewSum{}
	var denied error
	all, read := ReviewSums{Unread: []rolekit.OrgID{}}, false
	for _, org := range orgs {
		reviews, err := p.Reviews(ctx, org.ID, ReviewQuery{})
		step()
		switch {
		case errors.Is(err, rolekit.ErrPermissionDenied):
			denied = err
			all.Denied++
			continue
		case errors.Is(err, rolekit.ErrBrokenPolicy):
			all.Unread = append(all.Unread, org.ID)
			continue
		case errors.Is(err, rolekit.ErrOrgNotFound): // it went meanwhile
			continue
		case err != nil:
			return ReviewSums{}, err
		}
		read = true
		addReviews(sums, reviews)
	}
	if !read && denied != nil {
		return ReviewSums{}, denied
	}
	all.Items = listed(slices.SortedFunc(maps.Values(sums), func(a, b ReviewSum) int { return cmp.Compare(a.Permission, b.Permission) }))
	return all, nil
}

// addReviews adds what waits in one organisation.
func addReviews(sums map[rolekit.Permission]ReviewSum, reviews []Review) {
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
