package adapter

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rolekit/rolekit"
)

func (r reader) AppliedCatalog(ctx context.Context) (found rolekit.CatalogRecord, there bool, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error {
		var revision, at string
		err := rows.Scan(&revision, &found.AppliedBy, &at, &found.Body)
		found.Revision, found.AppliedAt = parseRevision(revision), time.Unix(int64(parseRevision(at)), 0).UTC()
		there = true
		return err
	}, "SELECT {number revision}, applied_by, {number applied_at}, body FROM rolekit_catalog WHERE org_id = ?", string(rolekit.AllOrgs))
	return found, there, err
}

func (w writer) PutAppliedCatalog(ctx context.Context, c rolekit.CatalogRecord) error {
	row := catalogRow{string(rolekit.AllOrgs), int64(c.Revision), c.AppliedBy, c.AppliedAt.Unix(), c.Body}
	return w.put(ctx, "rolekit_catalog", &row, "org_id")
}

// reviewedText is how the decisions about a role are stored: a word each,
// permission=revision. It is nil for none.
func reviewedText(reviewed map[rolekit.Permission]rolekit.Revision) *string {
	if len(reviewed) == 0 {
		return nil
	}
	words := make([]string, 0, len(reviewed))
	for _, p := range slices.Sorted(maps.Keys(reviewed)) {
		words = append(words, string(p)+"="+strconv.FormatInt(int64(reviewed[p]), 10))
	}
	text := strings.Join(words, " ")
	return &text
}

// parseReviewed reads what reviewedText wrote. What is none of it decides nothing:
// the permission is to be reviewed, which gives nobody anything.
func parseReviewed(text string) map[rolekit.Permission]rolekit.Revision {
	all := map[rolekit.Permission]rolekit.Revision{}
	for word := range strings.FieldsSeq(text) {
		permission, at, _ := strings.Cut(word, "=")
		if revision := parseRevision(at); revision != unreadable {
			all[rolekit.Permission(strings.Clone(permission))] = revision
		}
	}
	return all
}
