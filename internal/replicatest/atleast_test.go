package replicatest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestReplicasAnswerByTheRevisionAskedFor lets no news through and no poll happen. A
// replica that is asked, right after an edit elsewhere, to answer by at least the
// revision of its reply answers right, or not at all; one that is not asked so goes on
// by what was, which shows that the others had to look.
func TestReplicasAnswerByTheRevisionAskedFor(t *testing.T) {
	heavy(t)
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		ctx := t.Context()
		populate(t, kitOn(t, db.store(t), rolekit.Config{}), "north")
		deaf := func(name string, args ...string) *replica {
			return serve(t, name, db, append(args, "--watch=none", neverPoll, anyAge)...)
		}
		eager, other, unasked := deaf("an eager one"), deaf("another"), deaf("one that is not asked")
		lazy := deaf("a lazy one", fmt.Sprint("--max-loaded=", rolekit.MaxOrgDepth+1))
		asked := []*replica{eager, other, lazy}
		ada := right{"north", "ada", "invoices:read"}
		var last, answers, late, stale int
		for n := range 60 {
			e, given := assign("north", "ada", "reader"), n%2 == 0
			if !given {
				e = unassign("north", "ada", "reader")
			}
			by := asked[rand.IntN(len(asked))]
			a, err := by.ask(ctx, e.method, e.path, "", "")
			if err != nil || a.status != 204 || a.revision == "" {
				t.Fatalf("%s answers by %d %s, revision %q, %v", by.name, a.status, a.body, a.revision, err)
			}
			revision, err := strconv.Atoi(a.revision)
			if err != nil || revision <= last {
				t.Errorf("revision %q comes after %d", a.revision, last)
			}
			last = revision
			for _, r := range asked {
				allowed, err := r.allows(ctx, ada, a.revision)
				switch {
				case errors.Is(err, errAway):
					late++
				case err != nil:
					t.Error(err)
				case allowed != given:
					t.Errorf("%s was asked for revision %s, which gave it: %v; it answers %v", r.name, a.revision, given, allowed)
				default:
					answers++
				}
			}
			if allowed, err := unasked.allows(ctx, ada, ""); err != nil {
				t.Error(err)
			} else if allowed != given {
				stale++
			}
		}
		if stale == 0 {
			t.Error("who was not asked for a revision knew every edit, so this proves nothing")
		}
		if t.Logf("%d answers were right, and %d times there was none", answers, late); answers == 0 {
			t.Error("there was never an answer")
		}
		for _, r := range asked {
			if _, err := r.allows(ctx, ada, strconv.Itoa(last+1000)); !errors.Is(err, errAway) {
				t.Errorf("%s, asked for a revision that never was: %v", r.name, err)
			}
		}
	})
}
