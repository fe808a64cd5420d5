package rolekit

import (
	"maps"
	"slices"
	"strings"

	"github.com/rolekit/rolekit/internal/compiled"
)

// Catalog is what the developers declare: actions and what they imply, objects,
// profiles, permissions, default roles and the creator's role. It is immutable
// and safe for concurrent use. Get one from [ParseCatalog].
type Catalog struct {
	actions     []ActionInfo
	objects     []ObjectInfo
	profiles    []ProfileInfo
	permissions []PermissionInfo
	accesses    []AccessInfo
	roles       []RoleSpec
	baseline    map[ProfileID][]Grant
	creator     RoleID
	renames     renames

	closure map[ActionID]map[ActionID]bool // what an action implies, itself included
	byID    map[Permission]*PermissionInfo
	numbers *compiled.Words      // where each is in permissions
	implied map[Permission][]int // the numbers of the permissions that one brings, itself included
	byOp    map[string]Permission
}

// AccessInfo describes an access that the application adds.
type AccessInfo struct {
	ID    Access
	Label string
}

// ActionInfo describes an action.
type ActionInfo struct {
	ID      ActionID
	Label   string
	Implies []ActionID // directly
}

// ObjectInfo describes an object.
type ObjectInfo struct {
	ID      ObjectID
	Label   string
	Actions []ActionID
}

// ProfileInfo describes a profile.
type ProfileInfo struct {
	ID    ProfileID
	Label string
}

// PermissionInfo describes a permission.
type PermissionInfo struct {
	ID          Permission
	Label       string
	Description string
	Profiles    []ProfileID // for which it is valid
	Access      []Access    // which a role's author may pick; "set" stands for every set:<id>
	Operations  []string    // the routes or handlers that need it, where the catalog lists them
	// GrantToRolesHolding are the permissions whose holders among the custom roles
	// get this one while it is to be reviewed; see [Manager.ApplyCatalog].
	GrantToRolesHolding []Permission
}

// Actions returns the actions in the order of the file.
func (c *Catalog) Actions() []ActionInfo { return slices.Clone(c.actions) }

// Objects returns the objects in the order of the file, the kit's own last.
func (c *Catalog) Objects() []ObjectInfo { return slices.Clone(c.objects) }

// Profiles returns the profiles in the order of the file; [DefaultProfile]
// alone where the file declares none.
func (c *Catalog) Profiles() []ProfileInfo { return slices.Clone(c.profiles) }

// Permissions returns every permission, objects in the order of the file.
func (c *Catalog) Permissions() []PermissionInfo { return slices.Clone(c.permissions) }

// DefaultRoles returns the roles that all organisations have.
func (c *Catalog) DefaultRoles() []RoleSpec { return slices.Clone(c.roles) }

// Defaults returns what all organisations have, as [Manager.ApplyDefaults]
// takes it.
func (c *Catalog) Defaults() Defaults {
	return Defaults{Roles: c.DefaultRoles(), Baseline: maps.Clone(c.baseline)}
}

// Accesses returns the accesses that the application adds.
func (c *Catalog) Accesses() []AccessInfo { return slices.Clone(c.accesses) }

// Operation returns the permission that an operation needs; an error names the
// nearest operation when the catalog lists none of that name.
func (c *Catalog) Operation(name string) (Permission, error) {
	if p, ok := c.byOp[name]; ok {
		return p, nil
	}
	return "", errorf(CodeInvalid, "there is no operation %s", quoteShort(name)).
		hint("%s", suggestion(name, slices.Collect(maps.Keys(c.byOp)), "list it under a permission's operations"))
}

// Operations returns the operations that the catalog lists, sorted.
func (c *Catalog) Operations() []string { return slices.Sorted(maps.Keys(c.byOp)) }

// Creator returns the default role that the creator of an organisation gets;
// empty where the catalog names none.
func (c *Catalog) Creator() RoleID { return c.creator }

// Permission describes a permission; false when there is no such permission.
func (c *Catalog) Permission(p Permission) (PermissionInfo, bool) {
	info, ok := c.byID[p]
	if !ok {
		return PermissionInfo{}, false
	}
	return *info, true
}

// number returns where a permission is among all; -1 where it is not.
func (c *Catalog) number(p Permission) int {
	if i, ok := c.numbers.Number(string(p)); ok {
		return i
	}
	return -1
}

// HasProfile reports whether the catalog declares the profile.
func (c *Catalog) HasProfile(id ProfileID) bool { return c.profileNumber(id) >= 0 }

// profileNumber returns where a profile is among all; -1 where it is not.
func (c *Catalog) profileNumber(id ProfileID) int {
	for i := range c.profiles {
		if c.profiles[i].ID == id {
			return i
		}
	}
	return -1
}

// Implies reports whether being allowed to do have is being allowed to do want.
func (c *Catalog) Implies(have, want ActionID) bool { return c.closure[have][want] }

// covers reports whether holding one grant is holding the other.
func (c *Catalog) covers(have, want Grant) bool {
	return have.Permission.Object() == want.Permission.Object() &&
		c.Implies(have.Permission.Action(), want.Permission.Action()) &&
		want.Access.within(have.Access)
}

// CheckPermission returns an error that names the nearest permission when
// there is no such one.
func (c *Catalog) CheckPermission(p Permission) error {
	if _, ok := c.byID[p]; ok {
		return nil
	}
	return errorf(CodeInvalid, "there is no permission %s", quoteShort(string(p))).
		hint("%s", suggestion(string(p), slices.Collect(maps.Keys(c.byID)), "the catalog lists the permissions"))
}

// CheckProfile returns an error that names the nearest profile when there is
// no such one.
func (c *Catalog) CheckProfile(id ProfileID) error {
	if c.HasProfile(id) {
		return nil
	}
	var known []ProfileID
	for _, p := range c.profiles {
		known = append(known, p.ID)
	}
	return errorf(CodeInvalid, "there is no profile %s", quoteShort(string(id))).
		hint("%s", suggestion(string(id), known, "the catalog lists the profiles"))
}

// CheckGrant returns an error when a role of the profile may not have the
// grant: no such permission, one of other profiles, or an access it lacks.
func (c *Catalog) CheckGrant(profile ProfileID, g Grant) error {
	if err := c.CheckPermission(g.Permission); err != nil {
		return err
	}
	info := c.byID[g.Permission]
	if !slices.Contains(info.Profiles, profile) {
		return errorf(CodeInvalid, "permission %s is not for profile %s", g.Permission, quoteShort(string(profile))).
			hint("it is for %s", listOf(info.Profiles))
	}
	if set, ok := g.Access.Set(); ok {
		if err := set.Validate(); err != nil {
			return err
		}
	}
	if !slices.Contains(info.Access, g.Access.kind()) || g.Access == accessSet {
		return errorf(CodeInvalid, "permission %s does not come with access %s", g.Permission, quoteShort(string(g.Access))).
			hint("pick one of: %s", strings.ReplaceAll(listOf(info.Access), string(accessSet), "set:<id>"))
	}
	return nil
}

// allows reports whether CheckGrant would find nothing against it.
func (c *Catalog) allows(profile ProfileID, g Grant) bool {
	info := c.byID[g.Permission]
	return info != nil && slices.Contains(info.Profiles, profile) && g.Access != accessSet && slices.Contains(info.Access, g.Access.kind())
}

// checkAccess compares the accesses that the catalog declares with those that
// the application brings.
func (c *Catalog) checkAccess(rules map[Access]AccessRule) error {
	for _, a := range c.accesses {
		if rules[a.ID].Reaches == nil {
			return errorf(CodeInvalid, "the catalog declares access %q, and Config.Access has no function for it", a.ID)
		}
	}
	for a := range rules {
		if !slices.ContainsFunc(c.accesses, func(i AccessInfo) bool { return i.ID == a }) {
			return errorf(CodeInvalid, "Config.Access has %q, and the catalog does not declare it", a).hint("list it under access in the catalog")
		}
	}
	return nil
}
