package rolekit

import (
	"context"
	"maps"
	"slices"
)

const (
	// maxEffects is how many effects a preview tells, and maxEffectOrgs in how many
	// organisations it sums them up: as much as somebody can look through.
	maxEffects    = 1000
	maxEffectOrgs = 1000
	// maxCompared is how many users are compared one by one, which takes about a
	// second. To go on would take as long as it likes.
	maxCompared = 1_000_000
)

// Preview is who would gain and lose what by changes that were not made.
type Preview struct {
	// Effects are sorted by organisation, user, profile, permission, access, kind
	// and start.
	Effects []Effect
	// Orgs are the organisations in which somebody would gain or lose something,
	// sorted.
	Orgs []OrgEffects
	// Gained and Lost are how many effects there are in all, told or not.
	Gained, Lost int
	// LeftOut is how many effects are not told: there are too many, or the actor may
	// not read the members there.
	LeftOut int
	// OrgsLeftOut is how many organisations are not among Orgs, as they are too
	// many; what is gained and lost there is counted.
	OrgsLeftOut int
	// OrgsUnseen is how many organisations were not looked at, as too many users are
	// concerned; what is gained and lost there is not counted.
	OrgsUnseen int
}

// Effect is that a user would gain or lose a permission as a profile, by one access,
// for a time. What is told is what makes a difference: to gain jobs:read as far as
// one's own is none for whoever may jobs:read everything, and so is neither gained
// nor lost.
type Effect struct {
	Grant
	// Period is when it makes a difference: from the change on, where From is zero;
	// without end, where Until is. A role that is given for next year is gained then.
	Period

	Org     OrgID
	User    UserID
	Profile ProfileID
	Lost    bool // else it is gained
}

// OrgEffects sums up the effects in one organisation.
type OrgEffects struct {
	Org   OrgID
	Users int // who would gain or lose something
	// Gained and Lost are how many effects there are, told or not.
	Gained, Lost int
	// Hidden says that the actor may not read the members there, and so is told of
	// no effects but their own.
	Hidden bool
}

// Preview tells what changes would do, and makes none: fn makes them through the
// manager that it is given, and whatever would refuse them refuses them, with the
// same error. It sees what is stored, and what fn did before, as if that had been
// made; what it reads (Roles, Members, …) is as it is. An error of fn's comes back
// as it is.
//
// Nothing is written, locked or told to anyone: no revision moves, nothing is
// audited, no id is used up, and checks go on as before. What others change
// meanwhile may be in it or not.
//
// Compared are the organisations that fn changes and all below them; all there are,
// where it changes default roles. Of each, the actor is told by name what they may
// read: it takes iam.members:read there, and, where the organisation would have
// another parent, there too; by what is stored, not by what fn gives. Without it,
// they are told their own effects, and of those of others how many there are.
//
// A resource that comes into a set, or goes, changes how far a permission reaches and
// not who has it, so that is no effect.
func (m *Manager) Preview(ctx context.Context, fn func(*Manager) error) (Preview, error) {
	r := &rehearsal{
		kit: m.kit, under: m.tx, stage: &stage{orgs: map[OrgID]*stagedOrg{}},
		before: map[OrgID]*layer{}, after: map[OrgID]*layer{},
	}
	if err := fn(&Manager{kit: m.kit, actor: m.actor, tx: r}); err != nil {
		return Preview{}, err
	}
	var p Preview
	err := r.view(ctx, func(stored Reader) error {
		scenes, err := r.scenes(ctx, stored)
		if err != nil {
			return err
		}
		p = scenes.compare(m)
		return nil
	})
	if err != nil {
		return Preview{}, unavailable("what the change would do cannot be told", err)
	}
	return p, nil
}

// rehearsal is a Transaction in which changes are made on a stage.
type rehearsal struct {
	kit   *Kit
	under Transaction // the application's, which it looks at; nil for none
	stage *stage

	before map[OrgID]*layer // what changes started from, as far as they read it
	after  map[OrgID]*layer // what they would leave
}

// rehearsal returns the one that the manager's changes are part of; nil for none.
func (m *Manager) rehearsal() *rehearsal {
	r, _ := m.tx.(*rehearsal)
	return r
}

// view reads what is stored.
func (r *rehearsal) view(ctx context.Context, fn func(Reader) error) error {
	if r.under != nil {
		return r.under.Update(ctx, func(w Writer) error { return fn(w) })
	}
	return r.kit.store.View(ctx, fn)
}

// Update implements [Transaction].
func (r *rehearsal) Update(ctx context.Context, fn func(Writer) error) error {
	return r.view(ctx, func(stored Reader) error {
		to := r.stage.clone()
		if err := fn(staging{stored, to}); err != nil {
			return err
		}
		r.stage = to
		return nil
	})
}

// AfterCommit implements [Transaction]: nothing is ever committed.
func (*rehearsal) AfterCommit(func()) {}

// read takes in what a change starts from, unless one before it wrote there.
func (r *rehearsal) read(l *layer) {
	if r != nil && r.after[l.id()] == nil {
		r.before[l.id()] = l
	}
}

// leave takes in what a change would leave.
func (r *rehearsal) leave(layers []*layer) {
	for _, l := range layers {
		r.after[l.id()] = l
	}
}

// scenes are the layers of all organisations that may feel the changes, and of all
// above them, before and after.
type scenes struct {
	kit            *Kit
	orgs           []OrgID // which may feel them, sorted
	stored, staged map[OrgID]*layer
}

func (r *rehearsal) scenes(ctx context.Context, stored Reader) (*scenes, error) {
	felt, needed := map[OrgID]bool{}, map[OrgID]bool{AllOrgs: true}
	for org := range r.after {
		for _, at := range []Reader{stored, staging{stored, r.stage}} {
			if err := reachOf(ctx, at, org, felt, needed); err != nil {
				return nil, err
			}
		}
	}
	s := &scenes{kit: r.kit, orgs: slices.Sorted(maps.Keys(felt)), stored: maps.Clone(r.before)}
	var unknown []OrgID
	at, err := stored.Revisions(ctx, few(slices.Collect(maps.Keys(needed)))...)
	if err != nil {
		return nil, err
	}
	for org := range needed {
		revision, there := at[org]
		l := r.kit.memory.known(org)
		switch {
		case s.stored[org] != nil || !there:
		case l != nil && l.revision == revision && r.after[org] == nil:
			s.stored[org] = l
		default:
			unknown = append(unknown, org)
		}
	}
	if err := s.load(ctx, stored, unknown); err != nil {
		return nil, err
	}
	s.staged = maps.Clone(s.stored)
	for org, l := range r.after {
		if s.staged[org] = l; l.deleted {
			delete(s.staged, org)
		}
	}
	return s, nil
}

// reachOf adds which organisations feel a change of one, and which are part of what
// holds there.
func reachOf(ctx context.Context, r Reader, org OrgID, felt, needed map[OrgID]bool) error {
	below, err := r.Below(ctx, org)
	if err != nil {
		return err
	}
	for _, o := range below {
		felt[o.ID], needed[o.ID] = true, true
	}
	if org == AllOrgs {
		return nil
	}
	felt[org], needed[org] = true, true
	line, err := r.Line(ctx, org)
	if unreadable(err) { // before it is made, or after it is gone
		return nil
	}
	for _, o := range line {
		needed[o.ID] = true
	}
	return err
}

// load reads layers. In an organisation of which one cannot be read, nothing is
// decided.
func (s *scenes) load(ctx context.Context, stored Reader, orgs []OrgID) error {
	for record, err := range stored.Layers(ctx, orgs) {
		var l *layer
		if err == nil {
			l, err = understand(record, 0, &s.kit.bundles, s.kit.config.Logger)
		}
		switch {
		case unreadable(err):
		case err != nil:
			return err
		default:
			s.stored[record.Org.ID] = l
		}
	}
	return nil
}

// policy joins an organisation's layers; nil where there is none, or one of them
// cannot be read.
func (s *scenes) policy(org OrgID, layers map[OrgID]*layer) *policy {
	var line []*layer
	for id := org; id != ""; {
		l := layers[id]
		if l == nil || len(line) == MaxOrgDepth {
			return nil
		}
		line = append(line, l)
		id = l.org.Parent
	}
	defaults := layers[AllOrgs]
	if defaults == nil {
		return nil
	}
	return newPolicy(s.kit.catalog, append(line, defaults))
}
