package adapter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// BenchmarkApply gives a new permission to one custom role of each of 2,000
// organisations, by a rule in the catalog, and again as an admin would: one change a
// role. Beside the time of both it reports how much longer the second takes.
func BenchmarkApply(b *testing.B) {
	const orgs = 2000
	for _, d := range databases() {
		b.Run(d.name, func(b *testing.B) {
			var rule, byHand time.Duration
			for b.Loop() {
				for _, r := range []struct {
					took *time.Duration
					do   func(*rolekit.Kit) error
				}{
					{&rule, func(kit *rolekit.Kit) error {
						p, err := kit.Manager().As(rolekit.System("bench")).ApplyCatalog(b.Context(), rolekit.CatalogChoices{})
						if p.Roles != orgs {
							b.Fatal(p.Roles)
						}
						return err
					}},
					{&byHand, func(kit *rolekit.Kit) error {
						m := kit.Manager().As(rolekit.System("bench"))
						for i := range orgs {
							grants := []rolekit.Grant{{Permission: "bills:edit"}, {Permission: "bills:read"}}
							if _, err := m.SetGrants(b.Context(), rolekit.OrgID(fmt.Sprintf("org-%d", i)), "editor", grants, rolekit.Whatever); err != nil {
								return err
							}
						}
						return nil
					}},
				} {
					db := open(b, d.create(b)())
					store := openStore(b, db)
					applyFirst(b, kitWith(b, store, manyYAML))
					manyOrgs(b, db, orgs)
					kit := kitWith(b, store, rollouts()[1].yaml)
					began := time.Now()
					if err := r.do(kit); err != nil {
						b.Fatal(err)
					}
					*r.took += time.Since(began)
				}
			}
			b.ReportMetric(float64(rule.Milliseconds())/float64(b.N), "rule-ms")
			b.ReportMetric(float64(byHand.Milliseconds())/float64(b.N), "by-hand-ms")
			b.ReportMetric(byHand.Seconds()/rule.Seconds(), "times-faster")
		})
	}
}
