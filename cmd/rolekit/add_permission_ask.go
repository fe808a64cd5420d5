package main

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/prompt"
)

func (f *addPermission) ask(c *conversation) error {
	if err := f.askID(c); err != nil {
		return err
	}
	if f.besideNarrow(c.e.before) {
		return c.steps(f.askProfiles, f.askAction, f.askLabel, f.askDescription, f.askAccess, f.askRoles)
	}
	return c.steps(f.askAction, f.askLabel, f.askDescription, f.askProfiles, f.askAccess, f.askRoles)
}

// besideNarrow reports whether its object has a permission that is for some profiles
// alone. One that implies it cannot be for others: these are asked for first, as each
// answer is tried with those before.
func (f *addPermission) besideNarrow(catalog *rolekit.Catalog) bool {
	object := rolekit.Permission(f.id).Object()
	return slices.ContainsFunc(catalog.Permissions(), func(i rolekit.PermissionInfo) bool {
		return i.ID.Object() == object && len(i.Profiles) < len(catalog.Profiles())
	})
}

func (f *addPermission) askID(c *conversation) error {
	if f.id != "" {
		return nil
	}
	objects := slices.DeleteFunc(c.e.before.Objects(), func(o rolekit.ObjectInfo) bool { return checkObject(c.e, string(o.ID)) != nil })
	if len(objects) == 0 {
		return usagef("%s has no object yet; rolekit add object adds one", c.e.name)
	}
	options := labelled(objects, func(o rolekit.ObjectInfo) (string, string) { return string(o.ID), o.Label })
	object, err := c.asker.One(c.ctx, "Object", options, "")
	if err != nil {
		return err
	}
	of := func(action string) string { return object + ":" + action }
	options = slices.DeleteFunc(c.actionOptions(), func(o prompt.Option) bool {
		_, there := c.e.before.Permission(rolekit.Permission(of(o.Value)))
		return there
	})
	action := ""
	if len(options) > 0 {
		options = append(options, prompt.Option{Label: "another, which is new"})
		if action, err = c.asker.One(c.ctx, "Action", options, options[0].Value); err != nil {
			return err
		}
	}
	if action == "" {
		action, err = c.needed("The new action", answered(f, func(g *addPermission, text string) { g.id = of(text) }))
	}
	f.id = of(action)
	return err
}

// askAction asks what there is to say of the action, where it is new.
func (f *addPermission) askAction(c *conversation) error {
	if !f.isNew(c.e) {
		return nil
	}
	if f.actionLabel == "" {
		if err := c.asker.Say(unknown("action", f.action(), c.e.actions(), "it becomes a new one").Error()); err != nil {
			return err
		}
	}
	a := newAction{f.action(), f.actionLabel, f.implies}
	err := c.askNewAction(&a, a.label != "", c.given("implies"),
		answered(f, func(g *addPermission, a newAction) { g.actionLabel, g.implies = a.label, a.implies }))
	f.actionLabel, f.implies = a.label, a.implies
	return err
}

func (f *addPermission) askLabel(c *conversation) error {
	if c.given("label") {
		return nil
	}
	info, err := f.asItWouldBe(c)
	if err != nil {
		return err
	}
	f.label, err = c.text("Label", strconv.Quote(info.Label), answered(f, func(g *addPermission, text string) { g.label = text }))
	return err
}

// asItWouldBe is what the catalog would say of the permission.
func (f *addPermission) asItWouldBe(c *conversation) (rolekit.PermissionInfo, error) {
	catalog, err := c.e.tried(f)
	if err != nil {
		return rolekit.PermissionInfo{}, err
	}
	info, _ := catalog.Permission(rolekit.Permission(f.id))
	return info, nil
}

func (f *addPermission) askDescription(c *conversation) (err error) {
	if c.given("description") {
		return nil
	}
	f.description, err = c.text("Description", "none", answered(f, func(g *addPermission, text string) { g.description = text }))
	return err
}

func (f *addPermission) askProfiles(c *conversation) (err error) {
	if c.given("profile") || len(c.e.before.Profiles()) == 1 {
		return nil
	}
	f.profiles, err = c.many("Profiles that it is for", "all", profileOptions(c.e.before),
		answered(f, func(g *addPermission, chosen []string) { g.profiles = chosen }))
	return err
}

func (f *addPermission) askAccess(c *conversation) (err error) {
	if c.given("access") {
		return nil
	}
	options := []prompt.Option{
		{Value: "any", Label: "any  everything in the organisation"},
		{Value: "team", Label: "team  what is of the user's teams"},
		{Value: "own", Label: "own  what the user owns"},
		{Value: "set", Label: "set  what is in a resource set"},
	}
	options = append(options, labelled(c.e.before.Accesses(), func(a rolekit.AccessInfo) (string, string) { return string(a.ID), a.Label })...)
	f.access, err = c.many("Accesses that roles may have it with", "any", options, answered(f, func(g *addPermission, chosen []string) { g.access = chosen }))
	return err
}

// askRoles asks which roles get it that do not get it anyhow.
func (f *addPermission) askRoles(c *conversation) error {
	if len(f.roles) > 0 || f.noRoles {
		return nil
	}
	catalog, err := c.e.tried(f)
	if err != nil {
		return err
	}
	anyhow := gains(c.e.before, catalog)
	info, _ := catalog.Permission(rolekit.Permission(f.id))
	var options []prompt.Option
	for _, role := range catalog.DefaultRoles() {
		if !slices.Contains(info.Profiles, role.Profile) {
			continue
		}
		accesses := slices.DeleteFunc(slices.Clone(info.Access), func(access rolekit.Access) bool {
			return slices.Contains(role.Grants, rolekit.Grant{Permission: info.ID, Access: access}) ||
				slices.Contains(role.Grants, rolekit.Grant{Permission: info.ID, Access: rolekit.AccessAny})
		})
		options = append(options, grantOptions(string(role.ID), accesses)...)
	}
	if err := c.asker.Say(cmp.Or(sentence(anyhow), "No role gets it by a wildcard.")); err != nil || len(options) == 0 {
		return err
	}
	f.roles, err = c.many("Roles that get it too", "none", options, answered(f, func(g *addPermission, chosen []string) { g.roles = chosen }))
	return err
}
