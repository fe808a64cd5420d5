package main

import (
	"context"
	"iter"
	"time"

	"github.com/rolekit/rolekit"
)

// writer measures the time that a transaction spends in the store, so that it can
// be told from the kit's own. TestStopwatch fails when a method is missing.
type writer struct {
	rolekit.Writer

	reader reader
	store  *store
}

// stop adds the time since a call began to what the store took.
func (w *writer) stop(began time.Time) { w.store.spent.Add(int64(time.Since(began))) }

func (w *writer) Orgs(ctx context.Context) ([]rolekit.Org, error) {
	defer w.stop(time.Now())
	return w.reader.Orgs(ctx)
}

func (w *writer) Line(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	defer w.stop(time.Now())
	return w.reader.Line(ctx, org)
}

func (w *writer) Below(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	defer w.stop(time.Now())
	return w.reader.Below(ctx, org)
}

func (w *writer) OrgsOf(ctx context.Context, user rolekit.UserID) ([]rolekit.OrgID, error) {
	defer w.stop(time.Now())
	return w.reader.OrgsOf(ctx, user)
}

func (w *writer) Revisions(ctx context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	defer w.stop(time.Now())
	return w.reader.Revisions(ctx, orgs...)
}

func (w *writer) Layer(ctx context.Context, org rolekit.OrgID) (rolekit.Layer, error) {
	defer w.stop(time.Now())
	return w.reader.Layer(ctx, org)
}

// Layers takes what lies between two layers for the kit's own time.
func (w *writer) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		began := time.Now()
		defer func() { w.stop(began) }()
		for layer, err := range w.reader.Layers(ctx, orgs) {
			w.stop(began)
			more := yield(layer, err)
			if began = time.Now(); !more {
				return
			}
		}
	}
}

func (w *writer) Audit(ctx context.Context, org rolekit.OrgID, q rolekit.AuditQuery) ([]rolekit.AuditEvent, error) {
	defer w.stop(time.Now())
	return w.reader.Audit(ctx, org, q)
}

// Lock has nothing to wait for: one transaction runs at a time.
func (w *writer) Lock(ctx context.Context, orgs ...rolekit.OrgID) error {
	defer w.stop(time.Now())
	for _, id := range orgs {
		if id == rolekit.AllOrgs {
			continue
		}
		if _, err := w.reader.Line(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Share is Lock: there is nobody to share with.
func (w *writer) Share(ctx context.Context, orgs ...rolekit.OrgID) error { return w.Lock(ctx, orgs...) }

func (w *writer) InsertOrg(ctx context.Context, org rolekit.Org) error {
	defer w.stop(time.Now())
	return w.Writer.InsertOrg(ctx, org)
}

func (w *writer) UpdateOrg(ctx context.Context, org rolekit.Org) error {
	defer w.stop(time.Now())
	return w.Writer.UpdateOrg(ctx, org)
}

func (w *writer) DeleteOrg(ctx context.Context, org rolekit.OrgID) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteOrg(ctx, org)
}

func (w *writer) PutRoles(ctx context.Context, roles ...rolekit.RoleRecord) error {
	defer w.stop(time.Now())
	return w.Writer.PutRoles(ctx, roles...)
}

func (w *writer) DeleteRole(ctx context.Context, org rolekit.OrgID, role rolekit.RoleID) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteRole(ctx, org, role)
}

func (w *writer) PutGroup(ctx context.Context, group rolekit.Group) error {
	defer w.stop(time.Now())
	return w.Writer.PutGroup(ctx, group)
}

func (w *writer) DeleteGroup(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteGroup(ctx, org, group)
}

func (w *writer) PutSet(ctx context.Context, set rolekit.ResourceSet) error {
	defer w.stop(time.Now())
	return w.Writer.PutSet(ctx, set)
}

func (w *writer) DeleteSet(ctx context.Context, org rolekit.OrgID, set rolekit.SetID) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteSet(ctx, org, set)
}

func (w *writer) Key(ctx context.Context, id rolekit.KeyID) (rolekit.KeyRecord, bool, error) {
	defer w.stop(time.Now())
	return w.Writer.Key(ctx, id)
}

func (w *writer) InsertKey(ctx context.Context, key rolekit.KeyRecord) error {
	defer w.stop(time.Now())
	return w.Writer.InsertKey(ctx, key)
}

func (w *writer) DeleteKey(ctx context.Context, org rolekit.OrgID, key rolekit.KeyID) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteKey(ctx, org, key)
}

func (w *writer) PutChosen(ctx context.Context, chosen ...rolekit.ChosenProfile) error {
	defer w.stop(time.Now())
	return w.Writer.PutChosen(ctx, chosen...)
}

func (w *writer) AddRules(ctx context.Context, rules ...rolekit.Rule) error {
	defer w.stop(time.Now())
	return w.Writer.AddRules(ctx, rules...)
}

func (w *writer) RemoveRules(ctx context.Context, rules ...rolekit.Rule) error {
	defer w.stop(time.Now())
	return w.Writer.RemoveRules(ctx, rules...)
}

// Append keeps no events: those of many thousand edits would be most of what the
// garbage collector has to look at.
func (w *writer) Append(context.Context, ...rolekit.AuditEvent) (int64, error) {
	defer w.stop(time.Now())
	return w.store.events.Add(1), nil
}

func (w *writer) SetRevisions(ctx context.Context, to rolekit.Revision, orgs ...rolekit.OrgID) error {
	defer w.stop(time.Now())
	return w.Writer.SetRevisions(ctx, to, orgs...)
}

func (w *writer) SetBase(ctx context.Context, org rolekit.OrgID, to rolekit.Revision) error {
	defer w.stop(time.Now())
	return w.Writer.SetBase(ctx, org, to)
}

func (w *writer) AppliedCatalog(ctx context.Context) (rolekit.CatalogRecord, bool, error) {
	defer w.stop(time.Now())
	return w.Writer.AppliedCatalog(ctx)
}

func (w *writer) PutAppliedCatalog(ctx context.Context, c rolekit.CatalogRecord) error {
	defer w.stop(time.Now())
	return w.Writer.PutAppliedCatalog(ctx, c)
}

func (w *writer) Reply(ctx context.Context, owner, name string) (rolekit.Reply, bool, error) {
	defer w.stop(time.Now())
	return w.Writer.Reply(ctx, owner, name)
}

func (w *writer) CountReplies(ctx context.Context, owner string) (int, error) {
	defer w.stop(time.Now())
	return w.Writer.CountReplies(ctx, owner)
}

func (w *writer) LockReply(ctx context.Context, owner, name string) (rolekit.Reply, bool, error) {
	defer w.stop(time.Now())
	return w.Writer.LockReply(ctx, owner, name)
}

func (w *writer) InsertReply(ctx context.Context, r rolekit.Reply) error {
	defer w.stop(time.Now())
	return w.Writer.InsertReply(ctx, r)
}

func (w *writer) UpdateReply(ctx context.Context, r rolekit.Reply) error {
	defer w.stop(time.Now())
	return w.Writer.UpdateReply(ctx, r)
}

func (w *writer) DeleteReply(ctx context.Context, owner, name string) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteReply(ctx, owner, name)
}

func (w *writer) DeleteRepliesBefore(ctx context.Context, at time.Time, most int) error {
	defer w.stop(time.Now())
	return w.Writer.DeleteRepliesBefore(ctx, at, most)
}
