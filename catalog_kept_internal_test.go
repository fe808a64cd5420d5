package rolekit

import (
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is kept of a catalog declares what the catalog does.
func TestKeptCatalogs(t *testing.T) {
	t.Parallel()
	read := 0
	for _, pattern := range []string{"testdata/catalog/*.yaml", "testdata/catalogs/*.yaml", "examples/*/catalog.yaml"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			src, err := fs.ReadFile(os.DirFS("."), file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := ParseCatalog(file, src)
			if err != nil {
				continue
			}
			read++
			kept, err := c.keep()
			if err != nil {
				t.Fatal(err)
			}
			again, err := ParseCatalog("kept", kept)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			none := newRenames()
			if diff := cmp.Diff(c.declared(&none), again.declared(&none)); diff != "" {
				t.Errorf("%s (-read +kept):\n%s", file, diff)
			}
			twice, err := again.keep()
			if err != nil || string(twice) != string(kept) {
				t.Errorf("%s is kept otherwise the second time: %v", file, err)
			}
		}
	}
	if read < 8 {
		t.Errorf("only %d catalogs were read", read)
	}
}
