package rolekit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestDeletedOrganisationLeavesNoRow looks for an organisation's id in every
// text of every row of every table, whatever tables there will be. What stays is the
// audit log, to the row.
func TestDeletedOrganisationLeavesNoRow(t *testing.T) {
	t.Parallel()
	clock := clockAt(noon())
	w := emptyWorld(t).again(modelConfig(t, clock))
	ctx, system := t.Context(), w.system()
	_, err := system.ApplyDefaults(ctx, w.Catalog().Defaults())
	w.ok(err)
	furnish := func(org, parent rolekit.OrgID) {
		w.createOrg(org, parent, "olga")
		w.role(org, rolekit.RoleID(org+"-role"), grantsOf("invoices:read"))
		w.set(org, rolekit.SetID(org+"-set"), "1", "2")
		w.group(org, rolekit.GroupID(org+"-inner"), []rolekit.UserID{"ada"})
		w.group(org, rolekit.GroupID(org+"-outer"), nil, rolekit.GroupID(org+"-inner"))
		w.give(org, rolekit.GroupID(org+"-outer"), rolekit.RoleID(org+"-role"))
		w.assign(org, "olga", "mower")
		w.ok(system.PutAssignment(ctx, org, rolekit.Assignment{User: "bob", Role: "owner", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
		w.ok(system.AddMember(ctx, org, "dora"))
		w.ok(w.SwitchProfile(ctx, rolekit.Identity{User: "olga", Org: org}, "worker"))
	}
	furnish("keep", "")
	before := w.rowsOf("")
	furnish("gone", "")
	furnish("gone-below", "gone")
	if n := len(w.rowsOf("gone")); n < 20 {
		t.Fatalf("only %d rows speak of the organisation, so this proves nothing", n)
	}
	isEvent := func(row string) bool { return strings.HasPrefix(row, "rolekit_audit") }
	events := slices.DeleteFunc(w.rowsOf("gone"), func(row string) bool { return !isEvent(row) })
	isError(t, "with one below", system.DeleteOrg(ctx, "gone", rolekit.DeleteOptions{}), rolekit.ErrInUse)
	w.ok(system.DeleteOrg(ctx, "gone", rolekit.DeleteOptions{Descendants: true}))
	left := w.rowsOf("gone")
	var others, deletions []string
	for _, row := range left {
		switch {
		case strings.Contains(row, "action:org.delete"):
			deletions = append(deletions, row)
		case !slices.Contains(events, row):
			others = append(others, row)
		}
	}
	if len(deletions) != 2 || len(others) > 0 || len(left) != len(events)+2 || !slices.ContainsFunc(left, isEvent) {
		t.Errorf("what is left beside the %d events that there were: %q and %q, want an event for each", len(events), deletions, others)
	}
	now := slices.DeleteFunc(w.rowsOf(""), func(row string) bool { return slices.Contains(left, row) || strings.HasPrefix(row, "sqlite_sequence") })
	before = slices.DeleteFunc(before, func(row string) bool { return strings.HasPrefix(row, "sqlite_sequence") })
	same(t, "every other row", before, now)
}

// rowsOf returns every row of every table in which the text stands, sorted.
func (w *world) rowsOf(text string) []string {
	w.t.Helper()
	var tables []string
	w.ok(w.db.Raw("SELECT name FROM sqlite_master WHERE type = 'table'").Scan(&tables).Error)
	var found []string
	for _, table := range tables {
		var rows []map[string]any
		w.ok(w.db.Table(table).Find(&rows).Error)
		for _, row := range rows {
			if s := fmt.Sprint(table, row); strings.Contains(s, text) {
				found = append(found, s)
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestMadeAgainIsAnother: an organisation that takes the id of a deleted one has
// nothing of it, in this process and in others, also where the old one's moves
// had made its revision larger than any that the new one gets.
func TestMadeAgainIsAnother(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	other := w.again(modelConfig(t, clock))
	ctx, system := t.Context(), w.system()
	w.createOrg("part", "tom", "ada")
	for i := range 20 {
		w.assign("tom", rolekit.UserID(fmt.Sprint("user", i)), "viewer")
	}
	w.ok(moved(system.MoveOrg(ctx, "part", "jack", 0)))
	w.ok(other.Refresh(ctx))
	w.ok(system.DeleteOrg(ctx, "part", rolekit.DeleteOptions{}))
	w.createOrg("part", "", "bob")
	w.ok(other.Refresh(ctx))
	for _, kit := range []*world{w, other, w.again(modelConfig(t, clock))} {
		if kit.can("ada", "part", "invoices:read") || kit.can("olga", "part", "invoices:read") || !kit.can("bob", "part", "invoices:read") {
			t.Error("the new organisation is not what it was made")
		}
	}
}

// TestTheOperatorsStay: without their organisation nobody could create another.
func TestTheOperatorsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("hq", "", "olga")
	w.createOrg("hq.desk", "hq", "olga")
	for _, operators := range []rolekit.OrgID{"hq", "hq.desk"} {
		again := w.again(rolekit.Config{Operators: operators})
		again.unchanged("delete", func() {
			err := again.as("olga").DeleteOrg(t.Context(), "hq", rolekit.DeleteOptions{Descendants: true})
			isError(t, "the organisation of the operators", err, rolekit.ErrReserved)
		})
	}
}
