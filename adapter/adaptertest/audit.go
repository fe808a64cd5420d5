package adaptertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func auditTests() []storeTest {
	return []storeTest{
		{"events come back as they were written, newest first", auditOrder},
		{"Audit pages by Before and Limit", auditPages},
		{"Audit selects by who, what, to what and when", auditFilters},
		{"the events of a deleted organisation stay, and are not those of the next", eventsStay},
		{"Append ids grow, also after deletions", idsGrow},
		{"Append adds many events in order", manyEvents},
	}
}

func appendEvent(t testing.TB, s rolekit.Store, e rolekit.AuditEvent) (id int64) {
	t.Helper()
	in(t, s, e.Org, func(ctx context.Context, w rolekit.Writer) (err error) {
		id, err = w.Append(ctx, e)
		return err
	})
	return id
}

func events(t testing.TB, s rolekit.Store, org rolekit.OrgID, q rolekit.AuditQuery) (all []rolekit.AuditEvent) {
	t.Helper()
	view(t, s, func(r rolekit.Reader) (err error) {
		all, err = r.Audit(t.Context(), org, q)
		return err
	})
	return all
}

func auditOrder(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	first := rolekit.AuditEvent{
		Org: "tom", At: time.Date(2026, 5, 6, 7, 8, 9, 123456000, time.UTC), Actor: "user:Zoë 🌱", Action: "role.create", Target: "role:clerk",
		Before: nil, After: json.RawMessage(`{"label":"<&> \"ü\"","grants":["a:read (any)"],"n":12345678901234567890}`),
	}
	second := rolekit.AuditEvent{
		Org: "tom", At: first.At.Add(-time.Hour), Actor: "system:seed", Action: "role.delete", Target: "role:clerk",
		Before: json.RawMessage(`{}`), After: nil,
	}
	first.ID = appendEvent(t, s, first)
	appendEvent(t, s, rolekit.AuditEvent{Org: "jack", At: first.At, Action: "other"})
	second.ID = appendEvent(t, s, second)
	same(t, "the events", []rolekit.AuditEvent{second, first}, events(t, s, "tom", rolekit.AuditQuery{Limit: 10}))
	same(t, "nobody’s events", []rolekit.AuditEvent{}, events(t, s, "nobody", rolekit.AuditQuery{Limit: 10}))
}

func auditPages(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	var ids []int64 // newest first
	for i := range 7 {
		appendEvent(t, s, rolekit.AuditEvent{Org: "jack", Action: "other"})
		ids = append([]int64{appendEvent(t, s, rolekit.AuditEvent{Org: "tom", Action: strconv.Itoa(i)})}, ids...)
	}
	var paged []int64
	for before := int64(0); ; {
		page := events(t, s, "tom", rolekit.AuditQuery{Before: before, Limit: 3})
		if len(page) > 3 {
			t.Fatalf("a page has %d events, want at most 3", len(page))
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			paged = append(paged, e.ID)
		}
		before = page[len(page)-1].ID
	}
	same(t, "the ids of all pages", ids, paged)
}

func auditFilters(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	at := func(n int) time.Time { return time.Date(2026, 5, 6, 7, 8, n, 500_000_000, time.UTC) }
	var ids []int64
	for i, e := range []rolekit.AuditEvent{
		{Actor: "user:ada", Action: "role.create", Target: "role:clerk"},
		{Actor: "user:Ada", Action: "role.create", Target: "roles:clerk"},
		{Actor: "user:ada", Action: "member.assign", Target: "user:bob"},
		{Actor: "system:seed", Action: "role.delete", Target: "role:clerk"},
		{Actor: "user:ada ", Action: "group.put", Target: "role"},
	} {
		e.Org, e.At = "tom", at(i)
		ids = append(ids, appendEvent(t, s, e))
		e.Org = "jack"
		appendEvent(t, s, e)
	}
	for _, c := range []struct {
		q    rolekit.AuditQuery
		want []int
	}{
		{rolekit.AuditQuery{}, []int{4, 3, 2, 1, 0}},
		{rolekit.AuditQuery{Actor: "user:ada"}, []int{2, 0}},
		{rolekit.AuditQuery{Actor: "user:ada", Action: "role.create"}, []int{0}},
		{rolekit.AuditQuery{Target: "role:clerk"}, []int{3, 0}},
		{rolekit.AuditQuery{Kind: "role"}, []int{3, 0}},
		{rolekit.AuditQuery{Kind: "rol"}, nil},
		{rolekit.AuditQuery{Kind: "role", Target: "user:bob"}, nil},
		{rolekit.AuditQuery{From: at(1), Until: at(3)}, []int{2, 1}},
		{rolekit.AuditQuery{From: at(3).Add(time.Microsecond)}, []int{4}},
		{rolekit.AuditQuery{Until: at(0).Add(time.Microsecond), Kind: "role"}, []int{0}},
		{rolekit.AuditQuery{From: at(2).In(time.FixedZone("", 7200)), Before: ids[4]}, []int{3, 2}},
		{rolekit.AuditQuery{Actor: "user:ada' OR '1'='1"}, nil},
	} {
		c.q.Limit = 10
		var got, want []int64
		for _, e := range events(t, s, "tom", c.q) {
			got = append(got, e.ID)
		}
		for _, i := range c.want {
			want = append(want, ids[i])
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v: %v, want %v", c.q, got, want)
		}
	}
}

// idsGrow matters because revisions are made of these ids: one used twice would
// let an old policy pass for the newest.
func idsGrow(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	last := int64(0)
	next := func(org rolekit.OrgID) {
		t.Helper()
		id := appendEvent(t, s, rolekit.AuditEvent{Org: org, Action: "test"})
		if id <= last {
			t.Fatalf("the id %d came after %d", id, last)
		}
		last = id
	}
	next("tom")
	next("jack")
	next("tom")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		if err := w.DeleteOrg(ctx, "tom"); err != nil {
			return err
		}
		id, err := w.Append(ctx, rolekit.AuditEvent{Org: rolekit.AllOrgs, Action: "org.delete"})
		if id <= last {
			t.Errorf("the id %d came after %d", id, last)
		}
		last = id
		return err
	})
	insert(t, s, "tom")
	next("tom")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteOrg(ctx, "tom") })
	next("jack")
}

// manyEvents come by one call, and are as many calls would have made them.
func manyEvents(t *testing.T, s rolekit.Store) {
	const many = 1203
	insert(t, s, "tom", "jack")
	last := appendEvent(t, s, rolekit.AuditEvent{Org: "tom", Action: "first"})
	all := make([]rolekit.AuditEvent, many)
	for i := range all {
		all[i] = rolekit.AuditEvent{
			Org: "tom", At: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC), Actor: "user:ada", Action: "member.assign", Target: "user:" + strconv.Itoa(i),
			After: json.RawMessage(`{"holds":["role:` + strconv.Itoa(i) + `"]}`),
		}
	}
	var told int64
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) (err error) {
		told, err = w.Append(ctx, all...)
		return err
	})
	got := events(t, s, "tom", rolekit.AuditQuery{Limit: 2 * many})
	if len(got) != many+1 || got[0].ID != told {
		t.Fatalf("%d events, the newest of id %d; want %d and id %d", len(got), got[0].ID, many+1, told)
	}
	slices.Reverse(got)
	for i, e := range got[1:] {
		if e.ID <= last {
			t.Fatalf("the id %d came after %d", e.ID, last)
		}
		last, e.ID = e.ID, 0
		same(t, "event "+strconv.Itoa(i), all[i], e)
	}
	if next := appendEvent(t, s, rolekit.AuditEvent{Org: "jack", Action: "next"}); next <= told {
		t.Errorf("the id %d came after %d", next, told)
	}
}
