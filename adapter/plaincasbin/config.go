package plaincasbin

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rolekit/rolekit"
)

// Config says how rows are to be understood. Only Catalog is required.
type Config struct {
	// Catalog declares the permissions that obj and act must be. Required.
	Catalog *rolekit.Catalog
	// Creator gets the catalog's creator role in each organisation, so that
	// somebody manages it. Default: nobody does, until the system gives a role.
	Creator rolekit.UserID
	// Lone says what a sub is that stands in p rows and in no g row. Default:
	// such rows are refused.
	Lone Kind
	// Names are what things are called in rolekit, where they cannot be or are
	// not to be called as they were.
	Names Names
	// Profile is that of the roles. Default: the catalog's, where it has but one.
	Profile rolekit.ProfileID
}

// Kind is what a name stands for.
type Kind string

// The kinds. A name that is given to somebody by a g row is a role; one that is
// given something, and given to nobody, a user.
const (
	KindRole Kind = "role"
	KindUser Kind = "user"
)

// Names are new names by old ones. A name in Roles is a role, and one in Users a
// user, whatever the rows look like; one in both is both.
type Names struct {
	Domains     map[string]rolekit.OrgID
	Roles       map[string]rolekit.RoleID
	Users       map[string]rolekit.UserID
	Permissions map[string]map[string]rolekit.Permission // by obj and act
}

func invalid(hint, format string, args ...any) *rolekit.Error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// check completes the configuration, and finds what is wrong with it whatever the
// rows are.
func (c *Config) check() error {
	if c.Catalog == nil {
		return invalid("parse one with rolekit.ParseCatalog", "Config.Catalog is missing")
	}
	profiles := c.Catalog.Profiles()
	if c.Profile == "" && len(profiles) > 1 {
		return invalid("say which profile the roles are for", "the catalog has %d profiles", len(profiles))
	}
	if c.Profile == "" {
		c.Profile = profiles[0].ID
	}
	if err := c.Catalog.CheckProfile(c.Profile); err != nil {
		return err
	}
	if c.Creator != "" {
		if c.Catalog.Creator() == "" {
			return invalid("add a line creator: …, or name no creator", "the catalog names no creator role, so %q would get nothing", c.Creator)
		}
		if err := c.Creator.Validate(); err != nil {
			return err
		}
	}
	if !slices.Contains([]Kind{"", KindRole, KindUser}, c.Lone) {
		return invalid("use role or user", "what a sub without a g row is cannot be %q", c.Lone)
	}
	return c.Names.check(c.Catalog)
}

func (n Names) check(catalog *rolekit.Catalog) error {
	if err := distinct("domains", n.Domains); err != nil {
		return err
	}
	if err := distinct("roles", n.Roles); err != nil {
		return err
	}
	if err := distinct("users", n.Users); err != nil {
		return err
	}
	for _, obj := range slices.Sorted(maps.Keys(n.Permissions)) {
		for _, act := range slices.Sorted(maps.Keys(n.Permissions[obj])) {
			if err := catalog.CheckPermission(n.Permissions[obj][act]); err != nil {
				return err
			}
		}
	}
	return nil
}

// distinct refuses names that would make one thing of two, and those that are not
// valid.
func distinct[T interface {
	~string
	Validate() error
}](what string, names map[string]T) error {
	taken := map[T]string{}
	for _, old := range slices.Sorted(maps.Keys(names)) {
		name := names[old]
		if err := name.Validate(); err != nil {
			return err
		}
		if other, ok := taken[name]; ok {
			return invalid("give each a name of its own", "the %s %q and %q would both be called %q", what, other, old, name)
		}
		taken[name] = old
	}
	return nil
}
