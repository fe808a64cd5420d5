// Package policyfile writes what organisations say as one YAML document, and reads
// it back, organisation by organisation, so that the size of the whole does not
// matter. docs/export.md describes the format, and that of Casbin's CSV, which it
// writes and reads too.
package policyfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

const (
	// version is that of the format. Those from 1 on are read: what a later one added is
	// left out in them.
	version = 2
	// MaxPart is how many bytes an organisation's part of a document may have: what
	// is held at once while one is read.
	MaxPart = 16 << 20
	// maxHead is what may stand before the organisations: two parts, and a few words.
	maxHead = 2*MaxPart + 1<<10
	// MaxOrgs is how many organisations a document may have.
	MaxOrgs = 1_000_000
)

// head is what stands before the organisations.
type head struct {
	Version  int     `yaml:"rolekit"`
	Catalog  catalog `yaml:"catalog"`
	Defaults shared  `yaml:"defaults"`
}

// catalog is the one that was applied last.
type catalog struct {
	AppliedBy string               `yaml:"applied_by"`
	AppliedAt moment               `yaml:"applied_at"`
	Later     []rolekit.Permission `yaml:"later,omitempty"`
	Body      string               `yaml:"body"`
}

// shared is what all organisations share.
type shared struct {
	Roles    map[rolekit.RoleID]role       `yaml:"roles,omitempty"`
	Baseline map[rolekit.ProfileID][]grant `yaml:"baseline,omitempty"`
}

// org is one organisation.
type org struct {
	ID          rolekit.OrgID                        `yaml:"id"`
	Label       string                               `yaml:"label,omitempty"` // the id where it is left out
	Parent      rolekit.OrgID                        `yaml:"parent,omitempty"`
	Roles       map[rolekit.RoleID]role              `yaml:"roles,omitempty"`
	Groups      map[rolekit.GroupID]group            `yaml:"groups,omitempty"`
	Sets        map[rolekit.SetID]set                `yaml:"sets,omitempty"`
	Members     []rolekit.UserID                     `yaml:"members,omitempty"`
	Assignments []assignment                         `yaml:"assignments,omitempty"`
	Acting      map[rolekit.UserID]rolekit.ProfileID `yaml:"acting,omitempty"`
}

type role struct {
	Label       string            `yaml:"label,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Profile     rolekit.ProfileID `yaml:"profile,omitempty"`
	Grants      []grant           `yaml:"grants,omitempty"`
	Includes    []rolekit.RoleID  `yaml:"includes,omitempty"`

	Waiting *[]rolekit.Permission `yaml:"waiting,omitempty"` // none, where it says nothing of it
}

type group struct {
	Label       string            `yaml:"label,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Users       []rolekit.UserID  `yaml:"users,omitempty"`
	Groups      []rolekit.GroupID `yaml:"groups,omitempty"`
}

type set struct {
	Label       string               `yaml:"label,omitempty"`
	Description string               `yaml:"description,omitempty"`
	Resources   []rolekit.ResourceID `yaml:"resources,omitempty"`
}

type assignment struct {
	User  rolekit.UserID  `yaml:"user,omitempty"`
	Group rolekit.GroupID `yaml:"group,omitempty"`
	Role  rolekit.RoleID  `yaml:"role"`
	From  moment          `yaml:"from,omitempty"`
	Until moment          `yaml:"until,omitempty"`
}

// MarshalYAML writes it on one line.
func (a assignment) MarshalYAML() (any, error) {
	type plain assignment
	var n yaml.Node
	if err := n.Encode(plain(a)); err != nil {
		return nil, err
	}
	n.Style = yaml.FlowStyle
	return &n, nil
}

// grant is "invoices:read" or "invoices:read own".
type grant rolekit.Grant

// String returns it as it is written.
func (g grant) String() string {
	if g.Access == rolekit.AccessAny || g.Access == "" {
		return string(g.Permission)
	}
	return string(g.Permission) + " " + string(g.Access)
}

// MarshalText writes the grant.
func (g grant) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a permission and, behind a space, an access.
func (g *grant) UnmarshalText(text []byte) error {
	words := strings.Fields(string(text))
	if len(words) == 0 || len(words) > 2 || !strings.Contains(words[0], ":") {
		return fmt.Errorf("%q: write object:action [access]", text)
	}
	*g = grant{rolekit.Permission(words[0]), rolekit.AccessAny}
	if len(words) == 2 {
		g.Access = rolekit.Access(words[1])
	}
	return nil
}

// moment is a time, to the second.
type moment struct{ time.Time }

// MarshalText writes the moment.
func (m moment) MarshalText() ([]byte, error) { return []byte(m.UTC().Format(time.RFC3339)), nil }

// UnmarshalText reads the moment.
func (m *moment) UnmarshalText(text []byte) (err error) {
	if m.Time, err = time.Parse(time.RFC3339, string(text)); err != nil || m.Nanosecond() != 0 || m.Year() < 1970 {
		return fmt.Errorf("%q: write a time such as 2026-03-02T12:00:00Z", text)
	}
	return nil
}

// unless leaves out what is said by leaving it out.
func unless(text, usual string) string {
	if text == usual {
		return ""
	}
	return text
}

func roles(c rolekit.Contents) map[rolekit.RoleID]role {
	all := map[rolekit.RoleID]role{}
	for _, r := range c.Roles {
		one := role{Label: unless(r.Label, string(r.ID)), Description: r.Description, Profile: r.Profile, Grants: grants(r.Grants), Includes: r.Includes}
		if waits, said := c.Waiting[r.ID]; said {
			one.Waiting = &waits
		}
		all[r.ID] = one
	}
	return all
}

// waiting returns what waits in roles, as far as they say it.
func waiting(all map[rolekit.RoleID]role) map[rolekit.RoleID][]rolekit.Permission {
	var said map[rolekit.RoleID][]rolekit.Permission
	for id, r := range all {
		if r.Waiting == nil {
			continue
		}
		if said == nil {
			said = map[rolekit.RoleID][]rolekit.Permission{}
		}
		said[id] = *r.Waiting
	}
	return said
}

func grants(from []rolekit.Grant) []grant {
	all := make([]grant, len(from))
	for i, g := range from {
		all[i] = grant(g)
	}
	return all
}

func said(from []grant) []rolekit.Grant {
	all := make([]rolekit.Grant, len(from))
	for i, g := range from {
		all[i] = rolekit.Grant(g)
	}
	return all
}

func specs(all map[rolekit.RoleID]role) []rolekit.RoleSpec {
	specs := make([]rolekit.RoleSpec, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		r := all[id]
		specs = append(specs, rolekit.RoleSpec{
			ID: id, Label: r.Label, Description: r.Description, Profile: r.Profile, Grants: said(r.Grants), Includes: r.Includes,
		})
	}
	return specs
}

// orgOf returns contents as they are written.
func orgOf(c rolekit.Contents) org {
	o := org{
		ID: c.ID, Label: unless(c.Label, string(c.ID)), Parent: c.Parent, Roles: roles(c), Members: c.Members, Acting: c.Acting,
		Groups: map[rolekit.GroupID]group{}, Sets: map[rolekit.SetID]set{},
	}
	for _, g := range c.Groups {
		o.Groups[g.ID] = group{unless(g.Label, string(g.ID)), g.Description, g.Users, g.Groups}
	}
	for _, s := range c.Sets {
		o.Sets[s.ID] = set{unless(s.Label, string(s.ID)), s.Description, s.Resources}
	}
	for _, a := range c.Assignments {
		o.Assignments = append(o.Assignments, assignment{a.User, a.Group, a.Role, moment{a.From}, moment{a.Until}})
	}
	return o
}

func (o org) contents() rolekit.Contents {
	c := rolekit.Contents{
		ID: o.ID, Label: o.Label, Parent: o.Parent, Roles: specs(o.Roles), Waiting: waiting(o.Roles), Members: o.Members, Acting: o.Acting,
	}
	for id, g := range o.Groups {
		c.Groups = append(c.Groups, rolekit.GroupContents{
			GroupSpec: rolekit.GroupSpec{ID: id, Label: g.Label, Description: g.Description}, Users: g.Users, Groups: g.Groups,
		})
	}
	for id, s := range o.Sets {
		c.Sets = append(c.Sets, rolekit.SetContents{
			SetSpec: rolekit.SetSpec{ID: id, Label: s.Label, Description: s.Description}, Resources: s.Resources,
		})
	}
	for _, a := range o.Assignments {
		c.Assignments = append(c.Assignments, rolekit.Assignment{
			Period: rolekit.Period{From: a.From.Time, Until: a.Until.Time}, User: a.User, Group: a.Group, Role: a.Role,
		})
	}
	return c
}

func (s shared) contents() rolekit.Contents {
	c := rolekit.Contents{ID: rolekit.AllOrgs, Roles: specs(s.Roles), Waiting: waiting(s.Roles), Baseline: map[rolekit.ProfileID][]rolekit.Grant{}}
	for profile, grants := range s.Baseline {
		c.Baseline[profile] = said(grants)
	}
	return c
}
