package adapter_test

import (
	"os"
	"slices"
	"testing"

	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/attacks"
	"github.com/rolekit/rolekit/internal/skip"
)

// atOnce is an attempt of two at once on a database.
type atOnce struct {
	name string
	run  func(*testing.T)
}

// TestAttackAtOnce are the attempts of two at once by the guards that they fail
// by: what is stored decides, on any database; and rows are locked, where
// transactions go on side by side. SQLite lets one write at a time.
func TestAttackAtOnce(t *testing.T) {
	if os.Getenv(attacks.Removing) == "" {
		skip.Because(t, "the suite of each database makes the same attempts: make guards")
	}
	// Without its lock, the pair of the default role comes through too seldom to
	// prove anything.
	const (
		above, defaults = "above, a role loses what one has by it below, and there the other goes", "the default role loses what it grants, and the custom role its holder"
		away            = "a part moves away from whom it has above, and its own goes"
	)
	of := func(names []string, databases ...string) (all []atOnce) {
		for _, d := range databases {
			for _, l := range adaptertest.LockOuts() {
				if slices.Contains(names, l.Name) {
					all = append(all, atOnce{d + ": " + l.Name, func(t *testing.T) { onDatabase(t, d, l) }})
				}
			}
		}
		return all
	}
	var within []string
	for _, l := range adaptertest.LockOuts() {
		if l.Name != above && l.Name != defaults && l.Name != away {
			within = append(within, l.Name)
		}
	}
	attacks.Each(t, []attacks.Attempts[atOnce]{
		{Guard: "stored", All: of(within, "SQLite", "Postgres", "MariaDB")},
		{Guard: "locks", All: of(within, "Postgres", "MariaDB")},
		{Guard: "locks-above", All: of([]string{above}, "Postgres", "MariaDB")},
		{Guard: "locks-defaults", All: of([]string{away}, "Postgres", "MariaDB")},
	}, func(a atOnce) string { return a.name }, func(t *testing.T, a atOnce) { a.run(t) })
}

func onDatabase(t *testing.T, name string, l adaptertest.LockOut) {
	t.Helper()
	t.Parallel()
	for _, d := range databases() {
		if d.name == name {
			l.Run(t, openStore(t, open(t, d.create(t)())))
		}
	}
}
