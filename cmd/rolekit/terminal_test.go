package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/rogpeppe/go-internal/testscript"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/seed"
)

const worldCatalog = `
actions:
  read: {}
  write: {implies: [read]}
  void: {}
objects:
  invoices: {label: Invoices, actions: [read, write, void]}
  jobs: {label: Jobs, actions: [read, write]}
profiles: {worker: {label: Worker}, client: {label: Client}}
permissions:
  invoices:read: {profiles: [worker]}
  invoices:write: {profiles: [worker]}
  invoices:void: {profiles: [worker]}
  jobs:read: {access: [any, own, set]}
roles:
  owner: {label: Owner, profile: worker, grants: ["*:*"]}
  clerk: {label: Clerk, profile: worker, grants: ["invoices:read"]}
  guest: {label: Guest, profile: client, grants: [{permission: "jobs:read", access: own}]}
creator: owner
`

// scriptWorld is the command world: it makes catalog.yaml, and of it rolekit.db, with
//
//	ops                sue is owner
//	└── tom            casey is bookkeeper until 2099, and in the group night-shift, which is clerk; dora was clerk;
//	    │              finn is clerk from 2098 on; the set north holds project-7
//	    ├── east       kim is surveyor, which reads jobs in the set
//	    └── west       its label holds a sign that turns the direction of writing
func scriptWorld(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: world")
	}
	ts.Check(os.WriteFile(ts.MkAbs("catalog.yaml"), []byte(worldCatalog), 0o600))
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(ts.MkAbs("rolekit.db"))), &gorm.Config{Logger: logger.Discard})
	ts.Check(err)
	pool, err := db.DB()
	ts.Check(err)
	defer func() { ts.Check(pool.Close()) }()
	ts.Check(makeWorld(context.Background(), db))
}

// makeWorld makes it in a database.
func makeWorld(ctx context.Context, db *gorm.DB) error {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(worldCatalog))
	if err != nil {
		return err
	}
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	if err != nil {
		return err
	}
	kit, err := rolekit.New(ctx, store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := seed.Apply(ctx, kit); err != nil {
		return err
	}
	for _, step := range worldSteps() {
		if err := step(ctx, kit.Manager().As(rolekit.System("world"))); err != nil {
			return err
		}
	}
	return nil
}

type worldStep func(context.Context, *rolekit.Manager) error

func worldSteps() []worldStep {
	org := func(id, label, parent string) worldStep {
		return func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: rolekit.OrgID(id), Label: label, Parent: rolekit.OrgID(parent)})
			return err
		}
	}
	role := func(org string, spec rolekit.RoleSpec) worldStep {
		return func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.CreateRole(ctx, rolekit.OrgID(org), spec)
			return err
		}
	}
	give := func(org string, a rolekit.Assignment) worldStep {
		return func(ctx context.Context, m *rolekit.Manager) error {
			return m.PutAssignment(ctx, rolekit.OrgID(org), a)
		}
	}
	first := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	return []worldStep{
		org("ops", "Operations", ""),
		give("ops", rolekit.Assignment{User: "sue", Role: "owner"}),
		org("tom", "Tom's Lawn Care", "ops"),
		role("tom", rolekit.RoleSpec{
			ID: "bookkeeper", Label: "Bookkeeper", Profile: "worker", Includes: []rolekit.RoleID{"clerk"},
			Grants: []rolekit.Grant{{Permission: "invoices:write", Access: rolekit.AccessAny}},
		}),
		func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "night-shift", Label: "Night shift"}, rolekit.Absent)
			return err
		},
		give("tom", rolekit.Assignment{Group: "night-shift", Role: "clerk"}),
		func(ctx context.Context, m *rolekit.Manager) error {
			return m.AddToGroup(ctx, "tom", "night-shift", []rolekit.UserID{"casey"}, nil)
		},
		give("tom", rolekit.Assignment{User: "casey", Role: "bookkeeper", Period: rolekit.Period{Until: first(2099)}}),
		give("tom", rolekit.Assignment{User: "dora", Role: "clerk", Period: rolekit.Period{Until: first(2020)}}),
		give("tom", rolekit.Assignment{User: "finn", Role: "clerk", Period: rolekit.Period{From: first(2098)}}),
		func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "north", Label: "The north"}, rolekit.Absent)
			if err != nil {
				return err
			}
			return m.AddResources(ctx, "tom", "north", "project-7")
		},
		org("east", "Tom's East", "tom"),
		role("east", rolekit.RoleSpec{
			ID: "surveyor", Label: "Surveyor", Profile: "worker", Grants: []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.InSet("north")}},
		}),
		give("east", rolekit.Assignment{User: "kim", Role: "surveyor"}),
		org("west", "Tom's \u202etseW", "tom"),
	}
}

// scriptServe is the command serving: it serves rolekit.db, tells the address in
// $SERVER, and puts the token of a user into $ROLEKIT_TOKEN: sue's, unless another
// is named.
func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: serving [USER]")
	}
	user := strings.Join(append(args, "sue")[:1], "")
	cmd := exec.Command(program, "serve", "--dev", "--operators", "ops", "--catalog", "catalog.yaml", "--listen", "127.0.0.1:0", //nolint:noctx // it is killed below
		"--log-format", "json", "--poll-interval", "50ms")
	cmd.Dir = ts.MkAbs(".")
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // with the signal's error
	})
	scanner := bufio.NewScanner(stderr)
	for scanner.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(scanner.Bytes(), &line) != nil || line.Msg != "listening" {
			continue
		}
		go func() { // what it logs later must not fill the pipe
			for scanner.Scan() {
				continue
			}
		}()
		ts.Setenv("SERVER", "http://"+line.Address)
		ts.Check(ts.Exec(program, "token", "--dev", "--user", user))
		ts.Setenv("ROLEKIT_TOKEN", strings.TrimSpace(ts.ReadFile("stdout")))
		return
	}
	ts.Fatalf("the server ended before it listened")
}

// scriptBoth is the command both: it runs a command on rolekit.db and again on
// $SERVER. Each must exit with N and print the same.
func scriptBoth(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: both N command…")
	}
	direct := slices.Concat(args, []string{"--catalog", "catalog.yaml"})
	exitsWith(ts, false, append([]string{direct[0], program}, direct[1:]...))
	want := ts.ReadFile("stdout")
	exitsWith(ts, false, append([]string{args[0], program}, slices.Concat(args[1:], []string{"--server", ts.Getenv("SERVER")})...))
	if got := ts.ReadFile("stdout"); got != want {
		ts.Fatalf("the database answers\n%s\nand the server\n%s", want, got)
	}
}

// revisions are what numbers count in answers: how many changes there were before.
var revisions = regexp.MustCompile(`("revision": |"since": |\(revision )[0-9]+`)

// scriptMasked is the command masked: it writes what the last command printed into a
// file, with revisions masked, which say how much was done to make the world.
func scriptMasked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: masked FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(revisions.ReplaceAllString(ts.ReadFile("stdout"), "${1}0")), 0o600))
}
