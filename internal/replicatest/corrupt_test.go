package replicatest_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestFaultCorruptRow writes a row that is no rule into one organisation, past the
// kit. Which replica sees it, and when, is what its revision says.
func TestFaultCorruptRow(t *testing.T) {
	heavy(t)
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		const corrupt = "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('g', 'eve', 'role:owner', 'north', '', '', '')"
		const repair = "DELETE FROM casbin_rule WHERE v0 = 'eve'"
		const move = "UPDATE rolekit_revisions SET revision = revision + 1 WHERE org_id = 'north'"
		ctx, rows := t.Context(), db.open(t, 2)
		run := func(statements ...string) {
			for _, s := range statements {
				good(t, rows.Exec(s).Error)
			}
		}
		system := kitOn(t, storeOn(t, rows), rolekit.Config{})
		populate(t, system, "north", "south")
		for _, org := range []rolekit.OrgID{"north", "south"} {
			good(t, system.Manager().As(rolekit.System("test")).Assign(ctx, org, "ada", "reader"))
		}
		is := func(r *replica, org rolekit.OrgID, status string) {
			t.Helper()
			allowed, err := r.allows(ctx, right{org, "ada", "invoices:read"}, "")
			if got := state(allowed, err); got != status {
				t.Errorf("%s says of ada in %s: %s; want %s", r.name, org, got, status)
			}
			if allowed, _ := r.allows(ctx, right{org, "eve", "invoices:read"}, ""); allowed {
				t.Errorf("%s allows eve in %s", r.name, org)
			}
		}
		changes := func(r *replica, org rolekit.OrgID, status int) {
			t.Helper()
			e := assign(org, "bob", "reader")
			if a, err := r.ask(ctx, e.method, e.path, "", ""); err != nil || a.status != status || strings.Contains(a.body, "eve") {
				t.Errorf("%s answers a change of %s by %d %s, %v; want %d", r.name, org, a.status, a.body, err, status)
			}
		}
		named := func(r *replica) bool {
			return strings.Contains(r.logged(), `"org":"north"`) && strings.Contains(r.logged(), "g, eve, role:owner, north")
		}

		running := serve(t, "the running one", db, pollOften)
		run(corrupt)
		started := serve(t, "the one that starts", db, pollOften)
		if started.readiness(ctx) != "degraded" || !named(started) {
			t.Errorf("%s does not report it by name", started.name)
		}
		is(started, "north", "broken")
		is(started, "south", "allowed")
		changes(started, "north", 503)
		changes(started, "south", 204)
		// Nothing has told the running one to look. What it knows is what was there, and
		// its changes start from that.
		is(running, "north", "allowed")
		changes(running, "north", 204)
		is(running, "north", "allowed")
		changes(running, "south", 204)

		run(repair)
		until(t, "the one that started with it heals", func() bool { return started.readiness(ctx) == "ready" })
		is(started, "north", "allowed")
		changes(running, "north", 204)

		run(corrupt, move)
		for _, r := range []*replica{running, started} {
			until(t, r.name+" reports it by name", func() bool { return r.readiness(ctx) == "degraded" && named(r) })
			is(r, "north", "broken")
			is(r, "south", "allowed")
			changes(r, "south", 204)
		}
		run(repair)
		for _, r := range []*replica{running, started} {
			until(t, r.name+" heals", func() bool { return r.readiness(ctx) == "ready" })
			is(r, "north", "allowed")
			changes(r, "north", 204)
		}

		// A row that is a rule is not seen either, until a change through another, or
		// until the revision is moved.
		bill := right{"north", "bill", "invoices:read"}
		run("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('g', 'user:bill', 'role:reader', 'north', '', '', '')")
		for _, r := range []*replica{running, started} {
			if allowed, err := r.allows(ctx, bill, ""); allowed || err != nil {
				t.Errorf("%s says of bill: %v, %v", r.name, allowed, err)
			}
		}
		e := assign("north", "carol", "reader")
		if a, err := started.ask(ctx, e.method, e.path, "", ""); err != nil || a.status != 204 {
			t.Errorf("%s answers by %d %s, %v", started.name, a.status, a.body, err)
		}
		knows := func(r *replica) {
			until(t, r.name+" knows bill", func() bool { allowed, _ := r.allows(ctx, bill, ""); return allowed })
		}
		knows(running)
		run(move)
		knows(started)
	})
}

// state is an answer to a check in a word.
func state(allowed bool, err error) string {
	switch {
	case err == nil && allowed:
		return "allowed"
	case err == nil:
		return "denied"
	case strings.Contains(err.Error(), "broken_policy"):
		return "broken"
	default:
		return err.Error()
	}
}
