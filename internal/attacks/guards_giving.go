package attacks

// givingGuards keep anyone from giving what they do not hold, where something is
// given.
func givingGuards() []Guard {
	const (
		members, links, roles, groups = "manager_members.go", "manager_relink.go", "manager_roles.go", "manager_groups.go"
		policies                      = "policy.go"
	)
	return []Guard{
		{"assign", "who gives a role holds what it brings", []Edit{
			never(links, `if err := c.mayGiveUntil(c.before, during.Until, c.before.brings(role), nil); err != nil`),
		}},
		{"assign-unseen", "a role is given only where it is", []Edit{
			{
				links, "if err := c.mustSee(who, role); err != nil {\n\t\treturn relinking{}, err\n\t}\n\tr :=",
				"r :=",
			},
		}},
		{"assign-for-long", "a role is given for as long as its giver holds it", []Edit{
			{links, "c.mayGiveUntil(c.before, during.Until,", "c.mayGiveUntil(c.before, c.now,"},
		}},
		{"held-later", "what is not held yet is not given", []Edit{
			{policies, "return during.Includes(now) && (during.Until.IsZero() ||", "return (during.Until.IsZero() ||"},
		}},
		{"baseline", "a role brings the baseline of its profile", []Edit{
			never(policies, "		if len(p.catalog.profiles) == 1 || slices.ContainsFunc(roles, func(r *Role) bool { return r.Profile == pr.ID })"),
		}},
		{"member", "who makes somebody belong holds what that brings", []Edit{
			never(members, "		if err := c.mayGive(c.before.brings(here), nil); err != nil"),
		}},
		{"baseline-of-members", "where there is one profile, whoever belongs has its baseline", []Edit{
			{policies, "		if len(p.catalog.profiles) == 1 || slices.ContainsFunc(roles,", "		if slices.ContainsFunc(roles,"},
		}},
		{"included", "a role brings what it includes", []Edit{
			{policies, "	roles := p.rolesOf(s, always)\n", "	roles := p.rolesOf(s, always)\n	if s.kind == kindRole {\n		roles = roles[:1]\n	}\n"},
		}},
		{"brings-later", "a group brings what it will have", []Edit{
			{policies, "	roles := p.rolesOf(s, always)\n", "	roles := p.rolesOf(s, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))\n"},
		}},
		{"role", "who puts something into a role holds it", []Edit{
			never(roles, "if err := c.mayGive(gives, had); err != nil"),
		}},
		{"role-includes", "who includes a role holds what it gives", []Edit{
			{roles, "gives = append(gives, c.before.gives(roleSubject(id))...)", "_ = id"},
		}},
		{"role-for-long", "what a role gives, which has no end, is held without end", []Edit{
			{"manager.go", "return c.mayGiveUntil(p, time.Time{}, grants, had)", "return c.mayGiveUntil(p, c.now, grants, had)"},
		}},
		{"join", "who puts somebody into a group holds what it brings", []Edit{
			{groups, "if err := c.mayGive(c.before.brings(group), nil); err != nil ||", "if err := error(nil); err != nil ||"},
		}},
		{"join-below", "also what it brings further down", []Edit{
			{groups, "return c.eachPolicyBelow(func(p *policy) error { return c.mayGiveIn(p, p.brings(group), nil) })", "return nil"},
		}},
	}
}

// givingManyGuards keep anyone from giving in one request what they could not give in
// several.
func givingManyGuards() []Guard {
	const links, bulk = "manager_relink.go", "manager_bulk.go"
	return []Guard{
		{"assign-many", "who gives many roles holds what each brings", []Edit{
			never(links, `if err := c.mayGiveUntil(c.before, during.Until, c.before.brings(role), nil); err != nil`),
		}},
		{"assign-many-whole", "where one of many cannot be given, none is", []Edit{
			{bulk, "		if err := wrong.err(len(lines)); err != nil {\n			return err\n		}\n		return c.relink(all)", "		return c.relink(all)"},
		}},
		{"assign-many-unseen", "each of many is of a role and a group that are there", []Edit{
			{
				links, "if err := c.mustSee(who, role); err != nil {\n\t\treturn relinking{}, err\n\t}\n\tr :=",
				"r :=",
			},
		}},
		{"assign-many-permission", "who gives many roles manages members", []Edit{
			{bulk, "_, err = m.change(ctx, org, MembersWrite, func(c *change) error {", "_, err = m.transact(ctx, org, func(*policy) error { return nil }, func(c *change) error {"},
		}},
		{"assign-many-for-long", "one of many roles is given for as long as its giver holds it", []Edit{
			{links, "c.mayGiveUntil(c.before, during.Until,", "c.mayGiveUntil(c.before, c.now,"},
		}},
		{"replace-kept", "of a user's roles that are replaced, only those that they have already need no holding", []Edit{
			{"manager_replace_roles.go", "slices.Contains(had, rule)", "len(had) > 0"},
		}},
	}
}

// successorGuards keep anyone from giving by who follows a role.
func successorGuards() []Guard {
	const leaving = "manager_leave_role.go"
	return []Guard{
		{"successor", "who names a role's successor holds what it brings", []Edit{
			never(leaving, "		if err := d.mayGiveUntil(d.before, l.until(), d.before.brings(roleSubject(d.to)), nil); err != nil"),
		}},
		{"successor-for-long", "for as long as any holder has it", []Edit{
			{leaving, "d.mayGiveUntil(d.before, l.until(),", "d.mayGiveUntil(d.before, d.now,"},
		}},
		{"successor-of-all", "without end, where one of them has", []Edit{
			never(leaving, "			if p.Until.IsZero()"),
		}},
		{"successor-included", "and where a role includes it", []Edit{
			never(leaving, "	if len(l.included) > 0"),
		}},
		{"successor-members", "who gives a successor to holders manages members", []Edit{
			never(leaving, "		if err := mayMove(); err != nil"),
		}},
	}
}

// fillingGuards keep anyone from giving by what a resource set holds.
func fillingGuards() []Guard {
	const contents, sets = "manager_contents.go", "manager_sets.go"
	return []Guard{
		{"fill-set", "who puts something into a set holds what is granted within it", []Edit{
			never(contents, "		if err := c.mayGive(gives, nil); err != nil"),
		}},
		{"fill-set-anywhere", "everywhere, and not just within it", []Edit{
			{sets, "all = append(all, Grant{g.Permission, AccessAny})", "all = append(all, g)"},
		}},
		{"fill-set-below", "also by roles further down", []Edit{
			{sets, "	return all, c.eachBelow(of)", "	return all, nil"},
		}},
		{"fill-set-baseline", "also by baselines", []Edit{
			{sets, "		for profile, grants := range l.baseline {\n			add(profile, grants)\n		}\n		return nil", "		return nil"},
		}},
	}
}

// reachGuards say what holding one thing is worth.
func reachGuards() []Guard {
	return []Guard{
		{"wider-access", "who holds a narrower access does not hold a wider one", []Edit{
			{"access.go", "return b == AccessAny || a == b", "return a == a || b == AccessAny"},
		}},
		{"implied", "who holds what is implied does not hold what implies it", []Edit{
			{
				"catalog.go", "c.Implies(have.Permission.Action(), want.Permission.Action()) &&",
				"(c.Implies(have.Permission.Action(), want.Permission.Action()) || c.Implies(want.Permission.Action(), have.Permission.Action())) &&",
			},
		}},
		{"unknown-permission", "a role has no grant that the catalog does not offer", []Edit{
			never("manager_roles.go", "		if err := k.catalog.CheckGrant(s.Profile, g); err != nil"),
		}},
		{"in-use", "what is held is not deleted, to be made again as something else", []Edit{
			never("manager_delete_role.go", "		if left.count() > 0"),
			{"manager_delete_role.go", "		if err := c.tx.RemoveRules(c.ctx, c.own.rules(roleSubject(id))...); err != nil {", "		if err := error(nil); err != nil {"},
		}},
		{"group-leaves-nothing", "who was in a group is not in a new one of its name", []Edit{
			{"manager_groups.go", "append(c.own.rules(groupSubject(id)), c.own.rulesTo(groupSubject(id))...)...", "c.own.rules(groupSubject(id))..."},
		}},
		{"set-leaves-nothing", "what was in a set is not in a new one of its name", []Edit{
			{"manager_sets.go", "if err := c.tx.RemoveRules(ctx, c.own.resources(id)...); err != nil {", "if err := error(nil); err != nil {"},
		}},
	}
}
