package main_test

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	stringadapter "github.com/casbin/casbin/v2/persist/string-adapter"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

var update = flag.Bool("update", false, "write testdata/import/plan.txt, and what scripts compare with")

// usual is the model of the program whose policy is imported.
const usual = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`

func example(t *testing.T, name string) string {
	t.Helper()
	return string(must(os.ReadFile(filepath.Join("testdata", "import", name)))(t)) //nolint:gosec // the test's own files
}

// TestTheExampleOfAnImport is the one of docs/operations.md, on each database: the
// plan is the one that is shown there, and whatever can be asked is answered after
// the import as Casbin answered it before.
func TestTheExampleOfAnImport(t *testing.T) {
	policy := example(t, "policy.csv")
	before, err := casbin.NewEnforcer(must(model.NewModelFromString(usual))(t), stringadapter.NewAdapter(policy))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			d := newDatabase(t, kind)
			d.plain(t, policy)
			p := newPlace(t, "ROLEKIT_DATABASE="+d.address, "ROLEKIT_CATALOG=catalog.yaml")
			p.write("catalog.yaml", example(t, "catalog.yaml"))
			p.write("names.yaml", example(t, "names.yaml"))
			if got := p.run("migrate"); got.code != 0 {
				t.Fatalf("%+v", got)
			}
			args := []string{"import", "--from-casbin", "--names", "names.yaml", "--leave-unknown"}
			plan := p.run(args...)
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", "import", "plan.txt"), []byte(plan.stdout), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(example(t, "plan.txt"), plan.stdout); diff != "" || plan.code != 4 {
				t.Fatalf("%d: %s\n%s", plan.code, plan.stderr, diff)
			}
			if got := p.run(append(args, "--apply")...); got.code != 0 {
				t.Fatalf("%+v", got)
			}
			d.compare(t, before)
		})
	}
}

// compare asks everything that the rows speak of, but for those that are left.
func (d database) compare(t *testing.T, before *casbin.Enforcer) {
	t.Helper()
	store, err := adapter.Open(t.Context(), d.open(t), adapter.Config{})
	if err != nil {
		t.Fatal(err)
	}
	catalog := must(rolekit.ParseCatalog("catalog.yaml", []byte(example(t, "catalog.yaml"))))(t)
	kit := must(rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)}))(t)
	domains := map[string]rolekit.OrgID{"acme": "acme", "Globex Corp": "globex"}
	asked, allowed := 0, 0
	for _, user := range []string{"alice", "bob", "eve@example.com", "nobody"} {
		for domain, org := range domains {
			for what, permission := range map[[2]string]rolekit.Permission{
				{"invoices", "read"}: "invoices:read", {"invoices", "write"}: "invoices:write", {"/reports/:id", "GET"}: "reports:read",
			} {
				want := must(before.Enforce(user, domain, what[0], what[1]))(t)
				got, err := kit.Can(t.Context(), rolekit.Identity{User: rolekit.UserID(user), Org: org}, permission, nil)
				if err != nil || got.Allowed != want {
					t.Errorf("%s in %s, %v: %v, %v; Casbin said %v", user, domain, what, got.Allowed, err, want)
				}
				asked++
				if want {
					allowed++
				}
			}
		}
	}
	if asked != 24 || allowed != 7 {
		t.Errorf("%d questions, %d allowed", asked, allowed)
	}
}
