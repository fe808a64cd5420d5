package rolekit

import (
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/rolekit/rolekit/internal/flat"
	"github.com/rolekit/rolekit/internal/overlay"
)

// layer is a [Layer] understood: what one organisation says, by itself. It is
// immutable once made; a change makes another, which shares what did not change.
// Nothing that is stored is lost in it: [layer.rules] and its like tell the rules
// that it was made of.
type layer struct {
	org      Org
	revision Revision // its own: the newer layer has the higher one
	base     Revision // what moves added
	deleted  bool     // a tombstone: it outranks whatever older state arrives late
	asOf     uint64   // when the reading that brought it began, by memory's clock

	roles    map[RoleID]*Role
	groups   map[GroupID]*Group
	nested   map[GroupID][]bond // of groups; those of roles are in Role.Includes
	shape    *shape             // the same where these three are
	sets     map[SetID]*ResourceSet
	inSet    map[SetID]overlay.Map[ResourceID, struct{}]
	users    flat.Map[UserID]      // which of the bundles is each user's
	bundles  []*bundle             // each once
	counts   []uint32              // how many users have each; nil where each is somebody's
	baseline map[ProfileID][]Grant // of the default roles' layer only
	chosen   overlay.Map[UserID, ProfileID]
	keys     map[KeyID]*KeyRecord // nil for none
	stray    []Rule               // that say nothing: of a role or set that is not there
}

// shape stands for the roles and groups of a layer, and for what they lead to. It
// knows what each role gives by itself, once that was asked for.
type shape struct {
	compiling sync.Once
	gives     map[RoleID]*profileRights // of those that give anything
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
		org: org, roles: map[RoleID]*Role{}, groups: map[GroupID]*Group{}, sets: map[SetID]*ResourceSet{}, shape: new(shape),
		inSet: map[SetID]overlay.Map[ResourceID, struct{}]{}, baseline: map[ProfileID][]Grant{},
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
	b := newBuilder(l, len(rec.Rules))
	for _, r := range rec.Roles {
		b.putRole(r)
	}
	for _, g := range rec.Groups {
		b.putGroup(g)
	}
	for _, s := range rec.Sets {
		b.putSet(s)
	}
	for _, k := range rec.Keys {
		b.putKey(k)
	}
	l.chosen = overlay.Of(rec.Chosen)
	for _, rule := range rec.Rules {
		if err := b.add(rule); err != nil {
			broken := errorf(CodeBrokenPolicy, "the rule %q of %q cannot be read", rule, rec.Org.ID).
				hint("repair or delete the row in casbin_rule").because(err)
			if rec.Org.ID != AllOrgs {
				return nil, broken
			}
			l.stray = append(l.stray, rule.clone())
			log.Error("a default role's rule is left out", "rule", rule.String(), "error", err)
		}
	}
	return b.done(pool), nil
}

// rules returns what is stored of a subject: who it is linked to, and what it is
// granted.
func (l *layer) rules(of subject) []Rule {
	var all []Rule
	switch of.kind {
	case kindRole:
		if r := l.roles[RoleID(of.id)]; r != nil {
			all = roleRules(l.id(), r.RoleSpec)
		}
	case kindProfile:
		for _, g := range l.baseline[ProfileID(of.id)] {
			all = append(all, grantRule(l.id(), of, ProfileID(of.id), g))
		}
	default:
		for _, b := range l.bonds(of) {
			all = append(all, linkRule(l.id(), of, b.to, b.during()))
		}
	}
	return append(all, l.strays(func(r Rule) bool { return r.V[0] == of.String() })...)
}

// rulesTo returns the stored links of users, groups and roles to a subject.
func (l *layer) rulesTo(to subject) []Rule {
	var all []Rule
	for from, bonds := range l.linked() {
		for _, b := range bonds {
			if b.to == to {
				all = append(all, linkRule(l.id(), from, to, b.during()))
			}
		}
	}
	for id, r := range l.roles {
		if to.kind == kindRole && slices.Contains(r.Includes, RoleID(to.id)) {
			all = append(all, linkRule(l.id(), roleSubject(id), to, Period{}))
		}
	}
	return append(all, l.strays(func(r Rule) bool { return r.Ptype != ptypeGrant && r.V[1] == to.String() })...)
}

// resources returns the stored rules that put resources into a set, sorted.
func (l *layer) resources(set SetID) []Rule {
	all := make([]Rule, 0, l.inSet[set].Len())
	for id := range l.inSet[set].Keys() {
		all = append(all, resourceRule(l.id(), id, set))
	}
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.V[0], b.V[0]) })
	return append(all, l.strays(func(r Rule) bool { return r.Ptype == ptypeResource && r.V[1] == kindSet.String()+string(set) })...)
}

func (l *layer) strays(which func(Rule) bool) (some []Rule) {
	for _, r := range l.stray {
		if which(r) {
			some = append(some, r)
		}
	}
	return some
}
