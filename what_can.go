package rolekit

import (
	"cmp"
	"context"
	"slices"
)

// Right is something that a user may do as a profile.
type Right struct {
	Profile    ProfileID
	Permission Permission
	Reaches    []Reach // the widest first
}

// WhatCan returns what a user may do in the organisation as a profile (as any of
// theirs, where it is empty), implied actions spelled out, sorted by profile and
// permission, and the revision of the policy that says so. It needs what
// [Manager.Check] needs.
func (m *Manager) WhatCan(ctx context.Context, org OrgID, user UserID, profile ProfileID) ([]Right, Revision, error) {
	if err := m.mayAskAbout(ctx, Identity{User: user, Org: org}); err != nil {
		return nil, 0, err
	}
	s, err := m.kit.survey(ctx, org, profile, nil)
	if err != nil {
		return nil, 0, err
	}
	rights := []Right{}
	for _, info := range m.kit.catalog.permissions {
		as, err := s.capacities(ctx, user, info.ID)
		if err != nil {
			return nil, 0, err
		}
		for _, c := range as {
			rights = append(rights, Right{c.Profile, info.ID, c.Reaches})
		}
	}
	slices.SortFunc(rights, func(a, b Right) int {
		return cmp.Or(cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.Permission, b.Permission))
	})
	return rights, s.snap.policy.revision, nil
}
