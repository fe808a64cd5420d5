package rolekit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// What is named to be kept or overwritten has to be, or to have been: else it would go
// the way of what is not named.
func TestMistypedNamesAreRefused(t *testing.T) {
	t.Parallel()
	edited := func(t *testing.T) *world {
		t.Helper()
		w := applied(t)
		d := w.Catalog().Defaults()
		d.Roles = append(d.Roles, rolekit.RoleSpec{ID: "old", Profile: "staff"})
		d.Baseline["guest"] = nil
		_, err := w.system().ApplyDefaults(t.Context(), d)
		w.ok(err)
		return w
	}
	for name, test := range map[string]struct {
		choices rolekit.CatalogChoices
		want    string
	}{
		"kept":            {rolekit.CatalogChoices{Keep: []string{"clerck"}, OverwriteAll: true}, `there is and was no default role or baseline "clerck", to be kept or overwritten (did you mean "clerk"?)`},
		"overwritten":     {rolekit.CatalogChoices{Overwrite: []string{"zzzzzz"}, KeepAll: true}, `there is and was no default role or baseline "zzzzzz", to be kept or overwritten (rolekit plan tells what was edited, and what it is called)`},
		"a baseline":      {rolekit.CatalogChoices{Keep: []string{"baseline:guets"}, OverwriteAll: true}, `there is and was no default role or baseline "baseline:guets", to be kept or overwritten (did you mean "baseline:guest"?)`},
		"no name of any":  {rolekit.CatalogChoices{Keep: []string{"Clerk\x1b"}, OverwriteAll: true}, `there is and was no default role or baseline "Clerk\x1b", to be kept or overwritten (did you mean "clerk"?)`},
		"a custom role":   {rolekit.CatalogChoices{Keep: []string{"editor"}, OverwriteAll: true}, `there is and was no default role or baseline "editor", to be kept or overwritten (did you mean "visitor"?)`},
		"no permission":   {rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news"}}, `"news" is no permission (write OBJECT:ACTION)`},
		"nor one either":  {rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"News:read"}}, `"News:read" is no permission (write OBJECT:ACTION)`},
		"nor one":         {rolekit.CatalogChoices{MapGrants: map[rolekit.Permission]rolekit.Permission{"news:": "news:read"}}, `"news:" is no permission (write OBJECT:ACTION)`},
		"a successor":     {rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"gone": "clrk"}}, `the file declares no role "clrk", by which "gone" could be replaced (did you mean "clerk"?)`},
		"all and all":     {rolekit.CatalogChoices{KeepAll: true, OverwriteAll: true}, "what was edited cannot all be kept and all be overwritten"},
		"kept and gone":   {rolekit.CatalogChoices{Keep: []string{"clerk"}, Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "owner"}}, `"clerk" cannot both be kept and be replaced`},
		"one and the one": {rolekit.CatalogChoices{Keep: []string{"clerk"}, Overwrite: []string{"clerk"}}, `"clerk" cannot both be kept and be overwritten`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := edited(t)
			w.unchanged("applying", func() {
				_, planned := w.system().PlanCatalog(t.Context(), test.choices)
				_, err := w.apply(test.choices)
				for what, err := range map[string]error{"planning": planned, "applying": err} {
					isError(t, what, err, rolekit.ErrInvalid)
					same(t, what, test.want, err.Error())
				}
			})
		})
	}
	t.Run("by a name of before", func(t *testing.T) {
		t.Parallel()
		w := edited(t).with("  clerk: {", "  bookkeeper: {renamed_from: clerk, ", "{staff: {}, guest: {}}", "{staff: {}, visitors: {renamed_from: guest}}", "{profile: guest", "{profile: visitors", "guest: [", "visitors: [")
		for _, name := range []string{"clerk", "baseline:guest"} {
			_, err := w.apply(rolekit.CatalogChoices{Keep: []string{name}, OverwriteAll: true})
			isError(t, name, err, rolekit.ErrInvalid)
		}
	})
	t.Run("not where it was there once", func(t *testing.T) {
		t.Parallel()
		w := edited(t)
		for range 2 { // old goes: neither the file nor an earlier one declares it
			_, err := w.apply(rolekit.CatalogChoices{Overwrite: []string{"old", "clerk", "baseline:guest"}})
			w.ok(err)
		}
		if _, err := w.system().Role(t.Context(), "tom", "old"); !errors.Is(err, rolekit.ErrRoleNotFound) {
			t.Errorf("old is still there: %v", err)
		}
	})
}

// Choices about what would leave may be made again once it has left: what decides
// nothing is told.
func TestChoicesThatDecideNothingAreTold(t *testing.T) {
	t.Parallel()
	first := applied(t)
	w := first.with("{actions: [read, send]}", "{actions: [read]}", "bills: {actions", "invoices: {renamed_from: bills, actions", "bills:", "invoices:",
		`  clerk: {profile: staff,`, `  bookkeeper: {renamed_from: clerk, profile: staff,`)
	choices := rolekit.CatalogChoices{
		DropGrants: []rolekit.Permission{"news:send", "news:snd", "bills:read", "invoices:read"},
		MapGrants:  map[rolekit.Permission]rolekit.Permission{"else:where": "news:read"},
		Replace:    map[rolekit.RoleID]rolekit.RoleID{"clerk": "visitor", "onwer": "owner", "visitor": "visitor", "bookkeeper": "owner"},
	}
	p := w.planned(choices)
	same(t, "what decides nothing", []rolekit.IdleChoice{
		{Choice: "replace", Name: "bookkeeper", Reason: "the file declares that role, so that it does not leave"},
		{Choice: "replace", Name: "clerk", Reason: "the file says that it is bookkeeper now"},
		{Choice: "replace", Name: "onwer", Reason: `no default role of that name is stored; did you mean "owner"?`},
		{Choice: "drop_grants", Name: "news:snd", Reason: `the catalog that was applied last has no such permission; did you mean "news:send"?`},
		{Choice: "drop_grants", Name: "bills:read", Reason: "that permission is called invoices:read now"},
		{Choice: "drop_grants", Name: "invoices:read", Reason: "the file has that permission, and no custom role loses it"},
		{Choice: "map_grants", Name: "else:where", Reason: "the catalog that was applied last has no such permission"},
	}, p.Idle)
	for name, quiet := range map[string]rolekit.CatalogChoices{
		"the new name":            {Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "bookkeeper"}, OverwriteAll: true},
		"what nobody has":         {DropGrants: []rolekit.Permission{"news:send"}},
		"what goes from somebody": {DropGrants: []rolekit.Permission{"bills:edit"}},
	} {
		w := applied(t)
		_, err := w.system().SetGrants(t.Context(), "tom", "editor", []rolekit.Grant{{Permission: "bills:edit", Access: rolekit.AccessOwn}}, rolekit.Whatever)
		w.ok(err)
		switch {
		case quiet.Replace != nil:
			w = w.with(`  clerk: {profile: staff,`, `  bookkeeper: {renamed_from: clerk, profile: staff,`)
		case quiet.DropGrants[0] == "news:send":
			w = w.with("{actions: [read, send]}", "{actions: [read]}")
		default:
			w = w.with("bills:edit: {access: [any, own, set]}", "bills:edit: {access: [any, set]}")
		}
		same(t, name+": what decides nothing", []rolekit.IdleChoice(nil), w.planned(quiet).Idle)
	}
	again, err := w.apply(choices)
	w.ok(err)
	if i := slices.IndexFunc(again.Idle, func(i rolekit.IdleChoice) bool { return i.Name == "news:send" }); i < 0 || !again.Empty() {
		t.Errorf("once more it says %v", again.Idle)
	}
}

// What is named to be replaced leaves, though all that was edited is kept; and at once.
func TestWhatIsReplacedIsNotKept(t *testing.T) {
	t.Parallel()
	w := applied(t)
	d := w.Catalog().Defaults()
	i := slices.IndexFunc(d.Roles, func(r rolekit.RoleSpec) bool { return r.ID == "clerk" })
	d.Roles[i].Grants = grantsOf("bills:read")
	_, err := w.system().ApplyDefaults(t.Context(), d)
	w.ok(err)
	w.custom("tom", "lead", "staff", []rolekit.RoleID{"clerk"})
	w = w.with("  clerk: {profile: staff, grants: [\"bills:edit\"]}\n", "  aide: {profile: staff}\n")
	choices := rolekit.CatalogChoices{KeepAll: true, Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "aide"}}
	p, err := w.apply(choices)
	w.ok(err)
	if len(p.Idle) > 0 || len(p.Leaving) != 1 || p.Leaving[0].To != "aide" {
		t.Errorf("it leaves: %+v", p)
	}
	lead, err := w.system().Role(t.Context(), "tom", "lead")
	w.ok(err)
	same(t, "what lead includes", []rolekit.RoleID{"aide"}, lead.Includes)
	w.unchanged("a second time", func() {
		_, err := w.apply(choices)
		w.ok(err)
	})
}

// What is to be kept and was not edited becomes what the file says, and that is told.
func TestKeepingWhatIsNotEdited(t *testing.T) {
	t.Parallel()
	p := applied(t).planned(rolekit.CatalogChoices{Keep: []string{"clerk"}})
	same(t, "what decides nothing", []rolekit.IdleChoice{{Choice: "keep", Name: "clerk", Reason: "nothing edited it, so that there is nothing to keep"}}, p.Idle)
}

// A default role or profile does not get the name of another one: who has either would
// have both. That something was renamed may stay in the file for good.
func TestTwoDoNotBecomeOne(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pairs []string
		want  string
	}{
		"roles": {
			[]string{`  clerk: {profile: staff, grants: ["bills:edit"]}` + "\n", "", "owner: {profile", "owner: {renamed_from: clerk, profile"},
			`the file calls the role "clerk" "owner" now, and there is one of that name already: the two would become one`,
		},
		"profiles": {
			[]string{"{staff: {}, guest: {}}", "{staff: {renamed_from: guest}}", "profile: guest", "profile: staff", "guest: [", "staff: ["},
			`the file calls the profile "guest" "staff" now, and there is one of that name already: the two would become one`,
		},
		"a name that nothing has": {[]string{"  clerk: {", "  bookkeeper: {renamed_from: clerk, "}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := applied(t).with(test.pairs...)
			if test.want == "" {
				_, err := w.apply(rolekit.CatalogChoices{})
				w.ok(err)
				p, err := w.apply(rolekit.CatalogChoices{})
				w.ok(err)
				if !p.Empty() {
					t.Errorf("a second time: %+v", p)
				}
				return
			}
			w.unchanged("a merge", func() {
				_, planned := w.system().PlanCatalog(t.Context(), rolekit.CatalogChoices{})
				_, err := w.apply(rolekit.CatalogChoices{OverwriteAll: true})
				for what, err := range map[string]error{"planning": planned, "applying": err} {
					if isError(t, what, err, rolekit.ErrInvalid); err != nil && !strings.Contains(err.Error(), test.want) {
						t.Errorf("%s: %v", what, err)
					}
				}
			})
		})
	}
}
