package api

import (
	"time"

	"github.com/rolekit/rolekit"
)

// What goes over the wire. Absent lists are empty, never null.

type org struct {
	ID        rolekit.OrgID `json:"id" example:"tom"`
	Label     string        `json:"label" doc:"for people" example:"Tom's Lawn Care"`
	Parent    rolekit.OrgID `json:"parent,omitempty" doc:"absent at the root" example:"lawns"`
	CreatedAt time.Time     `json:"created_at"`

	Revision rolekit.Revision `json:"revision" doc:"when its label or parent last changed, not what is in it; also in its ETag" example:"42"`
}

func orgOf(o rolekit.Org) org {
	return org{o.ID, o.Label, o.Parent, o.CreatedAt, o.Revision}
}

type grant struct {
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Access     rolekit.Access     `json:"access" required:"false" doc:"how far it reaches inside the organisation; any where left out" example:"any"`
}

func grantOf(g rolekit.Grant) grant { return grant{g.Permission, g.Access} }

func (g grant) grant() rolekit.Grant {
	return rolekit.Grant{Permission: g.Permission, Access: g.Access}
}

type role struct {
	ID          rolekit.RoleID    `json:"id" example:"bookkeeper"`
	Label       string            `json:"label" doc:"for people" example:"Bookkeeper"`
	Description string            `json:"description" example:"Keeps the books"`
	Profile     rolekit.ProfileID `json:"profile" doc:"the kind of user that it is for" example:"worker"`
	Origin      rolekit.Origin    `json:"origin" enum:"default,custom" doc:"default roles belong to all organisations, and only the developers change them"`
	Org         rolekit.OrgID     `json:"org,omitempty" doc:"whose custom role it is, which alone may change it" example:"tom"`
	Grants      []grant           `json:"grants" nullable:"false" doc:"its own, without those of the roles it includes"`
	Includes    []rolekit.RoleID  `json:"includes" nullable:"false" doc:"roles of the same profile whose grants it has too" example:"[\"clerk\"]"`
	Revision    rolekit.Revision  `json:"revision" doc:"when it last changed; also in its ETag" example:"42"`
}

func roleOf(r rolekit.Role) role {
	return role{
		ID: r.ID, Label: r.Label, Description: r.Description, Profile: r.Profile, Origin: r.Origin, Org: customOf(r),
		Grants: each(r.Grants, grantOf), Includes: listed(r.Includes), Revision: r.Revision,
	}
}

// customOf is the organisation of a custom role, and of a default one none.
func customOf(r rolekit.Role) rolekit.OrgID {
	if r.Origin == rolekit.OriginDefault {
		return ""
	}
	return r.Org
}

type member struct {
	User   rolekit.UserID    `json:"user" example:"auth0|ada"`
	Roles  []assignedRole    `json:"roles" nullable:"false" doc:"given to them directly, ended ones included"`
	Groups []rolekit.GroupID `json:"groups" nullable:"false" doc:"in which they are directly" example:"[\"researchers\"]"`
}

type assignedRole struct {
	Role  rolekit.RoleID `json:"role" example:"bookkeeper"`
	From  *time.Time     `json:"from,omitempty" doc:"when it starts; absent: it holds since it was given"`
	Until *time.Time     `json:"until,omitempty" doc:"when it ends; absent: never"`
	Ended bool           `json:"ended,omitempty" doc:"its time is over, so it counts no more"`
}

func memberOf(m rolekit.Member) member {
	return member{m.User, each(m.Roles, assignedRoleOf), listed(m.Groups)}
}

func assignedRoleOf(r rolekit.AssignedRole) assignedRole {
	return assignedRole{r.Role, optional(r.From), optional(r.Until), r.Ended}
}

// optional is how a time is told that may be none.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// list is one page.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"pass it as after to get the next page; absent on the last"`
}

// page makes a page of up to limit items; that there are more of them says that
// there is another page.
func page[T any](items []T, limit int, cursor func(T) string) list[T] {
	if len(items) <= limit {
		return list[T]{Items: listed(items)}
	}
	return list[T]{Items: items[:limit], Next: cursor(items[limit-1])}
}

// output is an answer with nothing but a body.
type output[T any] struct{ Body T }

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
