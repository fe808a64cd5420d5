// Package plan compares what a file declares, what was applied last, and what is
// stored: three states of the same things. It knows nothing of catalogs, and
// prints nothing.
package plan

import (
	"cmp"
	"maps"
	"slices"
)

// Key names a thing among all of a state.
type Key struct{ Kind, ID string }

// Value is what a field of a thing says: a text or a list, whose order says nothing,
// nor what is in it twice, as where two names become one.
type Value struct {
	Text string
	List []string
}

// same reports whether two values say the same.
func (v Value) same(other Value) bool {
	return v.Text == other.Text && slices.Equal(set(v.List), set(other.List))
}

func set(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// Thing is a thing's fields by their names.
type Thing map[string]Value

func (t Thing) same(other Thing) bool {
	return maps.EqualFunc(t, other, Value.same)
}

// State is what one of the three says.
type State map[Key]Thing

// Verb says what is to be done to a thing.
type Verb string

// The verbs.
const (
	Add    Verb = "add"
	Change Verb = "change"
	Remove Verb = "remove"
	Leave  Verb = "" // nothing
)

// Field is how a field differs: in its text, or in what came into its list and went.
type Field struct {
	Name           string
	Before, After  string
	Added, Removed []string
}

// Difference is what the three states do not agree on about one thing.
type Difference struct {
	Key

	// Verb is what would make of what is stored what the file says, and Fields how
	// the two differ.
	Verb   Verb
	Fields []Field
	// Unknown says that neither the file nor what was applied last has it.
	Unknown bool
	// Drifted says that what is stored is not what was applied last, nor what the
	// file says; Drift is how it differs from what was applied.
	Drifted bool
	DriftBy Verb
	Drift   []Field
}

// Compare returns the things on which the file and what is stored do not agree,
// sorted. base is what was applied last; nil where nothing ever was, and then nothing
// has drifted.
func Compare(file, base, stored State) []Difference {
	keys := map[Key]bool{}
	for _, state := range []State{file, stored} {
		for k := range state {
			keys[k] = true
		}
	}
	var all []Difference
	for k := range keys {
		want, inFile := file[k]
		is, there := stored[k]
		if inFile == there && is.same(want) {
			continue
		}
		d := Difference{Key: k, Verb: verb(there, inFile), Fields: fields(is, want)}
		was, applied := base[k]
		d.Unknown = !inFile && !applied
		d.Drifted = base != nil && (there != applied || !is.same(was))
		if d.Drifted {
			d.DriftBy, d.Drift = verb(applied, there), fields(was, is)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func verb(before, after bool) Verb {
	switch {
	case !before && after:
		return Add
	case before && !after:
		return Remove
	case before:
		return Change
	default:
		return Leave
	}
}

// fields returns how two things differ, by the names of the fields.
func fields(before, after Thing) []Field {
	names := map[string]bool{}
	for _, t := range []Thing{before, after} {
		for name := range t {
			names[name] = true
		}
	}
	var all []Field
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, is := before[name], after[name]
		if was.same(is) {
			continue
		}
		all = append(all, Field{
			Name: name, Before: was.Text, After: is.Text,
			Added: missing(is.List, was.List), Removed: missing(was.List, is.List),
		})
	}
	return all
}

// missing returns what one list has and the other does not, sorted, each once.
func missing(from, in []string) []string {
	return slices.DeleteFunc(set(from), func(s string) bool { return slices.Contains(in, s) })
}
