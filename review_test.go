package rolekit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/internal/skip"
)

// newer is a world to which a second catalog was applied, with news:archive in it.
// Of tom's roles editor is older, and late is younger.
func newer(t *testing.T, rule string) *world {
	t.Helper()
	first := applied(t)
	first.custom("tom", "reader", "guest", nil)
	first.custom("tom.north", "local", "staff", []rolekit.RoleID{"editor"})
	w := first.with("news: {actions: [read, send]}", "news: {actions: [read, send, archive]}", "send: {implies", "archive: {}\n  send: {implies",
		"bills:edit: {access: [any, own, set]}", "news:archive: {profiles: [staff], access: [any, own]"+rule+"}\n  bills:edit: {access: [any, own, set]}",
		`staff, grants: ["*:*"]`, `staff, grants: ["*:*", {permission: news:archive, access: own}]`)
	w.planned(rolekit.CatalogChoices{})
	w.custom("tom", "late", "staff", nil)
	return w
}

func (w *world) waiting(org rolekit.OrgID) (all []string) {
	w.t.Helper()
	reviews, err := w.system().Reviews(w.t.Context(), org, rolekit.ReviewQuery{})
	w.ok(err)
	for _, r := range reviews {
		all = append(all, fmt.Sprint(r.Role, " ", r.Permission, " ", r.Access))
	}
	return all
}

func TestReviews(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	same(t, "what waits in tom", []string{"editor news:archive [any own]"}, w.waiting("tom"))
	same(t, "what waits below", []string{"local news:archive [any own]"}, w.waiting("tom.north"))
	if w.can("ada", "tom", "news:archive") {
		t.Error("what waits is granted")
	}
	sums, _, err := w.system().ReviewSums(t.Context())
	w.ok(err)
	same(t, "the sums", []rolekit.ReviewSum{{Permission: "news:archive", Roles: 2, Orgs: 2}}, sums)

	decide := func(m *rolekit.Manager, org rolekit.OrgID, role rolekit.RoleID, d rolekit.ReviewDecision) error {
		_, err := m.DecideReview(t.Context(), org, role, "news:archive", d)
		return err
	}
	grant := rolekit.ReviewDecision{Grant: true}
	w.custom("tom", "looker", "staff", nil, grantsOf(rolekit.RolesRead, "news:archive")...)
	w.assign("tom", "dora", "looker")
	w.unchanged("refusals", func() {
		isError(t, "by who may only look", decide(w.as("dora"), "tom", "editor", grant), rolekit.ErrPermissionDenied)
		isError(t, "declined by who may only look", decide(w.as("dora"), "tom", "editor", rolekit.ReviewDecision{}), rolekit.ErrPermissionDenied)
		_, err := w.as("ada").Reviews(t.Context(), "tom", rolekit.ReviewQuery{})
		isError(t, "Reviews by who may not", err, rolekit.ErrPermissionDenied)
		_, _, err = w.as("olga").ReviewSums(t.Context())
		isError(t, "ReviewSums", err, rolekit.ErrPermissionDenied)
		isError(t, "by who may not", decide(w.as("ada"), "tom", "editor", grant), rolekit.ErrPermissionDenied)
		isError(t, "declined by who may not", decide(w.as("ada"), "tom", "editor", rolekit.ReviewDecision{}), rolekit.ErrPermissionDenied)
		isError(t, "a younger role", decide(w.as("olga"), "tom", "late", grant), rolekit.ErrInvalid)
		isError(t, "another profile's role", decide(w.as("olga"), "tom", "reader", grant), rolekit.ErrInvalid)
		isError(t, "a default role", decide(w.as("olga"), "tom", "clerk", grant), rolekit.ErrReserved)
		isError(t, "an ancestor's role", decide(w.as("olga"), "tom.north", "editor", grant), rolekit.ErrReserved)
		isError(t, "no role", decide(w.as("olga"), "tom", "nobody", grant), rolekit.ErrRoleNotFound)
		isError(t, "an access that it does not have", decide(w.as("olga"), "tom", "editor", rolekit.ReviewDecision{Grant: true, Access: "team"}), rolekit.ErrInvalid)
		for _, p := range []rolekit.Permission{"news:send", "news:post"} {
			_, err := w.as("olga").DecideReview(t.Context(), "tom", "editor", p, grant)
			isError(t, string(p), err, rolekit.ErrInvalid)
		}
	})

	// Who may manage roles and does not hold it, gives it to nobody.
	w.custom("tom", "roles", "staff", nil, grantsOf(rolekit.RolesWrite, rolekit.RolesRead)...)
	w.assign("tom", "carol", "roles")
	w.unchanged("an escalation", func() {
		isError(t, "granted by who does not hold it", decide(w.as("carol"), "tom", "editor", grant), rolekit.ErrEscalation)
	})

	w.ok(decide(w.as("olga"), "tom", "editor", rolekit.ReviewDecision{Grant: true, Access: "own"}))
	w.ok(decide(w.as("olga"), "tom", "editor", rolekit.ReviewDecision{Grant: true, Access: "own"}))
	same(t, "editor", []rolekit.Grant{{Permission: "bills:edit", Access: "own"}, {Permission: "news:archive", Access: "own"}, {Permission: "news:send", Access: "any"}},
		w.definition("editor").Grants)
	same(t, "what waits in tom", []string(nil), w.waiting("tom"))
	same(t, "what waits below, where the role is included", []string(nil), w.waiting("tom.north"))
	isError(t, "declined", decide(w.as("olga"), "tom", "editor", rolekit.ReviewDecision{}), rolekit.ErrInvalid)

	// What an admin takes away again does not wait again.
	r, err := w.system().Role(t.Context(), "tom", "editor")
	w.ok(err)
	_, err = w.as("olga").SetGrants(t.Context(), "tom", "editor", grantsOf("news:send"), r.Revision)
	w.ok(err)
	same(t, "what waits in tom", []string(nil), w.waiting("tom"))
	same(t, "what waits in another process", []string(nil), w.again(rolekit.Config{Catalog: w.Catalog()}).waiting("tom"))

	events, err := w.system().Audit(t.Context(), "tom", rolekit.AuditQuery{Action: "role.review"})
	w.ok(err)
	if len(events) != 1 || events[0].Actor != "user:olga" || events[0].Target != "role:editor" {
		t.Errorf("the audit log has %+v", events)
	}
}

func TestReviewsThatAreDeclined(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	decide := func(d rolekit.ReviewDecision) {
		t.Helper()
		_, err := w.as("olga").DecideReview(t.Context(), "tom", "editor", "news:archive", d)
		w.ok(err)
	}
	decide(rolekit.ReviewDecision{})
	same(t, "what waits", []string(nil), w.waiting("tom"))
	before, err := w.system().Role(t.Context(), "tom", "editor")
	w.ok(err)
	decide(rolekit.ReviewDecision{})
	after, err := w.system().Role(t.Context(), "tom", "editor")
	w.ok(err)
	same(t, "the role after it was declined twice", before, after)
	_, err = w.apply(rolekit.CatalogChoices{})
	w.ok(err)
	same(t, "what waits after applying again", []string(nil), w.waiting("tom"))
	if w.can("ada", "tom", "news:archive") {
		t.Error("what was declined is granted")
	}
	decide(rolekit.ReviewDecision{Grant: true})
	if !w.can("ada", "tom", "news:archive") {
		t.Error("what was declined cannot be granted any more")
	}

	// It goes, and comes back: then it is new again, and no old grant of it counts.
	gone := w.with("creator: owner", "creator: owner")
	_, err = gone.apply(rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news:archive"}})
	w.ok(err)
	gone.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('p', 'role:editor', 'tom', 'staff', 'news', 'archive', 'any')")
	gone.sql("UPDATE rolekit_revisions SET revision = revision + 1 WHERE org_id = 'tom'")
	back := w.again(rolekit.Config{Catalog: w.Catalog()})
	p, err := back.apply(rolekit.CatalogChoices{})
	w.ok(err)
	same(t, "who had a grant from before", []rolekit.RoleRef{{Org: "tom", Role: "editor"}}, p.Reviews[0].Stale)
	if back.can("ada", "tom", "news:archive") {
		t.Error("a grant from before is alive again")
	}
	same(t, "what waits when it is back", []string{"editor news:archive [any own]", "late news:archive [any own]"}, back.waiting("tom"))
}

// TestTheFilesRule: a rule gives a new permission to roles that hold another, with the
// same access, and to nobody else; an admin's decision is stronger.
func TestTheFilesRule(t *testing.T) {
	t.Parallel()
	w := newer(t, ", grant_to_roles_holding: bills:edit")
	same(t, "editor", []rolekit.Grant{{Permission: "bills:edit", Access: "own"}, {Permission: "news:archive", Access: "own"}, {Permission: "news:send", Access: "any"}},
		w.definition("editor").Grants)
	same(t, "late", []rolekit.Grant{}, w.definition("late").Grants)
	same(t, "what waits", []string(nil), w.waiting("tom"))
	r, err := w.system().Role(t.Context(), "tom", "editor")
	w.ok(err)
	_, err = w.system().SetGrants(t.Context(), "tom", "editor", r.Grants[:1], r.Revision)
	w.ok(err)
	again, err := w.apply(rolekit.CatalogChoices{})
	w.ok(err)
	if !again.Empty() {
		t.Errorf("what was taken away is given again: %+v", again)
	}
}

// TestTheFilesRuleDoesNotWiden: a rule whose permission does not come with the access
// gives nothing; and one that is written later gives what still waits.
func TestTheFilesRuleDoesNotWiden(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	catalog := func(rule string) *world {
		return w.with("news: {actions: [read, send]}", "news: {actions: [read, send, archive]}", "send: {implies", "archive: {}\n  send: {implies",
			"bills:edit: {access: [any, own, set]}", "news:archive: {profiles: [staff]"+rule+"}\n  bills:edit: {access: [any, own, set]}")
	}
	p, err := catalog(", grant_to_roles_holding: bills:edit").apply(rolekit.CatalogChoices{})
	w.ok(err)
	same(t, "what the rule gave", 0, len(p.Reviews))
	later := catalog(", access: [any, own], grant_to_roles_holding: [bills:edit, news:send]")
	p = later.planned(rolekit.CatalogChoices{})
	editor := rolekit.RoleRef{Org: "tom", Role: "editor"}
	same(t, "what the rule gave", []rolekit.RuleGrant{{RoleRef: editor, Holding: "bills:edit", Access: "own"}, {RoleRef: editor, Holding: "news:send", Access: "any"}}, p.Reviews[0].Granted)
	if !later.can("ada", "tom", "news:archive") {
		t.Error("ada does not have what the rule gave")
	}
}

// What waits is counted where it can be read, and the other organisations are named.
func TestReviewSumsOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	sums := func(want []rolekit.ReviewSum, without ...rolekit.OrgID) {
		t.Helper()
		got, unread, err := w.again(rolekit.Config{Catalog: w.Catalog()}).system().ReviewSums(t.Context()) // which knows nothing of before
		w.ok(err)
		same(t, "the sums", want, got)
		same(t, "what cannot be read", without, unread)
	}
	sums([]rolekit.ReviewSum{{Permission: "news:archive", Roles: 2, Orgs: 2}})
	breaks := func(org string) {
		w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('g', 'nobody', 'role:clerk', '" + org + "', '', '', '')")
	}
	breaks("tom.north")
	sums([]rolekit.ReviewSum{{Permission: "news:archive", Roles: 1, Orgs: 1}}, "tom.north")
	w.sql("DELETE FROM casbin_rule WHERE v0 = 'nobody'")
	breaks("tom")
	sums([]rolekit.ReviewSum{}, "tom", "tom.north")
	*w.upset = true
}

// TestReviewsOfManyOrganisations: a new permission in 10,000 organisations with custom
// roles, by waiting and by a rule.
func TestReviewsOfManyOrganisations(t *testing.T) {
	t.Parallel()
	skip.Short(t, "it makes 10,000 organisations")
	const orgs = 10_000
	w := many(t, orgs)
	for _, rule := range []string{"", ", grant_to_roles_holding: bills:edit"} {
		next := w.with("news: {actions: [read, send]}", "news: {actions: [read, send, archive]}", "send: {implies", "archive: {}\n  send: {implies",
			"bills:edit: {access: [any, own, set]}", "news:archive: {profiles: [staff]"+rule+"}\n  bills:edit: {access: [any, own, set]}")
		began := time.Now()
		p, err := next.system().PlanCatalog(t.Context(), rolekit.CatalogChoices{})
		w.ok(err)
		planned := time.Since(began)
		began = time.Now()
		did, err := next.apply(rolekit.CatalogChoices{})
		w.ok(err)
		applied := time.Since(began)
		same(t, "the plan", p, did)
		began = time.Now()
		sums, _, err := next.system().ReviewSums(t.Context())
		w.ok(err)
		t.Logf("rule %q: planned in %s, applied in %s, all reviews summed up in %s; %d custom roles edited", rule, planned, applied, time.Since(began), p.Roles)
		if rule == "" {
			same(t, "what waits", []rolekit.ReviewSum{{Permission: "news:archive", Roles: 2 * orgs, Orgs: orgs}}, sums)
		} else {
			same(t, "what waits", []rolekit.ReviewSum{{Permission: "news:archive", Roles: orgs, Orgs: orgs}}, sums)
			same(t, "roles that got it", orgs, p.Roles)
		}
	}
}

// many is a world in memory, of so many organisations with two custom roles each.
func many(t *testing.T, orgs int) *world {
	t.Helper()
	w := (&world{t: t, store: memstore.New()}).again(rolekit.Config{Catalog: parseCatalog(t, firstCatalog)})
	_, err := w.apply(rolekit.CatalogChoices{})
	w.ok(err)
	ctx := t.Context()
	w.ok(w.store.Update(ctx, func(tx rolekit.Writer) error {
		for i := range orgs {
			id := rolekit.OrgID(fmt.Sprintf("org-%d", i))
			rules := []rolekit.Rule{
				{Ptype: "p", V: [6]string{"role:editor", string(id), "staff", "bills", "edit", "any"}},
				{Ptype: "g", V: [6]string{"user:olga", "role:owner", string(id)}},
				{Ptype: "g", V: [6]string{fmt.Sprintf("user:ada-%d", i), "role:editor", string(id)}},
			}
			if err := errors.Join(tx.InsertOrg(ctx, rolekit.Org{ID: id}), tx.AddRules(ctx, rules...), tx.SetRevisions(ctx, 1, id),
				tx.PutRoles(ctx, rolekit.RoleRecord{Org: id, ID: "editor", Profile: "staff", Revision: 1}),
				tx.PutRoles(ctx, rolekit.RoleRecord{Org: id, ID: "empty", Profile: "staff", Revision: 1})); err != nil {
				return err
			}
		}
		return nil
	}))
	w.ok(w.Refresh(ctx))
	return w
}
