package main

import (
	"context"
	"iter"
	"strconv"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// store is a [rolekit.Store] whose rows are made of a world when they are asked
// for: what a kit keeps of them is all that stays in memory. An organisation that is
// to be edited is first copied into a store that can be written.
type store struct {
	world  *world
	edited *memstore.Store
}

var _ rolekit.Store = (*store)(nil)

func newStore(w *world) *store { return &store{w, memstore.New()} }

// View implements [rolekit.Store].
func (s *store) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	return s.edited.View(ctx, func(r rolekit.Reader) error { return fn(&reader{Reader: r, world: s.world}) })
}

// Update implements [rolekit.Store].
func (s *store) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	return s.edited.Update(ctx, fn)
}

// reader reads the organisations of a world. The other methods are those of the
// store for edits.
type reader struct {
	rolekit.Reader

	world *world
}

// Revisions implements [rolekit.Reader].
func (r *reader) Revisions(_ context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	all := map[rolekit.OrgID]rolekit.Revision{rolekit.AllOrgs: 1}
	for i := range r.world.orgs {
		all[rolekit.OrgID(orgName(i))] = 1
	}
	if len(orgs) == 0 {
		return all, nil
	}
	some := map[rolekit.OrgID]rolekit.Revision{}
	for _, id := range orgs {
		if revision, ok := all[id]; ok {
			some[id] = revision
		}
	}
	return some, nil
}

// Layers implements [rolekit.Reader].
func (r *reader) Layers(_ context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		for _, id := range orgs {
			if !yield(r.layer(id), nil) {
				return
			}
		}
	}
}

func (r *reader) layer(id rolekit.OrgID) rolekit.Layer {
	if id == rolekit.AllOrgs {
		l := rolekit.Layer{Org: rolekit.Org{ID: id}, Revision: 1}
		if r.world.shared {
			addRoles(&l, r.world.defaults)
		}
		return l
	}
	number, err := strconv.Atoi(string(id[len("org-"):]))
	if err != nil { // only ids that Revisions told come here
		panic(err)
	}
	o := r.world.org(number)
	l := rolekit.Layer{Org: rolekit.Org{ID: id, Label: o.id}, Revision: 1}
	if !r.world.shared {
		addRoles(&l, o.roles)
	}
	for _, m := range o.members {
		subject := "user:" + m.user
		for role := range m.roles.each() {
			l.Rules = append(l.Rules, rolekit.Rule{Ptype: "g", V: [6]string{subject, "role:" + roleName(role), o.id}})
		}
	}
	return l
}

// addRoles adds roles and the rules of their grants to a layer.
func addRoles(l *rolekit.Layer, roles [roleCount]mask) {
	for i, permissions := range roles {
		id := roleName(i)
		l.Roles = append(l.Roles, rolekit.RoleRecord{
			Org: l.Org.ID, ID: rolekit.RoleID(id), Label: id, Profile: rolekit.DefaultProfile, Revision: 1,
		})
		grant := func(object, action string) {
			l.Rules = append(l.Rules, rolekit.Rule{Ptype: "p", V: [6]string{
				"role:" + id, string(l.Org.ID), string(rolekit.DefaultProfile), object, action, string(rolekit.AccessAny),
			}})
		}
		for p := range permissions.each() {
			grant(objectName(p), actionName(p))
		}
		if i == adminRole {
			grant(string(rolekit.RolesWrite.Object()), string(rolekit.RolesWrite.Action()))
			grant(string(rolekit.MembersWrite.Object()), string(rolekit.MembersWrite.Action()))
		}
	}
}
