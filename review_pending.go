package rolekit

import "slices"

// isPending reports whether a permission that came at a time is to be reviewed in a
// custom role of a profile: it came after the role, and nobody decided about it since.
func isPending(c *Catalog, p Permission, since Revision, profile ProfileID, created Revision, reviewed map[Permission]Revision) bool {
	info := c.byID[p]
	return info != nil && since > created && reviewed[p] < since && slices.Contains(info.Profiles, profile)
}

// givesAny reports whether grants give a permission, however far it reaches.
func givesAny(c *Catalog, grants []Grant, want Permission) bool {
	return slices.ContainsFunc(grants, func(g Grant) bool {
		return c.covers(Grant{g.Permission, AccessAny}, Grant{want, AccessAny})
	})
}
