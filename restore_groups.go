package rolekit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (r *restoring) groups() {
	c, kept := r.c, map[GroupID]bool{}
	for _, g := range r.want.Groups {
		kept[g.ID] = true
		old := r.was.groups[g.ID]
		fresh := Group{Org: c.org, ID: g.ID, Label: g.Label, Description: g.Description}
		same := old != nil && old.Label == g.Label && old.Description == g.Description
		if same && !r.touched[g.ID] {
			continue
		}
		if !same {
			r.out.add(signOf(old == nil), "group "+string(g.ID), "")
			r.event("group.put", groupSubject(g.ID).String(), auditGroup(old), auditGroup(&fresh))
		}
		r.edits = append(r.edits, func(at Revision) error {
			fresh.Revision = at
			return c.tx.PutGroup(c.ctx, fresh)
		})
	}
	for _, id := range slices.Sorted(maps.Keys(r.was.groups)) {
		if !kept[id] {
			r.out.add('-', "group "+string(id), "")
			r.event("group.delete", groupSubject(id).String(), auditGroup(r.was.groups[id]), nil)
			r.edits = append(r.edits, func(Revision) error { return c.tx.DeleteGroup(c.ctx, c.org, id) })
		}
	}
}

func signOf(isNew bool) byte {
	if isNew {
		return '+'
	}
	return '~'
}

func (r *restoring) sets() {
	c, kept := r.c, map[SetID]bool{}
	for _, s := range r.want.Sets {
		kept[s.ID] = true
		old := r.was.sets[s.ID]
		var had []Rule
		if old != nil {
			had = r.was.setRules(s.ID)
		}
		want := r.want.resources(s)
		gone, in := without(had, want), without(want, had)
		fresh := ResourceSet{Org: c.org, ID: s.ID, Label: s.Label, Description: s.Description}
		same := old != nil && old.Label == s.Label && old.Description == s.Description
		if same && len(gone)+len(in) == 0 {
			continue
		}
		name := kindSet.String() + string(s.ID)
		r.out.add(signOf(old == nil), "set "+string(s.ID), fmt.Sprintf("+%d -%d resources", len(in), len(gone)))
		if !same {
			r.event("set.put", name, auditSet(old), auditSet(&fresh))
		}
		if len(gone)+len(in) > 0 {
			r.event("set.resources", name, auditResources("removed", gone), auditResources("added", in))
		}
		r.gone, r.fresh = append(r.gone, gone...), append(r.fresh, in...)
		r.edits = append(r.edits, func(at Revision) error {
			fresh.Revision = at
			return c.tx.PutSet(c.ctx, fresh)
		})
	}
	for _, id := range slices.Sorted(maps.Keys(r.was.sets)) {
		if !kept[id] {
			r.gone = append(r.gone, r.was.setRules(id)...)
			r.out.add('-', "set "+string(id), "")
			r.event("set.delete", kindSet.String()+string(id), auditSet(r.was.sets[id]), nil)
			r.edits = append(r.edits, func(Revision) error { return c.tx.DeleteSet(c.ctx, c.org, id) })
		}
	}
}

// setRules returns the rules of what is in a set, without those that mean nothing.
func (l *layer) setRules(set SetID) []Rule {
	return without(l.resources(set), l.stray)
}

// acting restores who acts as what.
func (r *restoring) acting() {
	had := contentsOf(r.c.before).Acting
	for _, user := range slices.Sorted(maps.Keys(merge(had, r.want.Acting))) {
		was, is := had[user], r.want.Acting[user]
		if was == is {
			continue
		}
		r.given.add('~', userWords(user), "acts as "+orNothing(is)+", was "+orNothing(was))
		r.event("profile.switch", userSubject(user).String(), was, is)
		r.edits = append(r.edits, func(Revision) error {
			return r.c.tx.PutChosen(r.c.ctx, ChosenProfile{Org: r.c.org, User: user, Profile: is})
		})
	}
}

func userWords(user UserID) string { return strings.Replace(userSubject(user).String(), ":", " ", 1) }

func orNothing(p ProfileID) string {
	if p == "" {
		return "nothing"
	}
	return string(p)
}
