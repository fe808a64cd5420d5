package main

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/rolekit/rolekit"
)

// editMany edits an organisation of very many members.
func editMany(ctx context.Context, o *options) ([]edit, error) {
	w, words := newWorld(o.big, false), newWords()
	o.tell("%s: edits in an organisation of %d users", w, w.users)
	all := []struct {
		key   key
		build func() (subject, error)
	}{
		{floorKey, func() (subject, error) { return floorSubject{floor: newFloor(w)}, nil }},
		{kitKey, func() (subject, error) { return newKitSubject(ctx, w, words, rolekit.EngineCompiled) }},
		{kitSlowKey, func() (subject, error) { return newKitSubject(ctx, w, words, rolekit.EngineCasbin) }},
		{perOrgKey, func() (subject, error) { return newPerOrg(w, words) }},
	}
	var edits []edit
	for _, one := range all {
		s, err := one.build()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.key, err)
		}
		m := many{world: w, org: w.org(0), key: one.key, subject: s, n: o.pace.edits}
		if one.key == kitSlowKey {
			m.n = min(m.n, 5)
		}
		done, err := m.edit(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.key, err)
		}
		edits = append(edits, done...)
	}
	return edits, nil
}

// many is an organisation of very many members, and who answers for it.
type many struct {
	world   *world
	org     org
	key     key
	subject subject
	n       int
}

func (m *many) edit(ctx context.Context) ([]edit, error) {
	if err := m.subject.open(ctx, m.org.id); err != nil {
		return nil, err
	}
	if err := m.warm(); err != nil {
		return nil, err
	}
	kind := func(what string) edit {
		return edit{what: what, where: "an organisation of " + thousands(len(m.org.members)) + " members", members: len(m.org.members), key: m.key}
	}
	give, take := kind("give a role"), kind("take a role")
	const role = 1
	q := question{org: m.org.id, permission: lowest(m.org.roles[role])}
	for i := range m.n {
		q.user, q.allowed = fmt.Sprintf("visitor-%d", i), true
		if err := give.once(m.subject, func() error { return m.subject.assign(ctx, q.org, q.user, role) }, q); err != nil {
			return nil, err
		}
	}
	for i := range m.n {
		q.user, q.allowed = fmt.Sprintf("visitor-%d", i), false
		if err := take.once(m.subject, func() error { return m.subject.revoke(ctx, q.org, q.user, role) }, q); err != nil {
			return nil, err
		}
	}
	kit, ok := m.subject.(*kitSubject)
	if !ok {
		return []edit{give, take}, nil
	}
	grants := kind("edit a role's grants")
	return []edit{give, take, grants}, m.editGrants(ctx, kit, &grants)
}

// warm asks about every member, as in a program that has run for a while. Casbin
// learns nothing from that.
func (m *many) warm() error {
	all := make([]question, len(m.org.members))
	for i, member := range m.org.members {
		all[i] = question{user: member.user, org: m.org.id}
	}
	if m.key == kitSlowKey || m.key == perOrgKey {
		all = all[:1]
	}
	_, err := m.subject.ask(all)
	return err
}

// lowest returns the first of a role's permissions.
func lowest(role mask) uint8 { return uint8(bits.TrailingZeros64(uint64(role))) } //nolint:gosec // below 60

// editGrants takes a permission from a role that a fifth of the members hold, and
// gives it back.
func (m *many) editGrants(ctx context.Context, kit *kitSubject, e *edit) error {
	const role = roleCount - 1
	holder, q := m.holder(role)
	if holder < 0 {
		return fmt.Errorf("nobody holds %s alone", roleName(role))
	}
	for i := range m.n {
		permissions := m.org.roles[role]
		if q.allowed = i%2 == 1; !q.allowed {
			permissions &^= 1 << q.permission
		}
		err := e.once(kit, func() error {
			_, err := kit.manager().SetGrants(ctx, rolekit.OrgID(q.org), rolekit.RoleID(roleName(role)), kit.words.grants(permissions), 0)
			return err
		}, q)
		if err != nil {
			return err
		}
	}
	return nil
}

// holder returns somebody who holds just one role, and a question about them that
// this decides.
func (m *many) holder(role int) (int, question) {
	for i, member := range m.org.members {
		if member.roles == 1<<role {
			return i, question{user: member.user, org: m.org.id, permission: lowest(m.org.roles[role])}
		}
	}
	return -1, question{}
}

// editDefaults takes a permission from a default role, and gives it back, for all
// organisations.
func (t *trial) editDefaults(ctx context.Context) error {
	const role = roleCount - 1
	m := many{world: t.world}
	number := -1
	var q question
	for i := 0; number < 0; i++ {
		if i == t.world.orgs {
			return fmt.Errorf("nobody holds %s alone", roleName(role))
		}
		m.org = t.world.org(i)
		number, q = m.holder(role)
	}
	e := edit{what: "edit a default role's grants", where: thousands(t.world.orgs) + " organisations", key: kitKey}
	for i := range min(t.options.pace.edits, 6) {
		defaults := t.world.defaults
		if q.allowed = i%2 == 1; !q.allowed {
			defaults[role] &^= 1 << q.permission
		}
		err := e.once(t.kit, func() error {
			_, err := t.kit.manager().ApplyDefaults(ctx, rolekit.Defaults{Roles: t.words.specs(defaults)})
			return err
		}, q)
		if err != nil {
			return err
		}
	}
	t.edits = append(t.edits, e)
	return nil
}
