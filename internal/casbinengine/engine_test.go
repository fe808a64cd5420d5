package casbinengine_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/casbinengine"
)

// policy is one in which ada is a clerk, who reads invoices.
func policy() casbinengine.Policy {
	return casbinengine.Policy{
		Model:   rolekit.ModelConf,
		Grants:  [][]string{{"role:clerk", "tom", "owner", "invoices", "write", "own"}},
		Links:   [][]string{{"user:ada", "role:clerk", "tom"}},
		Implies: func(have, want string) bool { return have == want || have == "write" && want == "read" },
	}
}

func ask(t testing.TB, e *casbinengine.Engine, q casbinengine.Question) bool {
	t.Helper()
	if q.Reaches == nil {
		q.Reaches = func(string, func(string) bool) bool { return true }
	}
	_, allowed, err := e.Enforce(&q)
	if err != nil {
		t.Error(err)
	}
	return allowed
}

func build(t testing.TB, p casbinengine.Policy) *casbinengine.Engine {
	t.Helper()
	e, err := casbinengine.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEnforce spoils one word of a question that is allowed after the other.
func TestEnforce(t *testing.T) {
	t.Parallel()
	e := build(t, policy())
	good := casbinengine.Question{Subject: "user:ada", Domain: "tom", Profile: "owner", Object: "invoices", Action: "read"}
	if !ask(t, e, good) {
		t.Fatal("what is granted is denied")
	}
	for name, spoil := range map[string]func(*casbinengine.Question){
		"another subject":  func(q *casbinengine.Question) { q.Subject = "user:bob" },
		"a subject’s name": func(q *casbinengine.Question) { q.Subject = "ada" },
		"another domain":   func(q *casbinengine.Question) { q.Domain = "jack" },
		"all domains":      func(q *casbinengine.Question) { q.Domain = "*" },
		"another profile":  func(q *casbinengine.Question) { q.Profile = "worker" },
		"no profile":       func(q *casbinengine.Question) { q.Profile = "" },
		"another object":   func(q *casbinengine.Question) { q.Object = "jobs" },
		"an action above":  func(q *casbinengine.Question) { q.Action = "approve" },
		"out of reach": func(q *casbinengine.Question) {
			q.Reaches = func(a string, _ func(string) bool) bool { return a != "own" }
		},
		"a pattern as subject": func(q *casbinengine.Question) { q.Subject = "user:*" },
	} {
		q := good
		spoil(&q)
		if ask(t, e, q) {
			t.Errorf("%s: allowed", name)
		}
	}
}

// TestDeepRoleChains: Casbin by itself stops following after ten levels, and
// says nothing.
func TestDeepRoleChains(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{1, 9, 10, 11, 12, 100, 500} {
		p := policy()
		p.Links = [][]string{{"user:ada", "role:0", "tom"}}
		for i := range depth {
			p.Links = append(p.Links, []string{fmt.Sprint("role:", i), fmt.Sprint("role:", i+1), "tom"})
		}
		p.Grants[0][0] = fmt.Sprint("role:", depth)
		e := build(t, p)
		if !ask(t, e, casbinengine.Question{Subject: "user:ada", Domain: "tom", Profile: "owner", Object: "invoices", Action: "read"}) {
			t.Errorf("%d levels: denied", depth)
		}
		if ask(t, e, casbinengine.Question{Subject: "user:bob", Domain: "tom", Profile: "owner", Object: "invoices", Action: "read"}) {
			t.Errorf("%d levels: bob is allowed", depth)
		}
	}
}

func TestRolesInACircleEnd(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Links = append(p.Links, []string{"role:clerk", "role:a", "tom"}, []string{"role:a", "role:b", "tom"}, []string{"role:b", "role:clerk", "tom"})
	e := build(t, p)
	for user, want := range map[string]bool{"user:ada": true, "user:bob": false, "role:b": true} {
		if ask(t, e, casbinengine.Question{Subject: user, Domain: "tom", Profile: "owner", Object: "invoices", Action: "write"}) != want {
			t.Errorf("%s: want %v", user, want)
		}
	}
}

// TestTermsAreRenewed has many ask at once while enforcers are replaced after
// every few checks.
func TestTermsAreRenewed(t *testing.T) {
	t.Parallel()
	for _, checks := range []int64{1, 3, 64} {
		p := policy()
		p.MaxChecks = checks
		e := build(t, p)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for n := range 200 {
					user := [...]string{"user:ada", "user:bob", fmt.Sprint("user:", i, n)}[n%3]
					got := ask(t, e, casbinengine.Question{Subject: user, Domain: "tom", Profile: "owner", Object: "invoices", Action: "read"})
					if want := user == "user:ada"; got != want {
						t.Errorf("%s: %v, want %v", user, got, want)
					}
				}
			})
		}
		all.Wait()
	}
}

// TestTermsBoundMemory: what g() remembers of strangers goes with the term.
func TestTermsBoundMemory(t *testing.T) {
	t.Parallel()
	p := policy()
	p.MaxChecks = 10
	e := build(t, p)
	first := e.Enforcer()
	for i := range 10 {
		ask(t, e, casbinengine.Question{Subject: fmt.Sprint("user:", i), Domain: "tom", Profile: "owner", Object: "invoices", Action: "read"})
	}
	if e.Enforcer() != first {
		t.Error("the enforcer was replaced before its checks were used up")
	}
	ask(t, e, casbinengine.Question{Subject: "user:ada", Domain: "tom", Profile: "owner", Object: "invoices", Action: "read"})
	if e.Enforcer() == first {
		t.Error("the enforcer was not replaced")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*casbinengine.Policy){
		"no model":       func(p *casbinengine.Policy) { p.Model = "" },
		"not a model":    func(p *casbinengine.Policy) { p.Model = "nonsense" },
		"a short link":   func(p *casbinengine.Policy) { p.Links = [][]string{{"user:ada", "role:clerk"}} },
		"a model cut":    func(p *casbinengine.Policy) { p.Model = strings.Split(p.Model, "[matchers]")[0] },
		"a shorter link": func(p *casbinengine.Policy) { p.Links = [][]string{{"user:ada"}} },
	} {
		p := policy()
		spoil(&p)
		if _, err := casbinengine.New(p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
