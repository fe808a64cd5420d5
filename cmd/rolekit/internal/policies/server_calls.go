package policies

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/rolekit/rolekit"
)

const (
	orgsPath    = "orgs"
	membersPath = "members"
	rolesPath   = "roles"

	// serverPage is how many items are asked for at once: the most that the API gives.
	serverPage = 500
)

// list is a page as the API sends it.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// listOf asks for a list, page by page.
func listOf[T any](ctx context.Context, s *Server, query url.Values, segments ...string) ([]T, error) {
	return whole(func(after string) ([]T, string, error) {
		return pageOf[T](ctx, s, query, after, serverPage, segments...)
	})
}

func pageOf[T any](ctx context.Context, s *Server, query url.Values, after string, limit int, segments ...string) ([]T, string, error) {
	asked := url.Values{"limit": {strconv.Itoa(min(limit, serverPage))}}
	set(asked, "after", after)
	maps.Copy(asked, query)
	var page list[T]
	err := s.get(ctx, asked, &page, segments...)
	return page.Items, page.Next, err
}

// set sets a parameter that says something.
func set[T ~string](query url.Values, name string, value T) {
	if value != "" {
		query.Set(name, string(value))
	}
}

// Orgs implements [Policies].
func (s *Server) Orgs(ctx context.Context) ([]Org, error) {
	return listOf[Org](ctx, s, nil, orgsPath)
}

// OrgsOf implements [Policies]. A server tells users where they belong, and others
// where to look.
func (s *Server) OrgsOf(ctx context.Context, user rolekit.UserID) ([]Org, error) {
	var me struct {
		User rolekit.UserID
		Orgs []Org
	}
	err := s.get(ctx, nil, &me, "me")
	if errors.Is(err, rolekit.ErrPermissionDenied) || err == nil && me.User != user {
		return s.Orgs(ctx)
	}
	return listed(me.Orgs), err
}

// Members implements [Policies].
func (s *Server) Members(ctx context.Context, org rolekit.OrgID, q MemberQuery) ([]Member, error) {
	query := url.Values{}
	set(query, "prefix", q.Prefix)
	set(query, "role", q.Role)
	set(query, "group", q.Group)
	set(query, "profile", q.Profile)
	return listOf[Member](ctx, s, query, orgsPath, string(org), membersPath)
}

// Member implements [Policies].
func (s *Server) Member(ctx context.Context, org rolekit.OrgID, user rolekit.UserID) (Member, error) {
	members, _, err := pageOf[Member](ctx, s, url.Values{"prefix": {string(user)}}, "", 1, orgsPath, string(org), membersPath)
	return memberIn(user, members), err
}

// Give implements [Policies].
func (s *Server) Give(ctx context.Context, org rolekit.OrgID, a Assignment) error {
	during := struct {
		From  *time.Time `json:"from,omitempty"`
		Until *time.Time `json:"until,omitempty"`
	}{a.From, a.Until}
	return s.send(ctx, http.MethodPut, nil, during, nil, a.path(org)...)
}

// Take implements [Policies].
func (s *Server) Take(ctx context.Context, org rolekit.OrgID, a Assignment) error {
	return s.send(ctx, http.MethodDelete, nil, nil, nil, a.path(org)...)
}

func (a Assignment) path(org rolekit.OrgID) []string {
	if a.Group != "" {
		return []string{orgsPath, string(org), groupsPath, string(a.Group), rolesPath, string(a.Role)}
	}
	return []string{orgsPath, string(org), membersPath, string(a.User), rolesPath, string(a.Role)}
}

// Check implements [Policies].
func (s *Server) Check(ctx context.Context, org rolekit.OrgID, q Question) (d Decision, err error) {
	err = s.send(ctx, http.MethodPost, nil, q, &d, orgsPath, string(org), "check")
	return d, err
}

// Explain implements [Policies].
func (s *Server) Explain(ctx context.Context, org rolekit.OrgID, q Question) (e rolekit.Explanation, err error) {
	err = s.send(ctx, http.MethodPost, nil, q, &e, orgsPath, string(org), "explain")
	return e, err
}

// Effective implements [Policies].
func (s *Server) Effective(ctx context.Context, org rolekit.OrgID, user rolekit.UserID, profile rolekit.ProfileID) (e Effective, err error) {
	query := url.Values{}
	set(query, "profile", profile)
	err = s.get(ctx, query, &e, orgsPath, string(org), membersPath, string(user), "permissions")
	return e, err
}

// WhoCan implements [Policies].
func (s *Server) WhoCan(ctx context.Context, org rolekit.OrgID, q WhoQuery) (found WhoCan, err error) {
	query := url.Values{"permission": {string(q.Permission)}}
	set(query, "profile", q.Profile)
	set(query, "resource", q.Resource.ID)
	set(query, "owner", q.Resource.Owner)
	set(query, "team", q.Resource.Team)
	query.Set("limit", strconv.Itoa(serverPage))
	found.Items, err = whole(func(after string) ([]Holder, string, error) {
		set(query, "after", after)
		var page struct {
			WhoCan

			Next string `json:"next"`
		}
		err := s.get(ctx, query, &page, orgsPath, string(org), "who-can")
		found.Revision = page.Revision
		return page.Items, page.Next, err
	})
	return found, err
}

// Audit implements [Policies].
func (s *Server) Audit(ctx context.Context, org rolekit.OrgID, q AuditQuery) ([]Event, error) {
	query := url.Values{}
	set(query, "actor", q.Actor)
	set(query, "action", q.Action)
	set(query, "target", q.Target)
	set(query, "kind", q.Kind)
	for name, at := range map[string]time.Time{"from": q.From, "until": q.Until} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	path := []string{orgsPath, string(org), "audit"}
	if org == rolekit.AllOrgs {
		path = []string{"audit"}
	}
	first := ""
	if q.Before > 0 {
		first = strconv.FormatInt(q.Before, 10)
	}
	return atMost(q.Limit, func(after string, limit int) ([]Event, string, error) {
		events, next, err := pageOf[Event](ctx, s, query, cmp.Or(after, first), limit, path...)
		for i, e := range events {
			events[i].At, events[i].Before, events[i].After = e.At.UTC(), normal(e.Before), normal(e.After)
		}
		return events, next, err
	})
}

// Catalog implements [Policies].
func (s *Server) Catalog(ctx context.Context) (c Catalog, err error) {
	err = s.get(ctx, nil, &c, "catalog")
	return c, err
}

// Matrix implements [Policies].
func (s *Server) Matrix(ctx context.Context, org rolekit.OrgID, q MatrixQuery) (m Matrix, err error) {
	query := url.Values{"limit": {strconv.Itoa(serverPage)}}
	set(query, "profile", q.Profile)
	set(query, "origin", q.Origin)
	roles, err := whole(func(after string) ([]MatrixRole, string, error) {
		set(query, "after", after)
		var page struct {
			Matrix

			Next string `json:"next"`
		}
		err := s.get(ctx, query, &page, orgsPath, string(org), rolesPath, "matrix")
		m = page.Matrix
		return page.Roles, page.Next, err
	})
	m.Roles = roles
	return m, err
}
