package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// An export that is whole says so in its last line, and one that is not says why.
func TestAnExportTellsWhetherItIsWhole(t *testing.T) {
	w := newWorld(t)
	m := w.kit.Manager().As(rolekit.System("test"))
	for i := range 600 {
		label := fmt.Sprintf("Tom %d", i)
		if _, err := m.UpdateRole(t.Context(), "tom", "bookkeeper", rolekit.RolePatch{Label: &label}, 0); err != nil {
			t.Fatal(err)
		}
	}
	const request = "GET /v1/orgs/tom/audit/export?target=role:bookkeeper"
	a := w.ask(admin, request, "")
	lines := strings.Split(strings.TrimSuffix(a.body, "\n"), "\n")
	if a.status != 200 || a.header.Get("Content-Type") != "application/x-ndjson" || len(lines) != 602 {
		t.Fatalf("%d %v, %d lines", a.status, a.header, len(lines))
	}
	last := int64(1 << 62)
	for _, line := range lines[:len(lines)-1] {
		var e struct{ ID int64 }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.ID >= last {
			t.Fatalf("%s after %d: %v", line, last, err)
		}
		last = e.ID
	}
	if end := lines[len(lines)-1]; end != `{"end":true,"events":601}` {
		t.Errorf("the last line: %s", end)
	}
	n := 0
	w.store.set(func() error {
		if n++; n > 1 {
			return errors.New("hunter2")
		}
		return nil
	})
	broken := w.ask(admin, request, "")
	lines = strings.Split(strings.TrimSuffix(broken.body, "\n"), "\n")
	if end := lines[len(lines)-1]; broken.status != 200 || len(lines) != 501 || !strings.Contains(end, `"code":"unavailable"`) || strings.Contains(broken.body, "hunter2") {
		t.Errorf("%d, %d lines, the last: %s", broken.status, len(lines), end)
	}
	if !strings.Contains(w.log.String(), "hunter2") {
		t.Error("the log does not say why")
	}
}

// Who deleted an organisation is found out after it is gone.
func TestWhoDeletedAnOrganisation(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "DELETE /v1/orgs/tom?descendants=true", "")
	a := w.ask(operator, "GET /v1/audit?target=org:tom&action=org.delete", "")
	if a.status != 200 || !strings.Contains(a.body, `"actor":"user:tom@example.com","action":"org.delete","target":"org:tom"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, q := range []string{"from=2026-05-06T00:00:00Z&until=2026-05-05T00:00:00Z", "from=yesterday", "kind=Role:", "limit=0", "nonsense=1"} {
		if a := w.ask(operator, "GET /v1/audit?"+q, ""); a.status != 422 {
			t.Errorf("%s: %d %s", q, a.status, a.body)
		}
	}
	if a := w.ask(operator, "GET /v1/audit?from=2000-01-01T00:00:00Z&until=2000-01-02T00:00:00%2B01:00", ""); a.body != `{"items":[]}`+"\n" {
		t.Errorf("long ago: %d %s", a.status, a.body)
	}
}
