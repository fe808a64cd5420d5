package rolekit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestACatalogHasRoomForSoMuch keeps a decision's numbers from running over.
func TestACatalogHasRoomForSoMuch(t *testing.T) {
	t.Parallel()
	profiles := func(n int) string {
		var b strings.Builder
		b.WriteString("profiles:\n")
		for i := range n {
			fmt.Fprintf(&b, "  p%d: {label: P}\n", i)
		}
		return b.String() + "objects: {jobs: {label: Jobs, actions: [read, write]}}\n"
	}
	objects := func(n int) string {
		var b strings.Builder
		b.WriteString("objects:\n")
		for i := range n {
			fmt.Fprintf(&b, "  o%d: {label: O, actions: [read, write]}\n", i)
		}
		return b.String()
	}
	for _, c := range []struct{ name, yaml, want string }{
		{"most profiles", profiles(1000), ""},
		{"too many profiles", profiles(1001), "catalog.yaml:1002: there are 1001 profiles; at most 1000 are possible"},
		{"too many permissions", objects(1 << 15), "at most 65536 are possible"},
	} {
		_, err := rolekit.ParseCatalog("catalog.yaml", []byte(c.yaml))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
