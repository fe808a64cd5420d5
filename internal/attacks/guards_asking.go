package attacks

// askingGuards keep apart requests that come again, and see to it that what a change
// would do is not done, and told to nobody who may not know it.
func askingGuards() []Guard {
	const once, fingerprint, compare = "manager_once.go", "api/once.go", "preview_compare.go"
	whole := Edit{compare, "Hidden: !c.maySee(o)}", "Hidden: !c.maySee(o) && false}"}
	return []Guard{
		{"replay-actor", "what was answered is told to whoever asked, and to nobody else", []Edit{
			{once, "owner: m.actor.String(), turn", "owner: \"user:olga\", turn"},
		}},
		{"replay-request", "one key is of one request", []Edit{
			{once, "	case r.Request != o.request.Hash:", "	case false:"},
		}},
		{"replay-body", "a request with another body is another", []Edit{
			{fingerprint, "\"), \",\"), string(r.body),\n", "\"), \",\"),\n"},
		}},
		{"replay-path", "so is one of another path", []Edit{
			{fingerprint, "c.Request.Method, c.Request.URL.EscapedPath(), ", "c.Request.Method, "},
		}},
		{"replay-profile", "as another profile", []Edit{
			{fingerprint, "string(who.Profile),\n", "string(who.User),\n"},
		}},
		{"replay-state", "or for another state", []Edit{
			{fingerprint, "strings.Join(c.Request.Header.Values(\"If-Match\"), \",\"), ", ""},
		}},
		{"replay-secret", "what was told once is not kept", []Edit{
			{"api/recorded.go", "	if op.Metadata[metaSecret] != nil {", "	if op.Metadata[metaSecret] != nil && false {"},
		}},
		{"replay-bounded", "nobody has more kept than there may be", []Edit{
			never(once, "		if n >= config.MaxReplies"),
		}},
		{"preview-unmade", "what a change would do is not done", []Edit{
			{
				"preview.go", "	return r.view(ctx, func(stored Reader) error {\n		to := r.stage.clone()",
				"	if err := r.kit.store.Update(ctx, fn); err != nil {\n		return err\n	}\n	return r.view(ctx, func(stored Reader) error {\n		to := r.stage.clone()",
			},
		}},
		{"preview-untold", "nor believed by this process", []Edit{
			{"manager_in.go", "	case *rehearsal:\n		tx.leave(layers)", "	case *rehearsal:\n		do()\n		tx.leave(layers)"},
		}},
		{"preview-names", "whom it would concern is told to those who may know", []Edit{whole}},
		{"preview-names-above", "there, and where they come from", []Edit{
			{compare, "p != nil && (o.before == nil || o.before.layers[0].org.Parent != parent)", "p != nil && o.before == nil"},
		}},
		{"move-told", "what would come of a move is told to those who may move", []Edit{
			{"manager_move.go", "		return m.precheck(ctx, parent, OrgsWrite)", "		return nil"},
			{"manager_move.go", "		err = m.requireIn(after.parent(), OrgsWrite)", "		err = nil"},
			whole,
		}},
	}
}
