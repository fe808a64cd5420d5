package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/metrics"
)

// bookkeeping is a kit with one organisation, where ada may read invoices.
func bookkeeping(t testing.TB) *rolekit.Kit {
	t.Helper()
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(
		"{objects: {invoices: {actions: [read, write]}}, roles: {reader: {grants: ['invoices:read']}, owner: {grants: ['*:*']}}, creator: owner}"))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), memstore.New(), rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	system := kit.Manager().As(rolekit.System("test"))
	_, err = system.ApplyDefaults(t.Context(), catalog.Defaults())
	if err == nil {
		_, err = system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "tom", Creator: "tom"})
	}
	if err := errors.Join(err, system.Assign(t.Context(), "tom", "ada", "reader")); err != nil {
		t.Fatal(err)
	}
	return kit
}

func in(org rolekit.OrgID) rolekit.Identity {
	return rolekit.Identity{User: "ada", Org: org, Profile: rolekit.DefaultProfile}
}

// broken is a kit that cannot decide.
type broken struct{ *rolekit.Kit }

func (broken) Can(context.Context, rolekit.Identity, rolekit.Permission, rolekit.Resource) (rolekit.Decision, error) {
	return rolekit.Decision{}, errors.New("hunter2")
}

// The answers are the kit's own, and each is counted once.
func TestDecisionsAreCounted(t *testing.T) {
	kit, counts := bookkeeping(t), metrics.NewDecisions()
	measured := metrics.Authorizer(kit, counts)
	for _, question := range []struct {
		org  rolekit.OrgID
		want rolekit.Permission
	}{{"tom", "invoices:read"}, {"tom", "invoices:write"}, {"nowhere", "invoices:read"}, {"tom", "nothing:read"}} {
		plain, plainErr := kit.Can(t.Context(), in(question.org), question.want, nil)
		d, err := measured.Can(t.Context(), in(question.org), question.want, nil)
		if d.Allowed != plain.Allowed || d.Revision() != plain.Revision() || fmt.Sprint(err) != fmt.Sprint(plainErr) || len(d.Reasons()) != len(plain.Reasons()) {
			t.Errorf("%+v: %+v, %v; the kit says %+v, %v", question, d, err, plain, plainErr)
		}
		_, plainErr = kit.Ensure(t.Context(), in(question.org), question.want, nil)
		if _, err := measured.Ensure(t.Context(), in(question.org), question.want, nil); fmt.Sprint(err) != fmt.Sprint(plainErr) {
			t.Errorf("%+v: %v; the kit says %v", question, err, plainErr)
		}
	}
	if _, err := metrics.Authorizer(broken{kit}, counts).Can(t.Context(), in("tom"), "invoices:read", nil); err == nil {
		t.Error("it decides")
	}
	counts.Decided(rolekit.Decision{}, &rolekit.Error{Code: rolekit.CodeBrokenPolicy}, 0)
	counts.Decided(rolekit.Decision{}, &rolekit.Error{Code: rolekit.CodeUnavailable}, 0)
	const want = `
# HELP rolekit_decisions_total How many decisions were made, by their result: allowed, denied, invalid (the question made no sense) or failed (none could be made).
# TYPE rolekit_decisions_total counter
rolekit_decisions_total{result="allowed"} 2
rolekit_decisions_total{result="denied"} 2
rolekit_decisions_total{result="failed"} 3
rolekit_decisions_total{result="invalid"} 4
`
	if err := testutil.CollectAndCompare(counts, strings.NewReader(want), "rolekit_decisions_total"); err != nil {
		t.Error(err)
	}
}

func TestDurationsAreCounted(t *testing.T) {
	counts, requests := metrics.NewDecisions(), metrics.NewRequests()
	for _, took := range []time.Duration{100, 400, 400, 2 * time.Microsecond, time.Minute} {
		counts.Decided(rolekit.Decision{Allowed: true}, nil, took)
	}
	requests.Answered("GET", "/v1/orgs/:org", 200, 3*time.Millisecond)
	requests.Answered("GET", "", 404, 0)
	registry := prometheus.NewPedanticRegistry() // it checks what is told against what is described
	registry.MustRegister(counts, requests)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			h := m.GetHistogram()
			if h == nil {
				continue
			}
			var text strings.Builder
			for _, label := range m.GetLabel() {
				fmt.Fprintf(&text, "%s=%s ", label.GetName(), label.GetValue())
			}
			fmt.Fprintf(&text, "n=%d", h.GetSampleCount())
			for _, b := range h.GetBucket()[:4] {
				fmt.Fprintf(&text, " %g:%d", b.GetUpperBound(), b.GetCumulativeCount())
			}
			found[family.GetName()] += text.String() + "; "
		}
	}
	for name, want := range map[string]string{
		"rolekit_decision_duration_seconds":     "n=5 2.5e-07:1 5e-07:3 1e-06:3 2.5e-06:4; ",
		"rolekit_http_request_duration_seconds": "code=200 method=GET route=/v1/orgs/:org n=1 0.0005:0 0.001:0 0.0025:0 0.005:1; code=404 method=GET route=none n=1 0.0005:1 0.001:1 0.0025:1 0.005:1; ",
	} {
		if found[name] != want {
			t.Errorf("%s: %s", name, found[name])
		}
	}
	for _, c := range []prometheus.Collector{counts, requests} {
		if problems, err := testutil.CollectAndLint(c); err != nil || len(problems) > 0 {
			t.Errorf("%v, %v", problems, err)
		}
	}
}

// What counts must not cost what it counts: no more is allocated than by the kit
// alone, which the compiled engine does not do at all.
func TestCountingAllocatesNothing(t *testing.T) {
	kit := bookkeeping(t)
	measured := metrics.Authorizer(kit, metrics.NewDecisions())
	ctx, who := t.Context(), in("tom")
	for _, want := range []rolekit.Permission{"invoices:read", "invoices:write"} {
		plain := testing.AllocsPerRun(1000, func() { _, _ = kit.Can(ctx, who, want, nil) })
		counted := testing.AllocsPerRun(1000, func() { _, _ = measured.Can(ctx, who, want, nil) })
		if plain != 0 || counted != 0 {
			t.Errorf("%s: %v allocations, and %v counted", want, plain, counted)
		}
	}
}

func TestCountsAreExact(t *testing.T) {
	kit, counts := bookkeeping(t), metrics.NewDecisions()
	measured := metrics.Authorizer(kit, counts)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 4000 {
				_, _ = measured.Can(t.Context(), in("tom"), "invoices:read", nil)
				_, _ = measured.Ensure(t.Context(), in("tom"), "invoices:read", nil)
			}
		})
	}
	all.Wait()
	const want = "# HELP rolekit_decisions_total How many decisions were made, by their result: allowed, denied, invalid (the question made no sense) or failed (none could be made).\n" +
		"# TYPE rolekit_decisions_total counter\n" + `rolekit_decisions_total{result="allowed"} 64000` + "\n" + `rolekit_decisions_total{result="denied"} 0` + "\n" +
		`rolekit_decisions_total{result="failed"} 0` + "\n" + `rolekit_decisions_total{result="invalid"} 0` + "\n"
	if err := testutil.CollectAndCompare(counts, strings.NewReader(want), "rolekit_decisions_total"); err != nil {
		t.Error(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(counts)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	// One in 64, by chance: 1000, give or take 31. Ten times that is never seen.
	if n := families[0].GetMetric()[0].GetHistogram().GetSampleCount(); n < 700 || n > 1300 {
		t.Errorf("%d were timed", n)
	}
}

// BenchmarkAuthorizer is a decision without counting, and with.
func BenchmarkAuthorizer(b *testing.B) {
	kit := bookkeeping(b)
	for name, authorizer := range map[string]rolekit.Authorizer{"plain": kit, "counted": metrics.Authorizer(kit, metrics.NewDecisions())} {
		ctx, who := b.Context(), in("tom")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, err := authorizer.Can(ctx, who, "invoices:read", nil); err != nil || !d.Allowed {
					b.Fatal(d, err)
				}
			}
		})
		b.Run(name+" by all", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, _ = authorizer.Can(ctx, who, "invoices:read", nil)
				}
			})
		})
	}
}
