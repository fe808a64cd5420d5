package main_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestShowUserWithABrokenOrganisation has one of a user's organisations not be
// readable: it hides none of the others, and is named.
func TestShowUserWithABrokenOrganisation(t *testing.T) {
	p, sue := seeded(t)
	p.write("token", sue)
	first := p.serve()
	for _, org := range []string{"east", "tom", "west"} {
		first.want(201, "", "POST", "/v1/orgs", sue, `{"id":"`+org+`"}`)
		if got := p.run("assign", "casey", "clerk", "--org", org, "--catalog", "catalog.yaml"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	database{"SQLite", filepath.Join(p.dir, "rolekit.db")}.exec(t, "UPDATE rolekit_revisions SET revision = 'x' WHERE org_id = 'tom'")
	const named = "rolekit: tom: the "
	s := p.serve()
	for _, way := range []struct {
		name string
		args []string
	}{
		{"directly", []string{"--catalog", "catalog.yaml"}},
		{"by a server", []string{"--server", s.url, "--token-file", "token"}},
	} {
		t.Run(way.name, func(t *testing.T) {
			got := p.run(append([]string{"show", "user", "casey"}, way.args...)...)
			if got.code != 3 || !strings.Contains(got.stderr, named) {
				t.Errorf("it ended with %d and said %q", got.code, got.stderr)
			}
			if !strings.Contains(got.stdout, "\neast\n") || !strings.Contains(got.stdout, "\nwest\n") || strings.Contains(got.stdout, "tom") {
				t.Errorf("it shows %s", got.stdout)
			}
			var shown struct{ Orgs []struct{ Org string } }
			got = p.run(append([]string{"show", "user", "casey", "--json"}, way.args...)...)
			if err := json.Unmarshal([]byte(got.stdout), &shown); err != nil || len(shown.Orgs) != 2 || got.code != 3 {
				t.Errorf("it ended with %d and shows %s: %v", got.code, got.stdout, err)
			}
			got = p.run(append([]string{"show", "user", "casey", "--org", "tom"}, way.args...)...)
			if got.code != 3 || got.stdout != "" || !strings.Contains(got.stderr, "cannot be read") {
				t.Errorf("the broken one alone: %+v", got)
			}
		})
	}
}

// TestReviewWithABrokenOrganisation sums up what waits in those that can be read, and
// names the one that cannot; whose roles one may not read is counted.
func TestReviewWithABrokenOrganisation(t *testing.T) {
	p, sue := seeded(t)
	p.write("sues", sue)
	p.write("adas", p.token("--user", "ada"))
	first := p.serve()
	for org, role := range map[string]string{"east": "owner", "tom": "owner", "west": "clerk"} {
		first.want(201, "", "POST", "/v1/orgs", sue, `{"id":"`+org+`"}`)
		first.want(201, "", "POST", "/v1/orgs/"+org+"/roles", sue, `{"id":"billing","grants":[{"permission":"invoices:read","access":"any"}]}`)
		first.want(204, "", "PUT", "/v1/orgs/"+org+"/members/ada/roles/"+role, sue, "")
	}
	for _, actions := range []string{"read, write]", "read, write, print]"} { // what came with the first catalog waits nowhere
		p.write("catalog.yaml", "actions: {read: {}, write: {}, print: {}}"+strings.Replace(catalog, "read, write]", actions, 1))
		if got := p.run("apply", "--catalog", "catalog.yaml"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	database{"SQLite", filepath.Join(p.dir, "rolekit.db")}.exec(t, "UPDATE rolekit_revisions SET revision = 'x' WHERE org_id = 'tom'")
	s := p.serve()
	const sums, named = "PERMISSION      ROLES  ORGANISATIONS\ninvoices:print  2      2\n", "rolekit: organisation tom cannot be read, and is not counted\n"
	for _, way := range []struct {
		name string
		args []string
	}{
		{"the system", []string{"--catalog", "catalog.yaml"}},
		{"an operator", []string{"--catalog", "catalog.yaml", "--as", "sue"}},
		{"an operator, by a server", []string{"--server", s.url, "--token-file", "sues"}},
	} {
		t.Run(way.name, func(t *testing.T) {
			if got := p.run(append([]string{"review"}, way.args...)...); got.code != 3 || got.stdout != sums || !strings.HasSuffix(got.stderr, named) {
				t.Errorf("it ended with %d, shows %q and says %q", got.code, got.stdout, got.stderr)
			}
			var shown struct {
				Items  []struct{ Roles int }
				Unread []string
			}
			got := p.run(append([]string{"review", "--json"}, way.args...)...)
			if err := json.Unmarshal([]byte(got.stdout), &shown); err != nil || len(shown.Items) != 1 || len(shown.Unread) != 1 || got.code != 3 {
				t.Errorf("it ended with %d and shows %s: %v", got.code, got.stdout, err)
			}
		})
	}
	for _, args := range [][]string{{"--catalog", "catalog.yaml", "--as", "ada"}, {"--server", s.url, "--token-file", "adas"}} {
		got := p.run(append([]string{"review"}, args...)...)
		if !strings.Contains(got.stdout, "invoices:print  1      1\n\nnot counted: 1 organisation that you see and whose roles you may not read\n") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
