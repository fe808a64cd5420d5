package policies

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/rolekit/rolekit"
)

// The types marshal to what the API answers, and docs/openapi.yaml describes.

// Org is an organisation.
type Org struct {
	ID        rolekit.OrgID    `json:"id"`
	Label     string           `json:"label"`
	Parent    rolekit.OrgID    `json:"parent,omitempty"`
	CreatedAt time.Time        `json:"created_at"`
	Revision  rolekit.Revision `json:"revision"`
}

// Member is a user and what an organisation itself gave them.
type Member struct {
	User   rolekit.UserID    `json:"user"`
	Roles  []AssignedRole    `json:"roles"`
	Groups []rolekit.GroupID `json:"groups"`
}

// MemberQuery selects members; empty means any.
type MemberQuery struct {
	Prefix  string // of their ids
	Role    rolekit.RoleID
	Group   rolekit.GroupID
	Profile rolekit.ProfileID
}

// AssignedRole is a role that was given, and for when.
type AssignedRole struct {
	Role  rolekit.RoleID `json:"role"`
	From  *time.Time     `json:"from,omitempty"`
	Until *time.Time     `json:"until,omitempty"`
	Ended bool           `json:"ended,omitempty"`
}

// Assignment gives a role to a user or to a group.
type Assignment struct {
	User  rolekit.UserID  `json:"user,omitempty"`
	Group rolekit.GroupID `json:"group,omitempty"`
	Role  rolekit.RoleID  `json:"role"`
	From  *time.Time      `json:"from,omitempty"`
	Until *time.Time      `json:"until,omitempty"`
}

// Question asks whether a user may do something.
type Question struct {
	User       rolekit.UserID     `json:"user"`
	Permission rolekit.Permission `json:"permission"`
	Profile    rolekit.ProfileID  `json:"profile,omitempty"`
	Resource   *Resource          `json:"resource,omitempty"`
}

// Resource is what it would be done to.
type Resource struct {
	ID    rolekit.ResourceID `json:"id,omitempty"`
	Owner rolekit.UserID     `json:"owner,omitempty"`
	Team  rolekit.TeamID     `json:"team,omitempty"`
}

// Decision answers a question.
type Decision struct {
	Allowed  bool             `json:"allowed"`
	Access   []rolekit.Access `json:"access"`
	Reasons  []Reason         `json:"reasons"`
	Revision rolekit.Revision `json:"revision"`
}

// Reason is a grant that allows it.
type Reason struct {
	Role       rolekit.RoleID     `json:"role,omitempty"`
	Baseline   rolekit.ProfileID  `json:"baseline,omitempty"`
	Org        rolekit.OrgID      `json:"org,omitempty"`
	Permission rolekit.Permission `json:"permission"`
	Access     rolekit.Access     `json:"access"`
}

// Effective is what a user may do.
type Effective struct {
	Items    []EffectiveGrant `json:"items"`
	Revision rolekit.Revision `json:"revision"`
}

// EffectiveGrant is one thing that they may do, and where it comes from.
type EffectiveGrant struct {
	Profile    rolekit.ProfileID  `json:"profile"`
	Permission rolekit.Permission `json:"permission"`
	Access     rolekit.Access     `json:"access"`
	Sources    []Source           `json:"sources"`
	More       bool               `json:"more,omitempty"`
}

// Source is one way to it.
type Source struct {
	rolekit.Path

	From  *time.Time `json:"from,omitempty"`
	Until *time.Time `json:"until,omitempty"`
}

// WhoQuery asks who may do something.
type WhoQuery struct {
	Permission rolekit.Permission
	Profile    rolekit.ProfileID
	Resource   Resource // the zero one asks who may at all
}

// WhoCan is who may do something.
type WhoCan struct {
	Items    []Holder         `json:"items"`
	Revision rolekit.Revision `json:"revision"`
}

// Holder is a user who may.
type Holder struct {
	User rolekit.UserID `json:"user"`
	As   []Capacity     `json:"as"`
}

// Capacity is how far they may as one profile.
type Capacity struct {
	Profile rolekit.ProfileID `json:"profile"`
	Access  []Reach           `json:"access"`
}

// Reach is how far; conditionally where the application has the last word.
type Reach struct {
	Access      rolekit.Access `json:"access"`
	Conditional bool           `json:"conditional,omitempty"`
}

// AuditQuery selects events.
type AuditQuery struct {
	Actor, Action, Target, Kind string
	From, Until                 time.Time
	Limit                       int
	Before                      int64 // only events with a smaller id; 0 means from the newest
}

// Event is one change.
type Event struct {
	ID     int64           `json:"id"`
	At     time.Time       `json:"at"`
	Actor  string          `json:"actor"`
	Action string          `json:"action"`
	Target string          `json:"target"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Catalog is of what the developers declare that which the terminal needs.
type Catalog struct {
	Profiles    []Profile    `json:"profiles"`
	Permissions []Permission `json:"permissions"`
}

// Profile is a kind of user.
type Profile struct {
	ID    rolekit.ProfileID `json:"id"`
	Label string            `json:"label"`
}

// Permission is what code checks.
type Permission struct {
	ID    rolekit.Permission `json:"id"`
	Label string             `json:"label"`
}

// ReviewQuery selects reviews; empty means any.
type ReviewQuery struct {
	Role       rolekit.RoleID
	Permission rolekit.Permission
}

// Review is a new permission that waits in a role.
type Review struct {
	Role       rolekit.RoleID     `json:"role"`
	Permission rolekit.Permission `json:"permission"`
	Access     []rolekit.Access   `json:"access"`
	Since      rolekit.Revision   `json:"since"`
}

// ReviewSum is in how many roles of how many organisations a permission waits.
type ReviewSum struct {
	Permission rolekit.Permission `json:"permission"`
	Roles      int                `json:"roles"`
	Orgs       int                `json:"organisations"`
}

// ReviewSums are in how many roles each permission waits, and where that was not
// counted.
type ReviewSums struct {
	Items  []ReviewSum     `json:"items"`
	Unread []rolekit.OrgID `json:"unread"` // organisations that cannot be read
	Denied int             `json:"-"`      // organisations whose roles who asks may not read
}

// ReviewDecision is what is said of a review: [GrantReview] or [DeclineReview].
type ReviewDecision struct {
	Decision string         `json:"decision"`
	Access   rolekit.Access `json:"access,omitempty"` // with which it is granted; any where empty
}

// The words of a [ReviewDecision].
const (
	GrantReview   = "grant"
	DeclineReview = "decline"
)

// Role is a role and what it grants itself.
type Role struct {
	ID          rolekit.RoleID    `json:"id"`
	Label       string            `json:"label"`
	Description string            `json:"description"`
	Profile     rolekit.ProfileID `json:"profile"`
	Origin      rolekit.Origin    `json:"origin"`
	Org         rolekit.OrgID     `json:"org,omitempty"`
	Grants      []rolekit.Grant   `json:"grants"`
	Includes    []rolekit.RoleID  `json:"includes"`
	Revision    rolekit.Revision  `json:"revision"`
}

// MatrixQuery selects roles of a matrix; empty means any.
type MatrixQuery struct {
	Profile rolekit.ProfileID
	Origin  rolekit.Origin
}

// Matrix is roles by permissions.
type Matrix struct {
	Org      rolekit.OrgID    `json:"org"`
	Revision rolekit.Revision `json:"revision"`
	Objects  []MatrixObject   `json:"objects"`
	Baseline []Baseline       `json:"baseline"`
	Roles    []MatrixRole     `json:"roles"`
}

// MatrixObject is an object and its permissions.
type MatrixObject struct {
	ID          rolekit.ObjectID `json:"id"`
	Label       string           `json:"label"`
	Permissions []Permission     `json:"permissions"`
}

// Baseline is what everybody has who has the profile.
type Baseline struct {
	Profile rolekit.ProfileID `json:"profile"`
	Grants  []rolekit.Grant   `json:"grants"`
}

// MatrixRole is one role.
type MatrixRole struct {
	ID          rolekit.RoleID    `json:"id"`
	Label       string            `json:"label"`
	Description string            `json:"description"`
	Profile     rolekit.ProfileID `json:"profile"`
	Origin      rolekit.Origin    `json:"origin"`
	Org         rolekit.OrgID     `json:"org,omitempty"`
	Own         bool              `json:"own"`
	Includes    []rolekit.RoleID  `json:"includes"`
	Revision    rolekit.Revision  `json:"revision"`
	Cells       []MatrixCell      `json:"cells"`
}

// MatrixCell is one permission that a role gives.
type MatrixCell struct {
	Permission rolekit.Permission `json:"permission"`
	Access     rolekit.Access     `json:"access"`
	How        rolekit.MatrixHow  `json:"how"`
	By         rolekit.Permission `json:"by,omitempty"`
	From       rolekit.RoleID     `json:"from,omitempty"`
}

// normal is JSON as one value is written once: what stores it, and what sends it,
// may write it in several ways. What is no JSON is left out.
func normal(text json.RawMessage) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if len(text) == 0 || d.Decode(&value) != nil || value == nil {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}
