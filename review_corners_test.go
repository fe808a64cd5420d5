package rolekit_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// archived is the first catalog with news:archive in it, and what else is said of that.
func archived(more string, pairs ...string) []string {
	return append([]string{
		"news: {actions: [read, send]}", "news: {actions: [read, send, archive]}", "send: {implies", "archive: {}\n  send: {implies",
		"bills:edit: {access: [any, own, set]}", "news:archive: {profiles: [staff]" + more + "}\n  bills:edit: {access: [any, own, set]}",
	}, pairs...)
}

// editor gives tom's role editor these grants and no others.
func (w *world) editor(grants ...rolekit.Grant) {
	w.t.Helper()
	_, err := w.as("olga").SetGrants(w.t.Context(), "tom", "editor", grants, rolekit.Present)
	w.ok(err)
}

func (w *world) decide(role rolekit.RoleID, p rolekit.Permission, d rolekit.ReviewDecision) {
	w.t.Helper()
	_, err := w.as("olga").DecideReview(w.t.Context(), "tom", role, p, d)
	w.ok(err)
}

func TestReviewsComeInPages(t *testing.T) {
	t.Parallel()
	first := applied(t)
	first.custom("tom", "zoo", "staff", nil)
	first.custom("tom", "local", "staff", nil)
	w := first.with(archived("", "bills: {actions: [read, edit]}", "bills: {actions: [read, edit, archive]}")...)
	w.planned(rolekit.CatalogChoices{})
	var got []string
	q := rolekit.ReviewQuery{Limit: 2}
	for range 10 {
		page, err := w.as("olga").Reviews(t.Context(), "tom", q)
		w.ok(err)
		if len(page) > 2 {
			t.Errorf("a page of %d", len(page))
		}
		for _, r := range page {
			got = append(got, string(r.Role)+" "+string(r.Permission))
			q.After = r
		}
	}
	same(t, "the pages", []string{
		"editor bills:archive", "editor news:archive", "local bills:archive", "local news:archive", "zoo bills:archive", "zoo news:archive",
	}, got)
}

// TestWhatAnEditTookAwayIsDecided: who gave it to a role and took it away again
// decided about it, also where that was no review.
func TestWhatAnEditTookAwayIsDecided(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	w.editor(grantsOf("bills:edit")...)
	same(t, "what waits after another was taken away", []string{"editor news:archive [any own]"}, w.waiting("tom"))
	w.editor(rolekit.Grant{Permission: "bills:edit", Access: "any"}, rolekit.Grant{Permission: "news:archive", Access: "any"})
	w.editor(rolekit.Grant{Permission: "bills:edit", Access: "any"}, rolekit.Grant{Permission: "news:archive", Access: "own"})
	w.editor(grantsOf("bills:edit")...)
	same(t, "what waits after it was taken away", []string(nil), w.waiting("tom"))
	same(t, "what waits in another process", []string(nil), w.again(rolekit.Config{Catalog: w.Catalog()}).waiting("tom"))
	later := w.with(archived(", grant_to_roles_holding: bills:edit")...)
	p := later.planned(rolekit.CatalogChoices{})
	same(t, "what a later rule gives in tom", 0, len(p.Reviews))
	if later.can("ada", "tom", "news:archive") {
		t.Error("a rule gave back what an admin took away")
	}
	w.decide("editor", "news:archive", rolekit.ReviewDecision{Grant: true})
	if !w.can("ada", "tom", "news:archive") {
		t.Error("what was taken away cannot be granted any more")
	}
}

// TestReviewsFollowOtherNames: what waits under an old name waits under the new one,
// and what was decided stays so.
func TestReviewsFollowOtherNames(t *testing.T) {
	t.Parallel()
	first := applied(t)
	first.custom("tom", "other", "staff", nil)
	w := first.with(archived("")...)
	w.planned(rolekit.CatalogChoices{})
	w.decide("other", "news:archive", rolekit.ReviewDecision{})
	renamed := func(text string) string {
		return strings.NewReplacer("news: {actions", "posts: {renamed_from: news, actions", "news:", "posts:", "archive", "shelve", "staff", "crew").Replace(text)
	}
	catalog := renamed(strings.NewReplacer(archived("")...).Replace(firstCatalog))
	catalog = strings.NewReplacer("shelve: {}", "shelve: {renamed_from: archive}", "crew: {}", "crew: {renamed_from: staff}").Replace(catalog)
	now := w.again(rolekit.Config{Catalog: parseCatalog(t, catalog)})
	now.planned(rolekit.CatalogChoices{})
	same(t, "what waits", []string{"editor posts:shelve [any]"}, now.waiting("tom"))
	_, err := now.as("olga").DecideReview(t.Context(), "tom", "editor", "news:archive", rolekit.ReviewDecision{Grant: true})
	isError(t, "the old name", err, rolekit.ErrInvalid)
	now.decide("editor", "posts:shelve", rolekit.ReviewDecision{Grant: true})
	same(t, "what waits", []string(nil), now.waiting("tom"))
	if !now.can("ada", "tom", "posts:shelve") {
		t.Error("what was granted is not")
	}
}

// TestReviewsOfWhatGoes: neither a permission that the catalog has no more waits, nor
// one in a role that has gone, or that has another's name since.
func TestReviewsOfWhatGoes(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	w.custom("tom", "heir", "staff", nil)
	w.ok(w.as("olga").ReplaceRole(t.Context(), "tom.north", "local", "clerk", rolekit.Present))
	same(t, "what waits where a role was replaced", []string(nil), w.waiting("tom.north"))
	w.ok(w.as("olga").ReplaceRole(t.Context(), "tom", "editor", "heir", rolekit.Present))
	same(t, "what waits", []string(nil), w.waiting("tom"))
	w.custom("tom", "editor", "staff", nil)
	same(t, "what waits in a role of the same name", []string(nil), w.waiting("tom"))
	_, err := w.as("olga").DecideReview(t.Context(), "tom", "editor", "news:archive", rolekit.ReviewDecision{Grant: true})
	isError(t, "a decision about it", err, rolekit.ErrInvalid)

	other := newer(t, "")
	gone := other.with()
	_, err = gone.apply(rolekit.CatalogChoices{})
	gone.ok(err)
	for name, w := range map[string]*world{"by its catalog": gone, "by the one before": other} {
		same(t, "what waits of a permission that has gone, "+name, []string(nil), w.waiting("tom"))
		_, err = w.as("olga").DecideReview(t.Context(), "tom", "editor", "news:archive", rolekit.ReviewDecision{Grant: true})
		isError(t, "a decision about it, "+name, err, rolekit.ErrInvalid)
	}
}

// TestReviewsOfWhatARoleHasAnyway by what it includes, or by what implies it: then
// nothing waits, until it has it no more.
func TestReviewsOfWhatARoleHasAnyway(t *testing.T) {
	t.Parallel()
	first := applied(t)
	first.custom("tom", "lower", "staff", nil)
	first.custom("tom", "upper", "staff", []rolekit.RoleID{"lower"})
	first.custom("tom", "guests", "guest", nil)
	catalog := strings.NewReplacer(archived("")...).Replace(firstCatalog)
	w := first.again(rolekit.Config{Catalog: parseCatalog(t, strings.NewReplacer(
		"send: {implies: [read]}", "send: {implies: [read, archive]}", "profiles: [staff]", "profiles: [staff, guest], access: [any, own]",
	).Replace(catalog))})
	w.planned(rolekit.CatalogChoices{})
	same(t, "what waits", []string{"guests news:archive [any own]", "lower news:archive [any own]", "upper news:archive [any own]"}, w.waiting("tom"))
	w.decide("guests", "news:archive", rolekit.ReviewDecision{})
	w.decide("lower", "news:archive", rolekit.ReviewDecision{Grant: true, Access: "own"})
	same(t, "what waits where it is included", []string(nil), w.waiting("tom"))
	_, err := w.as("olga").DecideReview(t.Context(), "tom", "editor", "news:archive", rolekit.ReviewDecision{})
	isError(t, "declined where what the role grants implies it", err, rolekit.ErrInvalid)
	none := []rolekit.RoleID{}
	_, err = w.as("olga").UpdateRole(t.Context(), "tom", "upper", rolekit.RolePatch{Includes: &none}, rolekit.Present)
	w.ok(err)
	same(t, "what waits where it is included no more", []string{"upper news:archive [any own]"}, w.waiting("tom"))
}

// What a document takes from a role counts as decided, as what an edit takes does; where
// it says that it waits, it waits again.
func TestWhatADocumentTookAwayIsDecided(t *testing.T) {
	t.Parallel()
	w := newer(t, "")
	waits := w.document("tom")
	without := asOne(waits)
	w.editor(rolekit.Grant{Permission: "bills:edit", Access: "any"}, rolekit.Grant{Permission: "news:archive", Access: "any"})
	w.restored(without, false)
	w.restored(without, true)
	same(t, "what waits after it was taken away", []string(nil), w.waiting("tom"))
	same(t, "what waits in another process", []string(nil), w.again(rolekit.Config{Catalog: w.Catalog()}).waiting("tom"))
	w.restored(without, true)
	same(t, "the document", without, asOne(w.document("tom")))
	w.restored(waits, true)
	same(t, "what waits where the document says so", []string{"editor news:archive [any own]"}, w.waiting("tom"))
	same(t, "the document", waits, w.document("tom"))
}
