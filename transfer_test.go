package rolekit_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/internal/policyfile"
)

// exported writes everything as a document.
func (w *world) exported(q rolekit.ExportQuery) string {
	w.t.Helper()
	var b bytes.Buffer
	to := policyfile.NewWriter(&b)
	for c, err := range w.system().Export(w.t.Context(), q) {
		w.ok(err)
		w.ok(to.Write(c))
	}
	w.ok(to.Close())
	return b.String()
}

func (w *world) everything() string { return w.exported(rolekit.ExportQuery{Org: rolekit.AllOrgs}) }

// restored reads a document, and returns what it changed or would change.
func (w *world) restored(document string, apply bool) []rolekit.Restored {
	w.t.Helper()
	all, err := w.restore(document, apply)
	w.ok(err)
	return all
}

func (w *world) restore(document string, apply bool) (all []rolekit.Restored, err error) {
	w.t.Helper()
	return w.restoreAs(document, apply, nil)
}

// restoreAs is restore with contents that are changed before.
func (w *world) restoreAs(document string, apply bool, how func(*rolekit.Contents)) (all []rolekit.Restored, err error) {
	w.t.Helper()
	r, err := w.system().Restoration(apply)
	w.ok(err)
	from := policyfile.NewReader("policy.yaml", strings.NewReader(document))
	to := policyfile.Restorer{To: r, Tell: func(e *policyfile.Entry, done rolekit.Restored, err error) error {
		all = append(all, done)
		return e.Locate(err)
	}}
	for {
		e, err := from.Next()
		if errors.Is(err, io.EOF) {
			return all, to.End(w.t.Context())
		}
		if err != nil {
			return all, err
		}
		if how != nil {
			how(&e.Contents)
		}
		if err := to.Next(w.t.Context(), e); err != nil {
			return all, err
		}
	}
}

// changes counts what was changed, or would be.
func changes(all []rolekit.Restored) (n int) {
	for _, r := range all {
		n += len(r.Changes)
		if r.Created {
			n++
		}
	}
	return n
}

// TestADocumentSaysItAll: a generated policy, written and read into an empty store,
// gives every answer that it gave; the document of it is the same; the plan was what
// was done; and to read it once more changes nothing.
func TestADocumentSaysItAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		w := planned(drawn{t, rt}, fr, fr.drawFacts(rt, 24))
		for range rapid.IntRange(0, 2).Draw(rt, "moves") {
			if to, ok := fr.drawMove(rt); ok {
				_ = fr.move(t.Context(), w.system(), to)
			}
		}
		clock := clockAt(noon())
		w = w.again(modelConfig(t, clock))
		document := w.everything()
		into := (&world{t: drawn{t, rt}, store: memstore.New()}).again(modelConfig(t, clock))
		plan := into.restored(document, false)
		if n := len(into.exported(rolekit.ExportQuery{Org: rolekit.AllOrgs})); n > 200 {
			rt.Fatalf("the plan has written something: %d bytes", n)
		}
		same(into.t, "the plan, and what was done", plan, into.restored(document, true))
		same(into.t, "the document", document, into.everything())
		for _, later := range []time.Duration{0, time.Hour, -time.Hour} {
			clock.set(noon().Add(later))
			same(into.t, "the rights", w.rights(fr), into.rights(fr))
			same(into.t, "the rights, read anew", w.rights(fr), into.again(modelConfig(t, clock)).rights(fr))
			for _, o := range fr.orgs {
				for range 8 {
					q := comparison{TB: into.t, kit: w}.draw(rt, o.ID)
					want, err := w.Can(t.Context(), q.who, q.want, q.of())
					got, gotErr := into.Can(t.Context(), q.who, q.want, q.of())
					if err != nil || gotErr != nil || want.Allowed != got.Allowed || !slices.Equal(want.Access(), got.Access()) {
						rt.Fatalf("%+v: %v %v %v, and was %v %v %v", q, got.Allowed, got.Access(), gotErr, want.Allowed, want.Access(), err)
					}
				}
			}
		}
		for _, apply := range []bool{false, true} {
			if again := into.restored(document, apply); changes(again) > 0 {
				rt.Fatalf("a second time, %+v", again)
			}
		}
		same(into.t, "the rules", w.rules(), into.rules())
		same(into.t, "the rules as CSV", w.csv(), into.csv())
	})
}

// csv writes everything as Casbin's CSV.
func (w *world) csv() string {
	w.t.Helper()
	var b bytes.Buffer
	for c, err := range w.system().Export(w.t.Context(), rolekit.ExportQuery{Org: rolekit.AllOrgs}) {
		w.ok(err)
		w.ok(policyfile.WriteCSV(&b, c))
	}
	return b.String()
}

// drawMore draws a frame that has all of this one, and further roles, groups and sets.
func (fr frame) drawMore(rt *rapid.T) frame {
	more := fr
	more.roles, more.groups, more.sets = maps.Clone(fr.roles), maps.Clone(fr.groups), maps.Clone(fr.sets)
	for _, o := range fr.orgs {
		switch rapid.IntRange(0, 6).Draw(rt, "more") {
		case 0:
			spec := rolekit.RoleSpec{ID: "r-" + rolekit.RoleID(o.ID) + "-9", Profile: "owner", Grants: grantsOf("jobs:read")}
			more.roles[o.ID] = append(slices.Clone(fr.roles[o.ID]), spec)
		case 1:
			more.groups[o.ID] = append(slices.Clone(fr.groups[o.ID]), "g-"+rolekit.GroupID(o.ID)+"-9")
		case 2:
			more.sets[o.ID] = append(slices.Clone(fr.sets[o.ID]), "s-"+rolekit.SetID(o.ID)+"-9")
		}
	}
	return more
}

// TestOneStateBecomesAnother: whatever an organisation has, a document of another
// state makes it that, as the plan said, and what memory holds follows.
func TestOneStateBecomesAnother(t *testing.T) {
	t.Parallel()
	done, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		want := planned(drawn{t, rt}, fr, fr.drawFacts(rt, 16))
		document := want.everything()
		more := fr.drawMore(rt)
		into := planned(drawn{t, rt}, more, more.drawFacts(rt, 16))
		before := into.everything()
		plan, err := into.restore(document, false)
		same(into.t, "after the plan", before, into.everything())
		made, madeErr := into.restore(document, true)
		if (err == nil) != (madeErr == nil) {
			rt.Fatalf("planned: %v; made: %v", err, madeErr)
		}
		if err != nil { // what is below uses what would go
			refused++
			return
		}
		done++
		same(into.t, "the plan, and what was done", plan, made)
		same(into.t, "the document", document, into.everything())
		same(into.t, "the rights", want.rights(fr), into.rights(fr))
		same(into.t, "the rules", want.rules(), into.rules())
		into.remembersWhatIsStored()
	})
	t.Logf("%d done, %d refused", done, refused)
	if done < refused {
		t.Error("too few were done to prove anything")
	}
}
