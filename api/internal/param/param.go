// Package param is what operations take from paths, queries and headers. Huma
// looks into embedded structs only where their names are exported; here they
// are, and still nobody else's.
package param

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rolekit/rolekit"
)

// OrgPath is the organisation that a path names.
type OrgPath struct {
	Org rolekit.OrgID `path:"org" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"tom"`
}

// Check reports what is wrong with the id.
func (p OrgPath) Check() error { return p.Org.Validate() }

// Concerns returns the organisation that the request is about.
func (p OrgPath) Concerns() rolekit.OrgID { return p.Org }

// RolePath is the role that a path names, as its organisation sees it.
type RolePath struct {
	OrgPath

	Role rolekit.RoleID `path:"role" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"bookkeeper"`
}

// Check reports what is wrong with the ids.
func (p RolePath) Check() error { return first(p.OrgPath.Check(), p.Role.Validate()) }

// ReviewPath is a role and a permission that may wait in it.
type ReviewPath struct {
	RolePath

	Permission rolekit.Permission `path:"permission" doc:"object:action" example:"reports:export"`
}

// MemberPath is a user in an organisation.
type MemberPath struct {
	OrgPath

	User rolekit.UserID `path:"user" doc:"the application's own id, percent-encoded" example:"auth0|ada"`
}

// Check reports what is wrong with the ids.
func (p MemberPath) Check() error { return first(p.OrgPath.Check(), p.User.Validate()) }

// AssignmentPath is a user and a role in an organisation.
type AssignmentPath struct {
	MemberPath

	Role rolekit.RoleID `path:"role" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"bookkeeper"`
}

// Check reports what is wrong with the ids.
func (p AssignmentPath) Check() error { return first(p.MemberPath.Check(), p.Role.Validate()) }

// GroupPath is the group that a path names, as its organisation sees it.
type GroupPath struct {
	OrgPath

	Group rolekit.GroupID `path:"group" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"researchers"`
}

// Check reports what is wrong with the ids.
func (p GroupPath) Check() error { return first(p.OrgPath.Check(), p.Group.Validate()) }

// GroupUserPath is a group and a user in it.
type GroupUserPath struct {
	GroupPath

	User rolekit.UserID `path:"user" doc:"the application's own id, percent-encoded" example:"auth0|ada"`
}

// Check reports what is wrong with the ids.
func (p GroupUserPath) Check() error { return first(p.GroupPath.Check(), p.User.Validate()) }

// GroupGroupPath is a group and a group in it.
type GroupGroupPath struct {
	GroupPath

	Inner rolekit.GroupID `path:"inner" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"interns"`
}

// Check reports what is wrong with the ids.
func (p GroupGroupPath) Check() error { return first(p.GroupPath.Check(), p.Inner.Validate()) }

// GroupRolePath is a group and a role.
type GroupRolePath struct {
	GroupPath

	Role rolekit.RoleID `path:"role" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"bookkeeper"`
}

// Check reports what is wrong with the ids.
func (p GroupRolePath) Check() error { return first(p.GroupPath.Check(), p.Role.Validate()) }

// SetPath is the resource set that a path names, as its organisation sees it.
type SetPath struct {
	OrgPath

	Set rolekit.SetID `path:"set" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"marketing"`
}

// Check reports what is wrong with the ids.
func (p SetPath) Check() error { return first(p.OrgPath.Check(), p.Set.Validate()) }

// SetResourcePath is a resource set and a resource in it.
type SetResourcePath struct {
	SetPath

	Resource rolekit.ResourceID `path:"resource" doc:"the application's own id, percent-encoded" example:"project-7"`
}

// Check reports what is wrong with the ids.
func (p SetResourcePath) Check() error { return first(p.SetPath.Check(), p.Resource.Validate()) }

// KeyPath is the service key that a path names.
type KeyPath struct {
	OrgPath

	Key rolekit.KeyID `path:"key" doc:"the 16 letters and digits behind rkey_" example:"3lqx5ck7wd2aotz6"`
}

// Check reports what is wrong with the ids.
func (p KeyPath) Check() error { return first(p.OrgPath.Check(), p.Key.Validate()) }

// first returns the first thing that is wrong.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Page selects a page of a list.
type Page struct {
	After string `query:"after" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"at most this many"`
}

// IfMatch is the state of a thing that a change is made for (RFC 9110, section
// 13.1.1). A change of a thing that is there needs it.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"the ETag of the thing as it was read; * for however it is. 428 without" example:"\"42\""`
}

// etagRE is the form of [ETag]. If-Match compares strongly, so a weak tag is
// none. 18 digits fit an int64.
var etagRE = regexp.MustCompile(`^"([1-9][0-9]{0,17})"$`)

// Said returns what the caller says of the thing, and whether they said anything:
// who does not say what they have seen has seen nothing.
func (h IfMatch) Said() (revision rolekit.Revision, said bool, err error) {
	switch h.IfMatch {
	case "":
		return rolekit.Absent, false, nil
	case "*":
		return rolekit.Present, true, nil
	}
	match := etagRE.FindStringSubmatch(h.IfMatch)
	if match == nil {
		return 0, true, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: "If-Match is not one ETag of ours", Hint: `send it as it was received, such as "42", or *`,
		}
	}
	n, err := strconv.ParseInt(match[1], 10, 64)
	return rolekit.Revision(n), true, err
}

// Matching is IfMatch for what is made where it is not there.
type Matching struct {
	IfMatch     string `header:"If-Match" doc:"the ETag of the thing as it was read; * for however it is. 428 without, if it is there" example:"\"42\""`
	IfNoneMatch string `header:"If-None-Match" doc:"* makes it only where it is not there: else 412" example:"*"`
}

// Said is as for IfMatch.
func (h Matching) Said() (revision rolekit.Revision, said bool, err error) {
	switch {
	case h.IfNoneMatch == "":
		return IfMatch{h.IfMatch}.Said()
	case h.IfNoneMatch != "*" || h.IfMatch != "":
		return 0, true, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: "If-None-Match is not * alone", Hint: "send it to make what is not there, and If-Match to change what is",
		}
	}
	return rolekit.Absent, true, nil
}

// RolesMatch is IfMatch for all the roles of a member, which are there though they may
// be none, and have no revision.
type RolesMatch struct {
	IfMatch string `header:"If-Match" doc:"the ETag of the roles as they were read; * for however they are. 428 without" example:"\"mMg3QrdPbZ0Zb0lXoZTRcQ\""`
}

// rolesTagRE is the form of [RolesETag], and of tags that are of something else, which
// match nothing. A star within quotes must not be one: it would be any state.
var rolesTagRE = regexp.MustCompile(`^"([A-Za-z0-9_-]{1,64})"$`)

// Said is as for IfMatch.
func (h RolesMatch) Said() (state rolekit.RolesState, said bool, err error) {
	if h.IfMatch == "" || h.IfMatch == "*" {
		return rolekit.RolesState(h.IfMatch), h.IfMatch != "", nil
	}
	match := rolesTagRE.FindStringSubmatch(h.IfMatch)
	if match == nil {
		return "", true, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: "If-Match is not one ETag of a member's roles", Hint: "send it as it was received, or *",
		}
	}
	return rolekit.RolesState(match[1]), true, nil
}

// RolesETag returns the entity tag of a member's roles in a state.
func RolesETag(s rolekit.RolesState) string { return `"` + string(s) + `"` }

// IfNoneMatch is what a client has already (RFC 9110, section 13.1.2).
type IfNoneMatch struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"1000" doc:"the ETag of the answer that you have: 304 where it is still the answer" example:"\"q5X9\""`
}

// Has reports whether the client has what has the tag.
func (h IfNoneMatch) Has(tag string) bool {
	for one := range strings.SplitSeq(h.IfNoneMatch, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// ETag returns the entity tag of a thing at its revision.
func ETag(r rolekit.Revision) string { return `"` + strconv.FormatInt(int64(r), 10) + `"` }
