package attacks_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit/internal/attacks"
	"github.com/rolekit/rolekit/internal/skip"
)

var remove = flag.String("remove", "", "a regular expression: take away the guards of these names, one by one, and expect the attempts to succeed")

// root is the module's, as seen from the tests of this package.
const root = "../.."

// TestGuardsAreThere: where the code of a guard was changed, its description has
// to be as well, or nothing takes it away.
func TestGuardsAreThere(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range attacks.Guards() {
		if _, err := g.Without(root); err != nil {
			t.Error(err)
		}
		if seen[g.Name] || !regexp.MustCompile(`^[a-z-]+$`).MatchString(g.Name) || g.Keeps == "" {
			t.Errorf("guard %q: the name is taken or of other characters, or it does not say what it keeps", g.Name)
		}
		seen[g.Name] = true
	}
}

// TestEachGuardMatters takes the guards away, one after the other, and expects
// every attempt that names it to come through: make guards.
func TestEachGuardMatters(t *testing.T) {
	if *remove == "" {
		skip.Because(t, "it takes minutes: make guards")
	}
	chosen, err := regexp.Compile(*remove)
	if err != nil {
		t.Fatal(err)
	}
	module, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	packages := packagesOf(t, module)
	for _, g := range attacks.Guards() {
		if !chosen.MatchString(g.Name) {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			began := time.Now()
			if len(packages[g.Name]) == 0 {
				t.Fatal("no attempt names it")
			}
			overlay, err := g.Overlay(module, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := attacks.Run(t.Context(), module, overlay, g.Name, packages[g.Name]...)
			if err != nil {
				t.Fatal(err)
			}
			won := 0
			for _, o := range outcomes {
				switch {
				case o.Succeeds:
					won++
				case o.Skipped:
					t.Logf("not tried: %s", o.Test)
				default:
					t.Errorf("%s is kept from succeeding by something else as well:\n%s", o.Test, o.Output)
				}
			}
			_, _ = fmt.Fprintf(os.Stdout, "%-26s %3d of %d attempts succeed without it, %4.1f s: %s\n",
				g.Name, won, len(outcomes), time.Since(began).Seconds(), g.Keeps)
		})
	}
}

// packagesOf runs all attempts as things are, and returns in which packages each
// guard's are.
func packagesOf(t *testing.T, module string) map[string][]string {
	t.Helper()
	outcomes, err := attacks.Run(t.Context(), module, "", "", attacks.Packages()...)
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	for _, o := range outcomes {
		if !o.Passed && !o.Skipped {
			t.Fatalf("%s fails as things are:\n%s", o.Test, o.Output)
		}
		path := "./" + strings.TrimPrefix(o.Package, "github.com/rolekit/rolekit/")
		if !slices.Contains(packages[o.Guard], path) {
			packages[o.Guard] = append(packages[o.Guard], path)
		}
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d attempts at %d guards are refused as things are\n", len(outcomes), len(packages))
	return packages
}
