package replicatest_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/skip"
)

// TestFaultDatabaseFull gives an SQLite file no page more. SQLite says the same as
// of a full disk. Changes then fail as a whole, or fit; checks go on; and when there
// is room, so do changes.
func TestFaultDatabaseFull(t *testing.T) {
	t.Parallel()
	// The limit is the connection's.
	ctx, only := t.Context(), sqliteAt(filepath.Join(t.TempDir(), "rolekit.db")).open(t, 1)
	store := storeOn(t, only)
	kit := kitOn(t, store, rolekit.Config{})
	populate(t, kit, "north")
	system := kit.Manager().As(rolekit.System("test"))
	good(t, system.Assign(ctx, "north", "ada", "reader"))
	limit(t, only, "(SELECT page_count FROM pragma_page_count)")

	var refused []rolekit.UserID
	for i := 0; len(refused) < 10; i++ {
		user := rolekit.UserID(fmt.Sprint("user", i))
		err := system.Assign(ctx, "north", user, "reader")
		if err != nil {
			refused = append(refused, user)
			if !errors.Is(err, rolekit.ErrUnavailable) || !strings.Contains(err.Error(), "full") {
				t.Fatalf("%v; want it unavailable, because the database is full", err)
			}
		}
		if reads(t, kit, user) != (err == nil) {
			t.Errorf("the change returned %v, and %s may read: %v", err, user, err != nil)
		}
		if i > 1000 {
			t.Fatal("it is never full")
		}
	}
	if h := kit.Health(); !reads(t, kit, "ada") || h.StoreError != nil {
		t.Errorf("checks do not go on: %+v", h)
	}
	good(t, kit.Refresh(ctx))
	sound(t, "while it is full", store, "north")

	limit(t, only, "1000000")
	for _, user := range refused {
		if reads(t, kit, user) {
			t.Errorf("%s was refused, and may read", user)
		}
		good(t, system.Assign(ctx, "north", user, "reader"))
		if !reads(t, kit, user) || !reads(t, kitOn(t, store, rolekit.Config{}), user) {
			t.Errorf("%s may not read", user)
		}
	}
	sound(t, "when there is room again", store, "north")
}

// limit says how many pages a database may have. A pragma takes only a number.
func limit(t testing.TB, db *gorm.DB, pages string) {
	t.Helper()
	var n int
	good(t, db.Raw("SELECT "+pages).Scan(&n).Error)
	good(t, db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n)).Error)
}

// TestFaultDiskFull fills a real disk under two replicas. Only a superuser can
// mount one small enough.
func TestFaultDiskFull(t *testing.T) {
	heavy(t)
	t.Parallel()
	dir := smallDisk(t)
	db := sqliteAt(filepath.Join(dir, "rolekit.db"))
	store, book := db.store(t), newLedger()
	populate(t, kitOn(t, store, rolekit.Config{}), "north")
	replicas := []*replica{serve(t, "one", db), serve(t, "another", db)}
	w := &writer{t: t, ledger: book}
	first := func() *replica { return replicas[0] }
	ada, bob := right{"north", "ada", "invoices:read"}, right{"north", "bob", "invoices:read"}
	w.make(t.Context(), assign("north", "ada", "reader", ada), first)
	w.make(t.Context(), assign("north", "bob", "reader", bob), first)
	w.make(t.Context(), unassign("north", "bob", "reader", bob), first)
	var guards []*guard
	for _, r := range replicas {
		guards = append(guards, r.watch(book, patience))
	}

	converge(t, book, kitOn(t, store, rolekit.Config{}), replicas...)

	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	full := func(i int) bool {
		e := createRole("north", rolekit.RoleID(fmt.Sprint("role", i)), "invoices:read", "jobs:read")
		a, err := replicas[i%2].ask(t.Context(), e.method, e.path, e.body, "")
		if err != nil || a.status != 201 && !a.away() {
			t.Fatalf("%s answers %d %s, %v", replicas[i%2].name, a.status, a.body, err)
		}
		return a.away()
	}
	refused := 0
	for i := 0; refused < 10; i++ {
		if full(i) {
			refused++
		}
		if i > 1000 {
			t.Fatal("the disk is never full")
		}
	}
	for _, r := range replicas {
		if allowed, err := r.allows(t.Context(), ada, ""); !allowed || err != nil {
			t.Errorf("%s does not go on: %v, %v", r.name, allowed, err)
		}
		if ready := r.readiness(t.Context()); ready != "ready" {
			t.Errorf("%s is %s, and it can read", r.name, ready)
		}
		until(t, "the log of "+r.name+" says that the disk is full", func() bool { return strings.Contains(r.logged(), "disk is full") })
	}
	sound(t, "while the disk is full", store, "north")
	good(t, os.Remove(filler))
	w.make(t.Context(), assign("north", "bob", "reader", bob), first)
	w.make(t.Context(), unassign("north", "ada", "reader", ada), func() *replica { return replicas[1] })
	sound(t, "when there is room again", store, "north")
	converge(t, book, kitOn(t, store, rolekit.Config{}), replicas...)
	for _, g := range guards {
		g.report()
	}
}

// smallDisk mounts a disk of four megabytes, in memory, for the time of the test.
func smallDisk(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		skip.Because(t, "mounting a small disk takes Linux and its superuser; TestFaultDatabaseFull asks for the same without")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", dir).CombinedOutput(); err != nil { //nolint:gosec // the folder is the test's own
		skip.Because(t, fmt.Sprintf("no disk can be mounted here: %v: %s", err, out))
	}
	t.Cleanup(func() {
		// At once from sight, and gone when the last file is closed.
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil { //nolint:gosec,noctx // as above, and the test's context has ended
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}

// fill writes a file until the disk is full.
func fill(t testing.TB, path string) {
	t.Helper()
	f, err := os.Create(path) //nolint:gosec // it is the test's own
	good(t, err)
	defer f.Close() //nolint:errcheck // what counts is whether there was room
	block := make([]byte, 4096)
	if _, err := rand.Read(block); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the disk cannot be filled")
}
