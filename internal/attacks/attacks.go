// Package attacks holds attempts to gain what one does not hold and to leave an
// organisation without anyone who manages it, in its tests and in tests of other
// packages, and the guards that each fails by. make guards takes those guards
// away, one after the other, and expects the attempts to succeed: an attempt that
// goes on failing proves nothing of the guard that it names.
package attacks

import "testing"

// Succeeds is what a test says of an attempt that came through. [Remove] looks for
// it: a test may fail for other reasons, and those prove nothing.
const Succeeds = "the attack succeeds"

// Attempts are one guard's, in a table of them.
type Attempts[T any] struct {
	Guard string // its name
	All   []T
}

// Each runs the attempts of a table as the tests Guard/name, by which
// make guards finds those of one guard. name tells an attempt's.
func Each[T any](t *testing.T, table []Attempts[T], name func(T) string, try func(*testing.T, T)) {
	t.Helper()
	known := map[string]bool{}
	for _, g := range Guards() {
		known[g.Name] = true
	}
	seen := map[string]bool{}
	for _, row := range table {
		if !known[row.Guard] || seen[row.Guard] {
			t.Errorf("the guard %q is not one of Guards, or is in the table twice", row.Guard)
		}
		seen[row.Guard] = true
		t.Run(row.Guard, func(t *testing.T) {
			for _, attempt := range row.All {
				t.Run(name(attempt), func(t *testing.T) { try(t, attempt) })
			}
		})
	}
}

// Fail tells of an attempt that came through, and of how it ended.
func Fail(t testing.TB, what string, err error) {
	t.Helper()
	t.Errorf("%s: %s (it ended with: %v)", Succeeds, what, err)
}
