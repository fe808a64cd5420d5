package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

func (f *applyFlags) write(cmd *cobra.Command, p *rolekit.CatalogPlan) error {
	out := cmd.OutOrStdout()
	if f.json {
		return screen.WriteJSON(out, wirePlan(p), true)
	}
	text := planText{paint: painter(out), choices: &f.choices}
	text.plan(p)
	_, err := io.Copy(out, &text.Buffer)
	return err
}

// planText writes a plan for people.
type planText struct {
	bytes.Buffer

	paint   func(colour, string) string
	choices *rolekit.CatalogChoices
}

func (t *planText) line(format string, args ...any) { _, _ = fmt.Fprintf(t, format+"\n", args...) } // memory takes it

// mark is the sign before a thing.
func (t *planText) mark(verb rolekit.ChangeVerb) string {
	switch verb {
	case rolekit.VerbAdd:
		return t.paint(green, "+")
	case rolekit.VerbRemove:
		return t.paint(red, "-")
	case rolekit.VerbLeave:
		return "?"
	default:
		return "~"
	}
}

func (t *planText) plan(p *rolekit.CatalogPlan) {
	if p.Applied == nil {
		t.line("no catalog was applied to this database yet")
	} else {
		t.line("a catalog was applied last on %s by %s", moment(p.Applied.At), p.Applied.By)
	}
	t.changes(p)
	t.drift(p.Drift)
	t.leaving(p.Leaving)
	t.behind(p.Profiles)
	t.lost(p.Lost)
	t.joined(p.Joined)
	t.implied(p.Implied)
	t.reviews(p.Reviews)
	t.unread(p.Unread)
	t.idle(p.Idle)
	t.sum(p)
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") }

func (t *planText) changes(p *rolekit.CatalogPlan) {
	first := map[string]int{}
	for _, r := range p.Renames {
		t.line("  > %s %s is %s now%s", r.Kind, r.From, r.To, followers(&r))
	}
	for _, c := range p.Changes {
		if p.Applied == nil && c.Verb == rolekit.VerbAdd && c.Kind != "role" && c.Kind != "baseline" {
			first[c.Kind]++ // all of them are new, and none is stored
			continue
		}
		name := strings.TrimSpace(c.Kind + " " + c.ID)
		if c.Verb == rolekit.VerbLeave {
			t.line("  ? %s is not in the file; left as it is", name)
			continue
		}
		t.line("  %s %s", t.mark(c.Verb), name)
		if c.Verb == rolekit.VerbChange {
			t.fields(c.Fields)
		}
		t.last(c.Last)
	}
	for _, kind := range slices.Sorted(maps.Keys(first)) {
		t.line("  %s %s", t.mark(rolekit.VerbAdd), count(first[kind], kind))
	}
}

func followers(r *rolekit.CatalogRename) string {
	var all []string
	if r.Roles > 0 {
		all = append(all, count(r.Roles, "custom role"))
	}
	if r.Assignments > 0 {
		all = append(all, count(r.Assignments, "assignment"))
	}
	switch {
	case len(all) == 0:
		return ""
	case r.Roles+r.Assignments == 1:
		return "; " + all[0] + " follows"
	}
	return "; " + strings.Join(all, " and ") + " follow"
}

// count is a number of things.
func count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "ss"):
		return fmt.Sprintf("%d %ses", n, thing)
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}

func (t *planText) fields(fields []rolekit.FieldChange) {
	for _, f := range fields {
		var b strings.Builder
		for _, s := range f.Added {
			b.WriteString(" " + t.paint(green, "+ "+screen.Safe(s)))
		}
		for _, s := range f.Removed {
			b.WriteString(" " + t.paint(red, "- "+screen.Safe(s)))
		}
		if f.Before != f.After {
			fmt.Fprintf(&b, " %q is %q now", f.Before, f.After)
		}
		t.line("      %s:%s", f.Name, &b)
	}
}

func (t *planText) last(l *rolekit.LastChange) {
	if l == nil {
		return
	}
	t.line("      changed last on %s by %s (%s)", moment(l.At), screen.Safe(l.By), screen.Safe(l.Action))
	if l.Unaudited {
		t.line("      and since by something that the audit log does not know")
	}
}

// driftName is how flags name what was edited.
func driftName(d rolekit.CatalogDrift) string {
	if d.Kind == "baseline" {
		return "baseline:" + d.ID
	}
	return d.ID
}

func (t *planText) drift(all []rolekit.CatalogDrift) {
	if len(all) == 0 {
		return
	}
	t.line("edited in the database since:")
	for _, d := range all {
		name := driftName(d)
		switch d.Resolution {
		case rolekit.ResolutionKeep:
			t.line("  %s %s %s: kept", t.mark(d.Verb), d.Kind, d.ID)
		case rolekit.ResolutionOverwrite:
			t.line("  %s %s %s: overwritten", t.mark(d.Verb), d.Kind, d.ID)
		default:
			t.line("  %s %s %s: to be decided by --keep %s or --overwrite %s", t.mark(d.Verb), d.Kind, d.ID, name, name)
		}
		if d.Verb != rolekit.VerbRemove {
			t.fields(d.Fields)
		}
		t.last(d.Last)
	}
}

func (t *planText) leaving(all []rolekit.LeavingRole) {
	for _, l := range all {
		how := "leaves"
		if l.Profile != "" {
			how = "becomes one of profile " + string(l.Profile)
		}
		by := fmt.Sprintf("%s, %s and %s", count(l.Holders.Users, "user"), count(l.Holders.Groups, "group"), count(l.Holders.Roles, "role"))
		decide := deciding(&l, t.choices)
		switch {
		case decide != "":
			t.line("role %s %s, and %s have it: to be decided by %s", l.ID, how, by, decide)
		case l.To == l.ID:
			t.line("role %s %s: %s that have it keep it", l.ID, how, by)
		case l.To != "":
			t.line("role %s %s: %s that have it get %s", l.ID, how, by, l.To)
		default:
			continue
		}
		if len(l.IncludedBy) > 0 {
			t.line("      included by %s", fewRefs(l.IncludedBy))
		}
	}
}

// behind tells what stays of profiles that leave.
func (t *planText) behind(all []rolekit.LeavingProfile) {
	for _, b := range all {
		t.line("profile %s leaves, and what is of it gives nothing any more to %s and %s:", b.ID, count(b.Users, "user"), count(b.Groups, "group"))
		t.line("  %s %s", t.mark(rolekit.VerbChange), fewRefs(b.Roles))
	}
}

// idle tells which choices decide nothing.
func (t *planText) idle(all []rolekit.IdleChoice) {
	for _, i := range all {
		t.line("--%s %s decides nothing: %s", strings.ReplaceAll(i.Choice, "_", "-"), screen.Safe(i.Name), screen.Safe(i.Reason))
	}
}

func (t *planText) lost(all []rolekit.LostGrants) {
	if len(all) == 0 {
		return
	}
	t.line("granted by custom roles, and not in the file any more:")
	for _, l := range all {
		names := fewRefs(l.Roles)
		switch {
		case l.To != "":
			t.line("  > %s becomes %s in %s", l.Permission, l.To, names)
		case l.Dropped:
			t.line("  %s %s goes from %s", t.mark(rolekit.VerbRemove), l.Permission, names)
		default:
			t.line("  %s %s in %s: to be decided by --drop-grants %s or --map-grants %s=OTHER",
				t.mark(rolekit.VerbRemove), l.Permission, names, l.Permission, l.Permission)
		}
	}
}

func refs(roles []rolekit.RoleRef) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		if names[i] = string(r.Role); r.Org != rolekit.AllOrgs {
			names[i] += " of " + string(r.Org)
		}
	}
	return strings.Join(names, ", ")
}

// fewRefs names the first few of many roles, and counts the others.
func fewRefs(roles []rolekit.RoleRef) string {
	const most = 10
	names := refs(roles[:min(len(roles), most)])
	if more := len(roles) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}

func (t *planText) joined(all []rolekit.JoinedPermissions) {
	if len(all) == 0 {
		return
	}
	t.line("permissions that become one, and who gives more by that:")
	for _, j := range all {
		t.line("  %s %s is %s now, to %s", t.mark(rolekit.VerbAdd), joined(j.From, " and "), j.Permission, fewRefs(j.Roles))
	}
}

func (t *planText) implied(all []rolekit.ImpliedChange) {
	if len(all) == 0 {
		return
	}
	t.line("by what actions imply now, with no grant changed:")
	for _, c := range all {
		if c.Gained {
			t.line("  %s %s comes with %s to %s", t.mark(rolekit.VerbAdd), c.Permission, c.By, fewRefs(c.Roles))
		} else {
			t.line("  %s %s comes with %s no more in %s", t.mark(rolekit.VerbRemove), c.Permission, c.By, fewRefs(c.Roles))
		}
	}
}

func (t *planText) reviews(all []rolekit.NewReviews) {
	if len(all) == 0 {
		return
	}
	t.line("new to custom roles:")
	for _, r := range all {
		if r.Pending == 0 {
			t.line("  %s waits in none", r.Permission)
		} else {
			t.line("  %s waits to be reviewed in %s of %s", r.Permission, count(r.Pending, "role"), count(r.Orgs, "organisation"))
		}
		if len(r.Granted) > 0 {
			t.line("  %s goes by the file's rule to", r.Permission)
		}
		for _, g := range r.Granted {
			t.line("      %s of %s (%s), as it has %s", g.Role, g.Org, g.Access, g.Holding)
		}
		if len(r.Stale) > 0 {
			t.line("  %s was granted when there was one of that name before, and goes from %s", r.Permission, refs(r.Stale))
		}
	}
}

func (t *planText) unread(orgs []rolekit.OrgID) {
	for _, org := range orgs {
		t.line("organisation %s cannot be read, and is left as it is", org)
	}
}

func (t *planText) sum(p *rolekit.CatalogPlan) {
	if p.Empty() {
		t.line("nothing to do")
		return
	}
	n := map[rolekit.ChangeVerb]int{}
	for _, c := range p.Changes {
		n[c.Verb]++
	}
	t.line("%d added, %d changed, %d removed, %d renamed; %s edited in %s", n[rolekit.VerbAdd], n[rolekit.VerbChange], n[rolekit.VerbRemove],
		len(p.Renames), count(p.Roles, "custom role"), count(p.Orgs, "organisation"))
	if len(p.Refused) > 0 {
		t.line("%s", t.paint(red, refusing(p.Refused)+":"))
		for _, line := range refusedLines(p, t.choices) {
			t.line("  %s", line)
		}
	}
}
