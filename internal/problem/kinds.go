package problem

import "github.com/rolekit/rolekit"

// Kind is a code that a client can see.
type Kind struct {
	Code   rolekit.Code
	Status int
	Means  string
}

// Kinds returns every code there is, from the caller's fault to ours. This is
// where clients are told of them: in the OpenAPI document and on its page.
func Kinds() []Kind {
	kinds := []Kind{
		{Code: CodeMalformed, Means: "the request cannot be read"},
		{Code: rolekit.CodeInvalid, Means: "the request is not what the operation takes, or names what the catalog does not have"},
		{Code: rolekit.CodeCycle, Means: "roles would include each other, groups contain each other, or organisations lie below each other"},
		{Code: CodeContentType, Means: "the body is not said to be JSON"},
		{Code: CodeTooLarge, Means: "the body is longer than is read"},
		{Code: CodeTimeout, Means: "the body did not arrive in time"},
		{Code: rolekit.CodeUnauthenticated, Means: "nobody is identified"},
		{Code: rolekit.CodePermissionDenied, Means: "the caller lacks the permission for this there; also where there is no such organisation"},
		{Code: rolekit.CodeEscalation, Means: "the caller would give what they do not hold"},
		{Code: rolekit.CodeReserved, Means: "the name or the thing belongs to the kit, to the developers or to an organisation above"},
		{Code: CodeNotFound, Means: "nothing is at this address"},
		{Code: CodeMethod, Means: "what is at this address does not have this method"},
		{Code: rolekit.CodeOrgNotFound, Means: "there is no such organisation"},
		{Code: rolekit.CodeRoleNotFound, Means: "there is no such role in this organisation"},
		{Code: rolekit.CodeGroupNotFound, Means: "there is no such group in this organisation"},
		{Code: rolekit.CodeSetNotFound, Means: "there is no such resource set in this organisation"},
		{Code: rolekit.CodeKeyNotFound, Means: "there is no such service key in this organisation"},
		{Code: rolekit.CodeExists, Means: "the id is taken"},
		{Code: rolekit.CodeConflict, Means: "someone else changed it since it was read; 412 where the request said by If-Match what it had seen"},
		{Code: rolekit.CodeInUse, Means: "something still depends on it"},
		{Code: rolekit.CodeRoleInUse, Means: "the role is still held, or included; holders counts by whom"},
		{Code: rolekit.CodeDrifted, Means: "default roles were edited since the catalog was applied last"},
		{Code: rolekit.CodeGrantsHeld, Means: "custom roles would lose grants that the catalog has no more"},
		{Code: rolekit.CodeTooManyAssignments, Means: "one user or group would be given more roles and groups than it may"},
		{Code: rolekit.CodeTooManyGroups, Means: "there would be more groups than there may be"},
		{Code: rolekit.CodeTooManyKeys, Means: "there would be more service keys than there may be, ended ones included"},
		{Code: rolekit.CodeTooManyMembers, Means: "there would be more members than there may be"},
		{Code: rolekit.CodeTooManyResources, Means: "there would be more resources in a set than there may be"},
		{Code: rolekit.CodeTooManyRoles, Means: "there would be more custom roles than there may be"},
		{Code: rolekit.CodeTooManySets, Means: "there would be more resource sets than there may be"},
		{Code: rolekit.CodeLastHolder, Means: "nobody would be left who can manage roles"},
		{Code: rolekit.CodeInProgress, Means: "the same request, by its Idempotency-Key, is being done"},
		{Code: CodeNotKept, Means: "the same request, by its Idempotency-Key, was done, and its answer showed a secret"},
		{Code: rolekit.CodeKeyReused, Means: "the request's Idempotency-Key was another request's"},
		{Code: CodePrecondition, Means: "the request does not say which state of the thing it is for"},
		{Code: CodeTooMany, Means: "the caller asks for more changes than they may in that time"},
		{Code: rolekit.CodeTooManyFailures, Means: "too many requests of the caller brought service keys that are none"},
		{Code: rolekit.CodeTooManyReplies, Means: "the caller asks for more changes with an Idempotency-Key than are kept"},
		{Code: CodeInternal, Means: "a bug on our side"},
		{Code: rolekit.CodeBrokenPolicy, Means: "what is stored of the organisation cannot be read, so nothing is allowed there"},
		{Code: rolekit.CodeUnavailable, Means: "no decision or change can be made at the moment"},
	}
	for i, k := range kinds {
		kinds[i].Status = Status(k.Code)
	}
	return kinds
}
