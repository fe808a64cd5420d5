package services

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// installed returns the path of a server's program. Debian puts servers where
// only root has a PATH, and PostgreSQL in a folder for each version.
func installed(t testing.TB, server, program string) string {
	t.Helper()
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if err != nil {
		t.Fatal(err)
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 is no version
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	for _, path := range append(found, "/usr/sbin/"+program, "/usr/local/sbin/"+program) {
		if _, err := exec.LookPath(path); err == nil {
			return path
		}
	}
	missing(t, fmt.Sprintf("a private %s needs %s, which is not installed: apt-get or make services does that", server, program))
	return ""
}

// account is a user of the system.
type account struct{ user, group uint32 }

// accountOf returns the one that a server runs as, for the servers that refuse to
// run as root: nil where the test does not run as root.
func accountOf(t testing.TB, server, name string) *account {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		missing(t, fmt.Sprintf("a private %s runs as user %s, who does not exist: apt-get or make services installs both", server, name))
		return nil
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	if uidErr != nil || gidErr != nil {
		t.Fatalf("user %s has the ids %s and %s", name, u.Uid, u.Gid)
	}
	return &account{user: uint32(uid), group: uint32(gid)}
}

// folder makes one for a server's data. It is not the test's TempDir, where
// another user cannot go.
func folder(t testing.TB, owner *account) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rolekit-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.user), int(owner.group)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// FreePort returns one of 127.0.0.1 that is free, and that nobody else has before the
// test ends who asks for one here, in this process or another: a server can be
// started there, and again later. It is below those that systems give to outgoing
// connections (Linux from 32768). Whoever dials a port among those in a loop will
// reach itself one day.
func FreePort(t testing.TB) string {
	t.Helper()
	const half = 6_000 // each port has one above it, where the test listens for as long as it keeps the port
	for range 100 {
		port := 20_000 + rand.IntN(half) //nolint:gosec // nobody gains by guessing it
		keep, err := listenAt(port + half)
		if err != nil {
			continue
		}
		listener, err := listenAt(port)
		if err != nil {
			_ = keep.Close() // it was not asked for anything
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := keep.Close(); err != nil {
				t.Error(err)
			}
		})
		return strconv.Itoa(port)
	}
	t.Fatal("a hundred ports between 20000 and 26000 are taken")
	return ""
}

func listenAt(port int) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
}
