package adapter_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

func tempFile(t testing.TB) string { t.Helper(); return filepath.Join(t.TempDir(), "rolekit.db") }

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	if _, err := adapter.Open(t.Context(), nil, adapter.Config{}); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("no database: %v, want ErrInvalid", err)
	}
	db := openFile(t, tempFile(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := adapter.Open(ctx, db, adapter.Config{Migrate: true}); err == nil {
		t.Error("an ended context: no error")
	}
}

// TestReopen closes a file and opens it again: what was committed is there.
func TestReopen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rolekit.db", "a b.db", "100%.db", "what?.db", "a#b.db", "a%20b.db", "ü.db", "a&mode=ro.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			var before []string
			t.Run("write", func(t *testing.T) {
				db := openFile(t, path)
				populate(t, newKit(t, db))
				before = tables(t, db)
			})
			if files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(files) == 0 || filepath.Base(files[0]) != name {
				t.Errorf("files: %q, %v; want %q", files, err, name)
			}
			db := openFile(t, path)
			equal(t, "the tables", before, tables(t, db))
			if !reads(t, newKit(t, db), "bob", "tom") {
				t.Error("bob may not read any more")
			}
		})
	}
}
