package adapter

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	gormadapter "github.com/casbin/gorm-adapter/v3"

	"github.com/rolekit/rolekit"
)

// maxRulesInsert keeps one INSERT below SQLite's limit of 32,766 parameters.
const maxRulesInsert = 1000

func (w writer) AddRules(ctx context.Context, rules ...rolekit.Rule) error {
	adapter, err := gormadapter.NewFilteredAdapterByDB(w.tx.WithContext(ctx), "", rulesTable)
	if err != nil {
		return fmt.Errorf("bind gorm-adapter to the transaction: %w", err)
	}
	for left := rules; len(left) > 0; {
		ptype := left[0].Ptype
		var rows [][]string // the rules up to the next of another type, so that their order stays
		for len(left) > 0 && left[0].Ptype == ptype && len(rows) < maxRulesInsert {
			rows = append(rows, fields(left[0]))
			left = left[1:]
		}
		if err := adapter.AddPolicies("", ptype, rows); err != nil {
			return fmt.Errorf("gorm-adapter: %w", err)
		}
	}
	if !w.dialect.padded {
		return nil
	}
	return w.mustHold(ctx, rules)
}

// mustHold makes sure that rules were added. To MySQL, one that another program
// wrote with spaces at the end of a field is the same, and keeps ours out.
func (w writer) mustHold(ctx context.Context, rules []rolekit.Rule) error {
	stored, err := w.stored(ctx, rules)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if len(stored[r]) == 0 {
			return &rolekit.Error{
				Code: rolekit.CodeExists, Message: fmt.Sprintf("a rule that differs from %q only in spaces at the end keeps it out", r),
				Hint: "delete that row of casbin_rule",
			}
		}
	}
	return nil
}

// fields returns the rule's fields up to the last that holds something.
func fields(r rolekit.Rule) []string {
	n := len(r.V)
	for n > 0 && r.V[n-1] == "" {
		n--
	}
	return r.V[:n]
}

// RemoveRules deletes each rule by all of its columns. gorm-adapter would leave
// the empty ones out of its condition, and so delete a rule's longer siblings;
// and it does not tell whether anything went.
func (w writer) RemoveRules(ctx context.Context, rules ...rolekit.Rule) error {
	stored, err := w.stored(ctx, rules)
	if err != nil {
		return err
	}
	var ids []int64
	for _, r := range rules {
		if len(stored[r]) == 0 {
			return notThere(r)
		}
		ids = append(ids, stored[r]...)
		delete(stored, r) // it cannot go twice
	}
	for some := range slices.Chunk(ids, maxList) {
		statement, args := w.dialect.removeAll(rulesTable, some)
		done := w.tx.WithContext(ctx).Exec(statement, args...)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected != int64(len(some)) { // whoever took it did not lock the organisation
			return notThere(rules[0])
		}
	}
	return nil
}

func notThere(r rolekit.Rule) error {
	return &rolekit.Error{
		Code: rolekit.CodeConflict, Message: fmt.Sprintf("the rule %q was not there any more", r), Hint: "read again and repeat the change",
	}
}

// maxRulesSelect is how many heads of rules one condition asks for: of those between 10 and 100
// the fastest in each database, as planning one takes longer than the next round trip.
const maxRulesSelect = 25

// stored returns the rows that hold each of the rules, by all of their columns.
// Other programs may have written NULL for empty, and so more than one.
func (w writer) stored(ctx context.Context, rules []rolekit.Rule) (map[rolekit.Rule][]int64, error) {
	asked, asks := make(map[rolekit.Rule]bool, len(rules)), map[rolekit.Rule]bool{}
	var heads []rolekit.Rule // each once, as a row is to be found once: all that a role grants have one
	for _, r := range rules {
		asked[r] = true
		if head := (rolekit.Rule{Ptype: r.Ptype, V: [6]string{r.V[0], r.V[1], r.V[2]}}); !asks[head] {
			asks[head] = true
			heads = append(heads, head)
		}
	}
	found := make(map[rolekit.Rule][]int64, len(rules))
	scan := func(rows *sql.Rows) error {
		var id int64
		var r rolekit.Rule
		err := rows.Scan(&id, &r.Ptype, &r.V[0], &r.V[1], &r.V[2], &r.V[3], &r.V[4], &r.V[5])
		if asked[r] {
			found[r] = append(found[r], id)
		}
		return err
	}
	for some := range slices.Chunk(heads, maxRulesSelect) {
		either := strings.Repeat(" OR ptype = ? AND v0 = ? AND v1 = ? AND v2 = ?", len(some))
		var args []any
		for _, r := range some {
			args = append(args, r.Ptype, r.V[0], r.V[1], r.V[2])
		}
		err := w.each(ctx, scan, `SELECT id, ptype, v0, v1, v2, COALESCE(v3, ''), COALESCE(v4, ''), COALESCE(v5, '')
			FROM casbin_rule WHERE`+strings.TrimPrefix(either, " OR"), args...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
