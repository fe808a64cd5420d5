package main

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/reports/perm"
	"github.com/rolekit/rolekit/seed"
)

// The organisations of the demonstration.
const (
	acme   rolekit.OrgID = "acme"
	globex rolekit.OrgID = "globex" // has teams, sets and rows of the same names as Acme, and they are others
)

// insight and brand are teams.
const (
	insight rolekit.TeamID = "insight"
	brand   rolekit.TeamID = "brand"
)

// organisations says who starts as what. Researchers see what is public;
// marketing's are researchers too, and change the projects of marketing. Guests
// hold no role: what they have is the baseline.
func organisations() []seed.Organisation {
	set := func(id rolekit.SetID, projects ...rolekit.ResourceID) seed.Set {
		return seed.Set{SetSpec: rolekit.SetSpec{ID: id}, Resources: projects}
	}
	return []seed.Organisation{
		{
			NewOrg: rolekit.NewOrg{ID: acme, Label: "Acme Research", Creator: "ada"},
			Sets:   []seed.Set{set("public", "survey", "rebrand"), set("marketing", "rebrand", "launch")},
			Groups: []seed.Group{
				{
					GroupSpec: rolekit.GroupSpec{ID: "researchers", Label: "Researchers"},
					Users:     []rolekit.UserID{"rae"}, Groups: []rolekit.GroupID{"marketing-researchers"},
				},
				{
					GroupSpec: rolekit.GroupSpec{ID: "marketing-researchers", Label: "Marketing Researchers"},
					Users:     []rolekit.UserID{"mara"},
				},
				{GroupSpec: rolekit.GroupSpec{ID: "guests", Label: "Guests"}, Users: []rolekit.UserID{"zoe"}},
			},
			Members: []rolekit.Assignment{
				{User: "ana", Role: perm.RoleAnalyst},
				{User: "bob", Role: perm.RoleAnalyst},
				{User: "lea", Role: perm.RoleLead},
				{Group: "researchers", Role: perm.RoleResearcher},
				{Group: "marketing-researchers", Role: perm.RoleMarketingResearcher},
			},
		},
		{
			NewOrg:  rolekit.NewOrg{ID: globex, Label: "Globex Insight", Creator: "otto"},
			Sets:    []seed.Set{set("public", "launch"), set("marketing", "survey")},
			Members: []rolekit.Assignment{{User: "ana", Role: perm.RoleLead}, {User: "rae", Role: perm.RoleResearcher}},
		},
	}
}

// fillDemo seeds the defaults, and the organisations that are not there yet with
// their rows. Doing it again changes nothing.
func fillDemo(ctx context.Context, kit *rolekit.Kit, db *gorm.DB) error {
	if _, err := seed.Apply(ctx, kit); err != nil {
		return err
	}
	created, err := seed.Organisations(ctx, kit, organisations()...)
	if err != nil || !slices.Contains(created, acme) {
		return err
	}
	return db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, rows := range []any{demoTeams(), demoProjects(), demoReports(), demoShares()} {
			if err := tx.Create(rows).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func demoTeams() []TeamMember {
	return []TeamMember{{acme, insight, "ana"}, {acme, insight, "lea"}, {acme, brand, "bob"}, {globex, brand, "ana"}}
}

func demoProjects() []Project {
	return []Project{
		{Row{acme, "survey", "lea", insight}, "Customer survey"},
		{Row{acme, "rebrand", "bob", brand}, "New colours"},
		{Row{acme, "launch", "bob", brand}, "Spring launch"},
		{Row{acme, "pricing", "lea", insight}, "Prices"},
		{Row{acme, "payroll", "ada", ""}, "Payroll"},
		{Row{globex, "survey", "otto", insight}, "What the others ask"},
		{Row{globex, "launch", "otto", brand}, "Ahead of spring"},
	}
}

func demoReports() []Report {
	return []Report{
		{Row{acme, "survey-summary", "ana", insight}, "survey", "What customers said", "They like it."},
		{Row{acme, "survey-notes", "rae", insight}, "survey", "Notes", "Ask again in autumn."},
		{Row{acme, "colours", "bob", brand}, "rebrand", "Which green", "The darker one."},
		{Row{acme, "prices", "lea", insight}, "pricing", "What it may cost", "A little more."},
		{Row{acme, "audit", "ada", ""}, "payroll", "Audit", "It adds up."},
		{Row{globex, "survey-summary", "otto", insight}, "survey", "What we know", "Little."},
		{Row{globex, "colours", "otto", brand}, "launch", "Which red", "The lighter one."},
	}
}

func demoShares() []Share {
	return []Share{{acme, "survey-summary", "rae"}, {acme, "colours", "zoe"}, {globex, "survey-summary", "zoe"}}
}
