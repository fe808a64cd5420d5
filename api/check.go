package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagDecisions = "Decisions"

func (s *server) checkOperations() {
	guarded(s, huma.Operation{
		OperationID: "check", Method: http.MethodPost, Path: "/v1/orgs/{org}/check", Tags: []string{tagDecisions},
		Errors:      []int{400, 403, 404, 413, 415},
		Summary:     "Ask what a user may do",
		Description: "A denial is an answer, not an error. Asking about others needs iam.members:read; about oneself, to belong to the organisation.",
	}, s.check)
	s.checkManyOperation()
	s.whoCanOperations()
	guarded(s, huma.Operation{
		OperationID: "explain", Method: http.MethodPost, Path: "/v1/orgs/{org}/explain", Tags: []string{tagDecisions},
		Errors:  []int{400, 403, 404, 413, 415},
		Summary: "Ask why a user may do something, or may not",
		Description: "The ways that lead from the user to the grant; or, of a denial, what comes nearest to allowing it. " +
			"It needs what check needs. That somebody else may do it in another organisation is told to those who hold iam.members:read there.",
	}, s.explain)
}

type question struct {
	User       rolekit.UserID     `json:"user" example:"auth0|ada"`
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Profile    rolekit.ProfileID  `json:"profile,omitempty" doc:"they act as; if left out, what they switched to last, or their only one" example:"worker"`
	Resource   *resource          `json:"resource,omitempty" doc:"what they would do it to; where left out, the answer is how far it reaches"`
}

type resource struct {
	ID    rolekit.ResourceID `json:"id,omitempty" doc:"for access set:<id>" example:"project-7"`
	Owner rolekit.UserID     `json:"owner,omitempty" doc:"whose it is, for access own" example:"auth0|ada"`
	Team  rolekit.TeamID     `json:"team,omitempty" doc:"which team's it is, for access team" example:"north"`
}

// resource returns what the kit is asked about. It is nothing, not a resource
// without facts, where the question names none.
func (q question) resource() rolekit.Resource { //nolint:ireturn // none must be a nil interface
	if q.Resource == nil {
		return nil
	}
	return rolekit.Facts(*q.Resource)
}

type questionInput struct {
	param.OrgPath

	Body question
}

func (in *questionInput) who() rolekit.Identity {
	return rolekit.Identity{User: in.Body.User, Org: in.Org, Profile: in.Body.Profile}
}

// Check implements checked.
func (in *questionInput) Check() error {
	if err := in.OrgPath.Check(); err != nil {
		return err
	}
	return in.Body.check()
}

// check checks the ids; the permission and profile are the manager's to check.
func (q question) check() error {
	if err := q.User.Validate(); err != nil {
		return err
	}
	if q.Resource == nil {
		return nil
	}
	return q.Resource.check()
}

func (r resource) check() error {
	if r.ID != "" {
		if err := r.ID.Validate(); err != nil {
			return err
		}
	}
	if r.Owner != "" {
		return r.Owner.Validate()
	}
	return nil
}

type reason struct {
	Role       rolekit.RoleID     `json:"role,omitempty" doc:"the role that grants it, which may be included by one that they were given" example:"bookkeeper"`
	Baseline   rolekit.ProfileID  `json:"baseline,omitempty" doc:"the profile whose baseline grants it, where no role does" example:"worker"`
	Org        rolekit.OrgID      `json:"org,omitempty" doc:"where the role is defined; absent for a default role and a baseline" example:"tom"`
	Permission rolekit.Permission `json:"permission" doc:"what it grants, which may imply what was asked for" example:"invoices:write"`
	Access     rolekit.Access     `json:"access" example:"any"`
}

func reasonOf(r rolekit.Reason) reason {
	shown := reason{Role: r.Role, Baseline: r.Baseline, Org: r.Org, Permission: r.Grant.Permission, Access: r.Grant.Access}
	if shown.Org == rolekit.AllOrgs {
		shown.Org = ""
	}
	return shown
}

type decision struct {
	Allowed  bool             `json:"allowed"`
	Access   []rolekit.Access `json:"access" nullable:"false" doc:"how far it reaches, widest first; empty when not allowed" example:"[\"any\"]"`
	Reasons  []reason         `json:"reasons" nullable:"false" doc:"the grants that allow it, one an access"`
	Revision rolekit.Revision `json:"revision" doc:"of the organisation's policy that it was decided by" example:"42"`
}

func (s *server) check(ctx context.Context, by caller, in *questionInput) (*output[decision], error) {
	began := time.Now()
	d, err := by.Check(ctx, in.who(), in.Body.Permission, in.Body.resource())
	s.decided(began, 1, d, err)
	if err != nil {
		return nil, err
	}
	return &output[decision]{decision{
		Allowed: d.Allowed, Access: listed(d.Access()), Reasons: each(d.Reasons(), reasonOf), Revision: d.Revision(),
	}}, nil
}

// explanation is [rolekit.Explanation] as it marshals, and as text.
type explanation struct {
	Allowed    bool               `json:"allowed"`
	User       rolekit.UserID     `json:"user" example:"auth0|ada"`
	Org        rolekit.OrgID      `json:"org" example:"tom"`
	Profile    rolekit.ProfileID  `json:"profile,omitempty" doc:"the one they act as; absent where they have none" example:"worker"`
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Access     []rolekit.Access   `json:"access" nullable:"false" doc:"how far it reaches, widest first; empty when not allowed" example:"[\"any\"]"`
	Revision   rolekit.Revision   `json:"revision" doc:"of the organisation's policy that it was decided by" example:"42"`
	Paths      []path             `json:"paths" nullable:"false" doc:"the ways that allow it"`
	Misses     []miss             `json:"misses" nullable:"false" doc:"what comes nearest to allowing it, the nearest first; empty when allowed"`
	Text       string             `json:"text" doc:"the whole as a few lines for people" example:"user:auth0|ada may invoices:read in \"tom\" as default, as far as: any (revision 42)"` //nolint:lll // a tag is one line
}

type path struct {
	Steps []step `json:"steps" nullable:"false" doc:"from the user to who has the grant"`
	Grant grant  `json:"grant"`
}

type step struct {
	To    string        `json:"to" doc:"a group, a role, or a profile with its baseline" example:"role:bookkeeper"`
	Org   rolekit.OrgID `json:"org,omitempty" doc:"where that was said; * for all organisations" example:"tom"`
	Until *time.Time    `json:"until,omitempty" doc:"when it has ended; absent: never"`
}

type miss struct {
	Kind    rolekit.MissKind  `json:"kind" enum:"access,ended,not_started,other_profile,other_org,role_lacks_it,not_for_profile,no_role"`
	Text    string            `json:"text" doc:"one sentence for people" example:"the roles of user:auth0|ada in \"tom\" (clerk) do not give invoices:write; it comes with bookkeeper"` //nolint:lll // a tag is one line
	Path    *path             `json:"path,omitempty" doc:"the way that would have allowed it"`
	Profile rolekit.ProfileID `json:"profile,omitempty" example:"worker"`
	Org     rolekit.OrgID     `json:"org,omitempty" example:"jack"`
	At      *time.Time        `json:"at,omitempty" doc:"when it ended, or will start"`
	Roles   []rolekit.RoleID  `json:"roles,omitempty" nullable:"false" doc:"roles that would give it" example:"[\"owner\"]"`
}

func pathOf(p rolekit.Path) path {
	return path{each(p.Steps, func(s rolekit.Step) step { return step(s) }), grantOf(p.Grant)}
}

func missOf(m rolekit.Miss) miss {
	shown := miss{Kind: m.Kind, Text: m.Text, Profile: m.Profile, Org: m.Org, At: m.At, Roles: m.Roles}
	if m.Path != nil {
		p := pathOf(*m.Path)
		shown.Path = &p
	}
	return shown
}

func (s *server) explain(ctx context.Context, by caller, in *questionInput) (*output[explanation], error) {
	e, err := by.Explain(ctx, in.who(), in.Body.Permission, in.Body.resource())
	if err != nil {
		return nil, err
	}
	return &output[explanation]{explanation{
		Allowed: e.Allowed, User: e.User, Org: e.Org, Profile: e.Profile, Permission: e.Permission, Access: listed(e.Access),
		Revision: e.Revision, Paths: each(e.Paths, pathOf), Misses: each(e.Misses, missOf), Text: e.String(),
	}}, nil
}
