package plaincasbin_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/plaincasbin"
)

// What becomes of an ordinary policy, whole.
func TestAPlan(t *testing.T) {
	plan := planOf(t, plaincasbin.Found{Rows: rowsOf(
		"p, admin, acme, invoices, write",
		"p, viewer, acme, invoices, read",
		"p, viewer, acme, invoices, read", // twice, as a table without an index may have it
		"p, viewer, globex, reports, read, allow",
		"g, admin, viewer, acme",
		"g, alice, admin, acme",
		"g, bob, viewer, acme",
		"g, bob, viewer, globex",
		"g, idle, nothing, globex",
		"g, self, self, globex", //nolint:dupword // which says nothing
		"p, Bob@example.com, globex, invoices, read",
		"g, Bob@example.com, viewer, globex",
	)}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML), Creator: "sue"})
	//nolint:dupword // "role" ends one line and begins the next
	const want = `rows of casbin_rule: 12, of which 0 cannot be said in rolekit
to be made: 2 organisations, 6 roles, 6 assignments

organisation acme
  sue gets the creator's role
  role admin
    may invoices:write
    includes viewer
  role viewer
    may invoices:read
  user alice holds admin
  user bob holds viewer

organisation globex
  sue gets the creator's role
  role nothing
  role own.bob-example.com, which Bob@example.com alone has: p rows grant it directly
    may invoices:read
  role self
  role viewer
    may reports:read
  user Bob@example.com holds own.bob-example.com, viewer
  user bob holds viewer
  user idle holds nothing
`
	if got := plan.String(); got != want {
		t.Errorf("got:\n%s", got)
	}
	if plan.Rows() != 12 {
		t.Errorf("%d rows", plan.Rows())
	}
}

func TestNothingToDo(t *testing.T) {
	plan := planOf(t, plaincasbin.Found{}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML)})
	if plan.Rows() != 0 || plan.String() != "no rows of casbin_rule to import\n" {
		t.Errorf("%d rows: %s", plan.Rows(), plan)
	}
}

// Each row that cannot be said is named with its reason, and the others are not
// touched by it.
func TestRowsThatCannotBeSaid(t *testing.T) {
	const rest = "p, viewer, acme, invoices, read"
	for _, test := range []struct {
		name string
		rows []string // the first ones are refused, up to refused
		n    int
		want string
	}{
		{"an unknown permission", []string{"p, viewer, acme, invoice, read"}, 1, `there is no permission "invoice:read" (did you mean "invoices:read"?); name it under permissions`},
		{"a permission that is like one about roles", []string{"p, viewer, acme, iam-roles, write"}, 1, `there is no permission "iam-roles:write"; name it`},
		{"a deny", []string{"p, viewer, acme, invoices, write, deny"}, 1, "it denies"},
		{"another effect", []string{"p, viewer, acme, invoices, write, maybe"}, 1, `"maybe", which is no effect`},
		{"a keyMatch", []string{"p, viewer, acme, /invoices/*, read"}, 1, "its obj or act is a pattern"},
		{"a keyMatch2", []string{"p, viewer, acme, /invoices/:id, read"}, 1, "its obj or act is a pattern"},
		{"a regexMatch", []string{"p, viewer, acme, invoices, (read)|(write)"}, 1, "its obj or act is a pattern"},
		{"every domain", []string{"p, viewer, *, invoices, read"}, 1, "its domain is a pattern"},
		{"every sub", []string{"p, *, acme, invoices, read"}, 1, "its sub is a pattern"},
		{"no domain", []string{"p, viewer, invoices, read"}, 1, "it names no domain"},
		{"more fields", []string{"p, viewer, acme, invoices, read, allow, more"}, 1, "this one has 6 fields"},
		{"a gap", []string{"p, viewer, , invoices, read"}, 1, "a field in its middle is empty"},
		{"another type", []string{"p2, viewer, acme, invoices, read"}, 1, `of type "p2"`},
		{"resources", []string{"g2, invoice-1, invoices, acme"}, 1, `of type "g2"`},
		{"neither role nor user", []string{"p, someone, acme, invoices, read"}, 1, `no g row says whether "someone" is a role or a user`},
		{"a role without a domain", []string{"g, alice, viewer"}, 1, "it names no domain"},
		{"a longer g", []string{"g, alice, viewer, acme, until"}, 1, "this one has 4 fields"},
		{"every user", []string{"g, *, viewer, acme"}, 1, "its sub is a pattern"},
		{"a domain that is no id", []string{"g, alice, viewer, ACME Inc", "p, viewer, ACME Inc, invoices, read"}, 2, `organisation id "ACME Inc" is not valid`},
		{"a role that is no id", []string{"g, alice, role:clerk, acme", "p, role:clerk, acme, invoices, read"}, 2, `role id "role:clerk" is not valid`},
		{"a default role", []string{"g, alice, owner, acme"}, 1, "the catalog has a default role owner"},
		{"a user that is no id", []string{"g, " + strings.Repeat("x", 99) + ", viewer, acme"}, 1, "has 99 characters"},
		{"a permission about roles", []string{"p, viewer, acme, iam.roles, write"}, 1, "iam.roles:write is a permission to manage roles themselves"},
		{"one that reaches less than everything", []string{"p, viewer, acme, jobs, read"}, 1, "does not come with access"},
		{"a circle", []string{"g, viewer, clerk, acme", "g, clerk, viewer, acme"}, 2, "include each other"},
		{"an organisation that is there", []string{"g, alice, viewer, taken"}, 1, "the organisation taken is there already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows := rowsOf(append(test.rows, rest, "g, bob, viewer, acme")...)
			plan := planOf(t, plaincasbin.Found{Rows: rows, Orgs: []rolekit.OrgID{"taken"}}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML)})
			if len(plan.Refused) != test.n {
				t.Fatalf("%d rows are refused: %+v", len(plan.Refused), plan.Refused)
			}
			for i, r := range plan.Refused {
				if r.Row != rows[i] || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], test.want) || !strings.Contains(plan.String(), r.Reasons[0]) {
					t.Errorf("%s: %q", r.Row, r.Reasons)
				}
			}
			if len(plan.Orgs) != 1 || len(plan.Orgs[0].Roles) != 1 || len(plan.Orgs[0].Holds) != 1 {
				t.Errorf("the rest became %+v", plan.Orgs)
			}
		})
	}
}

// What a terminal would take for an order is shown as text.
func TestPlansArePrintable(t *testing.T) {
	const evil = "\x1b[2Jadmin"
	rows := rowsOf("p, "+evil+", acme, invoices, read", "g, "+evil+", viewer, "+evil, "g, viewer, "+evil+", acme", "g, "+evil+", viewer, acme", "p, viewer, acme, "+evil+", read")
	for _, kind := range []plaincasbin.Kind{"", plaincasbin.KindRole, plaincasbin.KindUser} {
		if got := planOf(t, plaincasbin.Found{Rows: rows}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML), Lone: kind}).String(); strings.Contains(got, "\x1b") {
			t.Errorf("%q", got)
		}
	}
}

// All that is wrong with a row is told at once.
func TestEveryReasonIsTold(t *testing.T) {
	plan := planOf(t, plaincasbin.Found{Rows: rowsOf("p, role:x, ACME Inc, bills, GET, deny", "g, a, role:x, ACME Inc")}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML)})
	for i, want := range [][]string{{"it denies", "organisation id", "role id", "there is no permission"}, {"organisation id", "role id"}} {
		got := plan.Refused[i].Reasons
		if len(got) != len(want) {
			t.Fatalf("%q", got)
		}
		for j := range want {
			if !strings.HasPrefix(got[j], want[j]) {
				t.Errorf("%q; want %s", got[j], want[j])
			}
		}
	}
}

// Names make something of rows that could not be said.
func TestNames(t *testing.T) {
	plan := planOf(t, plaincasbin.Found{Rows: rowsOf(
		"p, role:admin, ACME Inc, /invoices/*, GET",
		"p, owner, ACME Inc, reports, read",
		"p, bob, ACME Inc, reports, write",
		"p, carol, ACME Inc, iam.roles, write",
		"g, Alice Smith*, role:admin, ACME Inc",
		"g, Alice Smith*, owner, ACME Inc",
		"g, dave, bob, ACME Inc",
	)}, plaincasbin.Config{
		Catalog: parseCatalog(t, catalogYAML),
		Names: plaincasbin.Names{
			Domains: map[string]rolekit.OrgID{"ACME Inc": "acme"},
			Roles:   map[string]rolekit.RoleID{"role:admin": "admin", "owner": "proprietor"},
			Users:   map[string]rolekit.UserID{"Alice Smith*": "alice", "bob": "bob", "carol": "carol"},
			Permissions: map[string]map[string]rolekit.Permission{
				"/invoices/*": {"GET": "invoices:read"}, "iam.roles": {"write": rolekit.RolesWrite},
			},
		},
	})
	const want = `
organisation acme, which was "ACME Inc"
  role admin, which was "role:admin"
    may invoices:read
  role bob
    may reports:write
  role own.carol, which carol alone has: p rows grant it directly
    may iam.roles:write
  role proprietor, which was "owner"
    may reports:read
  user alice holds admin, proprietor
  user bob holds bob
  user carol holds own.carol
  user dave holds bob
`
	if got := plan.String(); !strings.HasSuffix(got, want) || len(plan.Refused)+len(plan.Gains) > 0 {
		t.Errorf("got:\n%s", got)
	}
}

func TestSubsWithoutAGRow(t *testing.T) {
	rows := rowsOf("p, someone, acme, invoices, read")
	for kind, want := range map[plaincasbin.Kind]string{
		plaincasbin.KindRole: "organisation acme\n  role someone\n    may invoices:read\n",
		plaincasbin.KindUser: "    may invoices:read\n  user someone holds own.someone\n",
	} {
		plan := planOf(t, plaincasbin.Found{Rows: rows}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML), Lone: kind})
		if !strings.HasSuffix(plan.String(), want) {
			t.Errorf("%s: %s", kind, plan)
		}
	}
}

// Own roles of users whose ids differ only in what a role's id cannot hold, or in
// their ends, are two roles.
func TestOwnRolesAreTold(t *testing.T) {
	long := strings.Repeat("x", 80)
	plan := planOf(t, plaincasbin.Found{Rows: rowsOf(
		"p, a@b, acme, invoices, read", "p, a-b, acme, reports, read", "p, A+b, acme, invoices, write",
		"p, "+long+"1, acme, invoices, read", "p, "+long+"2, acme, reports, read",
		"g, x, own.a-b, acme", "p, bob, acme, invoices, read",
	)}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML+"  own.bob: {grants: [\"invoices:read\"]}\n"), Lone: plaincasbin.KindUser})
	holders := map[rolekit.RoleID]rolekit.UserID{}
	for _, h := range plan.Orgs[0].Holds {
		if other, taken := holders[h.Role]; taken {
			t.Errorf("%s and %s both hold %s", other, h.User, h.Role)
		}
		holders[h.Role] = h.User
		if err := h.Role.Validate(); err != nil {
			t.Error(err)
		}
	}
	if holders["own.bob"] != "" || holders["own.bob.2"] != "bob" {
		t.Errorf("a default role is bob's own: %v", holders)
	}
	if len(holders) != 7 || len(plan.Refused) > 0 {
		t.Errorf("%s", plan)
	}
}

// What would be allowed and was not is told, where it comes from, once.
func TestGains(t *testing.T) {
	chain := []string{"p, r11, acme, invoices, read", "g, alice, r0, acme"} // Casbin does not look so far
	for _, link := range []string{"r0, r1", "r1, r2", "r2, r3", "r3, r4", "r4, r5", "r5, r6", "r6, r7", "r7, r8", "r8, r9", "r9, r10", "r10, r11"} {
		chain = append(chain, "g, "+link+", acme")
	}
	for _, test := range []struct {
		name  string
		rows  []string
		names plaincasbin.Names
		want  []string
	}{
		{
			"an action that implies others",
			[]string{"p, boss, acme, invoices, manage", "p, boss, acme, invoices, read", "g, alice, boss, acme", "g, chief, boss, acme", "g, bob, chief, acme"},
			plaincasbin.Names{},
			[]string{"in acme, role boss: invoices:write, as invoices:manage implies it"},
		},
		{
			"nothing, where they had it",
			[]string{"p, boss, acme, invoices, manage", "p, all, acme, invoices, read", "p, all, acme, invoices, write", "g, boss, all, acme", "g, alice, boss, acme"},
			plaincasbin.Names{},
			nil,
		},
		{
			"a deny",
			[]string{
				"p, clerk, acme, invoices, read", "p, clerk, acme, invoices, write", "p, alice, acme, invoices, read, deny",
				"g, alice, clerk, acme", "g, bob, clerk, acme",
			},
			plaincasbin.Names{},
			[]string{"in acme, user alice: invoices:read, as a row denied it"},
		},
		{
			"a deny of what a role has",
			[]string{"p, clerk, acme, invoices, read", "p, clerk, acme, invoices, read, deny", "g, alice, clerk, acme"},
			plaincasbin.Names{},
			[]string{"in acme, role clerk: invoices:read, as a row denied it"},
		},
		{
			"a deny by pattern",
			[]string{"p, clerk, acme, invoices, read", "p, *, *, *, *, deny", "g, alice, clerk, acme"},
			plaincasbin.Names{},
			[]string{"in acme, role clerk: invoices:read, as a row denied it"},
		},
		{
			"a deny elsewhere",
			[]string{"p, clerk, acme, invoices, read", "p, clerk, globex, invoices, read, deny", "p, clerk, acme, invoices, write, deny", "g, alice, clerk, acme"},
			plaincasbin.Names{},
			nil,
		},
		{
			"two that are one",
			[]string{"p, clerk, acme, bills, GET", "p, boss, acme, bills, HEAD", "g, alice, clerk, acme", "g, bob, boss, acme"},
			plaincasbin.Names{Permissions: map[string]map[string]rolekit.Permission{"bills": {"GET": "invoices:read", "HEAD": "invoices:read"}}},
			[]string{
				`in acme, role boss: invoices:read, as obj "bills" and act "GET" are this permission too`,
				`in acme, role clerk: invoices:read, as obj "bills" and act "HEAD" are this permission too`,
			},
		},
		{
			"more links than Casbin follows", chain,
			plaincasbin.Names{},
			[]string{"in acme, role r0: invoices:read, as Casbin does not follow more than 10 links"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := planOf(t, plaincasbin.Found{Rows: rowsOf(test.rows...)}, plaincasbin.Config{Catalog: parseCatalog(t, catalogYAML), Names: test.names})
			_, told, _ := strings.Cut(plan.String(), "\nwhat would be allowed and was not\n")
			var got []string
			for line := range strings.Lines(told) {
				got = append(got, strings.TrimSpace(line))
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got %q\nof %s", got, plan)
			}
		})
	}
}

// A baseline is a gain of everybody who comes to have its profile.
func TestBaselinesAreGains(t *testing.T) {
	catalog := parseCatalog(t, `
profiles: {worker: {}, client: {}}
objects:
  invoices: {actions: [read, write]}
baseline:
  worker: ["invoices:read"]
`)
	rows := rowsOf("p, clerk, acme, invoices, write", "p, reader, acme, invoices, read", "p, reader, acme, invoices, write", "g, alice, clerk, acme", "g, bob, reader, acme")
	plan := planOf(t, plaincasbin.Found{Rows: rows}, plaincasbin.Config{Catalog: catalog, Profile: "worker"})
	if len(plan.Gains) != 1 || plan.Gains[0].Role != "clerk" && plan.Gains[0].User != "alice" {
		t.Errorf("%s", plan)
	}
	if plan := planOf(t, plaincasbin.Found{Rows: rows}, plaincasbin.Config{Catalog: catalog, Profile: "client"}); len(plan.Gains) > 1 {
		t.Errorf("%s", plan)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	catalog := parseCatalog(t, catalogYAML)
	several := parseCatalog(t, "profiles: {worker: {}, client: {}}\nobjects: {invoices: {actions: [read]}}\n")
	rows := rowsOf("p, clerk, acme, invoices, read", "g, alice, clerk, acme", "g, alice, clerk, globex", "p, bob, acme, invoices, read")
	for name, test := range map[string]struct {
		config plaincasbin.Config
		want   string
	}{
		"no catalog":             {plaincasbin.Config{}, "Config.Catalog is missing"},
		"which profile":          {plaincasbin.Config{Catalog: several}, "the catalog has 2 profiles"},
		"no such profile":        {plaincasbin.Config{Catalog: catalog, Profile: "worker"}, `there is no profile "worker"`},
		"no creator role":        {plaincasbin.Config{Catalog: several, Profile: "worker", Creator: "sue"}, "names no creator role"},
		"a creator that is none": {plaincasbin.Config{Catalog: catalog, Creator: " "}, "user id"},
		"lone whats":             {plaincasbin.Config{Catalog: catalog, Lone: "group"}, `cannot be "group"`},
		"a domain that is none":  {plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Domains: map[string]rolekit.OrgID{"acme": "A"}}}, `organisation id "A"`},
		"a role that is none":    {plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Roles: map[string]rolekit.RoleID{"clerk": "a:b"}}}, `role id "a:b"`},
		"two domains that are one": {
			plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Domains: map[string]rolekit.OrgID{"acme": "one", "globex": "one"}}}, `would both be called "one"`,
		},
		"a domain that becomes another": {
			plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Domains: map[string]rolekit.OrgID{"acme": "globex"}}}, `"acme" and "globex" would both be called globex`,
		},
		"a user that becomes another": {
			plaincasbin.Config{Catalog: catalog, Lone: plaincasbin.KindUser, Names: plaincasbin.Names{Users: map[string]rolekit.UserID{"alice": "bob"}}}, `"alice" and "bob" would both be called bob`,
		},
		"a role that becomes another": {
			plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Roles: map[string]rolekit.RoleID{"bob": "clerk"}}}, `"bob" and "clerk" would both be called clerk`,
		},
		"no such domain":     {plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Domains: map[string]rolekit.OrgID{"acne": "a"}}}, `no row has a domain "acne"`},
		"no such user":       {plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Users: map[string]rolekit.UserID{"alcie": "a"}}}, `no row has a user "alcie"`},
		"no such permission": {plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Permissions: map[string]map[string]rolekit.Permission{"invoices": {"read": "invoices:raed"}}}}, `there is no permission "invoices:raed"`},
		"no such obj": {
			plaincasbin.Config{Catalog: catalog, Names: plaincasbin.Names{Permissions: map[string]map[string]rolekit.Permission{"bills": {"read": "invoices:read"}}}}, `no row has the obj "bills"`,
		},
	} {
		if _, err := plaincasbin.NewPlan(plaincasbin.Found{Rows: rows}, test.config); !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
