package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/lawncare/perm"
	"github.com/rolekit/rolekit/seed"
)

// The organisations of the demonstration.
const (
	toms       rolekit.OrgID = "toms"
	tomsNorth  rolekit.OrgID = "toms-north" // a branch of Tom's
	jacks      rolekit.OrgID = "jacks"
	blueMeadow rolekit.OrgID = "blue-meadows"
	oakHill    rolekit.OrgID = "oak-hill"
	staff      rolekit.OrgID = "internal-staff" // its superusers create organisations
)

// greenTeam is a team of workers. Tom and Jack have one each.
const greenTeam rolekit.TeamID = "green"

// season is how many months a helper for the season stays.
const season = 6

// organisations says who starts as what. Ada is not among them: hiring her is
// what the demonstration shows. Pat is of three kinds: a worker here, a client
// there, and with two associations.
func organisations(now time.Time) []seed.Organisation {
	member := func(user rolekit.UserID, role rolekit.RoleID) rolekit.Assignment {
		return rolekit.Assignment{User: user, Role: role}
	}
	return []seed.Organisation{
		{
			NewOrg: rolekit.NewOrg{ID: staff, Label: "Internal Staff"},
			Members: []rolekit.Assignment{
				member("sue", perm.RoleSuperuser), member("carl", perm.RoleCustomerSupport),
			},
		},
		{
			NewOrg: rolekit.NewOrg{ID: toms, Label: "Tom's Lawn Care", Creator: "tom"},
			Groups: []seed.Group{{
				GroupSpec: rolekit.GroupSpec{ID: "crew", Label: "Crew"},
				Users:     []rolekit.UserID{"gus", "gwen"},
			}},
			Members: []rolekit.Assignment{
				member("sam", perm.RoleScheduler), member("mia", perm.RoleMarketer),
				member("eve", perm.RoleEntryLevel), member("xavier", perm.RoleExperienced), member("tina", perm.RoleTeamLead),
				member("pat", perm.RoleEntryLevel),
				{Group: "crew", Role: perm.RoleEntryLevel},
				{User: "hank", Role: perm.RoleEntryLevel, Period: rolekit.Period{Until: now.AddDate(0, season, 0)}},
				member("rosa", perm.RoleResidential), member("carver", perm.RoleCommercial), member("bram", perm.RoleBrandPartner),
			},
		},
		{
			NewOrg: rolekit.NewOrg{ID: tomsNorth, Label: "Tom's Lawn Care North", Parent: toms, Creator: "nora"},
		},
		{
			NewOrg: rolekit.NewOrg{ID: jacks, Label: "Jack's Landscaping", Creator: "jack"},
			Members: []rolekit.Assignment{
				member("eve", perm.RoleTeamLead), member("rosa", perm.RoleResidential),
				member("pat", perm.RoleTeamLead), member("pat", perm.RoleResidential),
			},
		},
		{
			NewOrg: rolekit.NewOrg{ID: blueMeadow, Label: "Blue Meadows HOA"},
			Members: []rolekit.Assignment{
				member("beth", perm.RolePresident), member("rosa", perm.RoleMember), member("pat", perm.RoleMember),
			},
		},
		{
			NewOrg:  rolekit.NewOrg{ID: oakHill, Label: "Oak Hill HOA"},
			Members: []rolekit.Assignment{member("pat", perm.RolePresident)},
		},
	}
}

// fillDemo seeds roles, organisations and people, and the rows of each table that
// is empty. Doing it again changes nothing.
func fillDemo(ctx context.Context, kit *rolekit.Kit, db *gorm.DB, now time.Time) (seed.Report, error) {
	report, err := seed.Apply(ctx, kit)
	if err != nil {
		return report, err
	}
	if err := clearDeleted(ctx, kit, db, now); err != nil {
		return report, err
	}
	if _, err := seed.Organisations(ctx, kit, organisations(now)...); err != nil {
		return report, err
	}
	for _, rows := range []any{demoTeams(), demoClients(), demoJobs(), demoInvoices(), demoNewsletters(), demoSchedule()} {
		if err := fillOnce(ctx, db, rows); err != nil {
			return report, err
		}
	}
	return report, nil
}

// clearDeleted deletes the rows of organisations that are about to be seeded
// again: one of the same id that was deleted left them behind, and they are not
// for those who come now. Nobody but the system can give a deleted id out again,
// so there is no other way to come by such rows.
func clearDeleted(ctx context.Context, kit *rolekit.Kit, db *gorm.DB, now time.Time) error {
	manager := kit.Manager().As(rolekit.System("lawncare"))
	for _, o := range organisations(now) {
		if _, err := manager.Org(ctx, o.ID); !errors.Is(err, rolekit.ErrOrgNotFound) {
			continue // one that cannot be read is there, and keeps what it has
		}
		for _, table := range models() {
			if err := db.WithContext(ctx).Where("org = ?", o.ID).Delete(table).Error; err != nil {
				return fmt.Errorf("delete what %q left behind: %w", o.ID, err)
			}
		}
	}
	return nil
}

// fillOnce stores the rows of a table that has none yet.
func fillOnce(ctx context.Context, db *gorm.DB, rows any) error {
	return db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var there int64
		if err := tx.Model(rows).Count(&there).Error; err != nil || there > 0 {
			return err
		}
		return tx.Create(rows).Error
	})
}

func demoTeams() []*TeamMember {
	return []*TeamMember{
		{Org: toms, User: "eve", Team: greenTeam},
		{Org: toms, User: "xavier", Team: greenTeam},
		{Org: toms, User: "tina", Team: greenTeam},
	}
}

func demoClients() []*Client {
	return []*Client{
		{Row: Row{Org: toms, Owner: "rosa"}, Name: "Rosa Diaz", Address: "4 Elm Street"},
		{Row: Row{Org: toms, Owner: "carver"}, Name: "Carver's Diner", Address: "1 Main Street"},
		{Row: Row{Org: jacks, Owner: "rosa"}, Name: "Rosa Diaz", Address: "4 Elm Street"},
	}
}

func demoJobs() []*Job {
	return []*Job{
		{Row: Row{Org: toms, Owner: "eve", Team: greenTeam}, Client: "Rosa Diaz", Task: "Mow the lawn"},
		{Row: Row{Org: toms, Owner: "xavier", Team: greenTeam}, Client: "Carver's Diner", Task: "Trim the hedge"},
		{Row: Row{Org: toms, Owner: "sid", Team: "blue"}, Client: "Carver's Diner", Task: "Water the roses"},
		{Row: Row{Org: jacks, Owner: "eve"}, Client: "Rosa Diaz", Task: "Lay the terrace"},
		{Row: Row{Org: jacks, Owner: "jim", Team: greenTeam}, Client: "Rosa Diaz", Task: "Plant the oak"}, // Jack's green team is not Tom's
		{Row: Row{Org: tomsNorth, Owner: "nate"}, Client: "Carver's Diner", Task: "Sweep the yard"},
		{Row: Row{Org: jacks, Owner: "pat"}, Client: "Rosa Diaz", Task: "Edge the beds"},
	}
}

func demoInvoices() []*Invoice {
	return []*Invoice{
		{Row: Row{Org: toms, Owner: "rosa"}, Client: "Rosa Diaz", Cents: 4500},
		{Row: Row{Org: toms, Owner: "carver"}, Client: "Carver's Diner", Cents: 21000},
		{Row: Row{Org: jacks, Owner: "rosa"}, Client: "Rosa Diaz", Cents: 380000},
		{Row: Row{Org: tomsNorth, Owner: "carver"}, Client: "Carver's Diner", Cents: 9900},
		{Row: Row{Org: jacks, Owner: "pat"}, Client: "Pat Lee", Cents: 12000},
	}
}

func demoNewsletters() []*Newsletter {
	return []*Newsletter{
		{Row: Row{Org: toms, Owner: "mia"}, Subject: "Spring is here", Text: "Time to scarify."},
		{Row: Row{Org: blueMeadow, Owner: "beth"}, Subject: "Hedges", Text: "Keep them below six feet, please."},
		{Row: Row{Org: oakHill, Owner: "pat"}, Subject: "Acorns", Text: "Whoever finds them may keep them."},
	}
}

func demoSchedule() []*ScheduleEntry {
	monday := time.Date(2026, time.April, 6, 8, 0, 0, 0, time.UTC)
	return []*ScheduleEntry{
		{Row: Row{Org: toms, Owner: "eve", Team: greenTeam}, Day: monday, Note: "Elm Street"},
		{Row: Row{Org: toms, Owner: "xavier", Team: greenTeam}, Day: monday, Note: "Main Street"},
		{Row: Row{Org: blueMeadow, Owner: "beth"}, Day: monday, Note: "Walk around the meadow"},
		{Row: Row{Org: toms, Owner: "sid", Team: "blue"}, Day: monday, Note: "Rose Garden"},
	}
}

// bookkeeping is the custom role that Tom makes up for Ada.
func bookkeeping() rolekit.RoleSpec {
	return rolekit.RoleSpec{
		ID: "bookkeeper", Label: "Bookkeeper", Profile: perm.ProfileOwner,
		Grants: []rolekit.Grant{
			{Permission: perm.InvoicesWrite, Access: rolekit.AccessAny},
			{Permission: perm.ClientsRead, Access: rolekit.AccessAny},
		},
	}
}

// hireAda has Tom make the role and give it to Ada, as he would over the API.
// Where the role is there already it gets its first grants back, so that the
// commands that are printed at the start do what is printed beside them.
//
// Tom may be refused: whoever edits roles over the API may take away what he
// needs for this, or turn the role into one that it does not fit. That is for
// them to decide, so refused says why, and nothing is wrong.
func hireAda(ctx context.Context, kit *rolekit.Kit) (refused string, err error) {
	err = asTom(ctx, kit)
	if e, ok := errors.AsType[*rolekit.Error](err); ok && e.Code != rolekit.CodeUnavailable {
		return err.Error(), nil
	}
	return "", err
}

func asTom(ctx context.Context, kit *rolekit.Kit) error {
	tom := kit.Manager().As(rolekit.Actor{User: "tom"})
	role := bookkeeping()
	_, err := tom.CreateRole(ctx, toms, role)
	if errors.Is(err, rolekit.ErrExists) {
		_, err = tom.SetGrants(ctx, toms, role.ID, role.Grants, 0)
	}
	if err != nil {
		return fmt.Errorf("make the role of a bookkeeper: %w", err)
	}
	if err := tom.Assign(ctx, toms, "ada", role.ID); err != nil {
		return fmt.Errorf("hire Ada: %w", err)
	}
	return nil
}
