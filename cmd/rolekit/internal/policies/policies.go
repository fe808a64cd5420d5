// Package policies is what the commands of a terminal ask and change: the policies
// of a database, or of a server that speaks the API. Both answer in the same form,
// which is the API's own, so that what is printed does not tell them apart.
package policies

import (
	"context"

	"github.com/rolekit/rolekit"
)

// Policies is a database or a server. Its methods return [rolekit.Error]s, a
// server's with the code, the sentence and the hint that it sent. Lists are whole,
// however many pages they come in. It is safe for concurrent use.
type Policies interface {
	Questions
	Lists
	Changes
}

// Questions are what is asked about users.
type Questions interface {
	// Check answers a question.
	Check(ctx context.Context, org rolekit.OrgID, q Question) (Decision, error)
	// Effective returns what a user may do, and where it comes from. An empty
	// profile means any.
	Effective(ctx context.Context, org rolekit.OrgID, user rolekit.UserID, profile rolekit.ProfileID) (Effective, error)
	// Explain answers a question, and says why.
	Explain(ctx context.Context, org rolekit.OrgID, q Question) (rolekit.Explanation, error)
	// WhoCan returns who may do something.
	WhoCan(ctx context.Context, org rolekit.OrgID, q WhoQuery) (WhoCan, error)
}

// Lists are what there is.
type Lists interface {
	// Audit returns up to limit events, newest first; of rolekit.AllOrgs those that
	// are no organisation's. It sees what others have changed meanwhile.
	Audit(ctx context.Context, org rolekit.OrgID, q AuditQuery) ([]Event, error)
	// Catalog returns what the developers declare.
	Catalog(ctx context.Context) (Catalog, error)
	// Matrix returns the roles that can be assigned, with all that they give.
	Matrix(ctx context.Context, org rolekit.OrgID, q MatrixQuery) (Matrix, error)
	// Member returns what an organisation itself gave a user; nothing, where it gave
	// nothing.
	Member(ctx context.Context, org rolekit.OrgID, user rolekit.UserID) (Member, error)
	// Members returns who belongs to the organisation itself, sorted.
	Members(ctx context.Context, org rolekit.OrgID, q MemberQuery) ([]Member, error)
	// OneIn returns a user who is in a group, or in a group that is in it; empty where
	// nobody is.
	OneIn(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) (rolekit.UserID, error)
	// Orgs returns the organisations that who asks may see, sorted by id.
	Orgs(ctx context.Context) ([]Org, error)
	// OrgsOf returns those of Orgs in which a user may have a standing: all that do
	// are among them.
	OrgsOf(ctx context.Context, user rolekit.UserID) ([]Org, error)
	// Reviews returns the new permissions that wait in the organisation's own roles,
	// sorted by role and permission.
	Reviews(ctx context.Context, org rolekit.OrgID, q ReviewQuery) ([]Review, error)
	// ReviewSums returns in how many roles each permission waits, sorted, in those
	// of Orgs whose roles who asks may read; it fails where there are none such but
	// others. Where each is asked, begin is told how many that are, and what it
	// returns is called behind each.
	ReviewSums(ctx context.Context, begin func(orgs int) (step func())) (ReviewSums, error)
}

// Changes are what is changed.
type Changes interface {
	// Give gives a role. Giving what is there changes nothing.
	Give(ctx context.Context, org rolekit.OrgID, a Assignment) error
	// Take takes a role. Taking what is not there changes nothing.
	Take(ctx context.Context, org rolekit.OrgID, a Assignment) error
	// Decide decides a review, and returns the role as it is then. Deciding as
	// before changes nothing.
	Decide(ctx context.Context, org rolekit.OrgID, role rolekit.RoleID, permission rolekit.Permission, d ReviewDecision) (Role, error)
}
