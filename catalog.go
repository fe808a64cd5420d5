package rolekit

import (
	"maps"
	"slices"
)

// Catalog is what the developers declare: actions and what they imply, objects,
// profiles, permissions, default roles and the creator's role. It is immutable
// and safe for concurrent use. Get one from [ParseCatalog].
type Catalog struct {
	actions     []ActionInfo
	objects     []ObjectInfo
	profiles    []ProfileInfo
	permissions []PermissionInfo
	roles       []RoleSpec
	creator     RoleID

	closure map[ActionID]map[ActionID]bool // what an action implies, itself included
	byID    map[Permission]*PermissionInfo
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
	Access      []Access    // which a role's author may pick
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

// HasProfile reports whether the catalog declares the profile.
func (c *Catalog) HasProfile(id ProfileID) bool {
	return slices.ContainsFunc(c.profiles, func(p ProfileInfo) bool { return p.ID == id })
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
		hint("%s", suggestion(string(p), slices.Collect(maps.Keys(c.byID)), "GET /v1/catalog lists the permissions"))
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
		hint("%s", suggestion(string(id), known, "GET /v1/catalog lists the profiles"))
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
	if !slices.Contains(info.Access, g.Access) {
		return errorf(CodeInvalid, "permission %s does not come with access %s", g.Permission, quoteShort(string(g.Access))).
			hint("pick one of: %s", listOf(info.Access))
	}
	return nil
}
