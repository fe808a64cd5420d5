package rolekit

import "strings"

// Permission is an action on an object, "invoices:write": the atom that code
// asks for. Which permissions exist is declared in the [Catalog].
type Permission string

// NewPermission joins an object and an action.
func NewPermission(object ObjectID, action ActionID) Permission {
	return Permission(string(object) + ":" + string(action))
}

// Object returns the part before the colon.
func (p Permission) Object() ObjectID {
	object, _, _ := strings.Cut(string(p), ":")
	return ObjectID(object)
}

// Action returns the part after the colon; empty when there is none.
func (p Permission) Action() ActionID {
	_, action, _ := strings.Cut(string(p), ":")
	return ActionID(action)
}

// The objects that every catalog has: the kit guards its own API with them.
const (
	ObjectOrgs    ObjectID = "iam.orgs"
	ObjectRoles   ObjectID = "iam.roles"
	ObjectMembers ObjectID = "iam.members"
	ObjectAudit   ObjectID = "iam.audit"
	ObjectKeys    ObjectID = "iam.keys"

	// reservedObjects is the prefix under which applications declare nothing.
	reservedObjects = "iam."
)

// The permissions that every catalog has.
const (
	OrgsRead     Permission = "iam.orgs:read"
	OrgsWrite    Permission = "iam.orgs:write"
	RolesRead    Permission = "iam.roles:read"
	RolesWrite   Permission = "iam.roles:write"
	MembersRead  Permission = "iam.members:read"
	MembersWrite Permission = "iam.members:write"
	AuditRead    Permission = "iam.audit:read"
	AuditWrite   Permission = "iam.audit:write"
	KeysRead     Permission = "iam.keys:read"
	KeysWrite    Permission = "iam.keys:write"
)

// The actions that the kit's own permissions need; a catalog that does not
// declare them gets them, with write implying read.
const (
	actionRead  ActionID = "read"
	actionWrite ActionID = "write"
)
