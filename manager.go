package rolekit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Manager is the only way to change a policy. It acts for someone: take one
// with kit.Manager().As(actor). It is safe for concurrent use.
//
// Every change is one transaction of rules, metadata, audit event and revision.
// When a method returns nil, the change is durable and the next check in this
// process decides by it; when it returns an error, nothing changed anywhere. There is
// one thing that nobody can know: where the connection breaks during the commit, the
// error is ErrUnavailable, and whether the change was made shows at the next poll.
type Manager struct {
	kit   *Kit
	actor Actor
	tx    Transaction // the application's own; nil for one of the store's a change
}

// Manager returns a manager that acts for nobody yet and refuses everything.
func (k *Kit) Manager() *Manager { return &Manager{kit: k} }

// As returns a manager that acts for actor.
func (m *Manager) As(actor Actor) *Manager { return &Manager{kit: m.kit, actor: actor, tx: m.tx} }

// protectedPermissions are those that an organisation must never lose its last
// holder of: without either, nobody there could give rights again.
func protectedPermissions() []Permission { return []Permission{RolesWrite, MembersWrite} }

// errNothing ends a transaction that found nothing to change.
var errNothing = errors.New("nothing to change")

// change is one change of one organisation's policy (or of the default roles')
// while its transaction is open.
type change struct {
	ctx    context.Context
	tx     *recorder
	kit    *Kit
	actor  Actor
	org    OrgID
	now    time.Time
	anew   bool             // read the organisation's own layer, whatever memory holds
	only   *rehearsal       // that the change is part of; nil where it is made
	own    *layer           // that layer as stored before; nil where it is to be
	before *policy          // effective, as stored
	event  int64            // the last audit event's id; 0 while nothing was changed
	began  uint64           // by memory's clock: before anything was read
	others map[OrgID]*layer // what was read of other organisations: the locks keep it true
	made   *KeyRecord       // a service key that it has made

	further []*layer         // of organisations below that changed with this one, as they will be
	were    map[OrgID]*layer // and as they were
}

// change runs fn in a transaction, for an actor who has the permission.
func (m *Manager) change(ctx context.Context, org OrgID, need Permission, fn func(*change) error) (*policy, error) {
	if err := m.precheck(ctx, org, need); err != nil {
		return nil, err
	}
	if org == AllOrgs { // the store has it, and would let the system change it
		return nil, orgNotFound(org)
	}
	after, err := m.transact(ctx, org, func(p *policy) error { return m.requireIn(p, need) }, fn)
	return after, m.hide(org, need, err)
}

// transact runs fn in a transaction that holds the organisation, if allowed
// finds nothing against it in what is stored, and publishes the outcome. It
// returns the policy that resulted.
func (m *Manager) transact(ctx context.Context, org OrgID, allowed func(*policy) error, fn func(*change) error) (*policy, error) {
	var (
		done  []*layer
		after *policy
	)
	defer m.publishing()()
	err := m.attempt(ctx, org, func(c *change) error {
		if err := c.hold(); err != nil {
			return err
		}
		if err := c.begin(); err != nil {
			return err
		}
		after = c.before
		if err := allowed(c.before); err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
		own, err := c.settle()
		if err != nil {
			return err
		}
		if after, err = c.effective(own); err != nil {
			return err
		}
		done = append([]*layer{own}, c.further...)
		return c.keepHolders(own)
	})
	if err == nil || errors.Is(err, errNothing) {
		m.note(org, after.revision)
	}
	if errors.Is(err, errNothing) {
		m.learn(after.layers...)
		return after, nil
	}
	if err != nil {
		return nil, unavailable("the change was not made", err)
	}
	m.learn(after.layers[1:]...)
	m.publish(done...)
	return after, nil
}

// attempt runs fn in a transaction, and once more on what is read anew where it
// conflicts with what is stored; see isStale.
func (m *Manager) attempt(ctx context.Context, org OrgID, fn func(*change) error) error {
	run := func(anew bool) error {
		return m.update(ctx, func(tx Writer) error {
			c := m.newChange(ctx, tx, org)
			c.anew = c.anew || anew
			return fn(c)
		})
	}
	err := run(m.anew())
	if isStale(err) {
		err = run(true)
	}
	return err
}

func (m *Manager) newChange(ctx context.Context, tx Writer, org OrgID) *change {
	only := m.rehearsal()
	return &change{
		ctx: ctx, tx: &recorder{Writer: tx}, kit: m.kit, actor: m.actor, org: org, now: m.kit.config.Clock(), only: only, anew: only != nil,
		began: m.kit.memory.shelf.now.Load(), others: map[OrgID]*layer{},
	}
}

// begin finds out what is stored, once the organisation is locked. Where memory
// holds that, at the revision which is stored, it is not read.
func (c *change) begin() (err error) {
	if c.anew {
		c.own, err = c.load()
	} else {
		c.own, err = c.current(c.org)
	}
	if err != nil {
		return err
	}
	c.only.read(c.own)
	c.before, err = c.effective(c.own)
	return err
}

// load reads the organisation's own layer as the transaction sees it.
func (c *change) load() (*layer, error) { return c.kit.load(c.ctx, c.tx, c.began, c.org) }

// effective joins the organisation's own layer with its ancestors' and the
// default roles' as the transaction sees them. What memory knows at the same
// revision is not read again.
func (c *change) effective(own *layer) (*policy, error) {
	layers := []*layer{own}
	for parent := own.org.Parent; parent != ""; {
		l, err := c.current(parent)
		if err != nil {
			return nil, err
		}
		if layers = append(layers, l); len(layers) > MaxOrgDepth {
			return nil, tooDeep(c.org)
		}
		parent = l.org.Parent
	}
	defaults, err := c.current(AllOrgs)
	if err != nil {
		return nil, err
	}
	return newPolicy(c.kit.catalog, append(layers, defaults)), nil
}

// current returns an organisation's layer as the transaction sees it.
func (c *change) current(org OrgID) (*layer, error) {
	if l := c.others[org]; l != nil {
		return l, nil
	}
	if org == c.org && c.own != nil {
		return c.own, nil
	}
	stored, err := c.tx.Revisions(c.ctx, org)
	if err != nil {
		return nil, err
	}
	l := c.kit.memory.known(org)
	if l == nil || l.revision != stored[org] {
		if l, err = c.kit.load(c.ctx, c.tx, c.began, org); err != nil {
			return nil, err
		}
	}
	if org != c.org {
		c.others[org] = l
	}
	return l, nil
}

// readOthers makes current know many organisations, by few questions.
func (c *change) readOthers(orgs []OrgID) error {
	stored, err := c.tx.Revisions(c.ctx, few(orgs)...)
	if err != nil {
		return err
	}
	var unknown []OrgID
	for _, org := range orgs {
		if l := c.kit.memory.known(org); l != nil && l.revision == stored[org] {
			c.others[org] = l
		} else if c.others[org] == nil {
			unknown = append(unknown, org)
		}
	}
	for record, err := range c.tx.Layers(c.ctx, unknown) {
		var l *layer
		if err == nil {
			l, err = understand(record, c.began, &c.kit.bundles, c.kit.config.Logger)
		}
		if unreadable(err) {
			continue // current will say so
		}
		if err != nil {
			return err
		}
		c.others[record.Org.ID] = l
	}
	return nil
}

// settle moves the revision to the last audit event's id, and returns the layer
// that the store now holds.
func (c *change) settle() (*layer, error) {
	if c.event == 0 {
		return nil, errNothing
	}
	to := max(Revision(c.event), c.kit.memory.revisions([]OrgID{c.org})[c.org]+1)
	if c.own != nil {
		to = max(to, c.own.revision+1)
	}
	if err := c.tx.SetRevisions(c.ctx, to, c.org); err != nil {
		return nil, err
	}
	if c.own == nil || c.org == AllOrgs {
		return c.load()
	}
	done, err := c.tx.replay(c.own, &c.kit.bundles)
	if err != nil {
		return nil, errorf(CodeConflict, "what is stored of %q is not what it was thought to be", c.org).because(err)
	}
	done.revision, done.asOf = to, c.began
	return done, c.keepLimits(c.own, done, c.tx.built)
}

// audit writes down what was done. Whatever changes anything calls it.
func (c *change) audit(action, target string, before, after any) error {
	return c.append(c.happened(action, target, before, after))
}

// happened is the event of something that the change does.
func (c *change) happened(action, target string, before, after any) AuditEvent {
	return AuditEvent{
		Org: c.org, At: c.now.UTC(), Actor: c.actor.String(),
		Action: action, Target: target, Before: toJSON(before), After: toJSON(after),
	}
}

// append writes events down, in order.
func (c *change) append(events ...AuditEvent) (err error) {
	c.event, err = c.tx.Append(c.ctx, events...)
	return err
}

func toJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil { // only values of the kit's own come here
		panic(fmt.Sprintf("rolekit: audit of %T: %v", v, err))
	}
	return b
}

// mayGive refuses to give, without end, what the actor does not hold so in the
// organisation, but for what the receiver had already.
func (c *change) mayGive(grants, had []Grant) error {
	return c.mayGiveIn(c.before, grants, had)
}

// mayGiveIn is mayGive for the organisation of a policy, which may be one below.
func (c *change) mayGiveIn(p *policy, grants, had []Grant) error {
	return c.mayGiveUntil(p, time.Time{}, grants, had)
}

// mayGiveUntil is mayGiveIn for what ends at a time; never, where that is zero.
func (c *change) mayGiveUntil(p *policy, until time.Time, grants, had []Grant) error {
	if c.actor.isSystem() {
		return nil
	}
	held := slices.Concat(p.heldUntil(c.actor.User, c.now, until), had)
	var lacking []Grant
	for _, g := range grants {
		if !p.covered(held, g) {
			lacking = append(lacking, g)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return errorf(CodeEscalation, "%s does not hold %s in %q, or not for as long, and so may not give it", c.actor, describeGrants(lacking), p.org()).
		hint("ask someone who holds it")
}

func describeGrants(grants []Grant) string {
	const most = 5
	words := make([]string, 0, most)
	for _, g := range grants[:min(len(grants), most)] {
		words = append(words, fmt.Sprintf("%s (%s)", g.Permission, g.Access))
	}
	s := listOf(words)
	if more := len(grants) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// Check answers for any user of the organisation. Asking about others needs
// iam.members:read; about oneself, to belong there: to a stranger, an
// organisation that does not exist looks like one that does.
func (m *Manager) Check(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error) {
	err := m.mayAskAbout(ctx, who)
	if err != nil {
		return DecisionOf(who, want), err
	}
	return m.kit.Can(ctx, who, want, resource)
}

// Explain answers like [Manager.Check], and says why. That a user may do it in
// another organisation is told to themselves, and to those who hold
// iam.members:read there.
func (m *Manager) Explain(ctx context.Context, who Identity, want Permission, resource Resource) (Explanation, error) {
	if err := m.mayAskAbout(ctx, who); err != nil {
		return Explanation{}, err
	}
	e, err := m.kit.Explain(ctx, who, want, resource)
	e.Misses = slices.DeleteFunc(e.Misses, func(miss Miss) bool {
		return miss.Kind == MissOtherOrg && who.User != m.actor.User && m.require(ctx, miss.Org, MembersRead) != nil
	})
	return e, err
}

func (m *Manager) mayAskAbout(ctx context.Context, who Identity) error {
	if !m.actor.isSystem() && who.User == m.actor.User {
		_, err := m.Org(ctx, who.Org)
		return err
	}
	return m.require(ctx, who.Org, MembersRead)
}

// Audit returns events of the organisation, newest first. It needs
// iam.audit:read there. Those of AllOrgs, which are changes of the default roles and who
// deleted which organisation, are for operators with that permission, and so are those
// that deleted organisations left; see [AuditQuery].Deleted.
func (m *Manager) Audit(ctx context.Context, org OrgID, q AuditQuery) (events []AuditEvent, err error) {
	if org == AllOrgs && !m.isOperator(ctx, AuditRead) {
		return nil, m.denied(org, AuditRead)
	}
	if err := m.require(ctx, org, AuditRead); org != AllOrgs && err != nil {
		return nil, err
	}
	if q.Deleted != "" {
		if org != AllOrgs {
			return nil, errorf(CodeInvalid, "the log of %q holds nothing of deleted organisations", org).hint("operators ask AllOrgs for it")
		}
		if err := q.Deleted.Validate(); err != nil {
			return nil, err
		}
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	if !q.From.IsZero() && !q.Until.IsZero() && !q.From.Before(q.Until) {
		return nil, errorf(CodeInvalid, "from %s until %s holds no time", q.From.Format(time.RFC3339), q.Until.Format(time.RFC3339)).
			hint("until must be later than from")
	}
	err = m.kit.store.View(ctx, func(r Reader) error {
		events, err = r.Audit(ctx, org, q)
		return err
	})
	if err != nil {
		return nil, unavailable("the audit log cannot be read", err)
	}
	return events, nil
}
