package main

import (
	"errors"
	"slices"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/prompt"
)

func (f *addRole) ask(c *conversation) error {
	return c.steps(f.askProfile, f.askID, f.askLabel, f.askDescription, f.askIncludes, f.askGrants)
}

func (f *addRole) askProfile(c *conversation) (err error) {
	if f.profile != "" || len(c.e.before.Profiles()) == 1 {
		return nil
	}
	f.profile, err = c.asker.One(c.ctx, "Profile that it is for", profileOptions(c.e.before), "")
	return err
}

func (f *addRole) askID(c *conversation) (err error) {
	if f.id != "" {
		return nil
	}
	f.id, err = c.needed("Role", answered(f, func(g *addRole, text string) { g.id = text }))
	return err
}

func (f *addRole) askLabel(c *conversation) (err error) {
	if f.label != "" {
		return nil
	}
	f.label, err = c.needed("What people read for "+f.id, answered(f, func(g *addRole, text string) { g.label = text }))
	return err
}

func (f *addRole) askDescription(c *conversation) (err error) {
	if c.given("description") {
		return nil
	}
	f.description, err = c.text("Description", "none", answered(f, func(g *addRole, text string) { g.description = text }))
	return err
}

func (f *addRole) askIncludes(c *conversation) (err error) {
	if c.given("include") {
		return nil
	}
	roles := slices.DeleteFunc(c.e.before.DefaultRoles(), func(r rolekit.RoleSpec) bool { return !f.isFor(c.e, r.Profile) })
	if len(roles) == 0 {
		return nil
	}
	options := labelled(roles, func(r rolekit.RoleSpec) (string, string) { return string(r.ID), r.Label })
	f.includes, err = c.many("Roles that it includes", "none", options, answered(f, func(g *addRole, chosen []string) { g.includes = chosen }))
	return err
}

// isFor reports whether the role is for a profile.
func (f *addRole) isFor(e *catalogEdit, profile rolekit.ProfileID) bool {
	return profile == rolekit.ProfileID(f.profile) || f.profile == "" && profile == e.before.Profiles()[0].ID
}

func (f *addRole) askGrants(c *conversation) (err error) {
	if c.given("grant") {
		return nil
	}
	f.grants, err = c.asker.Many(c.ctx, prompt.Question{Title: "Permissions that it gives", Empty: "none"}, f.grantable(c.e), func(chosen []string) error {
		if len(chosen)+len(f.includes) == 0 {
			return errors.New("a role gives or includes something; choose one at least")
		}
		g := *f
		g.grants = chosen
		return c.accepts(&g)
	})
	return err
}

// grantable are what the role can give: wildcards first.
func (f *addRole) grantable(e *catalogEdit) []prompt.Option {
	options := []prompt.Option{{Value: "*:*", Label: "*:*  everything"}}
	for _, action := range e.before.Actions() {
		options = append(options, prompt.Option{Value: "*:" + string(action.ID), Label: "*:" + string(action.ID)})
	}
	object := ""
	for _, p := range e.before.Permissions() {
		if !slices.ContainsFunc(p.Profiles, func(id rolekit.ProfileID) bool { return f.isFor(e, id) }) {
			continue
		}
		if of := string(p.ID.Object()); of != object {
			object = of
			options = append(options, prompt.Option{Value: object + ":*", Label: object + ":*"})
		}
		options = append(options, grantOptions(string(p.ID), p.Access)...)
	}
	return options
}
