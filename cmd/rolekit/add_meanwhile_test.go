//go:build unix

package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestACatalogThatWasChangedMeanwhile stays as somebody else wrote it while the question
// was waiting, and so does a generated file.
func TestACatalogThatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"catalog.yaml", "web/perm.ts"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			p := company(t)
			d := p.talk("add", "object", "quotes", "--label", "Quotes", "--action", "read", "--catalog", "catalog.yaml", "--generate")
			d.sees("┃ Write it?")
			p.write(name, p.read(name)+"// theirs\n")
			before := p.files()
			d.types("y")
			d.ends(1)
			d.sees(name+" was changed meanwhile, and is left as it is; try again\n", "rolekit: ")
			if diff := cmp.Diff(before, p.files()); diff != "" {
				t.Errorf("files have changed (-before +now):\n%s", diff)
			}
		})
	}
}

// TestAllIsPutBack where the last file cannot be written: its name leaves no room for
// that of a draft beside it.
func TestAllIsPutBack(t *testing.T) {
	t.Parallel()
	p := company(t)
	const longest = 255 // bytes, on file systems of Linux and macOS
	last := "zz/" + strings.Repeat("z", longest-len(".go")) + ".go"
	if got := p.run("generate", "go", "--catalog", "catalog.yaml"); got.code == 0 {
		p.make(last, got.stdout)
	} else {
		t.Fatalf("%+v", got)
	}
	before := p.files()
	got := p.run("add", "object", "quotes", "--label", "Quotes", "--action", "read", "--catalog", "catalog.yaml", "--generate", "--yes")
	if got.code != 1 || !strings.Contains(got.stderr, "z.go cannot be written: ") || strings.Contains(got.stdout, "written") {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(before, p.files()); diff != "" {
		t.Errorf("files have changed (-before +now):\n%s", diff)
	}
}
