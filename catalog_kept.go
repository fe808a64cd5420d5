package rolekit

import (
	"bytes"
	"encoding/json"
	"strings"
)

// keptCatalog is a catalog as it is kept of the last time that it was applied: in
// the form that [ParseCatalog] reads, with all said that the file may leave out.
// Names it had before, and to whom new permissions go, are no part of it: they were
// done.
type keptCatalog struct {
	Actions     map[ActionID]keptThing   `json:"actions,omitempty"`
	Profiles    map[ProfileID]keptThing  `json:"profiles,omitempty"`
	Objects     map[ObjectID]keptThing   `json:"objects,omitempty"`
	Permissions map[Permission]keptThing `json:"permissions,omitempty"`
	Access      map[Access]keptThing     `json:"access,omitempty"`
	Baseline    map[ProfileID][]Grant    `json:"baseline,omitempty"`
	Roles       map[RoleID]keptThing     `json:"roles,omitempty"`
	Creator     RoleID                   `json:"creator,omitempty"`
}

type keptThing struct {
	Label       string      `json:"label,omitempty"`
	Description string      `json:"description,omitempty"`
	Implies     []ActionID  `json:"implies,omitempty"`
	Actions     []ActionID  `json:"actions,omitempty"`
	Profiles    []ProfileID `json:"profiles,omitempty"`
	Access      []Access    `json:"access,omitempty"`
	Operations  []string    `json:"operations,omitempty"`
	Profile     ProfileID   `json:"profile,omitempty"`
	Grants      []Grant     `json:"grants,omitempty"`
	Includes    []RoleID    `json:"includes,omitempty"`
}

// keep returns the catalog as it is kept. What is read back declares the same.
func (c *Catalog) keep() ([]byte, error) {
	k := keptCatalog{
		Actions: map[ActionID]keptThing{}, Profiles: map[ProfileID]keptThing{}, Objects: map[ObjectID]keptThing{},
		Permissions: map[Permission]keptThing{}, Access: map[Access]keptThing{}, Roles: map[RoleID]keptThing{},
		Baseline: map[ProfileID][]Grant{}, Creator: c.creator,
	}
	for _, a := range c.actions {
		k.Actions[a.ID] = keptThing{Label: a.Label, Implies: a.Implies}
	}
	for _, p := range c.profiles {
		k.Profiles[p.ID] = keptThing{Label: p.Label}
	}
	for _, o := range c.objects {
		if !strings.HasPrefix(string(o.ID), reservedObjects) {
			k.Objects[o.ID] = keptThing{Label: o.Label, Actions: o.Actions}
		}
	}
	for _, p := range c.permissions {
		t := keptThing{Label: p.Label, Description: p.Description, Profiles: p.Profiles, Operations: p.Operations}
		if !strings.HasPrefix(string(p.ID), reservedObjects) {
			t.Access = p.Access
		}
		k.Permissions[p.ID] = t
	}
	for _, a := range c.accesses {
		k.Access[a.ID] = keptThing{Label: a.Label}
	}
	for _, r := range c.roles {
		k.Roles[r.ID] = keptThing{Label: r.Label, Description: r.Description, Profile: r.Profile, Grants: r.Grants, Includes: r.Includes}
	}
	for profile, grants := range c.baseline {
		if len(grants) > 0 {
			k.Baseline[profile] = grants
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(k); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
