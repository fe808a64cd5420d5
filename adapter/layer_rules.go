package adapter

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rolekit/rolekit"
)

// ruleHeap is the rules of many organisations, in the order they were read in.
// They are large, and so are moved once from here, when it is known how many each
// organisation has.
type ruleHeap struct {
	ids   []int64 // which tell the order they were written in
	rules []rolekit.Rule
}

// fewRules is how many a heap has room for where nothing is known.
const fewRules = 256

func newRuleHeap(expect int) *ruleHeap {
	room := max(expect+expect/8, fewRules)
	return &ruleHeap{make([]int64, 0, room), make([]rolekit.Rule, 0, room)}
}

// ruleList is the rules of one organisation.
type ruleList struct {
	heap *ruleHeap
	at   []int32 // where they lie on it
}

func (l *ruleList) add(id int64, rule rolekit.Rule) {
	l.at = append(l.at, int32(len(l.heap.ids))) //nolint:gosec // layersAtOnce organisations do not have two billion
	l.heap.ids, l.heap.rules = append(l.heap.ids, id), append(l.heap.rules, rule)
}

func (l *ruleList) forget() { l.at = nil }

// sorted returns the rules in the order they were written in.
func (l *ruleList) sorted() []rolekit.Rule {
	older := func(a, b int32) int { return cmp.Compare(l.heap.ids[a], l.heap.ids[b]) }
	if !slices.IsSortedFunc(l.at, older) {
		slices.SortFunc(l.at, older)
	}
	rules := make([]rolekit.Rule, len(l.at))
	for i, at := range l.at {
		rules[i] = l.heap.rules[at]
	}
	return rules
}

// packedFields is how many fields a rule has in a packed text, and packedMark what
// stands between them, and between rules.
const (
	packedFields = 8 // id, ptype, v0 to v5
	packedMark   = "\x1f"
)

// unpack adds n rules that are packed in a text. It reports whether they could be
// told apart: no id of the kit's holds the mark, but another program's row may, or a
// NULL, which leaves the row out. Then there are not as many fields as n rules have.
func (l *ruleList) unpack(text string, n int) bool {
	if strings.Count(text, packedMark)+1 != n*packedFields {
		return false
	}
	next := func() (field string) {
		field, text, _ = strings.Cut(text, packedMark)
		return field
	}
	l.at = slices.Grow(l.at, n)
	for range n {
		id, err := strconv.ParseInt(next(), 10, 64)
		if err != nil {
			return false
		}
		rule := rolekit.Rule{Ptype: next()}
		for i := range rule.V {
			rule.V[i] = next()
		}
		l.add(id, rule)
	}
	return true
}
