package attacks

// keyGuards keep service keys from being, or giving, more than their makers hold.
func keyGuards() []Guard {
	const keys, authenticate = "manager_keys.go", "kit_keys.go"
	return []Guard{
		{"key-create", "who makes a service key may make service keys", []Edit{
			{keys, "m.change(ctx, org, KeysWrite, func(c *change) error { return c.createKey(record, roles) })", "m.transact(ctx, org, func(*policy) error { return nil }, func(c *change) error { return c.createKey(record, roles) })"},
		}},
		{"key-outlasts", "a key makes none that lasts longer than itself", []Edit{
			never(keys, "	if err := c.mayOutlast(record.Expires); err != nil"),
		}},
		{"key-creator", "a key leaves no organisation that nobody runs", []Edit{
			never("manager_orgs.go", "	if err := m.creatorKey(n); err != nil"),
		}},
		{"key-ends", "what a key was given ends when it does", []Edit{
			{keys, "	if during.Until.IsZero() || during.Until.After(record.Expires) {", "	if false {"},
		}},
		{"key-at-home", "a key holds roles where it is at home alone", []Edit{
			{keys, "	case record == nil:\n		return during, keyNotFound(c.org)", "	case record == nil:\n		return during, nil"},
		}},
		{"key-in-no-group", "a key holds roles and nothing else", []Edit{
			{keys, "	case to.kind != kindRole:\n", "	case to.kind != kindRole:\n		return during, nil\n	case false:\n"},
		}},
		{"key-revoked", "a key that was revoked is none any more", []Edit{
			{keys, "		if err := c.tx.DeleteKey(ctx, org, id); err != nil {", "		if err := error(nil); err != nil {"},
		}},
		{"key-expired", "a key that has expired is none any more", []Edit{
			{authenticate, "	case !k.config.Clock().Before(record.Expires):", "	case false:"},
		}},
		{"key-secret", "a key is shown by its secret, and not by its id", []Edit{
			{authenticate, "	case !record.is(hash):", "	case false:"},
		}},
	}
}
