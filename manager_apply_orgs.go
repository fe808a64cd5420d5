package rolekit

import (
	"maps"
	"slices"
)

// appliedAtOnce is of how many organisations the changes are written together: few
// enough to hold, and enough for statements that are as long as they may be.
const appliedAtOnce = 500

// applyOrgs makes the changes in organisations. Decisions are noted as made at a
// revision.
func (a *application) applyOrgs(at Revision) error {
	a.choices.tell(0, len(a.edits))
	done := 0
	for orgs := range slices.Chunk(slices.Sorted(maps.Keys(a.edits)), appliedAtOnce) {
		if err := a.applyTogether(orgs, at); err != nil {
			return err
		}
		done += len(orgs)
		a.choices.tell(done, len(a.edits))
	}
	return nil
}

// applyTogether makes the changes in a few organisations. Their events come first,
// since revisions are events' ids: all that is changed together is at the last one's.
func (a *application) applyTogether(orgs []OrgID, at Revision) error {
	later := &batch{Writer: a.tx.Writer}
	parts := make([]*orgChange, len(orgs))
	var events []AuditEvent
	for i, org := range orgs {
		part, err := a.orgChange(org, later)
		if err != nil {
			return err
		}
		parts[i], events = part, append(events, part.happenings...)
	}
	last, err := a.tx.Append(a.ctx, events...)
	if err != nil {
		return err
	}
	for _, part := range parts {
		part.event = last
		if err := part.write(at); err != nil {
			return err
		}
		if err := a.took(part.change); err != nil {
			return err
		}
	}
	return later.write(a.ctx)
}

// orgChange is what the catalog changes in one organisation.
type orgChange struct {
	*change

	edits       *orgEdits
	gone, fresh []Rule // of those who hold default roles that leave
	happenings  []AuditEvent
}

// orgChange finds out what is to be written of an organisation, which w then gets.
func (a *application) orgChange(org OrgID, w Writer) (*orgChange, error) {
	l, err := a.current(org)
	if err != nil {
		return nil, err
	}
	part := a.part(l)
	part.tx = &recorder{Writer: w}
	o := &orgChange{change: part, edits: a.edits[org]}
	for _, edit := range o.edits.roles {
		o.happened("role.apply", roleSubject(edit.spec.ID).String(), auditRole(edit.old.RoleSpec), auditRole(edit.spec))
	}
	for _, user := range slices.Sorted(maps.Keys(o.edits.chosen)) {
		before, _ := l.chosen.Get(user)
		o.happened("profile.switch", userSubject(user).String(), before, o.edits.chosen[user])
	}
	for _, id := range o.edits.moves {
		o.leave(departure{part, id, a.moves[id]})
	}
	return o, nil
}

func (o *orgChange) happened(action, target string, before, after any) {
	o.happenings = append(o.happenings, o.change.happened(action, target, before, after))
}

// leave finds what becomes of those who hold a default role that leaves. Two may lead
// to one, so that what was had of that goes once.
func (o *orgChange) leave(d departure) {
	leaving := d.leaving()
	gone, fresh, events := o.relinked(d.handed(leaving))
	if len(leaving.dead) > 0 {
		gone = append(gone, leaving.dead...)
		o.happened("org.apply", orgSubject(o.org).String(), map[string][]string{"meaningless": ruleLines(leaving.dead)}, nil)
	}
	o.gone = append(o.gone, without(gone, o.gone)...)
	o.fresh = append(o.fresh, without(fresh, o.fresh)...)
	o.happenings = append(o.happenings, events...)
}

// write writes it, once its events have their ids. Decisions are noted as made at a
// revision.
func (o *orgChange) write(at Revision) error {
	for _, edit := range o.edits.roles {
		for p, decided := range edit.old.Reviewed {
			if decided == notYet {
				edit.old.Reviewed[p] = at
			}
		}
		if err := o.storeRole(edit.old, edit.spec); err != nil {
			return err
		}
	}
	for _, user := range slices.Sorted(maps.Keys(o.edits.chosen)) {
		if err := o.tx.PutChosen(o.ctx, ChosenProfile{o.org, user, o.edits.chosen[user]}); err != nil {
			return err
		}
	}
	if err := o.tx.RemoveRules(o.ctx, o.gone...); err != nil {
		return err
	}
	return o.tx.AddRules(o.ctx, o.fresh...)
}
