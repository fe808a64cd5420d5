package rolekit

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
)

// benchLayer is an organisation of some 400 rules: 10 roles of 6 to 30 grants, and
// 100 users who hold 1 to 3 of them.
func benchLayer(org OrgID, random *rand.Rand) Layer {
	rec := Layer{Org: Org{ID: org, Label: string(org)}, Revision: 1}
	for r := range 10 {
		id := RoleID(fmt.Sprint("role", r))
		rec.Roles = append(rec.Roles, RoleRecord{Org: org, ID: id, Label: string(id), Profile: DefaultProfile})
		for _, p := range random.Perm(60)[:6+random.IntN(25)] {
			rec.Rules = append(rec.Rules, grantRule(org, roleSubject(id), DefaultProfile, Grant{Permission(fmt.Sprintf("object%d:action%d", p/4, p%4)), AccessAny}))
		}
	}
	for u := range 100 {
		for _, r := range random.Perm(10)[:1+random.IntN(3)] {
			rec.Rules = append(rec.Rules, linkRule(org, userSubject(UserID(fmt.Sprintf("user-%06d", u*7919))), roleSubject(RoleID(fmt.Sprint("role", r))), Period{}))
		}
	}
	return rec
}

// BenchmarkUnderstand decodes one organisation's rules.
func BenchmarkUnderstand(b *testing.B) {
	rec := benchLayer("tom", rand.New(rand.NewPCG(1, 2)))
	log := slog.New(slog.DiscardHandler)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := understand(rec, 0, &bundles{}, log); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rec.Rules)), "ns/rule")
}
