package rolekit_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

// later is a world to which three catalogs were applied: news:archive came with the
// second, news:pin with the third. In tom, of roles older than both, editor waits for
// both, granted and declined are decided about, and given has one by what it includes;
// between waits for one, and late for none.
func later(t *testing.T) *world {
	t.Helper()
	first := applied(t)
	for _, id := range []rolekit.RoleID{"granted", "declined", "given"} {
		first.custom("tom", id, "staff", nil, grantsOf("news:read")...)
	}
	first.custom("tom", "reader", "guest", nil)
	first.custom("tom.north", "local", "staff", []rolekit.RoleID{"editor"})
	const news, send, bills = "news: {actions: [read, send]}", "send: {implies", "bills:edit: {access: [any, own, set]}"
	second := first.with(news, "news: {actions: [read, send, archive]}", send, "archive: {}\n  send: {implies", bills, "news:archive: {profiles: [staff]}\n  "+bills)
	second.planned(rolekit.CatalogChoices{})
	second.custom("tom", "between", "staff", nil)
	w := first.with(news, "news: {actions: [read, send, archive, pin]}", send, "archive: {}\n  pin: {}\n  send: {implies",
		bills, "news:archive: {profiles: [staff]}\n  news:pin: {profiles: [staff]}\n  "+bills)
	w.planned(rolekit.CatalogChoices{})
	w.custom("tom", "late", "staff", nil)
	w.custom("tom", "all", "staff", nil, grantsOf("news:archive")...)
	decide := func(role rolekit.RoleID, p rolekit.Permission, grant bool) {
		t.Helper()
		_, err := w.system().DecideReview(t.Context(), "tom", role, p, rolekit.ReviewDecision{Grant: grant})
		w.ok(err)
	}
	decide("granted", "news:archive", true)
	decide("declined", "news:archive", false)
	decide("declined", "news:pin", false)
	includes := []rolekit.RoleID{"all"}
	_, err := w.system().UpdateRole(t.Context(), "tom", "given", rolekit.RolePatch{Includes: &includes}, rolekit.Whatever)
	w.ok(err)
	w.assign("tom", "ada", "granted")
	same(t, "what waits in tom", []string{
		"between news:pin [any]", "editor news:archive [any]", "editor news:pin [any]", "given news:pin [any]", "granted news:pin [any]",
	}, w.waiting("tom"))
	return w
}

// into is an empty world with the same catalog.
func (w *world) into() *world {
	w.t.Helper()
	return emptyWorld(w.t).again(rolekit.Config{Catalog: w.Catalog()})
}

func (w *world) sums() []rolekit.ReviewSum {
	w.t.Helper()
	all, _, err := w.system().ReviewSums(w.t.Context())
	w.ok(err)
	return all
}

// mayDo is what everybody may do.
func (w *world) mayDo() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, org := range []rolekit.OrgID{"tom", "tom.north"} {
		for _, user := range []rolekit.UserID{"olga", "ada", "bob"} {
			for _, profile := range []rolekit.ProfileID{"staff", "guest"} {
				grants, err := w.Permissions(w.t.Context(), rolekit.Identity{User: user, Org: org, Profile: profile})
				all[fmt.Sprint(org, " ", user, " ", profile)] = fmt.Sprint(grants, err)
			}
		}
	}
	return all
}

// idle fails where restoring the document, or applying the catalog, would do anything.
func (w *world) idle(document string) {
	w.t.Helper()
	w.unchanged("once more", func() {
		for _, apply := range []bool{false, true} {
			if again := w.restored(document, apply); changes(again) > 0 {
				w.t.Errorf("a second time, %+v", again)
			}
		}
		p, err := w.apply(rolekit.CatalogChoices{})
		if w.ok(err); !p.Empty() {
			w.t.Errorf("applying the catalog would do %+v", p)
		}
	})
}

// A document says which catalog was applied last and what waits: in an empty database
// the same waits, and applying the catalog finds nothing to do.
func TestADocumentSaysWhatWaits(t *testing.T) {
	t.Parallel()
	w := later(t)
	document, into := w.everything(), w.into()
	if !strings.Contains(document, "  later:\n  - news:archive\n  - news:pin\n") || !strings.Contains(document, "      waiting: []\n") {
		t.Errorf("the document: %s", document)
	}
	before := adaptertest.Dump(t, into.store)
	plan := into.restored(document, false)
	same(t, "the store after the plan", before, adaptertest.Dump(t, into.store))
	same(t, "the plan, and what was done", plan, into.restored(document, true))
	same(t, "the document", document, into.everything())
	for _, org := range []rolekit.OrgID{"tom", "tom.north"} {
		same(t, "what waits in "+string(org), w.waiting(org), into.waiting(org))
	}
	same(t, "the sums", w.sums(), into.sums())
	same(t, "the decisions", w.mayDo(), into.mayDo())
	same(t, "the catalog's place in the plan", "+ the catalog", string(plan[0].Changes[len(plan[0].Changes)-1].Sign)+" "+plan[0].Changes[len(plan[0].Changes)-1].What)
	if len(notes(plan)) > 0 {
		t.Errorf("notes: %+v", notes(plan))
	}
	into.idle(document)
	w.idle(document)

	// Once nothing else gives it, it waits there as it does here.
	for _, one := range []*world{w, into} {
		none := []rolekit.RoleID{}
		_, err := one.system().UpdateRole(t.Context(), "tom", "given", rolekit.RolePatch{Includes: &none}, rolekit.Whatever)
		one.ok(err)
		if !slices.Contains(one.waiting("tom"), "given news:archive [any]") {
			t.Errorf("what waits: %q", one.waiting("tom"))
		}
	}
	events, err := into.system().Audit(t.Context(), rolekit.AllOrgs, rolekit.AuditQuery{Action: "catalog.restore"})
	into.ok(err)
	same(t, "the events of restored catalogs", 1, len(events))
}

// What waits becomes what the document says, in roles that are there too.
func TestWhatWaitsIsRestored(t *testing.T) {
	t.Parallel()
	w := later(t)
	document := w.document("tom")
	if strings.Contains(document, "catalog:") {
		t.Errorf("the document of one organisation: %s", document)
	}
	waited := w.waiting("tom")
	decided := strings.NewReplacer("      waiting:\n      - news:archive\n      - news:pin\n", "      waiting:\n      - news:pin\n", "      waiting: []\n", "      waiting: [news:archive]\n").Replace(document)
	plan := w.restored(decided, false)
	same(t, "what waits after a plan", waited, w.waiting("tom"))
	same(t, "the plan, and what was done", plan, w.restored(decided, true))
	var lines []string
	for _, c := range plan[0].Changes {
		lines = append(lines, string(c.Sign)+" "+c.What+": "+c.How)
	}
	same(t, "what was changed", []string{
		"~ role all: +news:archive waits", "~ role declined: +news:archive waits", "~ role editor: -news:archive waits",
		"~ role given: -news:archive waits", "~ role late: +news:archive waits",
	}, lines)
	same(t, "what waits", []string{
		"between news:pin [any]", "declined news:archive [any]", "editor news:pin [any]", "given news:pin [any]", "granted news:pin [any]", "late news:archive [any]",
	}, w.waiting("tom"))
	same(t, "notes", []rolekit.RestoreNote{{At: "roles/reader/waiting/news:archive", What: "that news:archive waits; here it came after no role of that profile"}}, notes(plan))
	w.idle(decided)
	w.restored(document, true)
	same(t, "what waits", waited, w.waiting("tom"))
	same(t, "the document", document, w.document("tom"))
}

// A role that does not say what waits keeps it, whatever others say.
func TestARoleThatDoesNotSayWhatWaits(t *testing.T) {
	t.Parallel()
	w := later(t)
	waited := w.waiting("tom")
	document := strings.Replace(w.document("tom"), "      waiting:\n      - news:archive\n      - news:pin\n", "", 1)
	document = strings.Replace(document, "      waiting: []\n", "      waiting: [news:archive, news:archive]\n", 1)
	done := w.restored(document, true)
	same(t, "what was changed", []rolekit.RestoreChange{{Sign: '~', What: "role all", How: "+news:archive waits"}}, done[0].Changes)
	same(t, "what waits", waited, w.waiting("tom"))
}

// Where nothing came later, applying the catalog finds nothing to do either.
func TestADocumentOfTheFirstCatalog(t *testing.T) {
	t.Parallel()
	w := applied(t)
	document, into := w.everything(), w.into()
	into.restored(document, true)
	same(t, "the document", document, into.everything())
	into.idle(document)
}

var waitingPart = regexp.MustCompile(`      waiting:( \[\]\n|\n(      - .*\n)+)`)

// asOne is a document as the first version of the format had it.
func asOne(document string) string {
	begin, defaults := strings.Index(document, "catalog:\n"), strings.Index(document, "defaults:\n")
	if begin >= 0 {
		document = document[:begin] + document[defaults:]
	}
	document = waitingPart.ReplaceAllString(document, "")
	return strings.Replace(document, "rolekit: 2\n", "rolekit: 1\n", 1)
}

// A document of the first version says nothing of what waits: that stays, and in new
// roles nothing does.
func TestADocumentOfTheFirstVersion(t *testing.T) {
	t.Parallel()
	w := later(t)
	document := asOne(w.everything())
	if strings.Contains(document, "waiting") || strings.Contains(document, "applied_by") || !strings.Contains(document, "rolekit: 1\n") {
		t.Fatal(document)
	}
	waited := w.waiting("tom")
	w.restored(document, true)
	same(t, "what waits where it came from", waited, w.waiting("tom"))
	into := w.into()
	into.restored(document, true)
	same(t, "what waits elsewhere", []string(nil), into.waiting("tom"))
	if p, err := into.system().PlanCatalog(t.Context(), rolekit.CatalogChoices{}); err != nil || p.Applied != nil {
		t.Errorf("the catalog that was applied last: %+v, %v", p.Applied, err)
	}

	// With the catalog, which comes later, all of it is new to the roles that are there.
	full := w.everything()
	plan := into.restored(full, false)
	same(t, "the plan, and what was done", plan, into.restored(full, true))
	same(t, "what waits once the document says it", waited, into.waiting("tom"))
	into.idle(full)
}

// Where a catalog was applied, it stays, with all that was decided by it.
func TestTheCatalogThatWasAppliedStays(t *testing.T) {
	t.Parallel()
	w := later(t)
	into := applied(t)
	old := into.everything()
	into = into.again(rolekit.Config{Catalog: w.Catalog()})
	stays := []rolekit.RestoreNote{{At: "catalog", What: "the catalog; another was applied here, and stays the one that was applied last"}}
	document := w.everything()
	plan := into.restored(document, false)
	same(t, "the plan, and what was done", plan, into.restored(document, true))
	same(t, "notes", stays, plan[0].Notes)
	same(t, "what waits: nothing is new yet", []string(nil), into.waiting("tom"))
	if again := into.restored(document, true); changes(again) > 0 {
		t.Errorf("a second time, %+v", again)
	}
	_, catalog, _ := strings.Cut(old, "catalog:\n")
	catalog, _, _ = strings.Cut(catalog, "defaults:\n")
	if !strings.Contains(into.everything(), catalog) {
		t.Error("another catalog counts as applied last")
	}
}

// What a document says of the catalog is checked with the rest, with its lines.
func TestWrongCatalogsOfDocuments(t *testing.T) {
	t.Parallel()
	w := later(t)
	document, into := w.everything(), w.into()
	alone, _, _ := strings.Cut(document, "defaults:\n")
	replaced := func(old, by string) string {
		if !strings.Contains(document, old) {
			t.Fatalf("there is no %q in %s", old, document)
		}
		return strings.Replace(document, old, by, 1)
	}
	at := func(c *rolekit.Contents) {
		if c.ID != rolekit.AllOrgs {
			c.Catalog = &rolekit.CatalogContents{AppliedBy: "system:x", AppliedAt: time.Unix(1, 0), Body: "{}"}
		}
	}
	for what, c := range map[string]struct {
		document, says string
		how            func(*rolekit.Contents)
	}{
		"nobody":         {replaced("  applied_by: system:test\n", "  applied_by: ''\n"), "policy.yaml:4: nothing says who applied the catalog", nil},
		"no time":        {replaced("  applied_at:", "  # applied_at:"), "policy.yaml:3: nothing says when the catalog was applied", nil},
		"no catalog":     {replaced(`"objects": {`, `"objekts": {`), "body:", nil},
		"no permission":  {replaced("  - news:pin\n", "  - news:pni\n"), `policy.yaml:8: there is no permission "news:pni"; did you mean "news:pin"?`, nil},
		"a default role": {replaced("    owner:\n", "    owner:\n      waiting: [news:pin]\n"), "nothing waits for a review in a default role", nil},
		"one of its own": {document, "an organisation has no catalog of its own", at},
		"no defaults":    {alone + "orgs: []\n", "policy.yaml:4: the catalog comes with what all organisations share", nil},
	} {
		if _, err := into.restoreAs(c.document, false, c.how); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", what, err, c.says)
		}
	}
}
