package rolekit

import "context"

// recorder is a Writer that notes what is written of an organisation's policy, so
// that the layer which results need not be read back: a change of one member costs
// what it changes, in an organisation of any size.
type recorder struct {
	Writer

	edits []func(*builder) error
	built *builder // of them, once they were replayed
}

func (r *recorder) note(err error, edit func(*builder) error) error {
	if err == nil {
		r.edits = append(r.edits, edit)
	}
	return err
}

// noteAll is note for what cannot fail in a layer.
func (r *recorder) noteAll(err error, edit func(*builder)) error {
	return r.note(err, func(b *builder) error { edit(b); return nil })
}

// replay makes the layer that results from another one. It returns an error when
// the writes do not fit that one.
func (r *recorder) replay(from *layer, pool *bundles) (*layer, error) {
	b := from.rebuild()
	for _, edit := range r.edits {
		if err := edit(b); err != nil {
			return nil, err
		}
	}
	r.built = b
	return b.done(pool), nil
}

func (r *recorder) UpdateOrg(ctx context.Context, org Org) error {
	return r.noteAll(r.Writer.UpdateOrg(ctx, org), func(b *builder) {
		b.layer.org.Label, b.layer.org.Parent, b.layer.org.Revision = org.Label, org.Parent, org.Revision
	})
}

func (r *recorder) SetBase(ctx context.Context, org OrgID, to Revision) error {
	return r.noteAll(r.Writer.SetBase(ctx, org, to), func(b *builder) { b.layer.base = to })
}

func (r *recorder) PutRoles(ctx context.Context, roles ...RoleRecord) error {
	return r.noteAll(r.Writer.PutRoles(ctx, roles...), func(b *builder) {
		for _, role := range roles {
			b.putRole(role)
		}
	})
}

func (r *recorder) DeleteRole(ctx context.Context, org OrgID, role RoleID) error {
	return r.noteAll(r.Writer.DeleteRole(ctx, org, role), func(b *builder) { b.dropRole(role) })
}

func (r *recorder) PutGroup(ctx context.Context, group Group) error {
	return r.noteAll(r.Writer.PutGroup(ctx, group), func(b *builder) { b.putGroup(group) })
}

func (r *recorder) DeleteGroup(ctx context.Context, org OrgID, group GroupID) error {
	return r.noteAll(r.Writer.DeleteGroup(ctx, org, group), func(b *builder) { b.dropGroup(group) })
}

func (r *recorder) PutSet(ctx context.Context, set ResourceSet) error {
	return r.noteAll(r.Writer.PutSet(ctx, set), func(b *builder) { b.putSet(set) })
}

func (r *recorder) DeleteSet(ctx context.Context, org OrgID, set SetID) error {
	return r.noteAll(r.Writer.DeleteSet(ctx, org, set), func(b *builder) { b.dropSet(set) })
}

func (r *recorder) InsertKey(ctx context.Context, key KeyRecord) error {
	return r.noteAll(r.Writer.InsertKey(ctx, key), func(b *builder) { b.putKey(key) })
}

func (r *recorder) DeleteKey(ctx context.Context, org OrgID, key KeyID) error {
	return r.noteAll(r.Writer.DeleteKey(ctx, org, key), func(b *builder) { b.dropKey(key) })
}

func (r *recorder) PutChosen(ctx context.Context, chosen ...ChosenProfile) error {
	return r.noteAll(r.Writer.PutChosen(ctx, chosen...), func(b *builder) {
		for _, c := range chosen {
			b.choose(c.User, c.Profile)
		}
	})
}

func (r *recorder) AddRules(ctx context.Context, rules ...Rule) error {
	return r.note(r.Writer.AddRules(ctx, rules...), func(b *builder) error { return each(rules, b.add) })
}

func (r *recorder) RemoveRules(ctx context.Context, rules ...Rule) error {
	return r.note(r.Writer.RemoveRules(ctx, rules...), func(b *builder) error { return each(rules, b.remove) })
}

func each(rules []Rule, do func(Rule) error) error {
	for _, rule := range rules {
		if err := do(rule); err != nil {
			return err
		}
	}
	return nil
}
