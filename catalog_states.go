package rolekit

import (
	"encoding/json"

	"github.com/rolekit/rolekit/internal/plan"
)

// The kinds of things that a plan tells of.
const (
	kindOfAction     = "action"
	kindOfProfile    = "profile"
	kindOfAccess     = "access"
	kindOfObject     = "object"
	kindOfPermission = "permission"
	kindOfRole       = "role"
	kindOfBaseline   = "baseline"
	kindOfCreator    = "creator"
)

func textOf[T ~string](s T) plan.Value { return plan.Value{Text: string(s)} }

func listFrom[T any](items []T, text func(T) string) plan.Value {
	v := plan.Value{List: make([]string, len(items))}
	for i, item := range items {
		v.List[i] = text(item)
	}
	return v
}

func asWritten[T ~string](s T) string { return string(s) }

// grantText is how a plan writes a grant.
func grantText(g Grant) string {
	if g.Access == AccessAny {
		return string(g.Permission)
	}
	return string(g.Permission) + " (" + string(g.Access) + ")"
}

// declared returns what a catalog declares, under the names that r gives.
func (c *Catalog) declared(r *renames) plan.State {
	s := plan.State{}
	action := func(id ActionID) string { return string(renamed(r.actions, id)) }
	profile := func(id ProfileID) string { return string(renamed(r.profiles, id)) }
	for _, a := range c.actions {
		s[plan.Key{Kind: kindOfAction, ID: action(a.ID)}] = plan.Thing{"label": textOf(a.Label), "implies": listFrom(a.Implies, action)}
	}
	for _, p := range c.profiles {
		s[plan.Key{Kind: kindOfProfile, ID: profile(p.ID)}] = plan.Thing{"label": textOf(p.Label)}
	}
	for _, a := range c.accesses {
		s[plan.Key{Kind: kindOfAccess, ID: string(a.ID)}] = plan.Thing{"label": textOf(a.Label)}
	}
	for _, o := range c.objects {
		s[plan.Key{Kind: kindOfObject, ID: string(renamed(r.objects, o.ID))}] = plan.Thing{"label": textOf(o.Label), "actions": listFrom(o.Actions, action)}
	}
	for _, p := range c.permissions {
		s[plan.Key{Kind: kindOfPermission, ID: string(r.permission(p.ID))}] = plan.Thing{
			"label": textOf(p.Label), "description": textOf(p.Description), "profiles": listFrom(p.Profiles, profile),
			"access": listFrom(p.Access, asWritten[Access]), "operations": listFrom(p.Operations, asWritten[string]),
		}
	}
	for _, role := range c.roles {
		role = r.role(role)
		s[plan.Key{Kind: kindOfRole, ID: string(role.ID)}] = roleThing(role)
	}
	for id, grants := range c.baseline {
		if len(grants) > 0 {
			s[plan.Key{Kind: kindOfBaseline, ID: profile(id)}] = baselineThing(r.grants(grants))
		}
	}
	if c.creator != "" {
		s[plan.Key{Kind: kindOfCreator}] = plan.Thing{"role": textOf(renamed(r.roles, c.creator))}
	}
	return s
}

// role returns a role's definition under the names of now.
func (r *renames) role(s RoleSpec) RoleSpec {
	s.ID, s.Profile, s.Grants = renamed(r.roles, s.ID), renamed(r.profiles, s.Profile), r.grants(s.Grants)
	includes := make([]RoleID, len(s.Includes))
	for i, id := range s.Includes {
		includes[i] = renamed(r.roles, id)
	}
	s.Includes = includes
	return s.normal()
}

func roleThing(r RoleSpec) plan.Thing {
	return plan.Thing{
		"label": textOf(r.Label), "description": textOf(r.Description), "profile": textOf(r.Profile),
		"grants": listFrom(r.Grants, grantText), "includes": listFrom(r.Includes, asWritten[RoleID]),
	}
}

func baselineThing(grants []Grant) plan.Thing {
	return plan.Thing{"grants": listFrom(grants, grantText)}
}

// fieldChanges are how a plan tells of fields.
func fieldChanges(fields []plan.Field) []FieldChange {
	all := make([]FieldChange, len(fields))
	for i, f := range fields {
		all[i] = FieldChange(f)
	}
	return all
}

// appliedBody is what the store keeps of the catalog that was applied last.
type appliedBody struct {
	Catalog json.RawMessage         `json:"catalog"`
	Since   map[Permission]Revision `json:"since"` // permissions that came after the first catalog, and when
}

// applied is that, understood; the zero value where no catalog was applied.
type applied struct {
	record  CatalogRecord
	catalog *Catalog // nil for none
	since   map[Permission]Revision
}

// readApplied understands what the store keeps.
func readApplied(record CatalogRecord, there bool) (applied, error) {
	if !there {
		return applied{}, nil
	}
	var body appliedBody
	err := json.Unmarshal([]byte(record.Body), &body)
	a := applied{record: record, since: body.Since}
	if err == nil {
		a.catalog, err = ParseCatalog("the catalog applied last", body.Catalog)
	}
	if err != nil {
		return applied{}, errorf(CodeBrokenPolicy, "the catalog that was applied last cannot be read").
			hint("use the rolekit that applied it, or a later one; without the row of rolekit_catalog, everything counts as new").because(err)
	}
	return a, nil
}

// body is what the store is to keep once the kit's catalog is applied at a revision.
func (a *applied) body(c *Catalog, since map[Permission]Revision) (string, error) {
	kept, err := c.keep()
	if err != nil {
		return "", err
	}
	if _, err := ParseCatalog("the catalog", kept); err != nil {
		return "", errorf(CodeInvalid, "the catalog cannot be kept as it is").hint("look at its labels for odd characters").because(err)
	}
	text, err := json.Marshal(appliedBody{kept, since})
	return string(text), err
}
