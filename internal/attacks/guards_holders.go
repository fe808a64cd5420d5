package attacks

// holderGuards keep every organisation from losing the last who can give rights.
func holderGuards() []Guard {
	const (
		below, policies, manager = "manager_below.go", "policy.go", "manager.go"
	)
	last := Edit{manager, "		return c.keepHolders(own)", "		return nil"}
	unused := never("manager_delete_role.go", "		if left.count() > 0")
	return []Guard{
		{"holders", "a change leaves somebody who manages roles and members", []Edit{last}},
		{"holders-of-members", "members, where roles are managed", []Edit{
			{manager, "return []Permission{RolesWrite, MembersWrite}", "return []Permission{RolesWrite}"},
		}},
		{"holders-of-roles", "roles, where members are managed", []Edit{
			{manager, "return []Permission{RolesWrite, MembersWrite}", "return []Permission{MembersWrite}"},
		}},
		{"holders-end", "somebody whose time does not end", []Edit{
			{policies, "p.counts(k.to, layer) && during.Until.IsZero() && during.Includes(now)", "p.counts(k.to, layer) && during.Includes(now)"},
		}},
		{"holders-now", "somebody whose time has begun", []Edit{
			{policies, "p.counts(k.to, layer) && during.Until.IsZero() && during.Includes(now)", "p.counts(k.to, layer) && during.Until.IsZero()"},
		}},
		{"holders-over", "somebody whose time is not over", []Edit{
			{policies, "p.counts(k.to, layer) && during.Until.IsZero() && during.Includes(now)", "p.counts(k.to, layer) && (during.Includes(now) || true)"},
		}},
		{"holders-below", "also in the organisations below", []Edit{
			{below, "		if lost, _ := c.lostHolders(before, p); lost != \"\" {", "		if lost, _ := c.lostHolders(before, p); lost != \"\" && false {"},
		}},
		{"holders-move", "also by a move", []Edit{
			{"manager_move.go", "	return done, c.keepHolders(done)", "	return done, nil"},
		}},
		{"holders-defaults", "also by default roles", []Edit{
			{"manager_defaults.go", "		return c.keepHolders(done)", "		return nil"},
		}},
		{"holders-role-deleted", "a role that is held or included is not deleted, nor may that lock anybody out", []Edit{last, unused}},
		{"holders-role-deleted-above", "nor one that is held further down", []Edit{last, unused}},
		{"group-in-use-below", "a group that is used further down is not deleted, nor may that lock anybody out", []Edit{
			last, never("manager_groups.go", "		if err := c.unusedBelow(groupSubject(id)); err != nil"),
		}},
		{"operators", "the operators' organisation stays", []Edit{
			{"manager_orgs.go", "	if id == c.kit.config.Operators {", "	if false {"},
		}},
	}
}

// lockGuards keep two changes at once, in two processes, from coming to what
// neither could alone.
func lockGuards() []Guard {
	const locks = "manager_lock.go"
	return []Guard{
		{"stored", "a change is decided on by what is stored, whatever memory knows", []Edit{
			{"manager.go", "	if l == nil || l.revision != stored[org] {", "	if l == nil || l.revision != stored[org] && false {"},
		}},
		{"locks", "two changes of one organisation go one after the other", []Edit{
			{locks, "	return c.tx.Lock(c.ctx, line[0])\n", "	_ = line\n	return nil\n"},
		}},
		{"locks-above", "what is above stays as it is meanwhile", []Edit{
			{locks, "	return line, c.tx.Share(c.ctx, above...)", "	return line, nil"},
		}},
		{"locks-defaults", "default roles and the shape of the tree stay as they are meanwhile", []Edit{
			{locks, "	if err := c.tx.Share(c.ctx, AllOrgs); err != nil {\n		return nil, err\n	}\n", ""},
		}},
	}
}
