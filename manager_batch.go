package rolekit

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// batch is a Writer that puts off what changes of many organisations write, so that
// all of it takes few statements. Only what it does not put off may be read meanwhile.
type batch struct {
	Writer

	gone, fresh []Rule
	roles       []RoleRecord
	chosen      []ChosenProfile
	revisions   map[Revision][]OrgID
}

func (b *batch) RemoveRules(_ context.Context, rules ...Rule) error {
	b.gone = append(b.gone, rules...)
	return nil
}

func (b *batch) AddRules(_ context.Context, rules ...Rule) error {
	b.fresh = append(b.fresh, rules...)
	return nil
}

func (b *batch) PutRoles(_ context.Context, roles ...RoleRecord) error {
	b.roles = append(b.roles, roles...)
	return nil
}

func (b *batch) PutChosen(_ context.Context, chosen ...ChosenProfile) error {
	b.chosen = append(b.chosen, chosen...)
	return nil
}

func (b *batch) SetRevisions(_ context.Context, to Revision, orgs ...OrgID) error {
	if b.revisions == nil {
		b.revisions = map[Revision][]OrgID{}
	}
	b.revisions[to] = append(b.revisions[to], orgs...)
	return nil
}

// write writes what was put off, and first what is removed: what comes may say the
// same in another way.
func (b *batch) write(ctx context.Context) error {
	byType := func(x, y Rule) int { return strings.Compare(x.Ptype, y.Ptype) }
	slices.SortStableFunc(b.fresh, byType) // one INSERT takes rules of one type
	if err := b.Writer.RemoveRules(ctx, b.gone...); err != nil {
		return err
	}
	if err := b.Writer.AddRules(ctx, b.fresh...); err != nil {
		return err
	}
	if err := b.Writer.PutRoles(ctx, b.roles...); err != nil {
		return err
	}
	if err := b.Writer.PutChosen(ctx, b.chosen...); err != nil {
		return err
	}
	for _, to := range slices.Sorted(maps.Keys(b.revisions)) {
		if err := b.Writer.SetRevisions(ctx, to, b.revisions[to]...); err != nil {
			return err
		}
	}
	return nil
}
