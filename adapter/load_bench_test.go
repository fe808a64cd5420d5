package adapter_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/casbin/casbin/v2/model"
	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// BenchmarkEager loads 400,000 rules of a thousand organisations by rolekit.New,
// and by gorm-adapter's LoadPolicy, in turn. Beside the time it reports how much
// longer gorm-adapter takes, and what memory each needs: after a garbage
// collection, and at most while it loads.
func BenchmarkEager(b *testing.B) {
	for _, d := range databases()[:2] {
		b.Run(d.name, func(b *testing.B) {
			db := open(b, d.create(b)())
			store := openStore(b, db)
			b.Logf("%d rules", companies(b, db, 1000))
			catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(companyYAML()))
			if err != nil {
				b.Fatal(err)
			}
			var kit, plain load
			for b.Loop() {
				kit.add(measure(func() any {
					kit, err := rolekit.New(b.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
					if err != nil || len(kit.Health().Broken) > 0 {
						b.Fatal(err, kit.Health().Broken)
					}
					return kit
				}))
				plain.add(measure(func() any {
					m, err := model.NewModelFromString(rolekit.ModelConf)
					rules, adapterErr := gormadapter.NewAdapterByDB(db)
					if err := errors.Join(err, adapterErr); err != nil {
						b.Fatal(err)
					}
					if err := rules.LoadPolicy(m); err != nil {
						b.Fatal(err)
					}
					return m
				}))
			}
			b.ReportMetric(float64(kit.took.Milliseconds())/float64(kit.n), "kit-ms")
			b.ReportMetric(float64(plain.took.Milliseconds())/float64(plain.n), "gormadapter-ms")
			b.ReportMetric(plain.took.Seconds()/kit.took.Seconds(), "times-faster")
			b.ReportMetric(kit.retained/float64(kit.n), "kit-MB")
			b.ReportMetric(plain.retained/float64(plain.n), "gormadapter-MB")
			b.ReportMetric(kit.peak/float64(kit.n), "kit-peak-MB")
			b.ReportMetric(plain.peak/float64(plain.n), "gormadapter-peak-MB")
		})
	}
}

// BenchmarkOnDemand reads one organisation of 400 rules among a hundred, and the
// same rules by nothing but a query, in turn.
func BenchmarkOnDemand(b *testing.B) {
	for _, d := range databases() {
		b.Run(d.name, func(b *testing.B) {
			db := open(b, d.create(b)())
			store := openStore(b, db)
			companies(b, db, 100)
			sqlDB, err := db.DB()
			if err != nil {
				b.Fatal(err)
			}
			place := map[bool]string{true: "$1", false: "?"}[db.Name() == "postgres"]
			const columns = "SELECT ptype, v0, v1, v2, v3, v4, v5 FROM casbin_rule WHERE "
			query := columns + "ptype = 'p' AND v1 = " + place + " UNION ALL " + columns + "ptype IN ('g', 'g2', 'g3') AND v2 = " + strings.Replace(place, "1", "2", 1)
			var kit, bare time.Duration
			for b.Loop() {
				began := time.Now()
				rules := 0
				err := store.View(b.Context(), func(r rolekit.Reader) error {
					l, err := r.Layer(b.Context(), "org7")
					rules = len(l.Rules)
					return err
				})
				read := time.Now()
				all, bareErr := bareRules(sqlDB, query, "org7", "org7")
				kit, bare = kit+read.Sub(began), bare+time.Since(read)
				if err := errors.Join(err, bareErr); err != nil || rules != len(all) || rules < 300 {
					b.Fatal(rules, len(all), err)
				}
			}
			b.ReportMetric(float64(kit.Microseconds())/float64(b.N), "kit-µs")
			b.ReportMetric(float64(bare.Microseconds())/float64(b.N), "bare-µs")
			b.ReportMetric(kit.Seconds()/bare.Seconds(), "times-bare")
		})
	}
}

func bareRules(db *sql.DB, query string, args ...any) (all []rolekit.Rule, err error) {
	rows, err := db.Query(query, args...) //nolint:noctx // as bare as can be
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r rolekit.Rule
		if err := rows.Scan(&r.Ptype, &r.V[0], &r.V[1], &r.V[2], &r.V[3], &r.V[4], &r.V[5]); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// load adds up what loading took.
type load struct {
	n              int
	took           time.Duration
	retained, peak float64 // MB
}

func (l *load) add(other load) {
	l.n, l.took, l.retained, l.peak = l.n+1, l.took+other.took, l.retained+other.retained, l.peak+other.peak
}

// measure calls fn, and holds what it returns until the memory is counted.
func measure(fn func() any) load {
	heap := func() float64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	runtime.GC()
	runtime.GC()
	before := heap()
	stop, peak := make(chan struct{}), make(chan float64)
	go func() {
		most := before
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
				most = max(most, heap())
			}
		}
	}()
	began := time.Now()
	result := fn()
	l := load{took: time.Since(began)}
	close(stop)
	l.peak = <-peak - before
	runtime.GC()
	l.retained = heap() - before
	runtime.KeepAlive(result)
	return l
}

// companyYAML declares the forty permissions that companies grant.
func companyYAML() string {
	var b strings.Builder
	b.WriteString("actions:\n  read: {}\n  write: {}\nobjects:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  object%d: {actions: [read, write]}\n", i)
	}
	return b.String()
}

// companies adds organisations of a hundred users with one to three of ten
// roles, each of which grants six to thirty permissions: about 400 rules each. It
// returns how many rules there are.
func companies(t testing.TB, db *gorm.DB, n int) int {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	count := 0
	for first := 0; first < n; first += 10 {
		var rules, orgs, revisions, roles []string
		for i := first; i < first+10; i++ {
			org := fmt.Sprintf("org%d", i)
			orgs = append(orgs, fmt.Sprintf("('%s', '%s', '', '2026-01-02 03:04:05')", org, org))
			revisions = append(revisions, fmt.Sprintf("('%s', 1, 0)", org))
			for role := range 10 {
				roles = append(roles, fmt.Sprintf("('%s', 'role%d', 'Role %d', '', 'default', 1)", org, role, role))
				for _, p := range random.Perm(40)[:6+random.IntN(25)] {
					rules = append(rules, fmt.Sprintf("('p', 'role:role%d', '%s', 'default', 'object%d', '%s', 'any')", role, org, p/2, []string{"read", "write"}[p%2]))
				}
			}
			for user := range 100 {
				for _, role := range random.Perm(10)[:1+random.IntN(3)+random.IntN(10)/9] {
					rules = append(rules, fmt.Sprintf("('g', 'user:%08x-%d@company.example', 'role:role%d', '%s', '', '', '')", i*1000+user, user, role, org))
				}
			}
		}
		random.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		count += len(rules)
		exec(t, db,
			"INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES "+strings.Join(rules, ", "),
			"INSERT INTO rolekit_orgs (id, label, parent, created_at) VALUES "+strings.Join(orgs, ", "),
			"INSERT INTO rolekit_revisions (org_id, revision, base) VALUES "+strings.Join(revisions, ", "),
			"INSERT INTO rolekit_roles (org_id, id, label, description, profile, revision) VALUES "+strings.Join(roles, ", "))
	}
	analyze(t, db, ourTables()...)
	return count
}
