package rolekit

import (
	"cmp"
	"slices"
	"strings"
)

// Listing selects a page of things that have an id and a label, and orders them.
// Its zero value is the first hundred by id.
type Listing struct {
	// Prefix leaves those whose id begins with it or whose label does, in
	// whatever case.
	Prefix string
	Order  Order // empty means ByID
	After  Mark  // only those that come behind it
	Limit  int   // at most this many; 0 means 100, more than 1000 means 1000
}

// Order is how a list is sorted.
type Order string

// The orders. Labels are compared without regard to case, and where they are
// equal, ids decide.
const (
	ByID        Order = "id"
	ByIDDown    Order = "-id"
	ByLabel     Order = "label"
	ByLabelDown Order = "-label"
)

// Labels reports whether labels are what is sorted by.
func (o Order) Labels() bool { return o == ByLabel || o == ByLabelDown }

// Mark is a place in a list: where the item of this id stands, or would. The
// label matters only where the list is sorted by it.
type Mark struct{ ID, Label string }

// page returns the page of all that the listing selects. mark tells an item's id
// and label.
func page[T any](all []T, l Listing, mark func(T) Mark) ([]T, error) {
	before, err := l.Order.compare()
	if err != nil {
		return nil, err
	}
	folded := strings.ToLower(l.Prefix)
	found := []T{}
	for _, item := range all {
		m := mark(item)
		if !strings.HasPrefix(m.ID, l.Prefix) && !strings.HasPrefix(strings.ToLower(m.Label), folded) {
			continue
		}
		if l.After == (Mark{}) || before(l.After, m) < 0 {
			found = append(found, item)
		}
	}
	slices.SortFunc(found, func(a, b T) int { return before(mark(a), mark(b)) })
	return found[:min(len(found), pageSize(l.Limit))], nil
}

// compare returns how the order compares two places.
func (o Order) compare() (func(a, b Mark) int, error) {
	byID := func(a, b Mark) int { return cmp.Compare(a.ID, b.ID) }
	byLabel := func(a, b Mark) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)), byID(a, b))
	}
	switch o {
	case "", ByID:
		return byID, nil
	case ByIDDown:
		return func(a, b Mark) int { return byID(b, a) }, nil
	case ByLabel:
		return byLabel, nil
	case ByLabelDown:
		return func(a, b Mark) int { return byLabel(b, a) }, nil
	}
	return nil, errorf(CodeInvalid, "there is no order %s", quoteShort(string(o))).
		hint("use one of: %s", listOf([]Order{ByID, ByIDDown, ByLabel, ByLabelDown}))
}

// pageSize is how many a list returns: 100 unless asked, 1000 at most.
func pageSize(limit int) int {
	if limit <= 0 {
		return 100
	}
	return min(limit, 1000)
}
