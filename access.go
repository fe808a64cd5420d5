package rolekit

// Access is how far a grant reaches inside the organisation.
type Access string

const (
	// AccessAny reaches every resource of the organisation.
	AccessAny Access = "any"
	// AccessTeam reaches the resources of the caller's teams.
	AccessTeam Access = "team"
	// AccessOwn reaches the resources that the caller owns.
	AccessOwn Access = "own"
)

// accessOrder lists every access from the widest; a decision names them so.
func accessOrder() []Access { return []Access{AccessAny, AccessTeam, AccessOwn} }

// within reports whether everything that a reaches is reached by b too, as far
// as that is known without looking at resources.
func (a Access) within(b Access) bool { return b == AccessAny || a == b }
