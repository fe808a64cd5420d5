package rolekit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// withoutWorkers is modelYAML once the profile worker has left it.
func withoutWorkers(t testing.TB) string {
	t.Helper()
	yaml := modelYAML
	for _, gone := range []string{
		"  worker: {}\n",
		"baseline:\n  worker: [{permission: \"jobs:read\", access: own}, {permission: \"invoices:read\", access: \"set:board\"}]\n",
		"  helper: {profile: worker}\n",
		"  mower: {profile: worker, includes: [helper], grants: [{permission: \"jobs:write\", access: own}]}\n",
	} {
		if !strings.Contains(yaml, gone) {
			t.Fatalf("%q is not in it", gone)
		}
		yaml = strings.Replace(yaml, gone, "", 1)
	}
	return yaml
}

func leaving(c *rolekit.Contents) { c.LeaveUnknown = true }

// TestWhatOutlivedItsProfileComesBack: whatever is written by a catalog that has a
// profile no more is read back where it came from; into an empty store where that is
// said; and it gives the same, then and once the profile is there again.
func TestWhatOutlivedItsProfileComesBack(t *testing.T) {
	t.Parallel()
	kept := 0
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		full := modelConfig(t, clockAt(noon()))
		less := full
		less.Catalog = parseCatalog(t, withoutWorkers(t))
		was := planned(drawn{t, rt}, fr, fr.drawFacts(rt, 24))
		w := was.again(less)
		document := w.everything()
		for _, how := range []func(*rolekit.Contents){nil, leaving} {
			again, err := w.restoreAs(document, true, how)
			w.ok(err)
			if changes(again) > 0 || len(notes(again)) > 0 {
				rt.Fatalf("where it came from: %+v", again)
			}
		}
		into := (&world{t: drawn{t, rt}, store: memstore.New()}).again(less)
		if _, err := into.restore(document, false); err == nil || !strings.Contains(err.Error(), `there is no profile "worker"`) {
			rt.Fatalf("into an empty store: %v", err) // the default roles are of that profile
		}
		done, err := into.restoreAs(document, true, leaving)
		into.ok(err)
		kept += len(notes(done))
		if i := slices.IndexFunc(notes(done), func(n rolekit.RestoreNote) bool { return !n.Kept }); i >= 0 {
			rt.Fatalf("left out: %+v", notes(done)[i])
		}
		same(into.t, "the document", document, into.everything())
		same(into.t, "the rules", w.rules(), into.rules())
		again, err := into.restoreAs(document, true, nil)
		into.ok(err)
		if changes(again) > 0 {
			rt.Fatalf("a second time: %+v", again)
		}
		same(into.t, "the rights with the profile back", was.rights(fr), into.again(full).rights(fr))
		for _, o := range fr.orgs {
			for _, user := range people() {
				who := rolekit.Identity{User: user, Org: o.ID}
				want, err := w.Permissions(t.Context(), who)
				got, gotErr := into.Permissions(t.Context(), who)
				same(into.t, fmt.Sprintf("what %s may in %s", user, o.ID), fmt.Sprint(want, err), fmt.Sprint(got, gotErr))
			}
		}
		if again := into.csvRestored(into.csv(), true); changes(again) > 0 {
			rt.Fatalf("lines, where they came from: %+v", again)
		}
	})
	if kept < 10 {
		t.Errorf("only %d things were kept", kept)
	}
}

func notes(all []rolekit.Restored) (some []rolekit.RestoreNote) {
	for _, r := range all {
		some = append(some, r.Notes...)
	}
	return some
}

// What never was a profile, or has no form of one, is refused; so is a permission, and
// what could not be stored.
func TestUnknownWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("jobs:read"))
	document := w.document("tom")
	edit := func(from, to string) string {
		t.Helper()
		if !strings.Contains(document, from) {
			t.Fatalf("%q is not in %s", from, document)
		}
		return strings.Replace(document, from, to, 1)
	}
	for what, c := range map[string]struct {
		document, strict, leaving string
		notes                     []rolekit.RestoreNote
	}{
		"a profile": {
			edit("profile: owner", "profile: wroker"), `policy.yaml:6: there is no profile "wroker"; did you mean "worker"?; Contents.LeaveUnknown takes`, "",
			[]rolekit.RestoreNote{{At: "roles/clerk", What: "role clerk is of profile wroker, which the catalog does not have", Kept: true}},
		},
		"no form of a profile": {edit("profile: owner", "profile: W w"), `policy.yaml:6: there is no profile "W w"`, `policy.yaml:6: there is no profile "W w"`, nil},
		"a permission": {
			edit("- jobs:read", "- jobs:raed own"), `policy.yaml:9: there is no permission "jobs:raed"`, "",
			[]rolekit.RestoreNote{{At: "roles/clerk/grants/jobs:raed own", What: "jobs:raed (own)"}},
		},
		"no form of one, with a profile": {
			edit("profile: owner\n      grants:\n      - jobs:read", "profile: other\n      grants:\n      - 'Jobs:read'\n      - x:y Z\n      - x:y set:A"),
			`policy.yaml:6: there is no profile "other"`, "policy.yaml:9: object id \"Jobs\" is not valid", nil,
		},
		"grants of another profile": { // that it had them there says nothing of here
			edit("profile: owner\n      grants:\n      - jobs:read", "profile: worker\n      grants:\n      - invoices:approve"),
			"policy.yaml:9: permission invoices:approve is not for profile \"worker\"", "",
			[]rolekit.RestoreNote{{At: "roles/clerk/grants/invoices:approve any", What: "invoices:approve"}},
		},
	} {
		for _, mode := range []struct {
			how  func(*rolekit.Contents)
			want string
		}{{nil, c.strict}, {leaving, c.leaving}} {
			done, err := w.restoreAs(c.document, false, mode.how)
			if mode.want == "" {
				w.ok(err)
				same(t, what, c.notes, notes(done))
				continue
			}
			if isError(t, what, err, rolekit.ErrInvalid); err != nil && !strings.Contains(err.Error(), mode.want) {
				t.Errorf("%s: %v; want %q", what, err, mode.want)
			}
		}
	}
}

// Of a role that grants nothing, of an empty group and of an empty set no line says that
// they are there. What speaks of them is refused elsewhere, or left out.
func TestLinesOfWhatNoLineSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withSets()
	const lines = `p, role:clerk, tom, owner, jobs, read, any
p, role:clerk, tom, owner, jobs, read, set:empty
g, role:clerk, role:empty, tom
g, group:empty, group:crew, tom
g, user:bob, group:crew, tom
g, group:empty, role:clerk, tom
g, user:wim, role:empty, tom
g, user:olga, role:owner, tom
`
	_, err := w.tryCSV(lines, false)
	isError(t, "lines that speak of nothing", err, rolekit.ErrRoleNotFound)
	done, err := w.tryCSVAs(lines, true, leaving)
	w.ok(err)
	var left []string
	for _, n := range notes(done) {
		left = append(left, n.At+": "+n.What)
	}
	const none = ", of which no rule says that it is there"
	same(t, "what was left out", []string{
		"roles/clerk/grants/jobs:read set:empty: set:empty" + none, "roles/clerk/includes/empty: role:empty" + none,
		"groups/crew/groups/empty: group:empty" + none, "assignments/wim empty: role:empty" + none, "assignments/group:empty clerk: group:empty" + none,
	}, left)
	if text := w.csv(); strings.Contains(text, "empty") || !strings.Contains(text, "g, user:bob, group:crew, tom\n") {
		t.Error(text)
	}
}
