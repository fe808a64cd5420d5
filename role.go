package rolekit

import (
	"cmp"
	"maps"
	"slices"
)

// Origin tells who a role belongs to.
type Origin string

const (
	// OriginDefault marks a role that all organisations have, from the seed.
	OriginDefault Origin = "default"
	// OriginCustom marks a role of one organisation, made by its admins.
	OriginCustom Origin = "custom"
)

// Grant is a permission and how far it reaches.
type Grant struct {
	Permission Permission `json:"permission"`
	Access     Access     `json:"access"`
}

// compareRoles orders roles by id.
func compareRoles(a, b *Role) int { return cmp.Compare(a.ID, b.ID) }

func compareGrants(a, b Grant) int {
	return cmp.Or(cmp.Compare(a.Permission, b.Permission), cmp.Compare(a.Access, b.Access))
}

// RoleSpec is what an author says of a role.
type RoleSpec struct {
	ID          RoleID
	Label       string // for people; the id where empty
	Description string
	Profile     ProfileID // [DefaultProfile] where empty
	Grants      []Grant   // in any order; an empty access means any
	Includes    []RoleID  // roles of the same profile whose grants it has too
}

// Role is a role as it stands. Grants and Includes are sorted.
type Role struct {
	RoleSpec

	Org      OrgID // [AllOrgs] for a default role
	Origin   Origin
	Revision Revision                // when it last changed; edits name it, so that none is lost
	Created  Revision                // when it was made, as an audit event's id; 0 for one from before that was kept
	Reviewed map[Permission]Revision // permissions decided about in reviews, and when; see [Manager.DecideReview]
}

// normal returns the spec with defaults filled in, sorted and without doubles,
// sharing nothing with the receiver.
func (s RoleSpec) normal() RoleSpec {
	if s.Label == "" {
		s.Label = string(s.ID)
	}
	if s.Profile == "" {
		s.Profile = DefaultProfile
	}
	grants := make([]Grant, 0, len(s.Grants))
	for _, g := range s.Grants {
		if g.Access == "" {
			g.Access = AccessAny
		}
		grants = append(grants, g)
	}
	slices.SortFunc(grants, compareGrants)
	s.Grants = slices.Compact(grants)
	includes := append(make([]RoleID, 0, len(s.Includes)), s.Includes...)
	slices.Sort(includes)
	s.Includes = slices.Compact(includes)
	return s
}

// clone returns a copy whose slices the caller may change.
func (r *Role) clone() Role {
	c := *r
	c.Grants = slices.Clone(r.Grants)
	c.Includes = slices.Clone(r.Includes)
	c.Reviewed = maps.Clone(r.Reviewed)
	return c
}

// sameAs reports whether the role already is what the normal spec says.
func (r *Role) sameAs(s RoleSpec) bool {
	return r.ID == s.ID && r.Label == s.Label && r.Description == s.Description && r.Profile == s.Profile &&
		slices.Equal(r.Grants, s.Grants) && slices.Equal(r.Includes, s.Includes)
}
