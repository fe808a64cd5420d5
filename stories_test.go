package rolekit_test

import (
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

// An analyst sees everything and changes her own reports. Researchers read what
// is public; those of marketing, who are part of them, change marketing's
// projects.
func TestHeapsAnalystAndResearchers(t *testing.T) {
	s := tell(t, "heap")
	s.found("heap", "heidi")
	heidi := s.manager("heidi")

	s.done(heidi.Assign(t.Context(), "heap", "ana", "analyst"))
	ana := in("heap", "ana")
	s.may(ana, "projects:read")
	s.may(ana, "reports:read", rolekit.Facts{Owner: "heidi"})
	s.may(ana, "reports:write", rolekit.Facts{Owner: "ana"})
	s.mayNot(ana, "reports:write", rolekit.Facts{Owner: "heidi"})
	s.mayNot(ana, "projects:write")
	s.mayNot(ana, rolekit.MembersWrite)

	s.set(heidi, "heap", "public", "survey", "rebrand")
	s.set(heidi, "heap", "marketing", "rebrand", "launch")
	s.role(heidi, "heap", "limited-read", rolekit.Grant{Permission: "projects:read", Access: rolekit.InSet("public")})
	s.role(heidi, "heap", "marketing-write", rolekit.Grant{Permission: "projects:write", Access: rolekit.InSet("marketing")})
	s.group(heidi, "heap", "marketing-researchers", []rolekit.UserID{"mara"})
	s.group(heidi, "heap", "researchers", []rolekit.UserID{"rae"}, "marketing-researchers")
	s.done(heidi.PutAssignment(t.Context(), "heap", rolekit.Assignment{Group: "researchers", Role: "limited-read"}))
	s.done(heidi.PutAssignment(t.Context(), "heap", rolekit.Assignment{Group: "marketing-researchers", Role: "marketing-write"}))

	rae, mara := in("heap", "rae"), in("heap", "mara")
	s.reaches(rae, "projects:read", "set:public")
	s.may(rae, "projects:read", project("survey"))
	s.mayNot(rae, "projects:read", project("launch"))
	s.mayNot(rae, "projects:write", project("rebrand"))

	s.reaches(mara, "projects:read", "set:marketing", "set:public")
	s.reaches(mara, "projects:write", "set:marketing")
	s.may(mara, "projects:write", project("launch"))
	s.may(mara, "projects:read", project("survey"))
	s.mayNot(mara, "projects:write", project("survey"))
	s.mayNot(mara, "projects:read", project("payroll"))

	// A new campaign becomes marketing's in one step.
	s.done(heidi.ReplaceResources(t.Context(), "heap", "marketing", []rolekit.ResourceID{"campaign", "launch"}, 0))
	s.may(mara, "projects:write", project("campaign"))
	s.mayNot(mara, "projects:write", project("rebrand"))
	s.may(mara, "projects:read", project("rebrand")) // it is still public

	// Whoever leaves marketing leaves its projects.
	s.done(heidi.RemoveFromGroup(t.Context(), "heap", "marketing-researchers", []rolekit.UserID{"mara"}, nil))
	s.mayNot(mara, "projects:write", project("campaign"))
	s.mayNot(mara, "projects:read", project("survey"))
}

// There is an admin and there is a user, and to write is to read.
func TestLaunchwaysAdminAndUser(t *testing.T) {
	s := tell(t, "launchway")
	s.found("acme", "abby")
	s.found("globex", "gary")
	s.done(s.manager("abby").Assign(t.Context(), "acme", "uwe", "user"))

	uwe := in("acme", "uwe")
	s.may(uwe, "members:read")
	s.may(uwe, "settings:read")
	s.may(uwe, "issues:write")
	s.may(uwe, "issues:read")
	s.mayNot(uwe, "members:write")
	s.mayNot(uwe, "settings:write")
	s.mayNot(uwe, rolekit.MembersRead)

	abby := in("acme", "abby")
	for _, p := range s.kit.Catalog().Permissions() {
		s.may(abby, p.ID)
		s.mayNot(in("globex", "abby"), p.ID)
	}

	// Gary makes her a user of his: she is one thing here and another there.
	s.done(s.manager("gary").Assign(t.Context(), "globex", "abby", "user"))
	s.may(in("globex", "abby"), "issues:write")
	s.mayNot(in("globex", "abby"), "settings:write")
	s.may(abby, "settings:write")

	// A user cannot make themselves an admin, nor an admin somewhere else.
	s.refuses(s.manager("uwe").Assign(t.Context(), "acme", "uwe", "admin"), rolekit.ErrPermissionDenied)
	s.refuses(s.manager("abby").Assign(t.Context(), "globex", "abby", "admin"), rolekit.ErrPermissionDenied)
}

// Code asks for scopes and knows no role, so the roles behind the scopes can be
// turned on one organisation after another.
func TestIncidentsFixedRolesBehindScopes(t *testing.T) {
	s := tell(t, "incidents")
	openPrivateIncident := func(who rolekit.Identity) bool { return s.can(who, "private-incidents:read") }
	changeBilling := func(who rolekit.Identity) bool { return s.can(who, "billing:change") }
	respond := func(who rolekit.Identity) bool { return s.can(who, "incidents:write") }

	// Before there were roles, everybody could do everything but look at what
	// is private.
	staff := []rolekit.UserID{"adam", "rita", "vera"}
	for _, org := range []rolekit.OrgID{"early", "later"} {
		s.found(org, "olive")
		olive := s.manager("olive")
		s.group(olive, org, "everyone", staff)
		s.done(olive.PutAssignment(t.Context(), org, rolekit.Assignment{Group: "everyone", Role: "everybody"}))
		for _, user := range staff {
			who := in(org, user)
			s.is(respond(who) && changeBilling(who) && !openPrivateIncident(who), "%s did as everybody in %s", user, org)
		}
	}

	// Early turns roles on; not a line of what asks changes.
	olive := s.manager("olive")
	for user, role := range map[rolekit.UserID]rolekit.RoleID{"adam": "administrator", "rita": "responder", "vera": "viewer"} {
		s.done(olive.Assign(t.Context(), "early", user, role))
	}
	s.done(olive.RemoveAssignment(t.Context(), "early", rolekit.Assignment{Group: "everyone", Role: "everybody"}))
	for _, test := range []struct {
		user                    rolekit.UserID
		private, bills, answers bool
	}{
		{"olive", true, true, true},
		{"adam", false, true, true},
		{"rita", false, false, true},
		{"vera", false, false, false},
	} {
		who := in("early", test.user)
		s.is(openPrivateIncident(who) == test.private, "%s sees private incidents: %v", test.user, test.private)
		s.is(changeBilling(who) == test.bills, "%s changes billing: %v", test.user, test.bills)
		s.is(respond(who) == test.answers, "%s responds: %v", test.user, test.answers)
		s.may(who, "incidents:read")
	}

	// Later has not, and nothing changed there.
	for _, user := range staff {
		s.is(changeBilling(in("later", user)), "%s still changes billing in later", user)
	}

	// The roles are fixed: not even an owner changes one. And an administrator
	// hands out roles, but not the owner's, which is more than their own.
	_, err := olive.SetGrants(t.Context(), "early", "viewer", []rolekit.Grant{{Permission: "billing:change"}}, 0)
	s.refuses(err, rolekit.ErrReserved)
	s.done(s.manager("adam").Assign(t.Context(), "early", "nina", "responder"))
	s.refuses(s.manager("adam").Assign(t.Context(), "early", "adam", "owner"), rolekit.ErrEscalation)
}

// Pat mows for Tom and for Jack, whose client they are too, and speaks for two
// associations: three profiles in four organisations, one at a time.
func TestThreeProfilesInFourOrganisations(t *testing.T) {
	s := tell(t, "lawncare")
	ctx := t.Context()
	s.found("toms", "tom")
	s.found("jacks", "jack")
	system := s.kit.Manager().As(rolekit.System("story"))
	for _, org := range []rolekit.OrgID{"blue-meadows", "oak-hill"} {
		_, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: org})
		s.done(err)
		s.done(system.Assign(ctx, org, "pat", "president"))
	}
	s.done(s.manager("tom").Assign(ctx, "toms", "pat", "entry-level"))
	s.done(s.manager("jack").Assign(ctx, "jacks", "pat", "team-lead"))
	s.done(s.manager("jack").Assign(ctx, "jacks", "pat", "residential"))

	// Where Pat is but one thing, that is what Pat is.
	for org, profile := range map[rolekit.OrgID]rolekit.ProfileID{"toms": "worker", "blue-meadows": "hoa-rep", "oak-hill": "hoa-rep"} {
		s.isA(in(org, "pat"), profile)
		s.isNo(in(org, "pat"), "client")
	}
	s.reaches(in("toms", "pat"), "jobs:read", rolekit.AccessOwn)
	s.mayNot(in("toms", "pat"), "jobs:write")
	s.may(in("blue-meadows", "pat"), "newsletters:write")
	s.mayNot(in("blue-meadows", "pat"), "jobs:read")

	// At Jack's they must say which, or have said it.
	pat := in("jacks", "pat")
	_, err := s.kit.Can(ctx, pat, "jobs:write", nil)
	s.refuses(err, rolekit.ErrInvalid)
	mine, active, err := s.kit.Profiles(ctx, "jacks", "pat")
	s.is(err == nil && slices.Equal(mine, []rolekit.ProfileID{"client", "worker"}) && active == "", "Pat is %v, acting as %q", mine, active)
	s.may(as("worker", pat), "jobs:write")
	s.mayNot(as("worker", pat), "invoices:read")

	s.done(s.kit.SwitchProfile(ctx, pat, "client"))
	s.isA(pat, "client")
	s.isNo(pat, "worker")
	s.reaches(pat, "invoices:read", rolekit.AccessOwn)
	s.mayNot(pat, "jobs:read")
	s.may(as("worker", pat), "jobs:write") // a request may still say

	s.done(s.kit.SwitchProfile(ctx, pat, "worker"))
	s.isA(pat, "worker")
	s.may(pat, "jobs:write")
	s.mayNot(pat, "invoices:read")

	// What Pat is nowhere, or only elsewhere, Pat cannot become.
	s.refuses(s.kit.SwitchProfile(ctx, pat, "owner"), rolekit.ErrPermissionDenied)
	s.refuses(s.kit.SwitchProfile(ctx, pat, "hoa-rep"), rolekit.ErrPermissionDenied)
	s.refuses(s.kit.SwitchProfile(ctx, pat, "gardener"), rolekit.ErrInvalid)
	s.isNo(as("hoa-rep", pat), "hoa-rep")
	s.isA(pat, "worker")
	s.isA(in("toms", "pat"), "worker")

	// The choice outlives the process, and goes with the roles it was made for.
	s.restart()
	s.isA(pat, "worker")
	s.done(s.manager("jack").Unassign(ctx, "jacks", "pat", "team-lead"))
	s.isA(pat, "client")
	s.mayNot(pat, "jobs:write")
}

// Tom takes everything from his clients' role. In the one list that a client of
// Tom's and Jack's sees, only Jack's invoices remain.
func TestTomRemovesAllClientPermissions(t *testing.T) {
	s := tell(t, "lawncare")
	ctx := t.Context()
	invoices := map[rolekit.ResourceID]struct {
		org   rolekit.OrgID
		owner rolekit.UserID
	}{
		"t-1": {"toms", "cleo"}, "t-2": {"toms", "carl"}, "j-1": {"jacks", "cleo"}, "j-2": {"jacks", "carl"}, "g-1": {"greens", "cleo"},
	}
	list := func(client rolekit.UserID) []rolekit.ResourceID {
		orgs, err := s.kit.Orgs(ctx, client, "client", "invoices:read")
		s.done(err)
		var seen []rolekit.ResourceID
		for id, invoice := range invoices {
			who := as("client", in(invoice.org, client))
			if slices.Contains(orgs, invoice.org) && s.can(who, "invoices:read", rolekit.Facts{ID: id, Owner: invoice.owner}) {
				seen = append(seen, id)
			}
		}
		slices.Sort(seen)
		return seen
	}
	sees := func(client rolekit.UserID, want ...rolekit.ResourceID) {
		t.Helper()
		got := list(client)
		s.is(slices.Equal(got, want), "%s sees %v, want %v", client, got, want)
	}

	own := rolekit.Grant{Permission: "invoices:read", Access: rolekit.AccessOwn}
	for org, owner := range map[rolekit.OrgID]rolekit.UserID{"toms": "tom", "jacks": "jack", "greens": "greta"} {
		s.found(org, owner)
		_, err := s.manager(owner).CreateRole(ctx, org, rolekit.RoleSpec{ID: "household", Profile: "client", Grants: []rolekit.Grant{own}})
		s.done(err)
	}
	for _, client := range []rolekit.UserID{"cleo", "carl"} {
		s.done(s.manager("tom").Assign(ctx, "toms", client, "household"))
		s.done(s.manager("jack").Assign(ctx, "jacks", client, "household"))
	}
	sees("cleo", "j-1", "t-1")
	sees("carl", "j-2", "t-2")
	sees("greta") // who is no client anywhere

	_, err := s.manager("tom").SetGrants(ctx, "toms", "household", nil, 0)
	s.done(err)
	sees("cleo", "j-1")
	sees("carl", "j-2")
	s.isA(in("toms", "cleo"), "client") // of Tom's still, who may do nothing
	s.mayNot(in("toms", "cleo"), "invoices:read")
	s.may(in("toms", "tom"), "invoices:read")

	// Jack's role has the same name, and is another.
	_, err = s.manager("tom").SetGrants(ctx, "jacks", "household", nil, 0)
	s.refuses(err, rolekit.ErrPermissionDenied)
	sees("cleo", "j-1")

	_, err = s.manager("tom").SetGrants(ctx, "toms", "household", []rolekit.Grant{own}, 0)
	s.done(err)
	sees("cleo", "j-1", "t-1")
}
