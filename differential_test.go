package rolekit_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/memstore"
)

// stored is what a store holds of a policy, as another program would read it:
// rows of casbin_rule, the parents of organisations, the profiles of roles.
type stored struct {
	rules    [][]string // type, then fields
	parents  map[string]string
	profiles map[string]string // of role:<id>; ids are unique in generated policies
}

// readStore reads it through a store.
func readStore(t testing.TB, s rolekit.Store) stored {
	t.Helper()
	all := stored{parents: map[string]string{}, profiles: map[string]string{}}
	state := adaptertest.Dump(t, s)
	for _, o := range state.Orgs {
		all.parents[string(o.ID)] = string(o.Parent)
	}
	for _, l := range state.Layers {
		for _, r := range l.Roles {
			all.profiles["role:"+string(r.ID)] = string(r.Profile)
		}
		for _, r := range l.Rules {
			all.rules = append(all.rules, append([]string{r.Ptype}, r.V[:]...))
		}
	}
	return all
}

// readSQL reads it by plain SQL.
func readSQL(t testing.TB, db *gorm.DB) stored {
	t.Helper()
	all := stored{parents: map[string]string{}, profiles: map[string]string{}}
	var rules []struct{ Ptype, V0, V1, V2, V3, V4, V5 string }
	var orgs []struct{ ID, Parent string }
	var roles []struct{ ID, Profile string }
	err := errors.Join(
		db.Raw("SELECT ptype, v0, v1, v2, v3, v4, v5 FROM casbin_rule").Scan(&rules).Error,
		db.Raw("SELECT id, parent FROM rolekit_orgs").Scan(&orgs).Error,
		db.Raw("SELECT id, profile FROM rolekit_roles").Scan(&roles).Error,
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		all.rules = append(all.rules, []string{r.Ptype, r.V0, r.V1, r.V2, r.V3, r.V4, r.V5})
	}
	for _, o := range orgs {
		all.parents[o.ID] = o.Parent
	}
	for _, r := range roles {
		all.profiles["role:"+r.ID] = r.Profile
	}
	return all
}

// request is r.res of model.conf as the reference understands it.
type request struct{ resource *rolekit.Facts }

// reference is a Casbin enforcer that judges one organisation at one time by
// model.conf, and by what DESIGN says that ancestors, time and baselines mean.
// It shares nothing with the kit but the rows and model.conf.
func (s stored) reference(t testing.TB, org string, now time.Time) *casbin.Enforcer {
	t.Helper()
	m, err := model.NewModelFromString(rolekit.ModelConf)
	if err != nil {
		t.Fatal(err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		t.Fatal(err)
	}
	e.AddFunction("implies", func(args ...any) (any, error) {
		rank := map[any]int{"read": 1, "write": 2, "approve": 3}
		return rank[args[0]] >= rank[args[1]], nil
	})
	e.AddFunction("reaches", func(args ...any) (any, error) {
		acc, _ := args[0].(string)
		sub, _ := args[1].(string)
		asked, _ := args[2].(request)
		dom, _ := args[3].(string)
		return reachesAsSaid(e, acc, sub, asked.resource, dom)
	})
	grants, links, sets := s.expand(org, now)
	err = errors.Join(m.AddPolicies("p", "p", grants), m.AddPolicies("g", "g", links), m.AddPolicies("g", "g2", sets), e.BuildRoleLinks())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func reachesAsSaid(e *casbin.Enforcer, acc, sub string, r *rolekit.Facts, dom string) (bool, error) {
	_, user, _ := strings.Cut(sub, "user:")
	if strings.HasPrefix(sub, "service:") {
		user = sub
	}
	switch {
	case r == nil || acc == "any":
		return true, nil
	case acc == "own":
		return string(r.Owner) == user, nil
	case acc == "team":
		return string(r.Team) == "team-of-"+user, nil
	case acc == "friend":
		return string(r.Owner) == "friend-of-"+user, nil
	default:
		return e.GetNamedRoleManager("g2").HasLink("resource:"+string(r.ID), acc, dom)
	}
}

// expand returns the rows that count in an organisation, rewritten as its own:
// those of its line, links whose time it is, and a link from each user to each
// profile that a role of theirs has.
func (s stored) expand(org string, now time.Time) (grants, links, sets [][]string) {
	line := map[string]bool{"*": true}
	for at := org; at != ""; at = s.parents[at] {
		line[at] = true
	}
	is := func(from, until string) bool {
		at := now.UTC().Format(time.DateTime)
		return (from == "_" || from <= at) && (until == "_" || at < until)
	}
	leads := map[string][]string{}
	link := func(from, to string) {
		if !slices.Contains(leads[from], to) {
			leads[from] = append(leads[from], to)
			links = append(links, []string{from, to, org})
		}
	}
	for _, r := range s.rules {
		switch {
		case r[0] == "p" && line[r[2]]:
			dom := org
			if r[2] == "*" {
				dom = "*"
			}
			grants = append(grants, []string{r[1], dom, r[3], r[4], r[5], r[6]})
		case r[0] == "g" && line[r[3]], r[0] == "g3" && line[r[3]] && is(r[4], r[5]):
			link(r[1], r[2])
		case r[0] == "g2" && line[r[3]]:
			if row := []string{r[1], r[2], org}; !slices.ContainsFunc(sets, func(o []string) bool { return slices.Equal(o, row) }) {
				sets = append(sets, row)
			}
		}
	}
	for from := range leads {
		if strings.HasPrefix(from, "user:") || strings.HasPrefix(from, "service:") {
			for _, profile := range s.profilesOf(from, leads) {
				link(from, "profile:"+profile)
			}
		}
	}
	return grants, links, sets
}

// profilesOf returns the profiles of the roles that a subject leads to.
func (s stored) profilesOf(from string, leads map[string][]string) (found []string) {
	for _, to := range leads[from] {
		if profile := s.profiles[to]; profile != "" {
			found = append(found, profile)
		}
		found = append(found, s.profilesOf(to, leads)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// query is a question that both are asked.
type query struct {
	who      rolekit.Identity
	want     rolekit.Permission
	resource *rolekit.Facts
}

func (q query) of() rolekit.Resource { //nolint:ireturn // nil or not, as Can takes it
	if q.resource == nil {
		return nil
	}
	return *q.resource
}

func askedPermissions() []rolekit.Permission {
	return []rolekit.Permission{
		"invoices:read", "invoices:write", "invoices:approve", "jobs:read", "jobs:write", "iam.members:read", "iam.members:write",
	}
}

// draw draws a question about an organisation; often one about something that
// the user may do to some things.
func (c comparison) draw(rt *rapid.T, org rolekit.OrgID) query {
	q := query{who: rolekit.Identity{Org: org}, want: rapid.SampledFrom(askedPermissions()).Draw(rt, "permission")}
	var near []query
	for _, q.who.User = range people() {
		for _, q.who.Profile = range []rolekit.ProfileID{"owner", "worker"} {
			may, err := c.kit.Permissions(c.Context(), q.who)
			if err != nil {
				c.Fatal(err)
			}
			for _, g := range may {
				near = append(near, query{who: q.who, want: g.Permission})
			}
		}
	}
	if len(near) > 0 && rapid.Bool().Draw(rt, "something held") {
		q = rapid.SampledFrom(near).Draw(rt, "held")
	} else {
		q.who.User = rapid.SampledFrom(people()).Draw(rt, "user")
		q.who.Profile = rapid.SampledFrom([]rolekit.ProfileID{"owner", "worker"}).Draw(rt, "profile")
	}
	q.resource = rapid.SampledFrom(askedResources(q.who.User)).Draw(rt, "resource")
	return q
}

// askedResources are resources such that each access reaches some and not all.
func askedResources(user rolekit.UserID) []*rolekit.Facts {
	return []*rolekit.Facts{
		nil, {}, {ID: "1", Owner: user}, {ID: "2", Owner: "friend-of-" + user, Team: "other"}, {ID: "3", Team: "team-of-" + rolekit.TeamID(user)}, {ID: "4"},
	}
}

// TestCasbinAgrees asks the kit and the reference about generated policies, and
// compares the kit's list of permissions and its explanations with its answers.
// A policy is one check of -rapid.checks, with 24 questions.
func TestCasbinAgrees(t *testing.T) {
	t.Parallel()
	asked, allowed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		yes := casbinAgrees(t, rt)
		asked, allowed = asked+len(yes), allowed+len(slices.DeleteFunc(yes, func(y bool) bool { return !y }))
	})
	t.Logf("%d questions, %d allowed", asked, allowed)
	if allowed < asked/10 {
		t.Error("too little is allowed to prove anything")
	}
}

// FuzzCasbinAgrees makes a policy of each seed, and asks everything about one of
// its organisations at one time.
func FuzzCasbinAgrees(f *testing.F) {
	for seed := range 5 {
		f.Add(seed, uint8(seed), int8(seed-2))
	}
	f.Fuzz(func(t *testing.T, seed int, org uint8, halfHours int8) {
		fr, facts := rapidExample(seed)
		c := comparison{TB: t, clock: clockAt(noon())}
		c.kit = (&world{t: t, store: memstore.New()}).again(modelConfig(t, c.clock))
		fr.build(t, c.kit, facts)
		c.stored = readStore(t, c.kit.store)
		c.clock.set(noon().Add(time.Duration(halfHours) * 30 * time.Minute))
		c.everything(fr.orgs[int(org)%len(fr.orgs)].ID)
	})
}

// casbinAgrees does it for one policy, and returns the answers.
func casbinAgrees(t *testing.T, rt *rapid.T) (answers []bool) {
	t.Helper()
	fr := drawFrame(rt)
	c := comparison{TB: drawn{t, rt}, clock: clockAt(noon())}
	c.kit = (&world{t: c.TB, store: memstore.New()}).again(modelConfig(t, c.clock))
	fr.build(c.TB, c.kit, fr.drawFacts(rt, 24))
	for range rapid.IntRange(0, 3).Draw(rt, "moves") {
		if to, ok := fr.drawMove(rt); ok {
			_ = fr.move(t.Context(), c.kit.system(), to) // or it is refused
		}
	}
	c.stored = readStore(c.TB, c.kit.store)
	for range 2 {
		c.clock.set(noon().Add(time.Duration(rapid.IntRange(-2, 4).Draw(rt, "half hours")) * 30 * time.Minute))
		org := rapid.SampledFrom(fr.orgs).Draw(rt, "org").ID
		c.enforcer = c.stored.reference(c.TB, string(org), c.clock.tell())
		for i := range 12 {
			q := c.draw(rt, org)
			answers = append(answers, c.ask(q))
			if i%3 == 0 { // an explanation costs as much as all the rest
				c.explained(q)
			}
		}
	}
	return answers
}

// TestCasbinAgreesOnStoredRows is the same by rows that SQL reads from a
// database, and asks everything.
func TestCasbinAgreesOnStoredRows(t *testing.T) {
	t.Parallel()
	for seed := range 6 {
		fr, facts := rapidExample(seed)
		db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(t.TempDir(), "rolekit.db"))), &gorm.Config{Logger: logger.Discard})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, db: db, upset: new(bool)}
		t.Cleanup(w.close)
		if w.store, err = adapter.Open(t.Context(), db, adapter.Config{Migrate: true}); err != nil {
			t.Fatal(err)
		}
		c := comparison{TB: t, clock: clockAt(noon())}
		c.kit = w.again(modelConfig(t, c.clock))
		fr.build(t, c.kit, facts)
		c.stored = readSQL(t, db)
		for _, o := range fr.orgs {
			c.everything(o.ID)
		}
	}
}

// everything asks all there is to ask about an organisation.
func (c comparison) everything(org rolekit.OrgID) {
	c.Helper()
	c.enforcer = c.stored.reference(c.TB, string(org), c.clock.tell())
	for _, user := range people() {
		for _, want := range askedPermissions() {
			for _, resource := range askedResources(user) {
				for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
					c.ask(query{rolekit.Identity{User: user, Org: org, Profile: profile}, want, resource})
				}
			}
		}
	}
}

func rapidExample(seed int) (frame, []fact) {
	type plan struct {
		frame frame
		facts []fact
	}
	p := rapid.Custom(func(rt *rapid.T) plan {
		fr := drawFrame(rt)
		return plan{fr, fr.drawFacts(rt, 40)}
	}).Example(seed)
	return p.frame, p.facts
}

// comparison is a kit and what it is compared with.
type comparison struct {
	testing.TB

	kit      *world
	clock    *fakeClock
	stored   stored
	enforcer *casbin.Enforcer
}

// ask asks both, and returns what they say.
func (c comparison) ask(q query) bool {
	c.Helper()
	d, err := c.kit.Can(c.Context(), q.who, q.want, q.of())
	if err != nil {
		c.Fatal(err)
	}
	subject := "user:" + string(q.who.User)
	if strings.HasPrefix(string(q.who.User), "service:") {
		subject = string(q.who.User)
	}
	want, err := c.enforcer.Enforce(subject, string(q.who.Org), string(q.who.Profile), string(q.want.Object()), string(q.want.Action()), request{q.resource})
	if err != nil {
		c.Fatal(err)
	}
	if d.Allowed != want {
		c.Fatalf("%+v of %+v: the kit says %v, and Casbin %v\n%s", q, q.of(), d.Allowed, want, c.stored)
	}
	if want != (len(d.Reasons()) > 0) {
		c.Fatalf("%+v of %+v: allowed: %v, and the reasons: %+v", q, q.of(), want, d.Reasons())
	}
	if q.resource == nil {
		c.listed(q, d)
	}
	return want
}

// explained checks that what is allowed has a path, and what is denied a miss.
func (c comparison) explained(q query) {
	c.Helper()
	d, err := c.kit.Can(c.Context(), q.who, q.want, q.of())
	why, whyErr := c.kit.Explain(c.Context(), q.who, q.want, q.of())
	if err != nil || whyErr != nil {
		c.Fatal(err, whyErr)
	}
	if why.Allowed != d.Allowed || why.Allowed != (len(why.Paths) > 0) || why.Allowed == (len(why.Misses) > 0) {
		c.Fatalf("%+v of %+v: allowed: %v, and the explanation: %+v", q, q.of(), d.Allowed, why)
	}
}

// listed checks that the list of permissions has the answer.
func (c comparison) listed(q query, d rolekit.Decision) {
	c.Helper()
	all, err := c.kit.Permissions(c.Context(), q.who)
	if err != nil {
		c.Fatal(err)
	}
	var accesses []rolekit.Access
	for _, g := range all {
		if g.Permission == q.want {
			accesses = append(accesses, g.Access)
		}
	}
	slices.Sort(accesses)
	said := slices.Sorted(slices.Values(d.Access()))
	if !slices.Equal(accesses, said) {
		c.Fatalf("%+v: the decision reaches %v, and the list of permissions says %v", q, said, accesses)
	}
}

// String shows the rows, for a failing case.
func (s stored) String() string { return fmt.Sprintf("rules %q, parents %v", s.rules, s.parents) }
