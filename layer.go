package rolekit

import (
	"errors"
	"log/slog"
	"slices"
)

// layer is a [Layer] understood: what one organisation says, by itself. It is
// immutable once made.
type layer struct {
	org      Org
	revision Revision
	roles    map[RoleID]*Role
	holders  map[UserID][]RoleID // who was assigned what here, sorted
	deleted  bool                // a tombstone: it outranks whatever older state arrives late
}

func (l *layer) id() OrgID { return l.org.ID }

// understand decodes a layer. A row that cannot be read breaks an
// organisation's layer, because nobody knows what it was meant to say. A row of
// the default roles must not break every organisation: it is left out, which
// can only deny, and logged.
func understand(rec Layer, log *slog.Logger) (*layer, error) {
	l := &layer{
		org: rec.Org, revision: rec.Revision,
		roles: make(map[RoleID]*Role, len(rec.Roles)), holders: map[UserID][]RoleID{},
	}
	origin := OriginCustom
	if rec.Org.ID == AllOrgs {
		origin = OriginDefault
	}
	for _, r := range rec.Roles {
		l.roles[r.ID] = &Role{
			RoleSpec: RoleSpec{ID: r.ID, Label: r.Label, Description: r.Description, Profile: r.Profile, Grants: []Grant{}, Includes: []RoleID{}},
			Org:      rec.Org.ID, Origin: origin, Revision: r.Revision,
		}
	}
	for _, rule := range rec.Rules {
		if err := l.add(rule); err != nil {
			broken := errorf(CodeBrokenPolicy, "the rule %q of %q cannot be read", rule, rec.Org.ID).
				hint("repair or delete the row in casbin_rule").because(err)
			if origin != OriginDefault {
				return nil, broken
			}
			log.Error("a default role's rule is left out", "rule", rule.String(), "error", err)
		}
	}
	for _, r := range l.roles {
		slices.SortFunc(r.Grants, compareGrants)
		slices.Sort(r.Includes)
	}
	for _, roles := range l.holders {
		slices.Sort(roles)
	}
	return l, nil
}

// add takes in one rule. A grant or an include of a role that is not there, or
// of another profile than the role's, says nothing.
func (l *layer) add(rule Rule) error {
	f, err := decode(rule)
	if err != nil {
		return err
	}
	switch f.kind {
	case factAssignment:
		if l.org.ID == AllOrgs {
			return errors.New("an assignment is of one organisation, never of all")
		}
		l.holders[f.user] = append(l.holders[f.user], f.role)
	case factGrant:
		if r := l.roles[f.role]; r != nil && r.Profile == f.profile {
			r.Grants = append(r.Grants, f.grant)
		}
	case factInclude:
		if r := l.roles[f.role]; r != nil {
			r.Includes = append(r.Includes, f.include)
		}
	}
	return nil
}
