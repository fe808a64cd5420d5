package main

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"

	"github.com/rolekit/rolekit"
)

// worldRevision is the revision of whatever was not edited.
const worldRevision = 1

// reader reads the organisations of a world, and of those that can be edited their
// copies. What it does not say itself, it asks those.
type reader struct {
	rolekit.Reader

	store *store
}

// Orgs implements [rolekit.Reader].
func (r *reader) Orgs(context.Context) ([]rolekit.Org, error) {
	all := make([]rolekit.Org, r.store.world.orgs)
	for i := range all {
		all[i] = orgOf(rolekit.OrgID(orgName(i)))
	}
	return all, nil
}

// orgOf is an organisation, all of which stand alone.
func orgOf(id rolekit.OrgID) rolekit.Org { return rolekit.Org{ID: id, Label: string(id)} }

// Line implements [rolekit.Reader].
func (r *reader) Line(_ context.Context, id rolekit.OrgID) ([]rolekit.Org, error) {
	if !r.store.world.has(id) {
		return nil, &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: "there is no organisation " + string(id)}
	}
	return []rolekit.Org{orgOf(id)}, nil
}

// Below implements [rolekit.Reader].
func (r *reader) Below(ctx context.Context, id rolekit.OrgID) ([]rolekit.Org, error) {
	if id == rolekit.AllOrgs {
		return r.Orgs(ctx)
	}
	return nil, nil
}

// OrgsOf implements [rolekit.Reader].
func (r *reader) OrgsOf(context.Context, rolekit.UserID) ([]rolekit.OrgID, error) {
	return nil, errors.New("the benchmark's store does not know the organisations of a user")
}

// Revisions implements [rolekit.Reader].
func (r *reader) Revisions(ctx context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	all, err := r.Reader.Revisions(ctx, orgs...)
	if err != nil {
		return nil, err
	}
	add := func(id rolekit.OrgID) {
		if _, ok := all[id]; !ok {
			all[id] = worldRevision
		}
	}
	for _, id := range orgs {
		if r.store.world.has(id) {
			add(id)
		}
	}
	if len(orgs) == 0 {
		for i := range r.store.world.orgs {
			add(rolekit.OrgID(orgName(i)))
		}
	}
	return all, nil
}

// Layer implements [rolekit.Reader].
func (r *reader) Layer(ctx context.Context, id rolekit.OrgID) (rolekit.Layer, error) {
	if _, ok := r.store.isCopy.Load(id); ok {
		return r.Reader.Layer(ctx, id)
	}
	if l, ok := r.store.made[id]; ok {
		return l, nil
	}
	if !r.store.world.has(id) {
		return rolekit.Layer{}, &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: "there is no organisation " + string(id)}
	}
	return r.store.world.layer(id), nil
}

// Layers implements [rolekit.Reader].
func (r *reader) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		for _, id := range orgs {
			if layer, err := r.Layer(ctx, id); !yield(layer, err) {
				return
			}
		}
	}
}

// number returns which organisation of the world an id is; -1 for none.
func (w *world) number(id string) int {
	if len(id) <= len(orgPrefix) || id[:len(orgPrefix)] != orgPrefix {
		return -1
	}
	n, err := strconv.Atoi(id[len(orgPrefix):])
	if err != nil || n >= w.orgs {
		return -1
	}
	return n
}

func (w *world) has(id rolekit.OrgID) bool { return w.number(string(id)) >= 0 }

// layer returns an organisation, or the default roles, as a kit's store tells it.
func (w *world) layer(id rolekit.OrgID) rolekit.Layer {
	if id == rolekit.AllOrgs {
		l := rolekit.Layer{Org: rolekit.Org{ID: id}, Revision: worldRevision}
		if w.shared {
			w.addRoles(&l, w.defaults)
		}
		return l
	}
	o := w.org(w.number(string(id)))
	l := rolekit.Layer{Org: orgOf(id), Revision: worldRevision}
	if !w.shared {
		w.addRoles(&l, o.roles)
	}
	n := 0
	for _, m := range o.members {
		n += m.roles.len()
	}
	l.Rules = slices.Grow(l.Rules, n)
	for _, m := range o.members {
		subject := "user:" + m.user
		for role := range m.roles.each() {
			l.Rules = append(l.Rules, rolekit.Rule{Ptype: "g", V: [6]string{subject, w.words.subjects[role], o.id}})
		}
	}
	return l
}

// addRoles adds roles and the rules of their grants to a layer.
func (w *world) addRoles(l *rolekit.Layer, roles [roleCount]mask) {
	l.Roles = make([]rolekit.RoleRecord, 0, roleCount)
	for i, permissions := range roles {
		id := w.words.roles[i]
		l.Roles = append(l.Roles, rolekit.RoleRecord{
			Org: l.Org.ID, ID: rolekit.RoleID(id), Label: id, Profile: rolekit.DefaultProfile, Revision: worldRevision,
		})
		subject := w.words.subjects[i]
		w.grants(i, permissions, func(object, action string) {
			l.Rules = append(l.Rules, rolekit.Rule{Ptype: "p", V: [6]string{
				subject, string(l.Org.ID), string(rolekit.DefaultProfile), object, action, string(rolekit.AccessAny),
			}})
		})
	}
}

// grants tells what a role grants: its permissions and, for the one that runs the
// organisation, what that takes.
func (w *world) grants(role int, permissions mask, tell func(object, action string)) {
	for p := range permissions.each() {
		tell(w.words.objects[p], w.words.actions[p])
	}
	if role == adminRole {
		for _, p := range []rolekit.Permission{rolekit.RolesWrite, rolekit.MembersWrite} {
			tell(string(p.Object()), string(p.Action()))
		}
	}
}
