package rolekit

// Group is a named set of users of an organisation that holds roles as one.
// Groups may be in groups.
type Group struct {
	Org         OrgID // where it is defined; it holds in the organisations below too
	ID          GroupID
	Label       string
	Description string
	Revision    Revision // of its name and of who is directly in it; not of its roles
}

// ResourceSet is a named set of resources of an organisation; a grant with
// access set:<id> reaches just those.
type ResourceSet struct {
	Org         OrgID
	ID          SetID
	Label       string
	Description string
	Revision    Revision // of its name and of its resources
}
