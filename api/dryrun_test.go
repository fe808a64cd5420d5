package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/internal/memstore"
)

// dry makes a request of a scenario one for a dry run.
func dry(request string) string {
	path, match, _ := strings.Cut(request, " If-Match: ")
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	if path += mark + "dry_run=true"; match != "" {
		path += " If-Match: " + match
	}
	return path
}

// counted is a store and a watcher that count what reaches them.
type counted struct {
	*memstore.Store

	updates, news atomic.Int64
}

func (c *counted) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	c.updates.Add(1)
	return c.Store.Update(ctx, fn)
}

func (c *counted) Notify(context.Context, string) error {
	c.news.Add(1)
	return nil
}

func (*counted) Listen(ctx context.Context, _ func(string), _ func(error)) error {
	<-ctx.Done()
	return nil
}

// Every change of the document can be tried. Whoever asks is refused as for the
// change itself, or told what it would do; either way nothing is stored, no
// transaction that could begun, and nothing told to other processes.
func TestEveryChangeCanBeTried(t *testing.T) {
	store := &counted{Store: memstore.New()}
	catalog, err := apitest.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	config := rolekit.Config{Catalog: catalog, Operators: apitest.Operators, Logger: slog.New(slog.DiscardHandler)}
	if err := apitest.Settle(t.Context(), store, config); err != nil {
		t.Fatal(err)
	}
	config.Watcher = store
	kit, err := rolekit.New(t.Context(), store, config)
	if err == nil {
		_, err = kit.Manager().As(rolekit.System("test")).CreateRole(t.Context(), "tom", rolekit.RoleSpec{ID: "spare", Profile: "worker"})
	}
	if err == nil {
		err = kit.Flush(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, kit: kit, client: &http.Client{}, url: listen(t, engineOf(t, kit))}
	d, _ := readDocument(t)
	tried := map[string]bool{}
	for path, methods := range d.Paths {
		for _, o := range methods {
			can := slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == "dry_run" && p.In == "query" })
			if is := o.Responses["429"].Ref != ""; is != can {
				t.Errorf("%s %s is a change: %v, and can be tried: %v", o.OperationID, path, is, can)
			}
			if can {
				tried[o.OperationID] = false
			}
		}
	}
	rows := append(apitest.Scenarios(), apitest.Scenario{
		Operation: "delete-role", Request: "DELETE /v1/orgs/tom/roles/spare", Statuses: [6]int{401, 403, 403, 204, 403, 403},
	})
	before, news := store.Dump(), store.news.Load()
	for _, s := range rows {
		if _, can := tried[s.Operation]; !can {
			continue
		}
		for _, asker := range apitest.Askers() {
			who, want := string(asker.User()), s.Statuses[asker]
			a := w.ask(who, dry(s.Request), s.Body)
			switch {
			case want == 0:
			case want >= http.StatusBadRequest:
				if refused := w.ask(who, s.Request, s.Body); a.status != want || a.body != refused.body || a.header.Get("ETag") != refused.header.Get("ETag") {
					t.Errorf("%s as %s: %d %s\nthe change: %d %s", s.Request, asker, a.status, a.body, refused.status, refused.body)
				}
			case a.status != http.StatusOK || !strings.HasPrefix(a.body, `{"dry_run":true,"effects":[`) || a.header.Get("Revision") != "" || a.header.Get("ETag") != "":
				t.Errorf("%s as %s: %d %v %s", s.Request, asker, a.status, a.header, a.body)
			default:
				tried[s.Operation] = true
			}
			if after := store.Dump(); after != before {
				t.Fatalf("%s as %s changed something:\n%s", s.Request, asker, cmp.Diff(before, after))
			}
		}
	}
	for operation, done := range tried {
		if !done {
			t.Errorf("nobody is told what %s would do", operation)
		}
	}
	if err := kit.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if store.news.Load() != news || len(tried) < 28 {
		t.Errorf("%d news, %d changes", store.news.Load()-news, len(tried))
	}
	updates := store.updates.Load()
	for _, s := range rows {
		if _, can := tried[s.Operation]; can {
			w.ask(admin, dry(s.Request), s.Body)
		}
	}
	if n := store.updates.Load() - updates; n != 0 {
		t.Errorf("%d transactions", n)
	}
}

// What is told is what the change then does.
func TestADryRunTellsWhatTheChangeDoes(t *testing.T) {
	w := newWorld(t)
	var p struct {
		Effects      []map[string]any
		Orgs         []map[string]any
		Gained, Lost int
	}
	tell := func(a answer) []string {
		t.Helper()
		p.Effects, p.Orgs = nil, nil
		if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		var lines []string
		for _, e := range p.Effects {
			line := fmt.Sprintf("%s %s in %s as %s: %s %s", e["user"], e["change"], e["org"], e["profile"], e["permission"], e["access"])
			if e["from"] != nil || e["until"] != nil {
				line += fmt.Sprintf(" from %v until %v", e["from"], e["until"])
			}
			lines = append(lines, line)
		}
		return lines
	}
	for _, c := range []struct {
		request, body string
		want          []string
	}{
		{"PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[{"permission":"jobs:read","access":"own"}]}`, []string{
			"auth0|ada lost in tom as worker: invoices:read any", "auth0|ada gained in tom as worker: jobs:read own",
			"auth0|ada lost in tom.north as worker: invoices:read any", "auth0|ada gained in tom.north as worker: jobs:read own",
			"auth0|ada lost in tom.south as worker: invoices:read any", "auth0|ada gained in tom.south as worker: jobs:read own",
		}},
		{"PUT /v1/orgs/tom.north/members/bob/roles/bookkeeper", `{"from":"2036-01-01T00:00:00Z","until":"2037-01-01T00:00:00+01:00"}`, []string{
			"bob gained in tom.north as worker: invoices:read any from 2036-01-01T00:00:00Z until 2036-12-31T23:00:00Z",
		}},
		{"PUT /v1/orgs/tom/groups/fresh", `{}`, nil},
		{"PUT /v1/me/profile", `{"org":"tom","profile":"owner"}`, nil},
		{"DELETE /v1/orgs/tom/groups/crew", "", []string{
			"carl lost in tom as worker: jobs:read own", "carl lost in tom.north as worker: jobs:read own", "carl lost in tom.south as worker: jobs:read own",
		}},
	} {
		if diff := cmp.Diff(c.want, tell(w.ask(admin, dry(c.request), c.body))); diff != "" {
			t.Errorf("%s: %s", c.request, diff)
		}
	}
	// An operator may delete an organisation, and not read who is in it.
	if lines := tell(w.ask(operator, "DELETE /v1/orgs/tom?descendants=true&dry_run=true", "")); len(lines) > 0 || p.Lost < 20 || len(p.Orgs) != 3 || p.Orgs[0]["hidden"] != true {
		t.Errorf("%v %+v", lines, p)
	}
	if a := w.ask(admin, "GET /v1/orgs/tom/members/bob/permissions", ""); a.status != http.StatusOK || strings.Contains(a.body, "invoices") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A dry run has no effect to have once: its key is free for the change.
func TestADryRunUsesUpNoKey(t *testing.T) {
	w := newWorld(t)
	const key, body = `"8e03978e"`, `{"id":"clerk","profile":"worker"}`
	for range 2 {
		a := w.ask(admin, "POST /v1/orgs/tom/roles?dry_run=true", body, "Idempotency-Key", key)
		if a.status != http.StatusOK || a.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%d %v %s", a.status, a.header, a.body)
		}
	}
	if a := w.ask(admin, "POST /v1/orgs/tom/roles", body, "Idempotency-Key", key); a.status != http.StatusCreated || a.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}

func TestDryRunIsSaidOnceAndOfChangesAlone(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for _, request := range []string{
		"GET /v1/orgs?dry_run=true", "POST /v1/orgs/tom/check?dry_run=true", "PUT /v1/orgs/tom/members/bob?dry_run=yes", "PUT /v1/orgs/tom/members/bob?dry_run=",
		"PUT /v1/orgs/tom/members/bob?dry_run=true&dry_run=false", "PUT /v1/orgs/tom/members/bob?dry_run=true&other=1", "PUT /v1/orgs/tom/members/bob?dryrun=true",
		"PUT /v1/orgs/tom/members/bob?dry_run=TRUE",
	} {
		body := ""
		if strings.HasPrefix(request, "POST") {
			body = `{"user":"auth0|ada","permission":"invoices:read"}`
		}
		if a := w.ask(admin, request, body); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", request, a.status, a.body)
		}
	}
	unchanged(t, w, before)
	if a := w.ask(admin, "PUT /v1/orgs/tom/members/bob?dry_run=false", ""); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.body)
	}
	// Each counts as the change would.
	w = serve(t, settled(t), api.Config{ChangeRate: 0.001, ChangeBurst: 2}, func(*gin.Engine) {})
	for i, want := range []int{200, 200, 429} {
		if a := w.ask(admin, "PUT /v1/orgs/tom/members/bob?dry_run=true", ""); a.status != want {
			t.Errorf("dry run %d: %d", i+1, a.status)
		}
	}
}
