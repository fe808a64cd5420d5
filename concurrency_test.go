package rolekit_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

// long makes the tests that hammer go on for longer: go test -race . -long.
var long = flag.Bool("long", false, "let tests that hammer go on for 10 seconds") //nolint:gochecknoglobals // a flag

// question is one of those that are asked all the time.
type question struct {
	user rolekit.UserID
	org  rolekit.OrgID
	want rolekit.Permission
}

// seen is an answer: allowed or not, at a revision.
type seen struct {
	question

	revision rolekit.Revision
}

// TestDecisionsAreRightForTheirRevision has 32 goroutines ask while one edits
// two organisations, one below the other, and the default roles. The editor
// knows what each revision must answer; every answer is compared with that.
func TestDecisionsAreRightForTheirRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	w.role("tom", "clerk", nil)
	w.role("tom.north", "mate", nil)
	w.role("jack", "clerk", nil)
	w.assign("tom", "ada", "clerk")
	w.assign("tom.north", "bob", "mate")
	w.assign("jack", "ada", "clerk")
	w.assign("jack", "bob", "viewer")
	w.assign("tom", "carol", "viewer")
	var questions []question
	for _, org := range []rolekit.OrgID{"tom", "tom.north", "jack"} {
		for _, user := range []rolekit.UserID{"ada", "bob", "carol"} {
			for _, p := range []rolekit.Permission{"invoices:read", "jobs:write"} {
				questions = append(questions, question{user, org, p})
			}
		}
	}
	e := newEditor(w, questions)
	stop := make(chan struct{})
	answers := make([]map[seen]bool, 32)
	var (
		asking  sync.WaitGroup
		yes, no atomic.Bool
	)
	for i := range answers {
		answers[i] = map[seen]bool{}
		asking.Go(func() {
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				q := questions[n%len(questions)]
				d, err := w.Can(t.Context(), rolekit.Identity{User: q.user, Org: q.org, Profile: "owner"}, q.want, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if d.Allowed {
					yes.Store(true)
				} else {
					no.Store(true)
				}
				s := seen{q, d.Revision()}
				if before, ok := answers[i][s]; ok && before != d.Allowed {
					t.Errorf("%v was answered with both %v and %v", s, before, d.Allowed)
					return
				}
				answers[i][s] = d.Allowed
				runtime.Gosched() // or the editor waits for all of us at each of its steps
			}
		})
	}
	const atLeast = 14 // each kind of edit twice, however slow the race detector is
	edits := 0
	deadline := time.Now().Add(hammerFor())
	// On a busy machine those who ask may get no turn for long: at least one must have seen each answer.
	enough := func() bool { return edits >= atLeast && yes.Load() && no.Load() && !time.Now().Before(deadline) }
	for ; !enough() && edits < 10_000 && !t.Failed(); edits++ {
		e.edit(edits)
	}
	close(stop)
	asking.Wait()

	checked, allowed := 0, 0
	for _, all := range answers {
		for s, got := range all {
			want, known := e.right[s]
			if !known {
				t.Fatalf("%v: no such revision was ever committed", s)
			}
			if got != want {
				t.Fatalf("%v: answered %v, want %v", s, got, want)
			}
			checked++
			if got {
				allowed++
			}
		}
	}
	t.Logf("%d edits, %d distinct answers compared, %d of them allowing", edits, checked, allowed)
	if allowed == 0 || allowed == checked {
		t.Error("too little happened to prove anything")
	}
}

func hammerFor() time.Duration {
	if *long {
		return 10 * time.Second
	}
	return 2 * time.Second
}

// editor edits, and knows by its own book-keeping what everyone may do.
type editor struct {
	*world

	questions []question
	random    *rand.Rand
	right     map[seen]bool
	has       map[string]bool // "ada clerk in jack", "clerk in tom grants jobs:write"
}

func newEditor(w *world, questions []question) *editor {
	e := &editor{world: w, questions: questions, random: rand.New(rand.NewPCG(1, 2)), right: map[seen]bool{}, has: map[string]bool{
		"ada clerk in tom": true, "bob mate in tom.north": true, "ada clerk in jack": true, "bob viewer in jack": true, "carol viewer in tom": true,
		"viewer in * grants invoices:read": true, "viewer in * grants jobs:read": true,
	}}
	e.note()
	return e
}

// edit does one thing, each kind in its turn, and notes what is right from then
// on.
func (e *editor) edit(n int) {
	ctx, olga := e.t.Context(), e.as("olga")
	flip := func(fact string) bool {
		e.has[fact] = !e.has[fact]
		return e.has[fact]
	}
	member := func(user rolekit.UserID, role rolekit.RoleID, org rolekit.OrgID) {
		if flip(fmt.Sprintf("%s %s in %s", user, role, org)) {
			e.ok(olga.Assign(ctx, org, user, role))
		} else {
			e.ok(olga.Unassign(ctx, org, user, role))
		}
	}
	grants := func(role rolekit.RoleID, org rolekit.OrgID) []rolekit.Grant {
		var all []rolekit.Grant
		for _, p := range []rolekit.Permission{"invoices:read", "jobs:write"} {
			fact := fmt.Sprintf("%s in %s grants %s", role, org, p)
			if e.has[fact] = e.random.IntN(2) == 0; e.has[fact] {
				all = append(all, grantsOf(p)...)
			}
		}
		return all
	}
	switch n % 7 {
	case 0:
		_, err := olga.SetGrants(ctx, "tom", "clerk", grants("clerk", "tom"), 0)
		e.ok(err)
	case 1:
		_, err := olga.SetGrants(ctx, "tom.north", "mate", grants("mate", "tom.north"), 0)
		e.ok(err)
	case 2:
		_, err := olga.SetGrants(ctx, "jack", "clerk", grants("clerk", "jack"), 0)
		e.ok(err)
	case 3:
		_, err := e.system().ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "viewer", Profile: "owner", Grants: grants("viewer", "*")}}})
		e.ok(err)
	case 4:
		member("ada", "clerk", "tom")
	case 5:
		member("carol", "viewer", "tom.north")
	case 6:
		member("bob", "viewer", "jack")
	}
	e.note()
}

// note writes down the right answer to every question at the revision that the
// store now holds.
func (e *editor) note() {
	revisions := adaptertest.Dump(e.t, e.store).Revisions
	roleOrg := map[rolekit.RoleID][]rolekit.OrgID{"clerk": {"tom", "jack"}, "mate": {"tom.north"}, "viewer": {"*"}}
	for _, q := range e.questions {
		line := []rolekit.OrgID{q.org}
		if q.org == "tom.north" {
			line = append(line, "tom")
		}
		s, want := seen{q, revisions[rolekit.AllOrgs]}, false
		for _, at := range line {
			s.revision += revisions[at]
			for role, definedIn := range roleOrg {
				if !e.has[fmt.Sprintf("%s %s in %s", q.user, role, at)] {
					continue
				}
				for _, org := range definedIn {
					if org == "*" || org == at || len(line) == 2 && org == "tom" {
						want = want || e.has[fmt.Sprintf("%s in %s grants %s", role, org, q.want)]
					}
				}
			}
		}
		e.right[s] = want
	}
}
