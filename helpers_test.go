package rolekit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

const catalogYAML = `
actions:
  read: {}
  write: {implies: [read]}
  approve: {implies: [write]}
profiles:
  owner: {}
  worker: {}
objects:
  invoices: {actions: [read, write, approve]}
  jobs: {actions: [read, write]}
permissions:
  invoices:approve: {profiles: [owner]}
  jobs:read: {access: [any, team, own]}
  jobs:write: {access: [any, team, own]}
roles:
  owner: {profile: owner, grants: ["*:*"]}
  viewer: {profile: owner, grants: ["*:read"]}
  mower: {profile: worker, grants: [{permission: jobs:write, access: own}]}
creator: owner
`

// world is a kit on an SQLite file of its own, with the default roles of
// catalogYAML and the organisations tom and jack, both made by olga.
type world struct {
	*rolekit.Kit

	t     testing.TB
	db    *gorm.DB
	store rolekit.Store
	log   *lockedBuffer
	upset *bool // somebody changed the database by hand, or took it away
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := emptyWorld(t)
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	w.createOrg("jack", "", "olga")
	return w
}

// emptyWorld is one without default roles and organisations.
func emptyWorld(t testing.TB) *world {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(t.TempDir(), "rolekit.db"))), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, upset: new(bool)}
	t.Cleanup(w.close)
	if w.store, err = adapter.Open(t.Context(), db, adapter.Config{Migrate: true}); err != nil {
		t.Fatal(err)
	}
	return w.again(rolekit.Config{})
}

func parseCatalog(t testing.TB, yaml string) *rolekit.Catalog {
	t.Helper()
	c, err := rolekit.ParseCatalog("catalog.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// again returns the world with another kit on the same store: what another
// process, or this one after a restart, would have.
func (w *world) again(config rolekit.Config) *world {
	w.t.Helper()
	other := *w
	other.log = &lockedBuffer{}
	if other.upset == nil {
		other.upset = new(bool)
	}
	config.Logger = slog.New(slog.NewTextHandler(other.log, nil))
	if config.Catalog == nil {
		config.Catalog = parseCatalog(w.t, catalogYAML)
	}
	var err error
	other.Kit, err = rolekit.New(w.t.Context(), w.store, config)
	w.ok(err)
	w.t.Cleanup(other.remembersWhatIsStored)
	return &other
}

// remembersWhatIsStored holds memory, which follows change by change, against the
// store, at the end of every test.
func (w *world) remembersWhatIsStored() {
	if *w.upset {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	unlike, err := w.Unlike(ctx)
	if err != nil {
		w.t.Error(err)
	}
	for _, line := range unlike {
		w.t.Error(line)
	}
}

// close takes the database away.
func (w *world) close() {
	if w.Kit != nil {
		w.remembersWhatIsStored()
	}
	*w.upset = true
	sqlDB, err := w.db.DB()
	if err == nil {
		err = sqlDB.Close()
	}
	if err != nil {
		w.t.Error(err)
	}
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) system() *rolekit.Manager { return w.Manager().As(rolekit.System("test")) }

func (w *world) as(user rolekit.UserID) *rolekit.Manager {
	return w.Manager().As(rolekit.Actor{User: user})
}

func (w *world) createOrg(id, parent rolekit.OrgID, creator rolekit.UserID) {
	w.t.Helper()
	_, err := w.system().CreateOrg(w.t.Context(), rolekit.NewOrg{ID: id, Parent: parent, Creator: creator})
	w.ok(err)
}

// role makes a custom role of profile owner. Grants are "invoices:read" or
// "jobs:read own".
func (w *world) role(org rolekit.OrgID, id rolekit.RoleID, grants []rolekit.Grant, includes ...rolekit.RoleID) rolekit.Role {
	w.t.Helper()
	r, err := w.system().CreateRole(w.t.Context(), org, rolekit.RoleSpec{ID: id, Profile: "owner", Grants: grants, Includes: includes})
	w.ok(err)
	return r
}

func (w *world) assign(org rolekit.OrgID, user rolekit.UserID, role rolekit.RoleID) {
	w.t.Helper()
	w.ok(w.system().Assign(w.t.Context(), org, user, role))
}

// sql changes the database behind the kit's back.
func (w *world) sql(statement string, args ...any) {
	w.t.Helper()
	*w.upset = true
	done := w.db.Exec(statement, args...)
	w.ok(done.Error)
	if done.RowsAffected == 0 {
		w.t.Fatalf("no row changed by %s", statement)
	}
}

// can asks, and fails the test where no decision could be made.
func (w *world) can(user rolekit.UserID, org rolekit.OrgID, p rolekit.Permission) bool {
	w.t.Helper()
	d, err := w.Can(w.t.Context(), rolekit.Identity{User: user, Org: org}, p, nil)
	w.ok(err)
	return d.Allowed
}

// unchanged runs fn and fails the test where it changed anything in the store
// or in what the kit decides.
func (w *world) unchanged(what string, fn func()) {
	w.t.Helper()
	before, answers := adaptertest.Dump(w.t, w.store), w.answers()
	fn()
	same(w.t, what+": the store", before, adaptertest.Dump(w.t, w.store))
	same(w.t, what+": the decisions", answers, w.answers())
}

// answers asks everything about everyone.
func (w *world) answers() map[string]string {
	all := map[string]string{}
	for _, org := range []rolekit.OrgID{"tom", "jack", "tom.north"} {
		for _, user := range []rolekit.UserID{"olga", "ada", "bob", "carol"} {
			for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
				grants, err := w.Permissions(w.t.Context(), rolekit.Identity{User: user, Org: org, Profile: profile})
				all[fmt.Sprint(org, user, profile)] = fmt.Sprint(grants, err)
			}
		}
	}
	return all
}

func grantsOf(permissions ...rolekit.Permission) []rolekit.Grant {
	var grants []rolekit.Grant
	for _, p := range permissions {
		grants = append(grants, rolekit.Grant{Permission: p, Access: rolekit.AccessAny})
	}
	return grants
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func isError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want an error like %q", what, err, want)
	}
}

// moved is the error alone of a move.
func moved(_ rolekit.Org, err error) error { return err }

// together runs fn n times at once and returns its errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	return errs
}

// lockedBuffer is a log that several goroutines may write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
