package attacks

// treeGuards keep what the tree of organisations gives in bounds.
func treeGuards() []Guard {
	const (
		move, orgs = "manager_move.go", "manager_orgs.go"
	)
	return []Guard{
		{"move", "who moves an organisation holds what others gain there", []Edit{
			{move, "return c.mayGive(gained(c.before, after), nil)", "return nil"},
		}},
		{"move-where", "who moves an organisation manages the one above", []Edit{
			{move, "		return m.precheck(ctx, parent, OrgsWrite)", "		return nil"},
			{move, "		err = m.requireIn(after.parent(), OrgsWrite)", "		err = nil"},
		}},
		{"move-what", "who moves an organisation manages it", []Edit{
			{move, "	if err := m.precheck(ctx, org, OrgsWrite); err != nil {", "	if err := error(nil); err != nil {"},
			never(move, "	if err := m.requireIn(c.before, OrgsWrite); err != nil"),
			{move, "return c.mayGive(gained(c.before, after), nil)", "return nil"}, // who manages the one above gains that right
		}},
		{"move-to-root", "only operators move an organisation to the root", []Edit{
			{move, "if !m.precheckOperator(ctx, OrgsWrite) {", "if false {"},
			{move, "err = c.requireOperator(m, OrgsWrite)", "err = nil"},
		}},
		{"move-names", "a name stands for the same after a move", []Edit{
			{move, "	if was == is {", "	if true {"},
		}},
		{"create-where", "who creates an organisation manages the one above", []Edit{
			{orgs, "		if err := m.precheck(ctx, n.Parent, OrgsWrite); err != nil {", "		if err := error(nil); err != nil {"},
			never(orgs, "		if err := m.requireIn(c.before.parent(), OrgsWrite); err != nil"),
		}},
		{"create-at-root", "only operators create organisations at the root", []Edit{
			{orgs, "} else if !m.precheckOperator(ctx, OrgsWrite) {", "} else if false {"},
			{orgs, "} else if err := c.requireOperator(m, OrgsWrite); err != nil {", "} else if err := error(nil); err != nil {"},
		}},
		{"creator", "nobody makes someone else the creator", []Edit{
			{orgs, "	case !m.actor.isSystem() && n.Creator != m.actor.User:", "	case false:"},
		}},
		{"deleted-org", "the id of an organisation that is gone is not given out again", []Edit{
			never(orgs, "	if err := c.neverDeleted(org.ID); err != nil"),
		}},
	}
}

// nameGuards keep names apart.
func nameGuards() []Guard {
	const (
		roles, ids = "manager_roles.go", "ids.go"
	)
	return []Guard{
		{"shadow", "a role of one's own does not take a default role's place", []Edit{
			never("manager_copy.go", "	if taken := c.before.role(spec.ID); taken != nil"),
		}},
		{"default-role", "a default role is not an organisation's to edit", []Edit{
			{roles, "	case r.Origin == OriginDefault:", "	case false:"},
			{roles, "	case r.Org != c.org:", "	case false:"},
		}},
		{"role-of-another", "a role is edited where it is", []Edit{
			{roles, "	case r.Org != c.org:", "	case false:"},
		}},
		{"group-of-another", "a group is edited where it is", []Edit{
			{"manager_groups.go", "	case g.Org != c.org:", "	case false:"},
			{"policy.go", "		_, at := p.groupAt(GroupID(to.id))\n		return at == i", "		return true"},
		}},
		{"names", "names are of few characters, so that none looks like another", []Edit{
			{ids, "	if isName(id) {", "	if true {"},
			{ids, "			return false\n		}\n	}\n	return true", "		}\n	}\n	return true"},
		}},
		{"exact", "ids are compared character by character", []Edit{
			{"rule.go", "	return subject{kindUser, string(u)}", "	return subject{kindUser, strings.ToLower(string(u))}"},
			{"compile.go", "	i, ok := v.users.Get(user)", "	low, _ := userSubject(user).user()\n	i, ok := v.users.Get(low)"},
		}},
		{"kinds", "a user is never a role, whatever they are called", []Edit{
			{
				"rule.go", "	return subject{kindUser, string(u)}",
				"	if id, ok := strings.CutPrefix(string(u), \"role:\"); ok {\n		return subject{kindRole, id}\n	}\n	return subject{kindUser, string(u)}",
			},
		}},
	}
}

// actorGuards ask who it is that changes something.
func actorGuards() []Guard {
	const require = "manager_require.go"
	return []Guard{
		{"permission", "who changes something has the permission to", []Edit{
			{require, "	return m.denied(p.org(), need)\n}\n\nfunc (m *Manager) denied", "	return nil\n}\n\nfunc (m *Manager) denied"},
			{require, "	if errors.Is(err, ErrOrgNotFound) {\n		return m.denied(org, need)\n	}\n", ""},
		}},
		{"permission-stored", "by what is stored, and not just by what memory knows", []Edit{
			{"manager.go", "func(p *policy) error { return m.requireIn(p, need) }, fn)", "func(*policy) error { return nil }, fn)"},
		}},
		{"nobody", "nobody changes anything without saying who they are", []Edit{
			{require, "	if m.actor.User == \"\" {\n		return errorf(CodeUnauthenticated", "	if m.actor.User == \"\" {\n		return nil\n	}\n	if false {\n		return errorf(CodeUnauthenticated"},
			{require, "	if m.actor.isSystem() {\n		return nil\n	}\n	now :=", "	if m.actor.isSystem() || m.actor.User == \"\" {\n		return nil\n	}\n	now :="},
			{"manager.go", "	if c.actor.isSystem() {\n		return nil\n	}\n	held :=", "	if c.actor.isSystem() || c.actor.User == \"\" {\n		return nil\n	}\n	held :="},
		}},
		{"profile", "who acts as a profile has it", []Edit{
			{"policy.go", "	if !slices.Contains(p.profiles(user, at), profile) {\n		return nil\n	}\n	roles := slices.DeleteFunc(p.rolesOf(userSubject(user), at), func(r *Role) bool { return r.Profile != profile })", "	roles := p.rolesOf(userSubject(user), at)"},
		}},
		{"defaults", "default roles are the system's", []Edit{
			never("manager_defaults.go", "	if !m.actor.isSystem()"),
		}},
		{"catalog", "so is the catalog, to apply and to see what that would do", []Edit{
			{"manager_plan.go", "	if m.actor.isSystem() {", "	if true {"},
		}},
		{"review-sums", "what waits in all organisations is told to the system", []Edit{
			never("manager_reviews.go", "	if !m.actor.isSystem()"),
		}},
		{"elsewhere", "what somebody may do elsewhere is told to those who may know it there", []Edit{
			{"manager.go", "return miss.Kind == MissOtherOrg && who.User != m.actor.User &&", "return false && miss.Kind == MissOtherOrg && who.User != m.actor.User &&"},
		}},
	}
}
