package rolekit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

type thing struct{ owner rolekit.UserID }

func (t thing) AccessFacts() rolekit.Facts { return rolekit.Facts{ID: "1", Owner: t.owner} }

// BenchmarkCan asks one kit many questions, half of which it allows.
func BenchmarkCan(b *testing.B) {
	for _, engine := range []rolekit.Engine{rolekit.EngineCompiled, rolekit.EngineCasbin} {
		b.Run(string(engine), func(b *testing.B) {
			store := memstore.New()
			kit := kitOn(b, store, rolekit.Config{Engine: engine})
			system := kit.Manager().As(rolekit.System("bench"))
			if _, err := system.ApplyDefaults(b.Context(), kit.Catalog().Defaults()); err != nil {
				b.Fatal(err)
			}
			for o := range 10 {
				org := rolekit.OrgID(fmt.Sprint("org", o))
				if _, err := system.CreateOrg(b.Context(), rolekit.NewOrg{ID: org, Creator: "olga"}); err != nil {
					b.Fatal(err)
				}
				for u := range 20 {
					if err := system.Assign(b.Context(), org, rolekit.UserID(fmt.Sprint("user", u)), "viewer"); err != nil {
						b.Fatal(err)
					}
				}
			}
			random := rand.New(rand.NewPCG(1, 2))
			type question struct {
				who  rolekit.Identity
				want rolekit.Permission
			}
			var questions []question
			for range 1024 {
				questions = append(questions, question{
					rolekit.Identity{User: rolekit.UserID(fmt.Sprint("user", random.IntN(20))), Org: rolekit.OrgID(fmt.Sprint("org", random.IntN(10))), Profile: "owner"},
					[]rolekit.Permission{"invoices:read", "invoices:write"}[random.IntN(2)],
				})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				q := &questions[i&1023]
				if _, err := kit.Can(b.Context(), q.who, q.want, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
