package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/internal/memstore"
)

type whoMay struct {
	Items []struct {
		User string
		As   []struct {
			Profile string
			Access  []struct {
				Access      string
				Conditional bool
			}
		}
	}
	Next string
}

// told returns who is listed, and how far they may, with what decides whether it
// reaches where that is the application: ada:own,team?
func (l whoMay) told() string {
	var users []string
	for _, u := range l.Items {
		for _, c := range u.As {
			var access []string
			for _, a := range c.Access {
				access = append(access, a.Access+map[bool]string{true: "?"}[a.Conditional])
			}
			users = append(users, u.User+":"+strings.Join(access, ","))
		}
	}
	return strings.Join(users, " ")
}

const sites = `
objects:
  plans: {actions: [read, write]}
permissions:
  plans:read: {access: [any, own, team, set]}
  plans:write: {access: [any]}
baseline:
  default: [{permission: "plans:read", access: own}]
roles:
  boss: {grants: ["*:*"]}
  mate: {grants: [{permission: "plans:read", access: team}]}
creator: boss
`

// serveSites serves an application where teams matter: bea is the boss of one
// organisation, which has a part.
func serveSites(t *testing.T) *world {
	t.Helper()
	catalog, err := rolekit.ParseCatalog("sites.yaml", []byte(sites))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), memstore.New(), rolekit.Config{
		Catalog: catalog, Operators: "sites",
		Teams: func(context.Context, rolekit.Identity) ([]rolekit.TeamID, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	m := kit.Manager().As(rolekit.System("test"))
	if _, err = m.ApplyDefaults(t.Context(), catalog.Defaults()); err == nil {
		_, err = m.CreateOrg(t.Context(), rolekit.NewOrg{ID: "sites", Creator: "bea"})
	}
	a, err2 := api.New(kit, api.Config{})
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseRawPath = true
	engine.Use(identify)
	a.Mount(engine, nil)
	return &world{t: t, kit: kit, client: http.DefaultClient, url: listen(t, engine)}
}

// Who is listed follows groups, parts, sets, baselines and teams, as checks do.
func TestWhoCanFollowsThePolicy(t *testing.T) {
	w := serveSites(t)
	const org = "/v1/orgs/sites"
	w.done("bea", "POST /v1/orgs", `{"id":"east","parent":"sites"}`)
	w.done("bea", "PUT "+org+"/groups/crew", `{}`)
	w.done("bea", "PUT "+org+"/groups/crew/members/carl", "")
	w.done("bea", "PUT "+org+"/groups/crew/roles/mate", "")
	w.done("bea", "PUT "+org+"/members/dora", "")
	w.done("bea", "PUT /v1/orgs/east/members/ed/roles/mate", "")
	w.done("bea", "PUT "+org+"/sets/old", `{}`)
	w.done("bea", "PUT "+org+"/sets/old/resources/p1", "")
	w.done("bea", "POST "+org+"/roles", `{"id":"archivist","grants":[{"permission":"plans:read","access":"set:old"}]}`)
	w.done("bea", "PUT "+org+"/members/fay/roles/archivist", "")
	for query, want := range map[string]string{
		"sites/who-can?permission=plans:write":                  "bea:any",
		"sites/who-can?permission=plans:read":                   "bea:any carl:team?,own dora:own fay:own,set:old",
		"sites/who-can?permission=plans:read&resource=p1":       "bea:any fay:set:old",
		"sites/who-can?permission=plans:read&resource=p2":       "bea:any",
		"sites/who-can?permission=plans:read&owner=dora":        "bea:any dora:own",
		"sites/who-can?permission=plans:read&team=north":        "bea:any carl:team?",
		"sites/who-can?permission=plans:read&after=carl":        "dora:own fay:own,set:old",
		"east/who-can?permission=plans:read&team=north":         "bea:any carl:team? ed:team?",
		"east/who-can?permission=plans:read&owner=ed&team=n":    "bea:any carl:team? ed:team?,own",
		"east/who-can?permission=plans:read&owner=ed&limit=500": "bea:any ed:own",
	} {
		var got whoMay
		if w.read(w.ask("bea", "GET /v1/orgs/"+query, ""), &got); got.told() != want {
			t.Errorf("%s: %s, want %s", query, got.told(), want)
		}
	}
	var all []string
	for next := ""; ; {
		var got whoMay
		w.read(w.ask("bea", "GET "+org+"/who-can?permission=plans:read&limit=2"+next, ""), &got)
		all = append(all, got.told())
		if next = "&after=" + got.Next; got.Next == "" {
			break
		}
	}
	if got := strings.Join(all, " | "); got != "bea:any carl:team?,own | dora:own fay:own,set:old" {
		t.Errorf("page by page: %s", got)
	}
	for request, tells := range map[string]string{
		"who-can":                                    "permission",
		"who-can?permission=plans:raed":              `did you mean \"plans:read\"?`,
		"who-can?permission=plans:read&p=":           "query.p",
		"who-can?permission=plans:read&resource=%00": "U+0000",
		"what-can":                             "user",
		"what-can?user=bea&profile=boss":       "profile",
		"what-can?user=%00":                    "U+0000",
		"who-can?permission=plans:read&owner=": "",
	} {
		a := w.ask("bea", "GET "+org+"/"+request, "")
		if tells == "" {
			if a.status != 200 {
				t.Errorf("%s: %d %s", request, a.status, a.body)
			}
			continue
		}
		if isProblem(t, a); a.status != 422 || !strings.Contains(a.body, tells) {
			t.Errorf("%s: %d %s", request, a.status, a.body)
		}
	}
}
