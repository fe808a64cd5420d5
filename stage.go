package rolekit

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
)

// stage is what changes would write, on top of what is stored. Nothing of it ever
// reaches the store: no row, no lock, no number of a sequence.
type stage struct {
	orgs   map[OrgID]*stagedOrg
	events []AuditEvent
	last   int64 // the last event's id
}

// stagedOrg is what would be written of one organisation, or of the default roles.
type stagedOrg struct {
	gone     bool // and with it whatever is stored
	made     bool // so nothing that is stored counts
	org      *Org // nil where that stays as it is
	revision *Revision
	base     *Revision
	edits    []func(*Layer) error // in their order
}

// firstStaged is the id of the first event that a stage makes up: behind every one
// that is stored, as ids have to grow, and such that the sum of a line of them is a
// revision still.
const firstStaged = 1 << 48

func (s *stage) clone() *stage {
	c := &stage{make(map[OrgID]*stagedOrg, len(s.orgs)), slices.Clip(s.events), s.last}
	for id, o := range s.orgs {
		copied := *o
		copied.edits = slices.Clip(o.edits)
		c.orgs[id] = &copied
	}
	return c
}

// of returns an organisation's part, to be written to.
func (s *stage) of(org OrgID) *stagedOrg {
	o := s.orgs[org]
	if o == nil {
		o = &stagedOrg{}
		s.orgs[org] = o
	}
	return o
}

// isShaped reports whether an organisation comes, goes, or is another than it was.
func (s *stage) isShaped() bool {
	for _, o := range s.orgs {
		if o.gone || o.org != nil {
			return true
		}
	}
	return false
}

// staging is a Writer to a stage: what is read is what is stored, with what was
// written to the stage. Of replies it writes nothing: they are no part of any change.
type staging struct {
	Reader

	to *stage
}

var _ Writer = staging{}

// org returns an organisation as it would be; false where there is none.
func (s staging) org(ctx context.Context, id OrgID) (Org, bool, error) {
	switch o := s.to.orgs[id]; {
	case o != nil && o.gone, id == AllOrgs:
		return Org{}, false, nil
	case o != nil && o.org != nil:
		return *o.org, true, nil
	}
	line, err := s.Reader.Line(ctx, id)
	if errors.Is(err, ErrOrgNotFound) {
		return Org{}, false, nil
	}
	if err != nil {
		return Org{}, false, err
	}
	return line[0], true, nil
}

func (s staging) Orgs(ctx context.Context) ([]Org, error) {
	stored, err := s.Reader.Orgs(ctx)
	if err != nil {
		return nil, err
	}
	orgs := slices.DeleteFunc(stored, func(o Org) bool {
		staged := s.to.orgs[o.ID]
		return staged != nil && (staged.gone || staged.org != nil)
	})
	for _, o := range s.to.orgs {
		if o.org != nil {
			orgs = append(orgs, *o.org)
		}
	}
	slices.SortFunc(orgs, func(a, b Org) int { return cmp.Compare(a.ID, b.ID) })
	return orgs, nil
}

func (s staging) Line(ctx context.Context, id OrgID) ([]Org, error) {
	if !s.to.isShaped() {
		return s.Reader.Line(ctx, id)
	}
	var line []Org
	for id := id; id != "" && len(line) <= MaxOrgDepth; {
		o, ok, err := s.org(ctx, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		line = append(line, o)
		id = o.Parent
	}
	if len(line) == 0 {
		return nil, s.notFound(ctx, id)
	}
	return line, nil
}

// notFound is how the store calls an organisation that is not there.
func (s staging) notFound(ctx context.Context, id OrgID) error {
	if _, err := s.Reader.Line(ctx, id); err != nil {
		return err
	}
	return orgNotFound(id)
}

func (s staging) Below(ctx context.Context, id OrgID) ([]Org, error) {
	if !s.to.isShaped() {
		return s.Reader.Below(ctx, id)
	}
	orgs, err := s.Orgs(ctx)
	if err != nil || id == AllOrgs {
		return orgs, err
	}
	parents := make(map[OrgID]OrgID, len(orgs))
	for _, o := range orgs {
		parents[o.ID] = o.Parent
	}
	return slices.DeleteFunc(orgs, func(o Org) bool {
		at := o.Parent
		for range MaxOrgDepth {
			if at == id {
				return false
			}
			at = parents[at]
		}
		return true
	}), nil
}

func (s staging) OrgsOf(ctx context.Context, user UserID) ([]OrgID, error) {
	orgs, err := s.Reader.OrgsOf(ctx, user)
	if err != nil {
		return nil, err
	}
	orgs = slices.DeleteFunc(orgs, func(id OrgID) bool { return s.to.orgs[id] != nil })
	for id, o := range s.to.orgs {
		if o.gone {
			continue
		}
		l, err := s.Layer(ctx, id)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(l.Rules, func(r Rule) bool { return r.V[0] == userSubject(user).String() && r.Ptype != ptypeGrant }) {
			orgs = append(orgs, id)
		}
	}
	slices.Sort(orgs)
	return orgs, nil
}

func (s staging) Revisions(ctx context.Context, orgs ...OrgID) (map[OrgID]Revision, error) {
	all, err := s.Reader.Revisions(ctx, orgs...)
	if err != nil {
		return nil, err
	}
	for id, o := range s.to.orgs {
		switch {
		case len(orgs) > 0 && !slices.Contains(orgs, id):
		case o.gone:
			delete(all, id)
		case o.revision != nil:
			all[id] = *o.revision
		case o.made:
			all[id] = 0
		}
	}
	return all, nil
}

func (s staging) Layer(ctx context.Context, id OrgID) (Layer, error) {
	o := s.to.orgs[id]
	if o == nil {
		return s.Reader.Layer(ctx, id)
	}
	if o.gone {
		return Layer{}, s.notFound(ctx, id)
	}
	var l Layer
	if !o.made {
		var err error
		if l, err = s.Reader.Layer(ctx, id); err != nil {
			return Layer{}, err
		}
	}
	if o.org != nil {
		l.Org = *o.org
	}
	if o.revision != nil {
		l.Revision = *o.revision
	}
	if o.base != nil {
		l.Base = *o.base
	}
	l.Roles, l.Groups, l.Sets = slices.Clone(l.Roles), slices.Clone(l.Groups), slices.Clone(l.Sets)
	l.Rules, l.Keys, l.Chosen = slices.Clone(l.Rules), slices.Clone(l.Keys), maps.Clone(l.Chosen)
	for _, edit := range o.edits {
		if err := edit(&l); err != nil {
			return Layer{}, err
		}
	}
	return l, nil
}

func (s staging) Layers(ctx context.Context, orgs []OrgID) iter.Seq2[Layer, error] {
	return func(yield func(Layer, error) bool) {
		var stored []OrgID
		for _, id := range orgs {
			if s.to.orgs[id] == nil {
				stored = append(stored, id)
				continue
			}
			l, err := s.Layer(ctx, id)
			if errors.Is(err, ErrOrgNotFound) {
				continue
			}
			if l.Org.ID = id; !yield(l, err) || err != nil && !errors.Is(err, ErrBrokenPolicy) {
				return
			}
		}
		for l, err := range s.Reader.Layers(ctx, stored) {
			if !yield(l, err) {
				return
			}
		}
	}
}

// Audit finds staged events by what changes ask for: action and target. Nobody reads
// the log of a preview, so the other filters are for what is stored.
func (s staging) Audit(ctx context.Context, org OrgID, q AuditQuery) ([]AuditEvent, error) {
	if q.Deleted != "" { // what a change would delete is still what is there
		return s.Reader.Audit(ctx, org, q)
	}
	var events []AuditEvent
	for _, e := range slices.Backward(s.to.events) {
		if len(events) < q.Limit && e.Org == org && (q.Before <= 0 || e.ID < q.Before) &&
			(q.Action == "" || e.Action == q.Action) && (q.Target == "" || e.Target == q.Target) {
			events = append(events, e)
		}
	}
	if o := s.to.orgs[org]; len(events) == q.Limit || o != nil && (o.gone || o.made) {
		return events, nil
	}
	q.Limit -= len(events)
	stored, err := s.Reader.Audit(ctx, org, q)
	return append(events, stored...), err
}
