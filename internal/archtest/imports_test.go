package archtest_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/internal/archtest"
)

const module = "github.com/rolekit/rolekit"

// in makes paths within the module of what is written relative to it.
func in(paths ...string) []string {
	full := make([]string, len(paths))
	for i, p := range paths {
		full[i] = strings.TrimSuffix(module+"/"+p, "/.")
	}
	return full
}

// rooms know the root and none of each other. A room that is not built yet is
// bound from its first file.
func rooms() []string {
	return []string{"adapter", "api", "console", "metrics", "middleware", "seed", "watcher"}
}

func drivers() []string {
	return []string{
		"gorm.io/driver/...", "github.com/glebarez/...", "modernc.org/sqlite/...", "github.com/mattn/go-sqlite3/...",
		"github.com/jackc/pgx/...", "github.com/lib/pq/...", "github.com/go-sql-driver/...", "github.com/microsoft/go-mssqldb/...",
	}
}

func databases() []string {
	return append(drivers(), "database/sql", "gorm.io/...", "github.com/casbin/gorm-adapter/...", "github.com/pressly/goose/...")
}

func frameworks() []string {
	return []string{"github.com/gin-gonic/...", "github.com/danielgtaylor/huma/..."}
}

func web() []string { return append(frameworks(), "net/http", "net/http/...") }

func bans() []archtest.Ban {
	return slices.Concat(coreBans(), roomBans(), houseBans())
}

func coreBans() []archtest.Ban {
	return []archtest.Ban{
		{
			From: in("."), Never: web(), Deep: true,
			Why: "the core decides for a command line or a queue as well as for a web application",
		},
		{
			From: in("."), Never: databases(), Deep: true,
			Why: "what keeps policies is the Store's business; a team with another store must not carry GORM",
		},
		{
			From: in("internal/casbinengine/..."), Never: []string{module + "/..."},
			Why: "the engine sees rows and strings, so that what it says can be compared with another's",
		},
		{
			From: in("internal/problem/..."), Never: append(databases(), frameworks()...), Deep: true,
			Why: "how an error looks on the wire depends on neither the router nor the database",
		},
	}
}

func roomBans() []archtest.Ban {
	users := in("api/...", "console/...", "metrics/...", "middleware/...", "seed/...")
	all := []archtest.Ban{
		{
			From: users, Never: databases(), Deep: true,
			Why: "they reach stored policies through the Manager, which checks, audits and tells the memory",
		},
		{
			From: users, Never: append(in("internal/casbinengine"), "github.com/casbin/..."),
			Why: "a policy is judged in one place; whoever asks Casbin beside it gets another answer one day",
		},
		{
			From: in("adapter/...", "seed/...", "watcher/..."), Never: web(),
			Why: "stores, watchers and seeds serve programs without a web server too",
		},
		{
			From: in("adapter/..."), Never: drivers(),
			Why: "the application chooses its driver and opens its connection",
		},
	}
	all = append(all, archtest.Ban{
		From: in("metrics/..."), Never: frameworks(), Deep: true,
		Why: "whatever a program serves, Prometheus scrapes it",
	}, archtest.Ban{
		From: in("..."), Except: in("metrics/...", "cmd/...", "examples/..."), Never: []string{"github.com/prometheus/..."},
		Why: "who measures with something else does not carry Prometheus",
	})
	all = append(all, archtest.Ban{
		From: in("..."), Except: in("api/serving/tracing/...", "cmd/..."), Never: []string{"go.opentelemetry.io/..."},
		Why: "who traces nothing does not carry OpenTelemetry",
	})
	all = append(all, watcherBans()...)
	all = append(all, archtest.Ban{
		From: in("..."), Except: in("adapter/plaincasbin/...", "cmd/..."), Never: in("adapter/plaincasbin/..."),
		Why: "it is for the day of an import; what serves every day knows one form of rules",
	})
	for _, room := range rooms() {
		others := slices.DeleteFunc(rooms(), func(other string) bool { return other == room })
		for i, other := range others {
			others[i] = other + "/..."
		}
		all = append(all, archtest.Ban{
			From: in(room + "/..."), Never: in(others...), Deep: true,
			Why: "rooms know the root and not each other, so that a team takes the ones it wants",
		})
	}
	return all
}

func watcherBans() []archtest.Ban {
	clients := []struct{ watcher, client string }{
		{"watcher/nats/...", "github.com/nats-io/..."},
		{"watcher/postgres/...", "github.com/jackc/..."},
		{"watcher/redis/...", "github.com/redis/..."},
	}
	all := []archtest.Ban{{
		From: in("watcher/..."), Never: []string{"gorm.io/...", "github.com/casbin/gorm-adapter/...", "github.com/pressly/goose/..."}, Deep: true,
		Why: "news travel by whatever the application has open, and to Casbin programs that have no GORM",
	}}
	for _, c := range clients {
		ban := archtest.Ban{
			From: in("watcher", "watcher/internal/...", "watcher/watchertest/..."), Never: []string{c.client}, Deep: true,
			Why: "a team carries the client of the one transport that it uses",
		}
		for _, other := range clients {
			if other != c {
				ban.From = append(ban.From, in(other.watcher)...)
			}
		}
		all = append(all, ban)
	}
	return all
}

func houseBans() []archtest.Ban {
	everyone := in("...")
	programs, checks := in("bench/...", "cmd/...", "examples/..."), in("internal/archtest/...", "internal/doctest/...")
	return []archtest.Ban{
		{
			From: everyone, Except: programs, Never: programs, Tests: true,
			Why: "programs wire; what others need of one belongs into a room",
		},
		{
			From: everyone, Except: checks, Never: checks, Tests: true,
			Why: "they look at the house and are no part of it",
		},
		{
			From: everyone, Never: []string{"github.com/casbin/casbin", "github.com/casbin/casbin/v3/..."}, Deep: true, Tests: true,
			Why: "gorm-adapter v3.39.0 speaks casbin/v2; a second Casbin would judge by other rules",
		},
	}
}

// list is go list. It reads every folder of the module first, so that go test
// knows what the outcome depends on and does not repeat a remembered one.
func list(t *testing.T, args ...string) []archtest.Package {
	t.Helper()
	err := filepath.WalkDir("../..", func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	packages, err := archtest.List(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestImports(t *testing.T) {
	packages := list(t, module+"/...")
	for _, ban := range bans() {
		for _, broken := range ban.Broken(packages) {
			t.Error(broken)
		}
	}
}

// A package in a folder that no ban speaks of would be bound by nothing.
func TestEveryPackageHasARoom(t *testing.T) {
	known := in(".", "bench/...", "internal/...", "cmd/...", "examples/...")
	for _, room := range rooms() {
		known = append(known, in(room+"/...")...)
	}
	for _, p := range list(t, module+"/...") {
		if !archtest.Matches(known, p.ImportPath) {
			t.Errorf("%s is in no room: add it to rooms(), and to docs/adr what it is for", p.ImportPath)
		}
	}
}

func TestBan(t *testing.T) {
	packages := []archtest.Package{
		{ImportPath: "m/api", Imports: []string{"m", "m/seed", "m/seedling"}, XTestImports: []string{"m/cmd/tool"}},
		{ImportPath: "m/api/v2", Imports: []string{"m"}, Deps: []string{"m", "gin"}},
		{ImportPath: "m/seed", Imports: []string{"m"}, TestImports: []string{"m/api"}},
	}
	const apiSeed = "m/api must not import m/seed: because"
	tests := []struct {
		name string
		ban  archtest.Ban
		want string
	}{
		{"what is forbidden", archtest.Ban{From: []string{"m/api"}, Never: []string{"m/seed"}}, apiSeed},
		{"a path is no prefix of names", archtest.Ban{From: []string{"m/api/..."}, Never: []string{"m/seed/..."}}, apiSeed},
		{"who is not bound", archtest.Ban{From: []string{"m/seed"}, Never: []string{"m/seed"}}, ""},
		{"who is excepted", archtest.Ban{From: []string{"m/..."}, Except: []string{"m/api"}, Never: []string{"m/seed"}}, ""},
		{"through others, not asked", archtest.Ban{From: []string{"m/..."}, Never: []string{"gin"}}, ""},
		{
			"through others",
			archtest.Ban{From: []string{"m/..."}, Never: []string{"gin"}, Deep: true},
			"m/api/v2 must not come to import gin through others: because",
		},
		{"tests, not asked", archtest.Ban{From: []string{"m/..."}, Never: []string{"m/cmd/..."}}, ""},
		{
			"tests outside",
			archtest.Ban{From: []string{"m/..."}, Never: []string{"m/cmd/..."}, Tests: true},
			"m/api must not import m/cmd/tool: because",
		},
		{
			"tests inside",
			archtest.Ban{From: []string{"m/..."}, Never: []string{"m/api"}, Tests: true},
			"m/seed must not import m/api: because",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.ban.Why = "because"
			if diff := cmp.Diff(test.want, strings.Join(test.ban.Broken(packages), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every ban must bind someone who is there, and forbid something that exists:
// a misspelt one would hold for ever.
func TestBansCanFail(t *testing.T) {
	for _, ban := range bans() {
		if ban.Why == "" {
			t.Errorf("the ban on %v for %v has no reason", ban.Never, ban.From)
		}
		for _, from := range ban.From {
			for _, never := range ban.Never {
				fake := archtest.Package{ImportPath: strings.TrimSuffix(from, "/..."), Imports: []string{strings.TrimSuffix(never, "/...")}}
				if len(ban.Except) == 0 && len(ban.Broken([]archtest.Package{fake})) != 1 {
					t.Errorf("%s importing %s would not be noticed", fake.ImportPath, fake.Imports[0])
				}
			}
		}
	}
}
