package adaptertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func catalogTests() []storeTest {
	return []storeTest{{"the catalog that was applied last comes back as it was", appliedCatalog}}
}

func appliedCatalog(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	read := func() (c rolekit.CatalogRecord, there bool) {
		view(t, s, func(r rolekit.Reader) (err error) {
			c, there, err = r.AppliedCatalog(t.Context())
			return err
		})
		return c, there
	}
	if c, there := read(); there || c != (rolekit.CatalogRecord{}) {
		t.Errorf("there is one before any was applied: %+v", c)
	}
	for _, want := range []rolekit.CatalogRecord{
		{Revision: 7, AppliedBy: "system:seed", AppliedAt: time.Unix(1_800_000_000, 0).UTC(), Body: `{"label": "“α” 🌱` + strings.Repeat(" ", 100_000) + `"}`},
		{Revision: 1 << 40, AppliedBy: "system:other", AppliedAt: time.Unix(1_900_000_000, 0).UTC(), Body: "{}"},
	} {
		in(t, s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) error { return w.PutAppliedCatalog(ctx, want) })
		got, there := read()
		if same(t, "the catalog", want, got); !there {
			t.Error("it is not there")
		}
	}
	before, _ := read()
	err := tryIn(t.Context(), s, rolekit.AllOrgs, func(ctx context.Context, w rolekit.Writer) error {
		if err := w.PutAppliedCatalog(ctx, rolekit.CatalogRecord{Body: "gone"}); err != nil {
			return err
		}
		return rolekit.ErrConflict
	})
	isError(t, "a transaction that fails", err, rolekit.ErrConflict)
	after, _ := read()
	same(t, "the catalog after it", before, after)
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteOrg(ctx, "tom") })
	after, _ = read()
	same(t, "the catalog after an organisation has gone", before, after)
}
