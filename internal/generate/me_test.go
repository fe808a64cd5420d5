package generate_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/internal/memstore"
)

// TestTheTypesTakeTheAnswersOfTheAPI asks GET /v1/me of the API of each catalog, for
// holders of every role, and gives the answers to the compiler as they come: they are
// of the type Me, which has no keys besides. Answers that the API does not give are
// not.
func TestTheTypesTakeTheAnswersOfTheAPI(t *testing.T) {
	var program []line
	for i, file := range catalogs() {
		program = append(program, line{fmt.Sprintf(`import type { Me as Me%d } from "./%s";`, i, module(file)), ""})
	}
	for i, file := range catalogs() {
		for j, answer := range answers(t, read(t, file)) {
			program = append(program, line{fmt.Sprintf("export const me%d_%d: Me%d = %s;", i, j, i, answer), ""})
		}
	}
	lawncare := fmt.Sprintf("Me%d", indexOf("examples/lawncare/catalog.yaml"))
	right := `{"user":"ada","profile":"worker","orgs":[{"id":"toms","label":"Tom's","profiles":["worker"],"roles":["of-their-own"]}],` +
		`"org":"toms","profiles":["worker"],"permissions":[{"permission":"jobs:read","access":"own"}]}`
	program = append(program, line{"export const right: " + lawncare + " = " + right + ";", ""})
	for i, wrong := range []struct{ old, other, says string }{
		{`"jobs:read"`, `"jobs:raed"`, `TS2820: .*Did you mean '"jobs:read"'`},
		{`"access":"own"`, `"access":"mine"`, "TS2322: "},
		{`"access":"own"`, `"reach":"own"`, "TS2353: "},
		{`"user":"ada",`, ``, "TS2741: .*'user' is missing"},
		{`"user":"ada"`, `"user":7`, "TS2322: "},
		{`"profile":"worker"`, `"profile":"wroker"`, "TS2820: "},
		{`"profile":"worker"`, `"profile":null`, "TS2322: "},
		{`"profiles":["worker"],"roles"`, `"profiles":["admin"],"roles"`, "TS2322: "},
		{`"label":"Tom's",`, ``, "TS2741: .*'label' is missing"},
		{`"roles":["of-their-own"]`, `"roles":"of-their-own"`, "TS2322: "},
		{`"permissions":[`, `"grants":[`, "TS2353: "},
		{`"orgs":[`, `"orgs":[null,`, "TS2322: "},
	} {
		if !strings.Contains(right, wrong.old) {
			t.Fatalf("%s is not in the right answer", wrong.old)
		}
		program = append(program, line{fmt.Sprintf("export const wrong%d: %s = %s;", i, lawncare, strings.Replace(right, wrong.old, wrong.other, 1)), wrong.says})
	}
	compile(t, program)
}

func indexOf(file string) int {
	for i, other := range catalogs() {
		if other == file {
			return i
		}
	}
	return -1
}

// answers are what a kit with the catalog answers to GET /v1/me, asked by a holder of
// each default role, of all of them, of a custom role with every access, and of
// nothing; with an organisation in the query, and without.
func answers(t *testing.T, c *rolekit.Catalog) []string {
	t.Helper()
	ctx := t.Context()
	config := rolekit.Config{Catalog: c, Access: map[rolekit.Access]rolekit.AccessRule{}, Logger: slog.New(slog.DiscardHandler)}
	for _, a := range c.Accesses() {
		config.Access[a.ID] = rolekit.AccessRule{Reaches: func(context.Context, rolekit.Identity, rolekit.Resource) (bool, error) { return false, nil }}
	}
	kit := must(rolekit.New(ctx, memstore.New(), config))(t)
	admin := kit.Manager().As(rolekit.System("test"))
	must(admin.ApplyDefaults(ctx, c.Defaults()))(t)
	must(admin.CreateOrg(ctx, rolekit.NewOrg{ID: "acme", Label: `"Acme" & sons`}))(t)
	must(admin.PutSet(ctx, "acme", rolekit.SetSpec{ID: "public"}, 0))(t)
	askers := []rolekit.UserID{"nobody", "all|of 'them'"}
	hire := func(role rolekit.RoleID) {
		askers = append(askers, rolekit.UserID("holder-of-"+role))
		for _, user := range []rolekit.UserID{askers[1], askers[len(askers)-1]} {
			if err := admin.Assign(ctx, "acme", user, role); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range c.DefaultRoles() {
		hire(r.ID)
	}
	for _, p := range c.Profiles() {
		hire(must(admin.CreateRole(ctx, "acme", rolekit.RoleSpec{ID: rolekit.RoleID("own-" + p.ID), Profile: p.ID, Grants: everyAccess(c, p.ID)}))(t).ID)
	}
	var said []string
	engine := apiOf(t, kit)
	for _, user := range askers {
		for _, query := range []string{"", "?org=acme"} {
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/me"+query, http.NoBody)
			r.Header.Set("X-User", string(user))
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, r)
			if stranger := user == "nobody" && query != ""; stranger {
				continue
			}
			if w.Code != http.StatusOK {
				t.Fatalf("%s%s: %d %s", user, query, w.Code, w.Body)
			}
			said = append(said, strings.TrimSpace(w.Body.String()))
		}
	}
	return said
}

// everyAccess grants each permission of the profile with each access that it comes
// with, but any: that reaches what all others do.
func everyAccess(c *rolekit.Catalog, profile rolekit.ProfileID) []rolekit.Grant {
	var grants []rolekit.Grant
	for _, p := range c.Permissions() {
		for _, access := range p.Access {
			if access == "set" {
				access = "set:public"
			}
			g := rolekit.Grant{Permission: p.ID, Access: access}
			if access != rolekit.AccessAny && c.CheckGrant(profile, g) == nil {
				grants = append(grants, g)
			}
		}
	}
	return grants
}

// apiOf believes what a request says of who makes it.
func apiOf(t *testing.T, kit *rolekit.Kit) *gin.Engine {
	t.Helper()
	gin.SetMode(gin.TestMode)
	engine := gin.New()
	must(api.New(kit, api.Config{}))(t).Mount(engine, engine.Group("", func(c *gin.Context) {
		who := rolekit.Identity{User: rolekit.UserID(c.GetHeader("X-User"))}
		c.Request = c.Request.WithContext(rolekit.WithIdentity(c.Request.Context(), who))
	}))
	return engine
}

// must ends the test with what failed.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
