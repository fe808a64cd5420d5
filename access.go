package rolekit

import (
	"context"
	"slices"
	"strings"
)

// Access is how far a grant reaches inside the organisation.
type Access string

const (
	// AccessAny reaches every resource of the organisation.
	AccessAny Access = "any"
	// AccessTeam reaches the resources of the caller's teams.
	AccessTeam Access = "team"
	// AccessOwn reaches the resources that the caller owns.
	AccessOwn Access = "own"

	// accessSet is what a catalog writes for every set:<name>.
	accessSet Access = "set"
	setPrefix string = "set:"
)

// InSet is the access that reaches the resources of one resource set.
func InSet(id SetID) Access { return Access(setPrefix + string(id)) }

// Set returns the resource set that the access reaches, and whether it is such
// an access.
func (a Access) Set() (SetID, bool) {
	id, ok := strings.CutPrefix(string(a), setPrefix)
	return SetID(id), ok
}

// kind is the access as a catalog lists it.
func (a Access) kind() Access {
	if _, ok := a.Set(); ok {
		return accessSet
	}
	return a
}

// AccessRule is an access that the application adds to the kit's own: friends
// may see a profile is one named friend.
type AccessRule struct {
	// Reaches reports whether the identity is one that such a grant reaches the
	// resource for. It runs during checks, concurrently; an error or a panic
	// denies. Required.
	Reaches func(ctx context.Context, who Identity, resource Resource) (bool, error)
	// Where expresses the same as a condition of SQL, with ? for arguments, so
	// that adapter.Visible can list what single checks would allow. Optional:
	// without it, such a grant adds nothing to a list.
	Where func(ctx context.Context, who Identity) (condition string, args []any, err error)
}

// compareAccess orders from the widest: any, team, own, what the application
// added, and sets.
func compareAccess(a, b Access) int {
	rank := func(a Access) int {
		if i := slices.Index([]Access{AccessAny, AccessTeam, AccessOwn}, a); i >= 0 {
			return i
		}
		if a.kind() == accessSet {
			return 4
		}
		return 3
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(string(a), string(b))
}

// within reports whether everything that a reaches is reached by b too, as far
// as that is known without looking at resources.
func (a Access) within(b Access) bool { return b == AccessAny || a == b }
