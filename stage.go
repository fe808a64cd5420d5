package rolekit

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"
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

// Lock has nothing to wait for: what it would protect is read at one moment, and
// never written.
func (s staging) Lock(ctx context.Context, orgs ...OrgID) error {
	at, err := s.Revisions(ctx, orgs...)
	if err != nil {
		return err
	}
	for _, id := range orgs {
		if _, ok := at[id]; !ok {
			return s.notFound(ctx, id)
		}
	}
	return nil
}

func (s staging) Share(ctx context.Context, orgs ...OrgID) error { return s.Lock(ctx, orgs...) }

func (s staging) InsertOrg(ctx context.Context, org Org) error {
	_, taken, err := s.org(ctx, org.ID)
	if err != nil {
		return err
	}
	if taken {
		return errorf(CodeExists, "there is an organisation %q already", org.ID).hint("choose another id")
	}
	s.to.orgs[org.ID] = &stagedOrg{made: true, org: &org}
	return nil
}

func (s staging) UpdateOrg(ctx context.Context, to Org) error {
	org, ok, err := s.org(ctx, to.ID)
	if err != nil || !ok {
		return err
	}
	org.Label, org.Parent, org.Revision = to.Label, to.Parent, to.Revision
	s.to.of(org.ID).org = &org
	return nil
}

func (s staging) DeleteOrg(_ context.Context, org OrgID) error {
	s.to.orgs[org] = &stagedOrg{gone: true}
	s.to.events = slices.DeleteFunc(slices.Clone(s.to.events), func(e AuditEvent) bool { return e.Org == org })
	return nil
}

// edit notes how a layer changes.
func (s staging) edit(org OrgID, how func(*Layer)) error {
	o := s.to.of(org)
	o.edits = append(o.edits, func(l *Layer) error { how(l); return nil })
	return nil
}

func (s staging) PutRole(_ context.Context, role RoleRecord) error {
	return s.edit(role.Org, func(l *Layer) {
		l.Roles = append(slices.DeleteFunc(l.Roles, func(r RoleRecord) bool { return r.ID == role.ID }), role)
	})
}

func (s staging) DeleteRole(_ context.Context, org OrgID, role RoleID) error {
	return s.edit(org, func(l *Layer) {
		l.Roles = slices.DeleteFunc(l.Roles, func(r RoleRecord) bool { return r.ID == role })
	})
}

func (s staging) PutGroup(_ context.Context, group Group) error {
	return s.edit(group.Org, func(l *Layer) {
		l.Groups = append(slices.DeleteFunc(l.Groups, func(g Group) bool { return g.ID == group.ID }), group)
	})
}

func (s staging) DeleteGroup(_ context.Context, org OrgID, group GroupID) error {
	return s.edit(org, func(l *Layer) {
		l.Groups = slices.DeleteFunc(l.Groups, func(g Group) bool { return g.ID == group })
	})
}

func (s staging) PutSet(_ context.Context, set ResourceSet) error {
	return s.edit(set.Org, func(l *Layer) {
		l.Sets = append(slices.DeleteFunc(l.Sets, func(s ResourceSet) bool { return s.ID == set.ID }), set)
	})
}

func (s staging) DeleteSet(_ context.Context, org OrgID, set SetID) error {
	return s.edit(org, func(l *Layer) {
		l.Sets = slices.DeleteFunc(l.Sets, func(s ResourceSet) bool { return s.ID == set })
	})
}

func (s staging) InsertKey(_ context.Context, key KeyRecord) error {
	return s.edit(key.Org, func(l *Layer) { l.Keys = append(l.Keys, key) })
}

func (s staging) DeleteKey(_ context.Context, org OrgID, key KeyID) error {
	return s.edit(org, func(l *Layer) {
		l.Keys = slices.DeleteFunc(l.Keys, func(k KeyRecord) bool { return k.ID == key })
	})
}

func (s staging) PutChosen(_ context.Context, org OrgID, user UserID, profile ProfileID) error {
	return s.edit(org, func(l *Layer) {
		if l.Chosen == nil {
			l.Chosen = map[UserID]ProfileID{}
		}
		if l.Chosen[user] = profile; profile == "" {
			delete(l.Chosen, user)
		}
	})
}

func (s staging) AddRules(_ context.Context, rules ...Rule) error {
	for org, some := range byOrg(rules) {
		err := s.edit(org, func(l *Layer) {
			there := among(some, l.Rules)
			l.Rules = append(l.Rules, slices.DeleteFunc(slices.Clone(some), func(r Rule) bool { return there[r] })...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveRules tells where the layer is read that a rule was not there. What a
// change starts from is read anew for each of a preview, and it is held against that
// at its end.
func (s staging) RemoveRules(_ context.Context, rules ...Rule) error {
	for org, some := range byOrg(rules) {
		o := s.to.of(org)
		o.edits = append(o.edits, func(l *Layer) error {
			there := among(some, l.Rules)
			if i := slices.IndexFunc(some, func(r Rule) bool { return !there[r] }); i >= 0 {
				return errorf(CodeConflict, "the rule %q was not there any more", some[i])
			}
			l.Rules = slices.DeleteFunc(l.Rules, func(r Rule) bool { return there[r] })
			return nil
		})
	}
	return nil
}

// among tells which of a few rules are among many.
func among(few, many []Rule) map[Rule]bool {
	there := make(map[Rule]bool, len(few))
	for _, r := range few {
		there[r] = false
	}
	for _, r := range many {
		if _, one := there[r]; one {
			there[r] = true
		}
	}
	return there
}

func byOrg(rules []Rule) map[OrgID][]Rule {
	all := map[OrgID][]Rule{}
	for _, r := range rules {
		all[r.Org()] = append(all[r.Org()], r)
	}
	return all
}

func (s staging) Append(_ context.Context, events ...AuditEvent) (int64, error) {
	for _, event := range events {
		s.to.last = max(s.to.last+1, firstStaged)
		event.ID = s.to.last
		s.to.events = append(s.to.events, event)
	}
	return s.to.last, nil
}

func (s staging) SetRevision(_ context.Context, org OrgID, to Revision) error {
	s.to.of(org).revision = &to
	return nil
}

func (s staging) SetBase(_ context.Context, org OrgID, to Revision) error {
	s.to.of(org).base = &to
	return nil
}

// PutAppliedCatalog writes nothing: what a preview tells is who would gain and lose.
func (staging) PutAppliedCatalog(context.Context, CatalogRecord) error { return nil }

func (s staging) LockReply(ctx context.Context, owner, name string) (Reply, bool, error) {
	return s.Reply(ctx, owner, name)
}

func (staging) InsertReply(context.Context, Reply) error                  { return nil }
func (staging) UpdateReply(context.Context, Reply) error                  { return nil }
func (staging) DeleteReply(context.Context, string, string) error         { return nil }
func (staging) DeleteRepliesBefore(context.Context, time.Time, int) error { return nil }
