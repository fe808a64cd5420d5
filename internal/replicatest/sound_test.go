package replicatest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
)

// sound fails the test unless rules, roles, audit log and revision of the
// organisations tell the same: no change is half there.
func sound(t testing.TB, when string, store rolekit.Store, orgs ...rolekit.OrgID) {
	t.Helper()
	for _, org := range orgs {
		var layer rolekit.Layer
		var events []rolekit.AuditEvent
		err := store.View(t.Context(), func(r rolekit.Reader) (err error) {
			if layer, err = r.Layer(t.Context(), org); err != nil {
				return err
			}
			events, err = r.Audit(t.Context(), org, rolekit.AuditQuery{Limit: 1 << 20})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(events)
		if diff := cmp.Diff(audited(t, events), stored(layer)); diff != "" {
			t.Errorf("%s, in %s, what the audit log tells and what is stored (-audit +stored):\n%s", when, org, diff)
		}
		if last := events[len(events)-1].ID; rolekit.Revision(last) != layer.Revision {
			t.Errorf("%s, %s is at revision %d, and its last event is %d", when, org, layer.Revision, last)
		}
	}
}

// audited is what the events add up to.
func audited(t testing.TB, events []rolekit.AuditEvent) []string {
	t.Helper()
	roles, links := map[string][]string{}, map[string]bool{}
	for _, e := range events {
		switch e.Action {
		case "role.create", "role.grants", "role.delete":
			var after struct{ Grants []string }
			parse(t, e.After, &after)
			if roles[e.Target] = after.Grants; e.After == nil {
				delete(roles, e.Target)
			}
		case "member.assign", "member.unassign":
			var before, after struct{ Holds []string }
			parse(t, e.Before, &before)
			parse(t, e.After, &after)
			for _, role := range before.Holds {
				delete(links, e.Target+" holds "+role)
			}
			for _, role := range after.Holds {
				links[e.Target+" holds "+role] = true
			}
		case "org.create":
		default:
			t.Fatalf("an event %s", e.Action)
		}
	}
	all := slices.Collect(maps.Keys(links))
	for role, grants := range roles {
		all = append(all, role+" is there")
		for _, g := range grants {
			all = append(all, role+" grants "+g)
		}
	}
	slices.Sort(all)
	return all
}

func parse(t testing.TB, src json.RawMessage, into any) {
	t.Helper()
	if src == nil {
		return
	}
	if err := json.Unmarshal(src, into); err != nil {
		t.Fatal(err)
	}
}

// stored is what a layer holds, in the same words.
func stored(l rolekit.Layer) []string {
	var all []string
	for _, r := range l.Roles {
		all = append(all, fmt.Sprintf("role:%s is there", r.ID))
	}
	for _, r := range l.Rules {
		switch r.Ptype {
		case "p":
			all = append(all, fmt.Sprintf("%s grants %s:%s (%s)", r.V[0], r.V[3], r.V[4], r.V[5]))
		case "g3":
			all = append(all, fmt.Sprintf("%s holds %s from %s until %s", r.V[0], r.V[1], r.V[3], r.V[4]))
		default:
			all = append(all, fmt.Sprintf("%s holds %s", r.V[0], r.V[1]))
		}
	}
	slices.Sort(all)
	return all
}
