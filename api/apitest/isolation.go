package apitest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/openapi"
	"github.com/rolekit/rolekit/internal/memstore"
)

// isolated asks each operation with ids of two organisations mixed in all ways,
// in its path, its query and its body, as those who have nothing to do with the
// second. It compares the replies with those of a world that is without it, so
// that nothing of it can be in them, and all that is stored of it with what was.
func (s *suite) isolated(t *testing.T) {
	alone := s.settled.Clone()
	err := alone.Update(t.Context(), func(w rolekit.Writer) error { return w.DeleteOrg(t.Context(), "jack") })
	if err != nil {
		t.Fatal(err)
	}
	i := isolation{suite: s, alone: alone, tried: map[string]bool{}}
	for _, row := range Scenarios() {
		t.Run(row.Request, func(t *testing.T) { i.row(t, row) })
	}
	for _, lack := range s.untried(i.tried) {
		t.Error(lack)
	}
	if i.asked < len(Scenarios()) || !testing.Short() && i.asked < len(Scenarios())*3 || i.changes == 0 {
		t.Errorf("only %d requests were sent, and %d changed something", i.asked, i.changes)
	}
}

type isolation struct {
	*suite

	alone          *memstore.Store
	with, without  *world // jack's organisation
	tried          map[string]bool
	asked, changes int
}

func (i *isolation) row(t *testing.T, row Scenario) {
	t.Helper()
	for _, m := range mixes(i.parse(t, row).places()) {
		r := i.parse(t, row)
		var where []string
		for at, p := range r.places() {
			if id, ok := m[at]; ok {
				p.put(id)
				where = append(where, p.name)
				i.tried[r.operation.ID+" "+p.name] = true
			}
		}
		takes := r.operation.ID == "create-org" && slices.Contains(where, "body.id")
		line, body := r.text(t)
		i.askAll(t, line, body, takes)
		if slices.ContainsFunc(r.operation.Parameters, func(p openapi.Parameter) bool { return p.Name == "dry_run" }) {
			r.query.Set("dry_run", "true") // which tells who would gain and lose what
			line, body = r.text(t)
			i.askAll(t, line, body, takes)
		}
	}
}

// askAll asks as those who have nothing to do with jack's organisation.
func (i *isolation) askAll(t *testing.T, line, body string, takes bool) {
	t.Helper()
	askers := []Asker{Admin, Member, Stranger}
	if testing.Short() { // one of them in turn, as under the race detector all take minutes
		askers = askers[i.asked%len(askers):][:1]
	}
	for _, asker := range askers {
		i.ask(t, asker, line, body, takes)
	}
}

// ask compares the answers of both worlds. What is taken already is the one thing
// that an id of an organisation tells.
func (i *isolation) ask(t *testing.T, asker Asker, line, body string, takes bool) {
	t.Helper()
	if i.with == nil {
		i.with, i.without = i.world(t), i.worldOf(t, i.alone)
	}
	i.with.t, i.without.t = t, t
	i.asked++
	before := i.with.store.Dump()
	jacks := rowOf(before, "jack")
	a, b := i.with.ask(asker.User(), line, body), i.without.ask(asker.User(), line, body)
	after := i.with.store.Dump()
	if diff := cmp.Diff(jacks, rowOf(after, "jack")); diff != "" || len(jacks) < 1000 {
		t.Errorf("%s %s as %v changed another organisation:\n%s", line, body, asker, diff)
	}
	taken := takes && a.status == http.StatusConflict && !strings.Contains(a.body, "Jack's")
	if diff := cmp.Diff(i.without.told(b), i.with.told(a)); diff != "" && !taken {
		t.Errorf("%s %s as %v is answered by what is in another organisation (+):\n%s", line, body, asker, diff)
	}
	if after != before || a.status != b.status {
		i.with, i.without = nil, nil
		i.changes++
	}
}

// told is all of a reply but when it came, and what the application adds.
func (w *world) told(r reply) any {
	header := r.header.Clone()
	for _, name := range append([]string{"Date"}, w.suite.target.Headers...) {
		header.Del(name)
	}
	return []any{r.status, header, r.withoutID()}
}

// withoutID is the body without the request's id, which no two have in common.
func (r reply) withoutID() string {
	if id := r.header.Get("X-Request-ID"); id != "" {
		return strings.ReplaceAll(r.body, id, "")
	}
	return r.body
}

// rowOf returns what a store's dump says of an organisation.
func rowOf(dump, org string) string {
	for line := range strings.Lines(dump) {
		if strings.HasPrefix(line, org+": ") {
			return line
		}
	}
	return ""
}
