package rolekit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// restoring is one organisation on its way from what it has to what is wanted.
type restoring struct {
	c     *change
	want  *Contents
	since map[Permission]Revision // see Restoration.known
	was   *layer
	out   Restored

	gone, fresh []Rule
	events      []AuditEvent
	touched     map[GroupID]bool // groups of which somebody comes in or goes
	given       Restored         // what is told of users and groups, behind what they are given
	edits       []func(at Revision) error
}

// run makes the organisation what is wanted, if others has nothing against it.
func (r *restoring) run(others func() error) error {
	if r.want.RulesOnly && !r.out.Created {
		r.adopt()
	}
	*r.want = r.c.kit.withProfiles(*r.want)
	if err := r.shape(); err != nil {
		return err
	}
	if err := r.checkSeen(); err != nil {
		return err
	}
	if err := others(); err != nil {
		return err
	}
	r.touched = map[GroupID]bool{}
	r.strays()
	if err := r.roles(); err != nil {
		return err
	}
	r.links()
	r.groups()
	r.sets()
	r.acting()
	r.out.Changes = append(r.out.Changes, r.given.Changes...)
	return r.write()
}

// adopt takes over what rules cannot say.
func (r *restoring) adopt() {
	w := r.want
	w.Label, w.Parent = r.was.org.Label, r.was.org.Parent
	w.Acting = contentsOf(r.c.before).Acting
	r.adoptTexts()
	said, links := w.asLayer(), w.links()
	for id, old := range r.was.roles {
		if said.roles[id] == nil && len(old.Grants)+len(old.Includes) == 0 {
			w.Roles = append(w.Roles, old.RoleSpec)
		}
	}
	for id, old := range r.was.groups {
		isEmpty := len(r.was.rulesTo(groupSubject(id))) == 0
		if said.groups[id] == nil && (isEmpty || len(links[groupSubject(id)]) > 0) {
			w.Groups = append(w.Groups, GroupContents{GroupSpec: GroupSpec{ID: id, Label: old.Label, Description: old.Description}})
		}
	}
	for id, old := range r.was.sets {
		if said.sets[id] == nil && (r.was.inSet[id].Len() == 0 || w.reaches(id)) {
			w.Sets = append(w.Sets, SetContents{SetSpec: SetSpec{ID: id, Label: old.Label, Description: old.Description}})
		}
	}
	*w = w.normal()
}

// adoptTexts takes over labels and descriptions, and the profiles of roles that no
// grant says.
func (r *restoring) adoptTexts() {
	w := r.want
	for i := range w.Roles {
		if old := r.was.roles[w.Roles[i].ID]; old != nil {
			w.Roles[i].Label, w.Roles[i].Description = old.Label, old.Description
			if w.Roles[i].Profile == "" {
				w.Roles[i].Profile = old.Profile
			}
		}
	}
	for i := range w.Groups {
		if old := r.was.groups[w.Groups[i].ID]; old != nil {
			w.Groups[i].Label, w.Groups[i].Description = old.Label, old.Description
		}
	}
	for i := range w.Sets {
		if old := r.was.sets[w.Sets[i].ID]; old != nil {
			w.Sets[i].Label, w.Sets[i].Description = old.Label, old.Description
		}
	}
}

// reaches reports whether a role of the contents reaches as far as the set.
func (c *Contents) reaches(set SetID) bool {
	return slices.ContainsFunc(c.Roles, func(r RoleSpec) bool {
		return slices.ContainsFunc(r.Grants, func(g Grant) bool { return g.Access == InSet(set) })
	})
}

// shape creates the organisation, or changes its label.
func (r *restoring) shape() error {
	c, w := r.c, r.want
	org := r.was.org
	switch {
	case r.out.Created:
		if err := c.tx.InsertOrg(c.ctx, org); err != nil {
			return err
		}
		r.event("org.create", orgSubject(w.ID).String(), nil, map[string]string{"label": w.Label, "parent": string(w.Parent)})
	case org.Parent != w.Parent:
		return errorf(CodeExists, "organisation %q is %s, and would be %s", w.ID, underParent(org.Parent), underParent(w.Parent)).
			hint("move it first: a restoration moves nothing")
	case org.Label != w.Label:
		r.event("org.update", orgSubject(w.ID).String(), map[string]string{"label": org.Label}, map[string]string{"label": w.Label})
		r.out.add('~', "label", fmt.Sprintf("%q, was %q", w.Label, org.Label))
	default:
		return nil
	}
	r.edits = append(r.edits, func(at Revision) error {
		org.Label, org.Revision = w.Label, at
		return c.tx.UpdateOrg(c.ctx, org)
	})
	return nil
}

func underParent(parent OrgID) string {
	if parent == "" {
		return "at the root"
	}
	return fmt.Sprintf("below %q", parent)
}

func (r *restoring) event(action, target string, before, after any) {
	r.events = append(r.events, r.c.happened(action, target, before, after))
}

// strays takes out rules that mean nothing: with what comes, they might.
func (r *restoring) strays() {
	if len(r.was.stray) == 0 {
		return
	}
	lines := ruleLines(r.was.stray)
	for _, line := range lines {
		r.out.add('-', "a rule that means nothing", line)
	}
	r.gone = append(r.gone, r.was.stray...)
	r.event("org.restore", orgSubject(r.want.ID).String(), map[string][]string{"meaningless": lines}, nil)
}

// roles restores roles.
func (r *restoring) roles() error {
	c, kept := r.c, map[RoleID]bool{}
	for _, spec := range r.want.Roles {
		kept[spec.ID] = true
		if err := r.role(spec); err != nil {
			return err
		}
	}
	for _, old := range slices.SortedFunc(maps.Values(r.was.roles), compareRoles) {
		if kept[old.ID] {
			continue
		}
		r.gone = append(r.gone, roleRules(c.org, old.RoleSpec)...)
		r.out.add('-', "role "+string(old.ID), "")
		r.event("role.delete", roleSubject(old.ID).String(), auditRole(old.RoleSpec), nil)
		r.edits = append(r.edits, func(Revision) error { return c.tx.DeleteRole(c.ctx, c.org, old.ID) })
	}
	return nil
}

// role restores a role. What is taken from it counts as decided, as by any edit, unless
// the contents say what waits.
func (r *restoring) role(spec RoleSpec) error {
	c, old := r.c, r.was.roles[spec.ID]
	is := Role{RoleSpec: spec, Created: notYet}
	same := old != nil && old.sameAs(spec)
	if old != nil {
		taken, err := c.taken(old, spec)
		if err != nil {
			return err
		}
		is.Created, is.Reviewed = taken.Created, maps.Clone(taken.Reviewed)
	}
	if !same {
		r.remake(old, spec)
	}
	how := append(howRole(cmp.Or(old, &Role{}), spec), r.awaits(old, &is)...)
	if same && len(how) == 0 {
		return nil
	}
	r.out.add(signOf(old == nil), "role "+string(spec.ID), strings.Join(how, ", "))
	r.edits = append(r.edits, func(at Revision) error {
		return c.tx.PutRoles(c.ctx, RoleRecord{
			Org: c.org, ID: spec.ID, Label: spec.Label, Description: spec.Description, Profile: spec.Profile,
			Revision: at, Created: min(is.Created, at), Reviewed: is.Reviewed,
		})
	})
	return nil
}

// remake makes a role's definition another, or a new one.
func (r *restoring) remake(old *Role, spec RoleSpec) {
	rules, action := roleRules(r.c.org, spec), "role.create"
	var before any
	if old != nil {
		action, before = "role.update", auditRole(old.RoleSpec)
		had := roleRules(r.c.org, old.RoleSpec)
		r.gone, rules = append(r.gone, without(had, rules)...), without(rules, had)
	}
	r.fresh = append(r.fresh, rules...)
	r.event(action, roleSubject(spec.ID).String(), before, auditRole(spec))
}

// howRole says what is another in a role.
func howRole(old *Role, spec RoleSpec) (how []string) {
	if old.ID != "" && old.Profile != spec.Profile {
		how = append(how, fmt.Sprintf("profile %s, was %s", spec.Profile, old.Profile))
	}
	if old.ID != "" && (old.Label != spec.Label || old.Description != spec.Description) {
		how = append(how, "label or description")
	}
	grant := func(sign string, grants []Grant) {
		for _, g := range grants {
			how = append(how, fmt.Sprintf("%s%s (%s)", sign, g.Permission, g.Access))
		}
	}
	grant("+", lacking(spec.Grants, old.Grants))
	grant("-", lacking(old.Grants, spec.Grants))
	for _, id := range lacking(spec.Includes, old.Includes) {
		how = append(how, "+includes "+string(id))
	}
	for _, id := range lacking(old.Includes, spec.Includes) {
		how = append(how, "-includes "+string(id))
	}
	return how
}

// links restores what users and groups were given.
func (r *restoring) links() {
	want, had := r.want.links(), map[subject][]Rule{}
	for from, bonds := range r.was.linked() {
		if _, isKey := from.key(); isKey {
			continue
		}
		for _, b := range bonds {
			had[from] = append(had[from], linkRule(r.c.org, from, b.to, b.during()))
		}
	}
	for _, from := range slices.SortedFunc(maps.Keys(merge(had, want)), compareSubjects) {
		gone, fresh := without(had[from], want[from]), without(want[from], had[from])
		if len(gone)+len(fresh) == 0 {
			continue
		}
		sign := byte('~')
		switch {
		case len(had[from]) == 0:
			sign = '+'
		case len(want[from]) == 0:
			sign = '-'
		}
		r.gone, r.fresh = append(r.gone, gone...), append(r.fresh, fresh...)
		for _, rule := range slices.Concat(gone, fresh) {
			if group, ok := strings.CutPrefix(rule.V[1], kindGroup.String()); ok {
				r.touched[GroupID(group)] = true
			}
		}
		what := strings.Replace(from.String(), ":", " ", 1)
		if from.kind == kindGroup {
			what = "what " + what + " holds"
		}
		r.given.add(sign, what, howLinks(gone, fresh))
		r.event("member.restore", from.String(), auditLinks(had[from]), auditLinks(want[from]))
	}
}

func howLinks(gone, fresh []Rule) string {
	var how []string
	for _, part := range []struct {
		sign  string
		rules []Rule
	}{{"+", fresh}, {"-", gone}} {
		for _, rule := range part.rules {
			how = append(how, part.sign+rule.V[1]+howLong(rule))
		}
	}
	return strings.Join(how, ", ")
}

// howLong says for how long an assignment is; nothing where it is for ever.
func howLong(rule Rule) (text string) {
	if rule.Ptype != ptypeTimed {
		return ""
	}
	asElsewhere := strings.NewReplacer(" ", "T").Replace // RFC 3339, which documents and other tables have
	if from := rule.V[3]; from != noTime {
		text = " from " + asElsewhere(from) + "Z"
	}
	if until := rule.V[4]; until != noTime {
		text += " until " + asElsewhere(until) + "Z"
	}
	return text
}

// write makes the changes, in few statements. What a role has goes before it becomes
// another or goes itself, and comes when it is there.
func (r *restoring) write() error {
	if len(r.events) == 0 {
		return nil
	}
	c := r.c
	for _, rules := range [][]Rule{r.gone, r.fresh} { // one statement takes rules of one type
		slices.SortStableFunc(rules, func(a, b Rule) int { return strings.Compare(a.Ptype, b.Ptype) })
	}
	if err := c.tx.RemoveRules(c.ctx, r.gone...); err != nil {
		return err
	}
	if err := c.append(r.events...); err != nil {
		return err
	}
	for _, edit := range r.edits {
		if err := edit(Revision(c.event)); err != nil {
			return err
		}
	}
	return c.tx.AddRules(c.ctx, r.fresh...)
}
