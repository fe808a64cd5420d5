// Package memstore is a [rolekit.Store] in memory, for tests that make very many
// policies. It passes the suite that every store must pass.
package memstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rolekit/rolekit"
)

// Store implements [rolekit.Store]. Make one with [New].
type Store struct {
	state  atomic.Pointer[state] // what is committed; never edited
	writer chan struct{}         // holds one token while nobody writes
	events atomic.Int64          // the last id of an audit event; never goes back
}

var _ rolekit.Store = (*Store)(nil)

// state is all that a store holds. A transaction copies what it touches.
type state struct {
	orgs    map[rolekit.OrgID]*org
	replies map[replyKey]rolekit.Reply
	catalog rolekit.CatalogRecord
	gone    map[rolekit.OrgID][]rolekit.AuditEvent // of organisations that are no more, oldest first
}

// org is one organisation, or the default roles.
type org struct {
	org      rolekit.Org
	revision rolekit.Revision
	base     rolekit.Revision
	roles    map[rolekit.RoleID]rolekit.RoleRecord
	groups   map[rolekit.GroupID]rolekit.Group
	sets     map[rolekit.SetID]rolekit.ResourceSet
	keys     map[rolekit.KeyID]rolekit.KeyRecord
	chosen   map[rolekit.UserID]rolekit.ProfileID
	rules    map[rolekit.Rule]int // to when it was written, for their order
	written  int
	events   []rolekit.AuditEvent // oldest first
}

func newOrg(o rolekit.Org) *org {
	return &org{
		org: o, roles: map[rolekit.RoleID]rolekit.RoleRecord{}, groups: map[rolekit.GroupID]rolekit.Group{},
		sets: map[rolekit.SetID]rolekit.ResourceSet{}, keys: map[rolekit.KeyID]rolekit.KeyRecord{},
		chosen: map[rolekit.UserID]rolekit.ProfileID{}, rules: map[rolekit.Rule]int{},
	}
}

func (o *org) clone() *org {
	c := *o
	c.roles, c.groups, c.sets = maps.Clone(o.roles), maps.Clone(o.groups), maps.Clone(o.sets)
	c.keys, c.chosen, c.rules, c.events = maps.Clone(o.keys), maps.Clone(o.chosen), maps.Clone(o.rules), slices.Clone(o.events)
	return &c
}

// New returns a store that holds nothing.
func New() *Store {
	s := &Store{writer: make(chan struct{}, 1)}
	s.state.Store(&state{orgs: map[rolekit.OrgID]*org{rolekit.AllOrgs: newOrg(rolekit.Org{ID: rolekit.AllOrgs})}})
	s.writer <- struct{}{}
	return s
}

// View implements [rolekit.Store].
func (s *Store) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(&transaction{store: s, state: *s.state.Load()})
}

// Update implements [rolekit.Store]. Transactions run one after the other.
func (s *Store) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.writer:
	}
	defer func() { s.writer <- struct{}{} }()
	was := s.state.Load()
	tx := &transaction{store: s, state: state{maps.Clone(was.orgs), was.replies, was.catalog, was.gone}, own: map[rolekit.OrgID]bool{}}
	if err := fn(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.state.Store(&tx.state)
	return nil
}

// transaction implements [rolekit.Reader] and [rolekit.Writer].
type transaction struct {
	store   *Store
	state   state
	own     map[rolekit.OrgID]bool // which are copies already
	replies bool                   // are one
}

func notFound(id rolekit.OrgID) error {
	return &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: "there is no organisation " + string(id)}
}

// edit returns an organisation as one that may be edited.
func (tx *transaction) edit(id rolekit.OrgID) (*org, error) {
	o := tx.state.orgs[id]
	if o == nil {
		return nil, notFound(id)
	}
	if !tx.own[id] {
		o = o.clone()
		tx.state.orgs[id], tx.own[id] = o, true
	}
	return o, nil
}

// change edits an organisation.
func (tx *transaction) change(ctx context.Context, id rolekit.OrgID, fn func(*org)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o, err := tx.edit(id)
	if err != nil {
		return err
	}
	fn(o)
	return nil
}

func (tx *transaction) Orgs(ctx context.Context) ([]rolekit.Org, error) {
	orgs := []rolekit.Org{}
	for id, o := range tx.state.orgs {
		if id != rolekit.AllOrgs {
			orgs = append(orgs, o.org)
		}
	}
	slices.SortFunc(orgs, func(a, b rolekit.Org) int { return cmp.Compare(a.ID, b.ID) })
	return orgs, ctx.Err()
}

func (tx *transaction) Line(ctx context.Context, id rolekit.OrgID) ([]rolekit.Org, error) {
	var line []rolekit.Org
	for o := tx.state.orgs[id]; o != nil && len(line) <= rolekit.MaxOrgDepth; o = tx.state.orgs[o.org.Parent] {
		line = append(line, o.org)
	}
	if len(line) == 0 || id == rolekit.AllOrgs {
		return nil, notFound(id)
	}
	return line, ctx.Err()
}

func (tx *transaction) Below(ctx context.Context, id rolekit.OrgID) ([]rolekit.Org, error) {
	all, err := tx.Orgs(ctx)
	if id == rolekit.AllOrgs || err != nil {
		return all, err
	}
	return slices.DeleteFunc(all, func(o rolekit.Org) bool {
		for range rolekit.MaxOrgDepth {
			if o.Parent == id {
				return false
			}
			parent := tx.state.orgs[o.Parent]
			if parent == nil {
				break
			}
			o = parent.org
		}
		return true
	}), nil
}

func (tx *transaction) OrgsOf(ctx context.Context, user rolekit.UserID) ([]rolekit.OrgID, error) {
	subject := string(user)
	if !strings.HasPrefix(subject, "service:") {
		subject = "user:" + subject
	}
	var ids []rolekit.OrgID
	for id, o := range tx.state.orgs {
		for r := range o.rules {
			if r.V[0] == subject && (r.Ptype == "g" || r.Ptype == "g3") {
				ids = append(ids, id)
				break
			}
		}
	}
	slices.Sort(ids)
	return ids, ctx.Err()
}

func (tx *transaction) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		for _, id := range orgs {
			l, err := tx.Layer(ctx, id)
			if errors.Is(err, rolekit.ErrOrgNotFound) {
				continue
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

func (tx *transaction) Revisions(ctx context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	all := map[rolekit.OrgID]rolekit.Revision{}
	for id, o := range tx.state.orgs {
		if len(orgs) == 0 || slices.Contains(orgs, id) {
			all[id] = o.revision
		}
	}
	return all, ctx.Err()
}

func (tx *transaction) Layer(ctx context.Context, id rolekit.OrgID) (rolekit.Layer, error) {
	o := tx.state.orgs[id]
	if o == nil {
		return rolekit.Layer{}, notFound(id)
	}
	rules := slices.SortedFunc(maps.Keys(o.rules), func(a, b rolekit.Rule) int { return o.rules[a] - o.rules[b] })
	return rolekit.Layer{
		Org: o.org, Revision: o.revision, Base: o.base, Rules: rules, Chosen: maps.Clone(o.chosen),
		Roles:  slices.SortedFunc(maps.Values(o.roles), func(a, b rolekit.RoleRecord) int { return cmp.Compare(a.ID, b.ID) }),
		Groups: slices.SortedFunc(maps.Values(o.groups), func(a, b rolekit.Group) int { return cmp.Compare(a.ID, b.ID) }),
		Keys:   slices.SortedFunc(maps.Values(o.keys), func(a, b rolekit.KeyRecord) int { return cmp.Compare(a.ID, b.ID) }),
		Sets:   slices.SortedFunc(maps.Values(o.sets), func(a, b rolekit.ResourceSet) int { return cmp.Compare(a.ID, b.ID) }),
	}, ctx.Err()
}

func (tx *transaction) Audit(ctx context.Context, id rolekit.OrgID, q rolekit.AuditQuery) ([]rolekit.AuditEvent, error) {
	events, log := []rolekit.AuditEvent{}, tx.state.gone[q.Deleted]
	if o := tx.state.orgs[id]; o != nil && q.Deleted == "" {
		log = o.events
	}
	for _, e := range slices.Backward(log) {
		if len(events) < q.Limit && selects(q, e) {
			events = append(events, e)
		}
	}
	return events, ctx.Err()
}

// Lock has nothing to wait for: no other transaction runs.
func (tx *transaction) Lock(ctx context.Context, orgs ...rolekit.OrgID) error {
	for _, id := range orgs {
		if tx.state.orgs[id] == nil {
			return notFound(id)
		}
	}
	return ctx.Err()
}

// Share is Lock: there is nobody to share with.
func (tx *transaction) Share(ctx context.Context, orgs ...rolekit.OrgID) error {
	return tx.Lock(ctx, orgs...)
}

func (tx *transaction) InsertOrg(ctx context.Context, o rolekit.Org) error {
	if tx.state.orgs[o.ID] != nil {
		return &rolekit.Error{Code: rolekit.CodeExists, Message: fmt.Sprintf("there is an organisation %q already", o.ID), Hint: "choose another id"}
	}
	o.CreatedAt = o.CreatedAt.UTC()
	tx.state.orgs[o.ID], tx.own[o.ID] = newOrg(o), true
	return ctx.Err()
}

func (tx *transaction) UpdateOrg(ctx context.Context, to rolekit.Org) error {
	return tx.change(ctx, to.ID, func(o *org) { o.org.Label, o.org.Parent, o.org.Revision = to.Label, to.Parent, to.Revision })
}

func (tx *transaction) DeleteOrg(ctx context.Context, id rolekit.OrgID) error {
	if o := tx.state.orgs[id]; o != nil {
		tx.state.gone = maps.Clone(tx.state.gone)
		if tx.state.gone == nil {
			tx.state.gone = map[rolekit.OrgID][]rolekit.AuditEvent{}
		}
		tx.state.gone[id] = slices.Concat(tx.state.gone[id], o.events)
	}
	delete(tx.state.orgs, id)
	maps.DeleteFunc(tx.ownReplies(), func(_ replyKey, r rolekit.Reply) bool { return r.Org == id })
	return ctx.Err()
}

func (tx *transaction) PutRoles(ctx context.Context, roles ...rolekit.RoleRecord) error {
	for _, r := range roles {
		if err := tx.change(ctx, r.Org, func(o *org) { o.roles[r.ID] = r }); err != nil {
			return err
		}
	}
	return nil
}

func (tx *transaction) DeleteRole(ctx context.Context, id rolekit.OrgID, role rolekit.RoleID) error {
	return tx.change(ctx, id, func(o *org) { delete(o.roles, role) })
}

func (tx *transaction) PutGroup(ctx context.Context, g rolekit.Group) error {
	return tx.change(ctx, g.Org, func(o *org) { o.groups[g.ID] = g })
}

func (tx *transaction) DeleteGroup(ctx context.Context, id rolekit.OrgID, group rolekit.GroupID) error {
	return tx.change(ctx, id, func(o *org) { delete(o.groups, group) })
}

func (tx *transaction) PutSet(ctx context.Context, s rolekit.ResourceSet) error {
	return tx.change(ctx, s.Org, func(o *org) { o.sets[s.ID] = s })
}

func (tx *transaction) DeleteSet(ctx context.Context, id rolekit.OrgID, set rolekit.SetID) error {
	return tx.change(ctx, id, func(o *org) { delete(o.sets, set) })
}

func (tx *transaction) PutChosen(ctx context.Context, chosen ...rolekit.ChosenProfile) error {
	for _, c := range chosen {
		err := tx.change(ctx, c.Org, func(o *org) {
			if o.chosen[c.User] = c.Profile; c.Profile == "" {
				delete(o.chosen, c.User)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *transaction) AddRules(ctx context.Context, rules ...rolekit.Rule) error {
	for _, r := range rules {
		err := tx.change(ctx, r.Org(), func(o *org) {
			if _, ok := o.rules[r]; !ok {
				o.written++
				o.rules[r] = o.written
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *transaction) RemoveRules(ctx context.Context, rules ...rolekit.Rule) error {
	for _, r := range rules {
		there := false
		err := tx.change(ctx, r.Org(), func(o *org) {
			_, there = o.rules[r]
			delete(o.rules, r)
		})
		if err != nil && !errors.Is(err, rolekit.ErrOrgNotFound) {
			return err
		}
		if !there {
			return &rolekit.Error{Code: rolekit.CodeConflict, Message: fmt.Sprintf("the rule %q was not there any more", r)}
		}
	}
	return nil
}

func (tx *transaction) Append(ctx context.Context, events ...rolekit.AuditEvent) (last int64, err error) {
	for _, e := range events {
		last = tx.store.events.Add(1)
		e.ID, e.At = last, e.At.UTC()
		if err := tx.change(ctx, e.Org, func(o *org) { o.events = append(o.events, e) }); err != nil {
			return 0, err
		}
	}
	return last, nil
}

func (tx *transaction) SetRevisions(ctx context.Context, to rolekit.Revision, orgs ...rolekit.OrgID) error {
	for _, id := range orgs {
		if err := tx.change(ctx, id, func(o *org) { o.revision = to }); err != nil {
			return err
		}
	}
	return nil
}

func (tx *transaction) SetBase(ctx context.Context, id rolekit.OrgID, to rolekit.Revision) error {
	return tx.change(ctx, id, func(o *org) { o.base = to })
}

func selects(q rolekit.AuditQuery, e rolekit.AuditEvent) bool {
	return (q.Before <= 0 || e.ID < q.Before) && is(q.Actor, e.Actor) && is(q.Action, e.Action) && is(q.Target, e.Target) &&
		(q.Kind == "" || strings.HasPrefix(e.Target, q.Kind+":")) &&
		(q.From.IsZero() || !e.At.Before(q.From)) && (q.Until.IsZero() || e.At.Before(q.Until))
}

// is reports whether a text is the wanted one, if one is wanted.
func is(wanted, text string) bool { return wanted == "" || text == wanted }
