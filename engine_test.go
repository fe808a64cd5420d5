package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

func TestChooseEngine(t *testing.T) {
	t.Parallel()
	other := strings.Replace(rolekit.ModelConf, "&& p.prof == r.prof", "", 1)
	for name, c := range map[string]struct {
		engine rolekit.Engine
		model  string
		want   rolekit.Engine
		said   string
	}{
		"as it comes":       {"", "", rolekit.EngineCompiled, "made for"},
		"comments apart":    {"", "# mine\n" + rolekit.ModelConf, rolekit.EngineCompiled, "made for"},
		"Casbin":            {rolekit.EngineCasbin, "", rolekit.EngineCasbin, "by configuration"},
		"another model":     {"", other, rolekit.EngineCasbin, "is not the one"},
		"Casbin for that":   {rolekit.EngineCasbin, other, rolekit.EngineCasbin, "by configuration"},
		"compiled for that": {rolekit.EngineCompiled, other, "", ""},
		"none":              {"fast", "", "", ""},
		"no model":          {"", "what?", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.want == "" {
				_, err := rolekit.New(t.Context(), memstore.New(), rolekit.Config{Catalog: w.Catalog(), Engine: c.engine, Model: c.model})
				isError(t, "New", err, rolekit.ErrInvalid)
				return
			}
			w = w.again(rolekit.Config{Engine: c.engine, Model: c.model})
			if w.Engine() != c.want || !strings.Contains(w.log.String(), c.said) {
				t.Errorf("engine %q, and the log says %s", w.Engine(), w.log)
			}
			if !w.can("olga", "tom", "invoices:read") {
				t.Error("the owner is denied")
			}
		})
	}
}

// TestAnotherModelDecides: whoever changes the meaning gets that meaning.
func TestAnotherModelDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.assign("tom", "ada", "viewer")
	ask := func(w *world) bool {
		d, err := w.Can(t.Context(), rolekit.Identity{User: "ada", Org: "tom", Profile: "worker"}, "invoices:read", nil)
		w.ok(err)
		return d.Allowed
	}
	if ask(w) {
		t.Error("an owner's role counts for a worker")
	}
	careless := strings.Replace(rolekit.ModelConf, "p.prof == r.prof &&", "", 1)
	if careless == rolekit.ModelConf {
		t.Fatal("the model was not changed")
	}
	if !ask(w.again(rolekit.Config{Model: careless})) {
		t.Error("a model that does not look at profiles does")
	}
}

// TestEnginesAgree on generated policies, after each edit: Casbin, the compiled
// engine that follows edit by edit, one that reads all anew, and callers that were
// looked up before.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	asked, allowed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		answers := enginesAgree(t, rt)
		asked += len(answers)
		for _, yes := range answers {
			if yes {
				allowed++
			}
		}
	})
	t.Logf("%d questions, %d allowed", asked, allowed)
	if allowed < asked/20 {
		t.Error("too little is allowed to prove anything")
	}
}

// FuzzEnginesAgree is the same for policies that the fuzzer finds.
func FuzzEnginesAgree(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) {
		rapid.MakeFuzz(func(rt *rapid.T) { enginesAgree(t, rt) })(t, input)
	})
}

// enginesAgree does it for one policy and its edits, and returns the answers.
func enginesAgree(t testing.TB, rt *rapid.T) (answers []bool) {
	t.Helper()
	fr := drawFrame(rt)
	facts := fr.drawFacts(rt, 30)
	clock := clockAt(noon())
	edited := (&world{t: drawn{t, rt}, store: memstore.New()}).again(modelConfig(t, clock))
	fr.build(t, edited, nil)
	config := modelConfig(t, clock)
	config.Engine = rolekit.EngineCasbin
	meaning := edited.again(config)
	before := map[rolekit.Identity]*rolekit.Caller{}
	for _, f := range facts {
		fr.edit(t, rt, edited, f)
		if rapid.IntRange(0, 5).Draw(rt, "time goes by") == 0 {
			clock.set(clock.in(20 * time.Minute))
		}
		edited.remembersWhatIsStored()
		if err := meaning.Refresh(t.Context()); err != nil {
			rt.Fatal(err)
		}
		anew := edited.again(modelConfig(t, clock))
		for range 4 {
			q := comparison{TB: drawn{t, rt}, kit: edited}.draw(rt, rapid.SampledFrom(fr.orgs).Draw(rt, "asked org").ID)
			if rapid.IntRange(0, 3).Draw(rt, "no profile") == 0 {
				q.who.Profile = ""
			}
			if before[q.who] == nil {
				caller := edited.Caller(q.who)
				before[q.who] = &caller
			}
			want := toldBy(t, meaning.Kit, q)
			for how, asker := range map[string]asker{"edit by edit": edited.Kit, "read anew": anew.Kit, "looked up before": callerAsker{before[q.who]}} {
				if diff := cmp.Diff(want, toldBy(t, asker, q)); diff != "" {
					rt.Fatalf("%+v of %+v (-Casbin +compiled, %s):\n%s", q, q.of(), how, diff)
				}
			}
			answers = append(answers, strings.HasPrefix(want, "true"))
		}
	}
	return answers
}

// edit says a fact, perhaps takes it back, and perhaps does something else that a
// policy can undergo. What is refused changes nothing.
func (fr frame) edit(t testing.TB, rt *rapid.T, w *world, f fact) {
	t.Helper()
	ctx, m := t.Context(), w.system()
	refusable := func(err error) {
		if e, ok := errors.AsType[*rolekit.Error](err); err != nil && (!ok || e.Code == rolekit.CodeUnavailable) {
			rt.Fatal(err)
		}
	}
	refusable(f.say(ctx, m))
	if f.kind != factMember && rapid.IntRange(0, 3).Draw(rt, "take back") == 0 {
		refusable(f.unsay(ctx, m))
	}
	switch rapid.IntRange(0, 15).Draw(rt, "something else") {
	case 0:
		if to, ok := fr.drawMove(rt); ok {
			refusable(fr.move(ctx, m, to))
		}
	case 1:
		r := &fr.defaults.Roles[rapid.IntRange(0, 2).Draw(rt, "default role")]
		r.Grants = rapid.SliceOfN(rapid.SampledFrom(grantsFor(r.Profile, nil)), 0, 3).Draw(rt, "default grants")
		fr.defaults.Baseline[r.Profile] = rapid.SliceOfN(rapid.SampledFrom(grantsFor(r.Profile, nil)), 0, 2).Draw(rt, "baseline")
		_, err := m.ApplyDefaults(ctx, fr.defaults)
		refusable(err)
	case 2:
		refusable(m.RemoveMember(ctx, f.org, rapid.SampledFrom(people()).Draw(rt, "who goes")))
	case 3:
		who := rolekit.Identity{User: rapid.SampledFrom(people()).Draw(rt, "who switches"), Org: f.org}
		refusable(w.SwitchProfile(ctx, who, rapid.SampledFrom([]rolekit.ProfileID{"owner", "worker"}).Draw(rt, "to")))
	case 4:
		if groups := fr.groups[f.org]; len(groups) > 0 {
			id := rapid.SampledFrom(groups).Draw(rt, "group that goes")
			refusable(m.DeleteGroup(ctx, f.org, id, 0))
			_, err := m.PutGroup(ctx, f.org, rolekit.GroupSpec{ID: id}, 0)
			refusable(err)
		}
	case 5:
		for _, id := range fr.sets[f.org] {
			refusable(m.DeleteSet(ctx, f.org, id, 0))
			_, err := m.PutSet(ctx, f.org, rolekit.SetSpec{ID: id}, 0)
			refusable(err)
		}
	case 6:
		if roles := fr.roles[f.org]; len(roles) > 0 {
			spec := rapid.SampledFrom(roles).Draw(rt, "role that goes")
			err := m.DeleteRole(ctx, f.org, spec.ID, 0)
			if err != nil {
				err = m.ReplaceRole(ctx, f.org, spec.ID, rapid.SampledFrom(slices.Concat(roles, fr.defaults.Roles)).Draw(rt, "successor").ID, 0)
				refusable(err)
			}
			if err == nil {
				_, err := m.CreateRole(ctx, f.org, spec)
				refusable(err)
			}
		}
	default: // that was all
	}
}

// asker is whom a question can be put to.
type asker interface {
	Can(ctx context.Context, who rolekit.Identity, want rolekit.Permission, resource rolekit.Resource) (rolekit.Decision, error)
}

// callerAsker is a caller as an asker, which is asked for nobody else.
type callerAsker struct{ *rolekit.Caller }

func (c callerAsker) Can(ctx context.Context, _ rolekit.Identity, want rolekit.Permission, resource rolekit.Resource) (rolekit.Decision, error) {
	return c.Caller.Can(ctx, want, resource)
}

// toldBy is all that a kit answers to a question.
func toldBy(t testing.TB, w asker, q query) string {
	t.Helper()
	d, err := w.Can(t.Context(), q.who, q.want, q.of())
	return fmt.Sprint(d.Allowed, d.Access(), d.Identity(), d.Revision(), d.Reasons(), d.RolesGranting(), err)
}

// bothEngines are kits on the world's store that decide each in its way.
func (w *world) bothEngines(config rolekit.Config) map[rolekit.Engine]*world {
	all := map[rolekit.Engine]*world{}
	for _, engine := range []rolekit.Engine{rolekit.EngineCasbin, rolekit.EngineCompiled} {
		config.Engine = engine
		all[engine] = w.again(config)
	}
	return all
}

// TestEnginesAgreeOnAShadowedRole: where another program gave an organisation a
// role by the id of a default one, what is shared by all others does not hold there,
// nor what is meant there elsewhere, whoever is asked first.
func TestEnginesAgreeOnAShadowedRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.system().ApplyDefaults(t.Context(), rolekit.Defaults{Roles: []rolekit.RoleSpec{
		{ID: "clerk", Profile: "owner", Grants: grantsOf("invoices:write")},
		{ID: "boss", Profile: "owner", Grants: grantsOf("jobs:read"), Includes: []rolekit.RoleID{"clerk"}},
	}})
	w.ok(err)
	w.assign("tom", "ada", "boss")
	w.assign("jack", "ada", "boss")
	w.sql("INSERT INTO rolekit_roles (org_id, id, label, description, profile, revision) VALUES ('tom', 'clerk', '', '', 'owner', 1)")
	for _, first := range [][]rolekit.OrgID{{"tom", "jack"}, {"jack", "tom"}} {
		for engine, kit := range w.bothEngines(rolekit.Config{}) {
			for _, org := range first {
				if got, want := kit.can("ada", org, "invoices:write"), org == "jack"; got != want {
					t.Errorf("%s, asked of %v: %v in %s", engine, first, got, org)
				}
			}
		}
	}
}

// TestEnginesAgreeOnAProfileThatIsGone: roles of a profile that the catalog has no
// more give nobody that profile.
func TestEnginesAgreeOnAProfileThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.assign("tom", "ada", "viewer")
	w.assign("tom", "ada", "mower")
	w.assign("tom", "bob", "mower")
	narrow := parseCatalog(t, "profiles: {owner: {}, clerk: {}}\nobjects: {invoices: {actions: [read]}}\n")
	for engine, kit := range w.bothEngines(rolekit.Config{Catalog: narrow}) {
		if !kit.can("ada", "tom", "invoices:read") || kit.can("bob", "tom", "invoices:read") {
			t.Errorf("%s: ada %v, bob %v", engine, kit.can("ada", "tom", "invoices:read"), kit.can("bob", "tom", "invoices:read"))
		}
	}
}

// TestReasonsAreOfTheMoment of the decision, also when the role has ended since.
func TestReasonsAreOfTheMoment(t *testing.T) {
	t.Parallel()
	w, clock := newWorld(t), clockAt(noon())
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "ada", Role: "viewer", Period: rolekit.Period{Until: clock.in(time.Minute)}}))
	for engine, kit := range w.bothEngines(rolekit.Config{Clock: clock.tell}) {
		clock.set(noon())
		d, err := kit.Can(t.Context(), rolekit.Identity{User: "ada", Org: "tom"}, "invoices:read", nil)
		w.ok(err)
		clock.set(clock.in(time.Hour))
		if r := d.Reasons(); len(r) != 1 || r[0].Role != "viewer" {
			t.Errorf("%s: %+v", engine, r)
		}
	}
}

// TestAnEndBeforeTimeIsBroken: the year 1 is how Go writes no time at all.
func TestAnEndBeforeTimeIsBroken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('g3', 'user:eve', 'role:viewer', 'tom', '_', '0001-01-01 00:00:00', '')")
	for engine, kit := range w.bothEngines(rolekit.Config{}) {
		d, err := kit.Can(t.Context(), rolekit.Identity{User: "eve", Org: "tom"}, "invoices:read", nil)
		if isError(t, string(engine), err, rolekit.ErrBrokenPolicy); d.Allowed {
			t.Errorf("%s: allowed", engine)
		}
	}
}

// TestCasbinIsACopy of what the organisation's policy is, for Casbin's own API.
func TestCasbinIsACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	w.assign("tom", "ada", "mower")
	w.assign("tom", "bob", "viewer")
	enforcer, err := w.Casbin(t.Context(), "tom.north")
	w.ok(err)
	for _, c := range []struct {
		subject, profile, object, action string
		resource                         any
		want                             bool
	}{
		{"user:bob", "owner", "invoices", "read", nil, true},
		{"user:bob", "owner", "invoices", "write", nil, false},
		{"user:bob", "worker", "invoices", "read", nil, false},
		{"user:ada", "worker", "jobs", "write", nil, true},
		{"user:ada", "worker", "jobs", "read", rolekit.Facts{Owner: "ada"}, true},
		{"user:ada", "worker", "jobs", "read", thing{"ada"}, true},
		{"user:ada", "worker", "jobs", "read", rolekit.Facts{Owner: "bob"}, false},
		{"bob", "owner", "invoices", "read", nil, false},
	} {
		got, err := enforcer.Enforce(c.subject, "tom.north", c.profile, c.object, c.action, c.resource)
		if err != nil || got != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	if _, err := enforcer.Enforce("user:ada", "tom.north", "worker", "jobs", "read", 42); err == nil {
		t.Error("a resource that is none: no error")
	}
	if _, err := enforcer.DeleteUser("user:bob"); err != nil {
		t.Fatal(err)
	}
	if !w.can("bob", "tom.north", "invoices:read") {
		t.Error("an edit of the copy changed the kit")
	}
	w.ok(w.system().Unassign(t.Context(), "tom", "ada", "mower"))
	if got, err := enforcer.Enforce("user:ada", "tom.north", "worker", "jobs", "write", nil); err != nil || !got {
		t.Errorf("a change of the kit changed the copy: %v, %v", got, err)
	}
	_, err = w.Casbin(t.Context(), "nowhere")
	isError(t, "nowhere", err, rolekit.ErrOrgNotFound)
}

// TestAResourceThatPanicsIsDenied by both engines, also where any would do.
func TestAResourceThatPanicsIsDenied(t *testing.T) {
	t.Parallel()
	for _, engine := range []rolekit.Engine{rolekit.EngineCompiled, rolekit.EngineCasbin} {
		w := newWorld(t).again(rolekit.Config{Engine: engine})
		var none *thing
		d, err := w.Can(t.Context(), rolekit.Identity{User: "olga", Org: "tom", Profile: "owner"}, "invoices:read", none)
		if isError(t, string(engine), err, rolekit.ErrUnavailable); d.Allowed {
			t.Errorf("%s: allowed", engine)
		}
	}
}

// TestChecksDoNotAllocate: neither what is allowed nor what is denied, without a
// resource and with one that is one's own.
func TestChecksDoNotAllocate(t *testing.T) {
	w := newWorld(t).again(rolekit.Config{Clock: noon})
	w.assign("tom", "bob", "viewer")
	w.assign("tom", "ada", "mower")
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "pia", Role: "viewer", Period: rolekit.Period{Until: noon().Add(time.Hour)}}))
	var mine rolekit.Resource = thing{"ada"}
	for name, q := range map[string]struct {
		who      rolekit.Identity
		want     rolekit.Permission
		resource rolekit.Resource
	}{
		"allowed":         {rolekit.Identity{User: "bob", Org: "tom", Profile: "owner"}, "invoices:read", nil},
		"by one's only":   {rolekit.Identity{User: "bob", Org: "tom"}, "invoices:read", nil},
		"denied":          {rolekit.Identity{User: "bob", Org: "tom", Profile: "owner"}, "invoices:write", nil},
		"a stranger":      {rolekit.Identity{User: "eve", Org: "tom", Profile: "owner"}, "invoices:read", nil},
		"for a time":      {rolekit.Identity{User: "pia", Org: "tom", Profile: "owner"}, "invoices:read", nil},
		"own, at all":     {rolekit.Identity{User: "ada", Org: "tom", Profile: "worker"}, "jobs:write", nil},
		"own, this":       {rolekit.Identity{User: "ada", Org: "tom", Profile: "worker"}, "jobs:write", mine},
		"own, not theirs": {rolekit.Identity{User: "ada", Org: "tom", Profile: "worker"}, "jobs:write", rolekit.Resource(thing{"bob"})},
	} {
		ctx, fewest := t.Context(), math.Inf(1)
		for range 10 { // what else the process does is counted too
			fewest = min(fewest, testing.AllocsPerRun(100, func() {
				if _, err := w.Can(ctx, q.who, q.want, q.resource); err != nil {
					t.Error(name, err)
				}
			}))
		}
		if fewest > 0 {
			t.Errorf("%s: %v allocations", name, fewest)
		}
	}
}
