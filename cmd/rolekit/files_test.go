//go:build unix

package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func (p *place) mode(name string) os.FileMode {
	p.t.Helper()
	info, err := os.Stat(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return info.Mode().Perm()
}

func (p *place) chmod(name string, mode os.FileMode) {
	p.t.Helper()
	if err := os.Chmod(filepath.Join(p.dir, name), mode); err != nil {
		p.t.Fatal(err)
	}
}

// TestTheDatabaseIsItsOwnersAlone looks at the files while the server runs, and
// starts it again on a database that its owner lets others read.
func TestTheDatabaseIsItsOwnersAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o022)) // as nearly everywhere
	p := newPlace(t)
	s := p.serve("--dev", "--seed")
	for _, name := range []string{"rolekit.db", "rolekit.db-wal", "rolekit.db-shm"} {
		if got := p.mode(name); got != 0o600 {
			t.Errorf("%s has the mode %#o", name, got)
		}
	}
	s.stop(syscall.SIGTERM)

	p.chmod("rolekit.db", 0o640)
	got := p.run("seed", "--catalog", "catalog.yaml")
	if got.code != 0 || !strings.Contains(got.stdout, "0 added") {
		t.Errorf("what was there is lost: %+v", got)
	}
	if got := p.mode("rolekit.db"); got != 0o640 {
		t.Errorf("its mode was changed to %#o", got)
	}
}

func TestADatabaseInMemoryIsNoFile(t *testing.T) {
	p := newPlace(t)
	if got := p.run("seed", "--catalog", "catalog.yaml", "--database", ":memory:"); got.code != 0 {
		t.Errorf("got %+v", got)
	}
	p.wantNone(":memory:")
}

func TestASecretThatOthersMayRead(t *testing.T) {
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o644: true} {
		p := newPlace(t, "ROLEKIT_SECRET_FILE=secret.txt")
		p.write("secret.txt", secret)
		p.chmod("secret.txt", mode)
		s := p.serve()
		s.stop(syscall.SIGTERM)
		token := p.run("token", "--user", "ada")
		if token.code != 0 || strings.Contains(token.stdout, "others") {
			t.Errorf("%#o: %+v", mode, token)
		}
		for _, log := range []string{s.logged(), token.stderr} {
			if strings.Contains(log, "others on this machine may read the signing secret") != warned || strings.Contains(log, secret) {
				t.Errorf("%#o: the log is %s", mode, log)
			}
		}
	}
}

func TestAPasswordThatOthersMayRead(t *testing.T) {
	for address, warned := range map[string]bool{"postgres://app:" + secret + "@127.0.0.1:1/app": true, "postgres://app@127.0.0.1:1/app": false} {
		p := newPlace(t)
		p.write("address", address)
		p.chmod("address", 0o644)
		got := p.run("migrate", "--database-file", "address")
		if strings.Contains(got.stderr, "others on this machine may read the database's password") != warned || strings.Contains(got.stderr, secret) {
			t.Errorf("%s: %s", address, got.stderr)
		}
		p.chmod("address", 0o600)
		if got := p.run("migrate", "--database-file", "address"); strings.Contains(got.stderr, "may read") {
			t.Errorf("%s: %s", address, got.stderr)
		}
	}
}
