package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

// size is how much there is.
type size struct {
	name    string
	orgs    int
	members int // of each
}

func sizes() []size { return []size{{"S", 10, 10}, {"M", 100, 30}, {"L", 400, 50}} }

// In every organisation boss manages, and the other members have one of these
// roles each, in turn; to each of the objects they allow what roles says. editor is
// the role that is edited, between two states, and guest has it alone.
const (
	boss, guest = "boss", "guest"
	editor      = "editor"
)

func objects() []string {
	return []string{"invoices", "jobs", "quotes", "customers", "vehicles", "reports"}
}

// grant is what a role allows.
type grant struct{ object, action string }

func roles() map[string][]grant {
	all := map[string][]grant{"clerk": {{"invoices", "read"}, {"invoices", "write"}, {"quotes", "read"}, {"customers", "read"}}}
	for _, o := range objects() {
		all["auditor"] = append(all["auditor"], grant{o, "read"})
		all["manager"] = append(all["manager"], grant{o, "read"}, grant{o, "write"})
	}
	all["hand"] = []grant{{"jobs", "read"}, {"vehicles", "read"}}
	return all
}

func roleNames() []string { return []string{"hand", "clerk", "auditor", "manager"} }

// edited are the two states of the edited role.
func edited() [2][]grant { return [2][]grant{{{"reports", "read"}}, {{"jobs", "read"}}} }

func (s size) org(i int) string    { return fmt.Sprintf("org-%04d", i) }
func (s size) user(i int) string   { return fmt.Sprintf("user-%05d", i) }
func (s size) roleOf(i int) string { return roleNames()[i%len(roleNames())] }

// question is a request, and how it must be answered.
type question struct {
	method, path, user string
	want               int
}

// questions returns some, chosen by the seed: of members, about their own
// organisation and, one in ten, about another.
func (s size) questions(seed uint64, n int) []question {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be the same each time is what is wanted
	all := make([]question, n)
	for i := range all {
		org, member := random.IntN(s.orgs), random.IntN(s.members)
		asked := org
		if random.IntN(10) == 0 {
			asked = random.IntN(s.orgs)
		}
		g := grant{objects()[random.IntN(len(objects()))], "read"}
		method, want := http.MethodGet, http.StatusForbidden
		if random.IntN(4) == 0 {
			g.action, method = "write", http.MethodPost
		}
		if asked == org {
			for _, has := range roles()[s.roleOf(member)] {
				if has == g {
					want = http.StatusNoContent
				}
			}
		}
		all[i] = question{method, "/orgs/" + s.org(asked) + "/" + g.object, s.user(org*s.members + member), want}
	}
	return all
}
