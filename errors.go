package rolekit

import (
	"errors"
	"fmt"
	"time"
)

// Code names a kind of failure. Codes are stable: programs may switch on them,
// and api maps each to one HTTP status.
type Code string

// The codes, from the caller's fault to ours.
const (
	CodeInvalid            Code = "invalid"              // the input is malformed or names something the catalog does not have
	CodeUnauthenticated    Code = "unauthenticated"      // nobody was identified
	CodePermissionDenied   Code = "permission_denied"    // the actor lacks the permission for this
	CodeEscalation         Code = "escalation"           // the actor would give what they do not hold
	CodeOrgNotFound        Code = "org_not_found"        // no such organisation
	CodeRoleNotFound       Code = "role_not_found"       // no such role in this organisation
	CodeGroupNotFound      Code = "group_not_found"      // no such group in this organisation
	CodeSetNotFound        Code = "set_not_found"        // no such resource set in this organisation
	CodeKeyNotFound        Code = "key_not_found"        // no such service key in this organisation
	CodeExists             Code = "already_exists"       // the id is taken
	CodeConflict           Code = "conflict"             // someone else changed it since it was read
	CodeInUse              Code = "in_use"               // something still depends on it
	CodeRoleInUse          Code = "role_in_use"          // the role is still held, or included
	CodeDrifted            Code = "drifted"              // default roles were edited since the catalog was applied last
	CodeGrantsHeld         Code = "grants_held"          // custom roles would lose grants that the catalog has no more
	CodeReserved           Code = "reserved"             // the name or the thing belongs to the kit or to the developers
	CodeCycle              Code = "cycle"                // roles would include each other, or organisations contain each other
	CodeLastHolder         Code = "last_holder"          // nobody would be left who can manage roles
	CodeInProgress         Code = "in_progress"          // the same request is being done
	CodeKeyReused          Code = "key_reused"           // the request's key was another request's
	CodeTooManyReplies     Code = "too_many_replies"     // the replies to the actor's requests are as many as are kept
	CodeBrokenPolicy       Code = "broken_policy"        // stored rules cannot be read; decisions there are denied
	CodeUnavailable        Code = "unavailable"          // no decision or change can be made at the moment
	CodeTooManyAssignments Code = "too_many_assignments" // see Limits
	CodeTooManyGroups      Code = "too_many_groups"      // see Limits
	CodeTooManyMembers     Code = "too_many_members"     // see Limits
	CodeTooManyResources   Code = "too_many_resources"   // see Limits
	CodeTooManyRoles       Code = "too_many_roles"       // see Limits
	CodeTooManyKeys        Code = "too_many_keys"        // see Limits
	CodeTooManyFailures    Code = "too_many_failures"    // see middleware.ServiceKeys
	CodeTooManySets        Code = "too_many_sets"        // see Limits
)

// Error is the one error type of the kit. Its Message is for people and shows
// nothing internal; a cause, where there is one, is reached with [errors.Unwrap]
// and belongs in a log.
type Error struct {
	Code    Code
	Message string // what was wrong and where
	Hint    string // what to do about it; may be empty
	Err     error  // the cause; never shown to a client

	// Current is what a change was not made to, because it is not as the caller has
	// seen it: a Role, Group, ResourceSet, Org or MemberRoles as it is now. Else nil.
	Current any
	// Wait is how long it takes until the same can succeed, where that is known. Else 0.
	Wait time.Duration
	// Holders counts who still holds a role that was to be deleted. Else nil.
	Holders *Holders
	// Parts are those of a change of many things that cannot be done. Else nil.
	Parts []Part
}

// Error returns the message, the hint and the cause in one line, for logs.
func (e *Error) Error() string {
	s := e.Message
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error of the same code, so that
// errors.Is(err, rolekit.ErrConflict) works whatever the message says.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Sentinels for errors.Is, one a code.
var (
	ErrInvalid            = &Error{Code: CodeInvalid, Message: "invalid"}
	ErrUnauthenticated    = &Error{Code: CodeUnauthenticated, Message: "unauthenticated"}
	ErrPermissionDenied   = &Error{Code: CodePermissionDenied, Message: "permission denied"}
	ErrEscalation         = &Error{Code: CodeEscalation, Message: "escalation"}
	ErrOrgNotFound        = &Error{Code: CodeOrgNotFound, Message: "organisation not found"}
	ErrRoleNotFound       = &Error{Code: CodeRoleNotFound, Message: "role not found"}
	ErrGroupNotFound      = &Error{Code: CodeGroupNotFound, Message: "group not found"}
	ErrSetNotFound        = &Error{Code: CodeSetNotFound, Message: "resource set not found"}
	ErrKeyNotFound        = &Error{Code: CodeKeyNotFound, Message: "service key not found"}
	ErrExists             = &Error{Code: CodeExists, Message: "already exists"}
	ErrConflict           = &Error{Code: CodeConflict, Message: "conflict"}
	ErrInUse              = &Error{Code: CodeInUse, Message: "in use"}
	ErrRoleInUse          = &Error{Code: CodeRoleInUse, Message: "role in use"}
	ErrDrifted            = &Error{Code: CodeDrifted, Message: "drifted"}
	ErrGrantsHeld         = &Error{Code: CodeGrantsHeld, Message: "grants held"}
	ErrReserved           = &Error{Code: CodeReserved, Message: "reserved"}
	ErrCycle              = &Error{Code: CodeCycle, Message: "cycle"}
	ErrLastHolder         = &Error{Code: CodeLastHolder, Message: "last holder"}
	ErrInProgress         = &Error{Code: CodeInProgress, Message: "in progress"}
	ErrKeyReused          = &Error{Code: CodeKeyReused, Message: "key reused"}
	ErrTooManyReplies     = &Error{Code: CodeTooManyReplies, Message: "too many replies"}
	ErrBrokenPolicy       = &Error{Code: CodeBrokenPolicy, Message: "broken policy"}
	ErrUnavailable        = &Error{Code: CodeUnavailable, Message: "unavailable"}
	ErrTooManyAssignments = &Error{Code: CodeTooManyAssignments, Message: "too many assignments"}
	ErrTooManyGroups      = &Error{Code: CodeTooManyGroups, Message: "too many groups"}
	ErrTooManyMembers     = &Error{Code: CodeTooManyMembers, Message: "too many members"}
	ErrTooManyResources   = &Error{Code: CodeTooManyResources, Message: "too many resources"}
	ErrTooManyRoles       = &Error{Code: CodeTooManyRoles, Message: "too many roles"}
	ErrTooManyKeys        = &Error{Code: CodeTooManyKeys, Message: "too many service keys"}
	ErrTooManyFailures    = &Error{Code: CodeTooManyFailures, Message: "too many requests with keys that are none"}
	ErrTooManySets        = &Error{Code: CodeTooManySets, Message: "too many resource sets"}
)

// CodeOf returns the code of the first *Error in err's chain, and
// [CodeUnavailable] for any other error: what the kit does not know, it does
// not explain to a client.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeUnavailable
}

func errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// hint adds what to do about it.
func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// because adds the cause, for the log.
func (e *Error) because(err error) *Error {
	e.Err = err
	return e
}
