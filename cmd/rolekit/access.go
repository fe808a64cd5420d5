package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

// reachNothing are the accesses of the application's own that a catalog declares. What
// they reach, the application alone can tell: here that is nothing.
func reachNothing(catalog *rolekit.Catalog) map[rolekit.Access]rolekit.AccessRule {
	rules := map[rolekit.Access]rolekit.AccessRule{}
	for _, a := range catalog.Accesses() {
		rules[a.ID] = rolekit.AccessRule{Reaches: func(context.Context, rolekit.Identity, rolekit.Resource) (bool, error) { return false, nil }}
	}
	return rules
}

// writeUntold tells by which accesses a denied user may do it somewhere, of which nobody
// but the application can tell where.
func writeUntold(w io.Writer, reach []rolekit.Access) {
	var untold []string
	for _, a := range reach {
		if _, set := a.Set(); !set && !slices.Contains([]rolekit.Access{rolekit.AccessAny, rolekit.AccessOwn}, a) {
			untold = append(untold, screen.Safe(string(a)))
		}
	}
	if len(untold) > 0 { // the answer is given, whether this can be written or not
		_, _ = fmt.Fprintf(w, "rolekit: what access %s reaches, only the application can tell; it may allow this\n", strings.Join(untold, ", "))
	}
}
