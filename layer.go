package rolekit

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// layer is a [Layer] understood: what one organisation says, by itself. It is
// immutable once made.
type layer struct {
	org      Org
	revision Revision // its own: the newer layer has the higher one
	base     Revision // what moves added
	deleted  bool     // a tombstone: it outranks whatever older state arrives late
	asOf     uint64   // when the reading that brought it began, by memory's clock

	roles    map[RoleID]*Role
	groups   map[GroupID]*Group
	sets     map[SetID]*ResourceSet
	users    map[UserID]uint32  // which of the bundles is each user's
	bundles  []*bundle          // each once
	nested   map[GroupID][]bond // of groups; those of roles are in Role.Includes
	inSet    map[SetID]map[ResourceID]bool
	baseline map[ProfileID][]Grant // of the default roles' layer only
	chosen   map[UserID]ProfileID  // the profile that each user acted as last
}

// link is one step from a subject as a policy sees it: what it leads to, where
// that was said, and when it holds.
type link struct {
	to     subject
	org    OrgID
	during Period
}

func emptyLayer(org Org) *layer {
	return &layer{
		org: org, roles: map[RoleID]*Role{}, groups: map[GroupID]*Group{}, sets: map[SetID]*ResourceSet{},
		inSet:    map[SetID]map[ResourceID]bool{},
		baseline: map[ProfileID][]Grant{}, chosen: map[UserID]ProfileID{},
	}
}

// tombstone stands for an organisation that is no more.
func tombstone(org OrgID, at Revision, asOf uint64) *layer {
	return &layer{org: Org{ID: org}, revision: at, deleted: true, asOf: asOf}
}

func (l *layer) id() OrgID { return l.org.ID }

// weight is what the layer adds to the revision of a policy.
func (l *layer) weight() Revision { return l.revision + l.base }

// understand decodes a layer. A row that cannot be read breaks an
// organisation's layer, because nobody knows what it was meant to say. A row of
// the default roles must not break every organisation: it is left out, which
// can only deny, and logged.
//
// asOf is when the reading began that brought the record, by memory's clock.
func understand(rec Layer, asOf uint64, pool *bundles, log *slog.Logger) (*layer, error) {
	l := emptyLayer(rec.Org)
	l.revision, l.base, l.asOf = rec.Revision, rec.Base, asOf
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
	for _, g := range rec.Groups {
		l.groups[g.ID] = &g
	}
	for _, s := range rec.Sets {
		l.sets[s.ID] = &s
		l.inSet[s.ID] = map[ResourceID]bool{}
	}
	maps.Copy(l.chosen, rec.Chosen)
	d := decoder{layer: l, met: subjects{}, bonds: map[subject][]bond{}}
	for _, rule := range rec.Rules {
		if err := d.add(rule); err != nil {
			broken := errorf(CodeBrokenPolicy, "the rule %q of %q cannot be read", rule, rec.Org.ID).
				hint("repair or delete the row in casbin_rule").because(err)
			if origin != OriginDefault {
				return nil, broken
			}
			log.Error("a default role's rule is left out", "rule", rule.String(), "error", err)
		}
	}
	l.sort()
	d.bundle(pool)
	return l, nil
}

// decoder makes a layer of rules.
type decoder struct {
	layer *layer
	met   subjects
	bonds map[subject][]bond
}

// add takes in one rule. What is said of a role, group or set that is not there
// says nothing; so does a grant of another profile than its role's.
func (d *decoder) add(rule Rule) error {
	l := d.layer
	if rule.Ptype == ptypeGrant {
		return d.addGrant(rule)
	}
	if rule.Org() == "" {
		return fmt.Errorf("type %q is not one of %s, %s, %s, %s", rule.Ptype, ptypeGrant, ptypeLink, ptypeResource, ptypeTimed)
	}
	from, to, during, err := d.met.decodeLink(rule)
	if err != nil {
		return err
	}
	switch {
	case rule.Ptype == ptypeResource:
		if in := l.inSet[SetID(to.id)]; in != nil {
			in[ResourceID(from.id)] = true
		}
	case from.kind == kindRole:
		if r := l.roles[RoleID(from.id)]; r != nil && to.kind == kindRole {
			r.Includes = append(r.Includes, RoleID(to.id))
		}
	case l.id() == AllOrgs:
		return errors.New("an assignment is of one organisation, never of all")
	case to.kind == kindOrg && OrgID(to.id) != l.id():
		return fmt.Errorf("membership of another organisation: %q", to)
	default:
		b := bond{to: to}
		if !during.Unlimited() {
			b.limited = &during
		}
		d.bonds[from] = append(d.bonds[from], b)
	}
	return nil
}

func (d *decoder) addGrant(rule Rule) error {
	l := d.layer
	to, profile, g, err := d.met.decodeGrant(rule)
	if err != nil {
		return err
	}
	switch to.kind {
	case kindProfile:
		if l.id() == AllOrgs && ProfileID(to.id) == profile {
			l.baseline[profile] = append(l.baseline[profile], g)
		}
	default:
		if r := l.roles[RoleID(to.id)]; r != nil && r.Profile == profile {
			r.Grants = append(r.Grants, g)
		}
	}
	return nil
}

func (l *layer) sort() {
	for _, r := range l.roles {
		slices.SortFunc(r.Grants, compareGrants)
		slices.Sort(r.Includes)
		r.Grants, r.Includes = slices.Clip(r.Grants), slices.Clip(r.Includes)
	}
	for _, grants := range l.baseline {
		slices.SortFunc(grants, compareGrants)
	}
}
