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
