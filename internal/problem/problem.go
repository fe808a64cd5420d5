// Package problem is how rolekit's errors look on the wire: RFC 9457 problem
// details, the same from the middleware and from the API.
package problem

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/rolekit/rolekit"
)

// ContentType is the media type of a problem (RFC 9457, section 3).
const ContentType = "application/problem+json"

// Problem is one problem's details. Nothing in it is internal.
type Problem struct {
	Type       string             `json:"type" doc:"names the kind of problem" example:"urn:rolekit:problem:permission_denied"`
	Title      string             `json:"title" doc:"the HTTP status in words" example:"Forbidden"`
	Status     int                `json:"status" example:"403"`
	Detail     string             `json:"detail" doc:"what was wrong and where"`
	Code       rolekit.Code       `json:"code" doc:"stable, for programs" example:"permission_denied"`
	Hint       string             `json:"hint,omitempty" doc:"what to do about it"`
	Permission rolekit.Permission `json:"permission,omitempty" doc:"the permission that is missing"`
	Roles      []rolekit.RoleID   `json:"roles,omitempty" doc:"roles of the organisation that would give it" nullable:"false"`
	Errors     []FieldError       `json:"errors,omitempty" doc:"each thing that is wrong with the request, and where" nullable:"false"`
	Current    any                `json:"current,omitempty" doc:"the role, group, resource set or organisation that was not changed, as it is now"`
	Holders    *Holders           `json:"holders,omitempty" doc:"who still holds the role that was to be deleted"`
	RequestID  string             `json:"request_id,omitempty" doc:"to find the request in the log"`
}

// Holders is rolekit.Holders on the wire.
type Holders struct {
	Users  int `json:"users" doc:"who were given it, each once an organisation; the ones whose time is over do not count" example:"3"`
	Groups int `json:"groups" doc:"that were given it" example:"1"`
	Roles  int `json:"roles" doc:"that include it" example:"0"`
	Below  int `json:"below" doc:"how many of all these are in organisations below" example:"2"`
}

// Of describes an error. Of one that is not the kit's, of every cause, and of
// the row that broke a policy, nothing is told.
func Of(err error) Problem {
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok {
		e = &rolekit.Error{
			Code: rolekit.CodeUnavailable, Message: "something went wrong on our side",
			Hint: "try again; if it goes on, tell the operator",
		}
	}
	if e.Code == rolekit.CodeBrokenPolicy { // its message quotes the row, which says who holds what
		e = &rolekit.Error{Code: e.Code, Message: "the organisation's policy cannot be read, so nothing is allowed there", Hint: "tell the operator"}
	}
	status := Status(e.Code)
	var parts []FieldError
	for _, p := range e.Parts {
		parts = append(parts, FieldError{Location: "body." + p.At, Message: p.Err.Message})
	}
	return Problem{
		Type: "urn:rolekit:problem:" + string(e.Code), Title: http.StatusText(status), Status: status,
		Detail: e.Message, Code: e.Code, Hint: e.Hint, Errors: parts, Holders: (*Holders)(e.Holders),
	}
}

// Write sends the problem as the whole response.
func (p Problem) Write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	w.Header().Set("Content-Type", ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // a client that went away is not our problem
}

// Status is the HTTP status of a code; of one it does not know, 503: no
// decision was made.
func Status(c rolekit.Code) int {
	switch c {
	case rolekit.CodeInvalid, rolekit.CodeCycle, rolekit.CodeKeyReused:
		return http.StatusUnprocessableEntity
	case rolekit.CodeUnauthenticated:
		return http.StatusUnauthorized
	case rolekit.CodePermissionDenied, rolekit.CodeEscalation, rolekit.CodeReserved:
		return http.StatusForbidden
	case rolekit.CodeOrgNotFound, rolekit.CodeRoleNotFound, rolekit.CodeGroupNotFound, rolekit.CodeSetNotFound,
		rolekit.CodeKeyNotFound:
		return http.StatusNotFound
	case rolekit.CodeExists, rolekit.CodeConflict, rolekit.CodeInUse, rolekit.CodeRoleInUse, rolekit.CodeLastHolder, rolekit.CodeInProgress,
		rolekit.CodeDrifted, rolekit.CodeGrantsHeld,
		rolekit.CodeTooManyAssignments, rolekit.CodeTooManyGroups, rolekit.CodeTooManyMembers, rolekit.CodeTooManyResources,
		rolekit.CodeTooManyRoles, rolekit.CodeTooManySets, rolekit.CodeTooManyKeys:
		return http.StatusConflict
	case rolekit.CodeTooManyReplies, rolekit.CodeTooManyFailures:
		return http.StatusTooManyRequests
	case rolekit.CodeBrokenPolicy, rolekit.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return statusOfHTTP(c)
}
