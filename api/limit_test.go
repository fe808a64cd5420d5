package api_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/api"
)

// asking are the operations that POST a question and change nothing. All others
// that are no GET change something, and so are limited.
func asking() []string { return []string{"check", "check-many", "explain"} }

func TestChangesAreLimited(t *testing.T) {
	w := serve(t, settled(t), api.Config{ChangeRate: 0.001, ChangeBurst: 3}, func(e *gin.Engine) {
		e.Use(func(c *gin.Context) { c.Header("X-Request-ID", "r-17") })
	})
	const role = "PATCH /v1/orgs/tom/roles/bookkeeper"
	for _, step := range []struct {
		who, request, body string
		status             int
	}{
		{admin, role, `{"label":"A"}`, 200},
		{admin, role, `{"label":7}`, 422}, // it was asked for all the same
		{admin, "PUT /v1/orgs/tom/members/zoe", "", 204},
		{admin, "DELETE /v1/orgs/tom/members/zoe", "", 429},
		{admin, role, `{"label":"B"}`, 429},
		{admin, role, `not even JSON`, 429}, // it is not read
		{admin, "GET /v1/orgs/tom/members", "", 200},
		{admin, "POST /v1/orgs/tom/check", `{"user":"zoe","permission":"invoices:read"}`, 200},
		{admin, "POST /v1/orgs/tom/explain", `{"user":"zoe","permission":"invoices:read"}`, 200},
		{nobody, role, `{"label":"B"}`, 401},
		{other, "PUT /v1/orgs/jack/members/zoe", "", 204},
	} {
		before := w.dump()
		a := w.ask(step.who, step.request, step.body)
		if a.status != step.status {
			t.Errorf("%s as %q: %d %s, want %d", step.request, step.who, a.status, a.body, step.status)
		}
		if step.status != 429 {
			continue
		}
		if p := isProblem(t, a); p["code"] != "too_many_requests" || p["request_id"] != "r-17" {
			t.Errorf("%s", a.body)
		}
		if n, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || n < 900 || n > 1000 {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
		unchanged(t, w, before)
	}
}

// Without a limit there is none, and a limit that makes no sense is refused.
func TestLimitsAreConfigured(t *testing.T) {
	w := newWorld(t)
	for range 100 {
		if a := w.ask(admin, "PUT /v1/orgs/tom/members/zoe", ""); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if _, err := api.New(w.kit, api.Config{ChangeRate: -1}); err == nil || !strings.Contains(err.Error(), "ChangeRate") {
		t.Error(err)
	}
}

// Every operation that changes something is limited, also one that is still to
// come: it says so itself, by the same function that limits it.
func TestEveryChangeIsLimited(t *testing.T) {
	d, _ := readDocument(t)
	for path, methods := range d.Paths {
		for method, o := range methods {
			asks := method == "get" || slices.Contains(asking(), o.OperationID)
			if limited := o.Responses["429"].Ref != ""; limited == asks {
				t.Errorf("%s %s (%s): limited: %v; an operation that changes nothing belongs into asking()", method, path, o.OperationID, limited)
			}
		}
	}
}
