package archtest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit/internal/archtest"
)

const (
	casbin      = "github.com/casbin/casbin/v2/..."
	gormAdapter = "github.com/casbin/gorm-adapter/v3"
)

// traps are what Casbin and gorm-adapter offer and rolekit does not use. Each
// was seen to fail.
func traps() []archtest.Trap {
	return []archtest.Trap{
		{casbin, []string{"SavePolicy"}, "it empties the table before an insert that may fail"},
		{gormAdapter, []string{"SavePolicy", "SavePolicyCtx"}, "it empties the table before an insert that may fail"},
		{
			gormAdapter,
			[]string{"Transaction", "BeginTransaction", "NewTransactionalAdapter", "NewTransactionalAdapterByDB"},
			"it swaps the adapter that others share, and writes to casbin_rule whatever table was set; use gorm's and bind an adapter to it",
		},
		{
			gormAdapter,
			[]string{"RemovePolicy", "RemovePolicyCtx", "RemovePolicies", "RemovePoliciesCtx", "RemoveFilteredPolicy", "RemoveFilteredPolicyCtx"},
			"it leaves empty fields out of its condition, so that longer siblings go too, and does not tell whether anything went",
		},
		{
			gormAdapter,
			[]string{"UpdatePolicy", "UpdatePolicies", "UpdateFilteredPolicies"},
			"it finds the old row by its non-empty fields only, and does not tell whether there was one",
		},
		{
			gormAdapter,
			[]string{"LoadPolicy", "LoadPolicyCtx", "LoadFilteredPolicy"},
			"it stops at the first row that does not fit the model, and cannot say which it was",
		},
		{
			gormAdapter,
			[]string{"NewAdapter", "NewFilteredAdapter"},
			"it opens a connection of its own, whose finalizer panics; the connection is the application's",
		},
		{
			gormAdapter,
			[]string{"NewAdapterByDB", "NewAdapterByDBUseTableName", "NewAdapterByDBWithCustomTable", "NewAdapterByMulDb"},
			"it creates its table when it is made; tables are made by versioned migrations",
		},
		{
			casbin,
			[]string{cachedEnforcer, "NewSyncedCachedEnforcer"},
			"it still allows after a revocation",
		},
		{casbin, []string{"NewSyncedEnforcer"}, "reloading it in place races and denies what is allowed; swap a whole new one"},
		{
			casbin,
			[]string{"DeleteRole", "DeleteUser", "DeletePermission", "DeletePermissionForUser", "DeletePermissionsForUser"},
			"it does not ask for a domain, and so takes from every organisation",
		},
		{casbin, []string{"DeleteDomains", "DeleteAllUsersByDomain"}, "called without arguments it wipes every organisation"},
		{
			casbin,
			[]string{"AddNamedDomainMatchingFunc", "AddDomainMatchingFunc"},
			"a pattern in g makes one organisation's link hold in another; ancestors and default roles are expanded instead",
		},
		{casbin, []string{"GetDomainsForUser"}, "it panics with time-limited roles"},
	}
}

const cachedEnforcer = "NewCachedEnforcer"

// trapsOf are those that a package must not step into: the benchmarks measure what
// the kit is compared with, and show that a cache still allows.
func trapsOf(path string) []archtest.Trap {
	measured := map[string][]string{
		"bench":      {cachedEnforcer},
		"bench/load": {"NewAdapterByDBUseTableName", "NewSyncedEnforcer"},
	}
	all := traps()
	for where, names := range measured {
		if !archtest.Matches(in(where), path) {
			continue
		}
		for i := range all {
			all[i].Names = slices.DeleteFunc(all[i].Names, func(name string) bool { return slices.Contains(names, name) })
		}
	}
	return all
}

func compiled(t *testing.T, what string) []archtest.Package {
	t.Helper()
	return list(t, "-export", "-deps", what)
}

func TestNobodyStepsIntoATrap(t *testing.T) {
	packages := compiled(t, module+"/...")
	caller := archtest.NewCaller(packages)
	looked := 0
	for _, p := range packages {
		if p.DepOnly || len(p.GoFiles) == 0 {
			continue
		}
		looked++
		found, err := caller.Package(p, trapsOf(p.ImportPath))
		if err != nil {
			t.Errorf("%s: %v", p.ImportPath, err)
		}
		for _, f := range found {
			t.Error(f)
		}
	}
	if looked == 0 {
		t.Error("no package was looked at")
	}
}

func TestTrapsAreFound(t *testing.T) {
	caller := archtest.NewCaller(compiled(t, gormAdapter))
	tests := []struct {
		name, body string
		want       []string // a word of each finding, in order
	}{
		{"a function", `_, _ = casbin.NewCachedEnforcer("model.conf")`, []string{"NewCachedEnforcer"}},
		{"a method", `var e *casbin.Enforcer; _ = e.SavePolicy()`, []string{"SavePolicy"}},
		{"a promoted method", `var e *casbin.SyncedEnforcer; _, _ = e.DeleteRole("admin")`, []string{"DeleteRole"}},
		{"a method of an interface", `var e casbin.IEnforcer; _, _ = e.DeleteUser("ada")`, []string{"DeleteUser"}},
		{"a method value", `var a *gormadapter.Adapter; remove := a.RemovePolicies; _ = remove`, []string{"RemovePolicies"}},
		{"two at once", `var e *casbin.Enforcer; var a *gormadapter.Adapter; _ = a.Transaction(e, nil); _ = e.SavePolicy()`, []string{"Transaction", "SavePolicy"}},
		{"another type's method of that name", `var w other; w.DeleteRole("admin"); w.SavePolicy()`, nil},
		{"what is no trap", `var a *gormadapter.Adapter; _ = a.AddPolicies("p", "p", nil)`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := `package fixture

import (
	"github.com/casbin/casbin/v2"
	gormadapter "github.com/casbin/gorm-adapter/v3"
)

type other struct{ casbin.Enforcer; gormadapter.Adapter }

func (other) DeleteRole(string) {}
func (other) SavePolicy()       {}

func _() { ` + test.body + ` }
`
			found, err := caller.Sources("fixture", map[string][]byte{"fixture.go": []byte(src)}, traps())
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != len(test.want) {
				t.Fatalf("found %q, want %q", found, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(found[i], "."+want+":") {
					t.Errorf("found %q, want %q", found[i], want)
				}
			}
		})
	}
}

// A misspelt trap would never be found.
func TestTrapsExist(t *testing.T) {
	packages := compiled(t, gormAdapter)
	caller := archtest.NewCaller(packages)
	for _, trap := range traps() {
		declared := map[string]bool{}
		for _, p := range packages {
			if !archtest.Matches([]string{trap.Package}, p.ImportPath) {
				continue
			}
			names, err := caller.Functions(p.ImportPath)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(declared, names)
		}
		for _, name := range trap.Names {
			if !declared[name] {
				t.Errorf("%s has no function or method %s", trap.Package, name)
			}
		}
	}
}
