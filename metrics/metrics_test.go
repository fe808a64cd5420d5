package metrics_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/metrics"
)

// fixed is a kit with these numbers.
type fixed rolekit.Stats

func (f *fixed) Stats() rolekit.Stats { return rolekit.Stats(*f) }

func TestEveryNumberIsTold(t *testing.T) {
	kit := fixed{
		Age: 1500 * time.Millisecond, Loaded: 2, Broken: 3, Polls: 30, FailedPolls: 10, Loads: 5, Heard: 6, Told: 70, Untold: 20,
	}
	const want = `
# HELP rolekit_loads_total How often an organisation's policy was read from the store.
# TYPE rolekit_loads_total counter
rolekit_loads_total 5
# HELP rolekit_news_total How many messages about changes came from other processes or went to them, by how that went.
# TYPE rolekit_news_total counter
rolekit_news_total{direction="received",result="ok"} 6
rolekit_news_total{direction="sent",result="failed"} 20
rolekit_news_total{direction="sent",result="ok"} 50
# HELP rolekit_orgs_broken How many organisations' policies cannot be read, so that everything in them is denied.
# TYPE rolekit_orgs_broken gauge
rolekit_orgs_broken 3
# HELP rolekit_orgs_loaded How many organisations' policies are in memory.
# TYPE rolekit_orgs_loaded gauge
rolekit_orgs_loaded 2
# HELP rolekit_policy_age_seconds How long ago the last reading of the policy store that succeeded began.
# TYPE rolekit_policy_age_seconds gauge
rolekit_policy_age_seconds 1.5
# HELP rolekit_polls_total How often the policy store was asked what changed, by how that went.
# TYPE rolekit_polls_total counter
rolekit_polls_total{result="failed"} 10
rolekit_polls_total{result="ok"} 20
`
	if err := testutil.CollectAndCompare(metrics.New(&kit), strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestNamesAreAsPrometheusWantsThem(t *testing.T) {
	problems, err := testutil.CollectAndLint(metrics.New(&fixed{}))
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// A counter that goes back is a restart to Prometheus, and would make a rate of
// everything that was ever counted.
func TestCountersNeverGoBack(t *testing.T) {
	kit := fixed{Polls: 30, FailedPolls: 10, Told: 70, Untold: 20}
	c := metrics.New(&kit)
	if n := testutil.CollectAndCount(c); n != 9 {
		t.Fatalf("%d series", n)
	}
	kit.FailedPolls, kit.Untold = 11, 21 // counted between the two readings of a difference
	const want = `
# HELP rolekit_polls_total How often the policy store was asked what changed, by how that went.
# TYPE rolekit_polls_total counter
rolekit_polls_total{result="failed"} 11
rolekit_polls_total{result="ok"} 20
# HELP rolekit_news_total How many messages about changes came from other processes or went to them, by how that went.
# TYPE rolekit_news_total counter
rolekit_news_total{direction="received",result="ok"} 0
rolekit_news_total{direction="sent",result="failed"} 21
rolekit_news_total{direction="sent",result="ok"} 50
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want), "rolekit_polls_total", "rolekit_news_total"); err != nil {
		t.Error(err)
	}
}

// away is a store that can be taken away.
type away struct {
	rolekit.Store

	err error
}

func (s *away) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	if s.err != nil {
		return s.err
	}
	return s.Store.View(ctx, fn)
}

// A real kit, scraped as Prometheus does it.
func TestScrape(t *testing.T) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte("objects:\n  invoices: {actions: [read]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	store := &away{Store: memstore.New()}
	kit, err := rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, org := range []rolekit.OrgID{"tom", "jack"} {
		if _, err := kit.Manager().As(rolekit.System("test")).CreateOrg(t.Context(), rolekit.NewOrg{ID: org}); err != nil {
			t.Fatal(err)
		}
	}
	store.err = errors.New("away")
	if err := kit.Refresh(t.Context()); err == nil {
		t.Fatal("the store is not away")
	}
	registry := prometheus.NewPedanticRegistry() // it checks what is told against what is described
	registry.MustRegister(metrics.New(kit))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)
	answer, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`rolekit_orgs_loaded 2`, `rolekit_orgs_broken 0`, `rolekit_polls_total{result="failed"} 1`, `rolekit_polls_total{result="ok"} [1-9]\d*`,
		`rolekit_policy_age_seconds \d.*`, `rolekit_news_total{direction="sent",result="ok"} 0`,
	} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).Match(body) {
			t.Errorf("there is no line %s in\n%s", line, body)
		}
	}
	if strings.Contains(string(body), "tom") {
		t.Errorf("it names an organisation:\n%s", body)
	}
}
