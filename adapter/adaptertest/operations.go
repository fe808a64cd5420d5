package adaptertest

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// hand is someone who does operations.
type hand struct {
	*rolekit.Manager

	kit  *rolekit.Kit
	user rolekit.UserID
}

func handOf(kit *rolekit.Kit, actor rolekit.Actor) hand {
	return hand{kit.Manager().As(actor), kit, actor.User}
}

// operation is one way to change something through a kit.
type operation struct {
	name string
	do   func(*testing.T, hand, rolekit.OrgID) error
	// all says that it concerns every organisation, and only the system may.
	all bool
	// last says that it leaves nothing to do other operations on.
	last bool
}

// hand is olga, wherever she may.
func (op operation) hand(kit *rolekit.Kit) hand {
	if op.all {
		return handOf(kit, rolekit.System("test"))
	}
	return handOf(kit, boss("olga"))
}

// operations are all that there are. Each succeeds for olga, on a twin as
// populate made it and also after those before it.
func operations() []operation {
	all := append(roleOperations(), memberOperations()...)
	all = append(all, groupOperations()...)
	all = append(all, setOperations()...)
	all = append(all, keyOperations()...)
	return append(all, orgOperations()...)
}

func roleOperations() []operation {
	return []operation{
		{name: "CreateRole", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.CreateRole(t.Context(), org, rolekit.RoleSpec{
				ID: "fresh", Profile: "owner", Grants: []rolekit.Grant{{Permission: "jobs:write"}}, Includes: []rolekit.RoleID{"clerk"},
			})
			return err
		}},
		{name: "CopyRole", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.CopyRole(t.Context(), org, "clerk", rolekit.RoleCopy{ID: "copy"})
			return err
		}},
		{name: "UpdateRole", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			label, includes := "Clerks", []rolekit.RoleID{"viewer"}
			_, err := by.UpdateRole(t.Context(), org, "clerk", rolekit.RolePatch{Label: &label, Includes: &includes}, 0)
			return err
		}},
		{name: "SetGrants", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			grants := []rolekit.Grant{{Permission: "jobs:write"}, {Permission: "jobs:read", Access: "team"}}
			_, err := by.SetGrants(t.Context(), org, "clerk", grants, 0)
			return err
		}},
		{name: "DeleteRole", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.DeleteRole(t.Context(), org, "spare", 0)
		}},
		{name: "ReplaceRole", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.ReplaceRole(t.Context(), org, "going", "clerk", 0)
		}},
		{name: "DecideReview that grants", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.DecideReview(t.Context(), org, "clerk", "jobs:archive", rolekit.ReviewDecision{Grant: true, Access: "own"})
			return err
		}},
		{name: "DecideReview that declines", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.DecideReview(t.Context(), org, "waiting", "jobs:archive", rolekit.ReviewDecision{})
			return err
		}},
		{all: true, name: "ApplyDefaults", do: func(t *testing.T, by hand, _ rolekit.OrgID) error {
			specs := by.kit.Catalog().DefaultRoles()
			specs = append(specs, rolekit.RoleSpec{ID: "added", Profile: "worker", Grants: []rolekit.Grant{{Permission: "jobs:read"}}})
			for i := range specs {
				if specs[i].ID == "viewer" {
					specs[i].Grants = specs[i].Grants[:1]
				}
			}
			baseline := map[rolekit.ProfileID][]rolekit.Grant{"worker": {{Permission: "jobs:write", Access: "any"}}}
			_, err := by.ApplyDefaults(t.Context(), rolekit.Defaults{Roles: specs, Baseline: baseline})
			return err
		}},
		{all: true, name: "ApplyCatalog", do: func(t *testing.T, by hand, _ rolekit.OrgID) error {
			_, err := by.ApplyCatalog(t.Context(), rolekit.CatalogChoices{OverwriteAll: true})
			return err
		}},
	}
}

func memberOperations() []operation {
	return []operation{
		{name: "Assign", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.Assign(t.Context(), org, "bob", "clerk")
		}},
		{name: "PutAssignments", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.PutAssignments(t.Context(), org,
				rolekit.Assignment{User: "ada", Role: "clerk", Period: rolekit.Period{Until: farOff()}}, rolekit.Assignment{User: "carol", Role: "clerk"})
		}},
		{name: "EditAssignments", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.EditAssignments(t.Context(), org,
				[]rolekit.Assignment{{User: "ada", Role: "clerk", Period: rolekit.Period{Until: farOff()}}, {Group: "idle", Role: "clerk"}},
				[]rolekit.Assignment{{User: "service:ci", Role: "clerk"}})
		}},
		{name: "ReplaceRoles", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.ReplaceRoles(t.Context(), org, "ada",
				[]rolekit.AssignedRole{{Role: "viewer", Period: rolekit.Period{Until: farOff()}}, {Role: "clerk"}}, rolekit.AnyRoles)
			return err
		}},
		{name: "PutAssignment", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.PutAssignment(t.Context(), org, rolekit.Assignment{User: "ada", Role: "clerk", Period: rolekit.Period{Until: farOff()}})
		}},
		{name: "Unassign", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.Unassign(t.Context(), org, "ada", "clerk")
		}},
		{name: "RemoveAssignment", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.RemoveAssignment(t.Context(), org, rolekit.Assignment{Group: "crew", Role: "clerk"})
		}},
		{name: "AddMember", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.AddMember(t.Context(), org, "eve")
		}},
		{name: "RemoveMember", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.RemoveMember(t.Context(), org, "service:ci")
		}},
		{name: "SwitchProfile", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.SwitchProfile(t.Context(), org, "worker")
		}},
	}
}

func groupOperations() []operation {
	return []operation{
		{name: "PutGroup that is new", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "fresh"}, 0)
			return err
		}},
		{name: "PutGroup", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "team", Label: "The team"}, 0)
			return err
		}},
		{name: "AddToGroup", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.AddToGroup(t.Context(), org, "team", []rolekit.UserID{"bob", "service:ci"}, []rolekit.GroupID{"idle"})
		}},
		{name: "RemoveFromGroup", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.RemoveFromGroup(t.Context(), org, "crew", nil, []rolekit.GroupID{"team"})
		}},
		{name: "DeleteGroup", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.DeleteGroup(t.Context(), org, "team", 0)
		}},
	}
}

func setOperations() []operation {
	return []operation{
		{name: "PutSet that is new", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.PutSet(t.Context(), org, rolekit.SetSpec{ID: "fresh"}, 0)
			return err
		}},
		{name: "PutSet", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.PutSet(t.Context(), org, rolekit.SetSpec{ID: "shelf", Label: "The shelf"}, 0)
			return err
		}},
		{name: "ReplaceResources", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.ReplaceResources(t.Context(), org, "shelf", []rolekit.ResourceID{"2", "3"}, 0)
		}},
		{name: "AddResources", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.AddResources(t.Context(), org, "shelf", "4")
		}},
		{name: "RemoveResources", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.RemoveResources(t.Context(), org, "shelf", "2")
		}},
		{name: "DeleteSet", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.DeleteSet(t.Context(), org, "empty", 0)
		}},
	}
}

func keyOperations() []operation {
	return []operation{
		{name: "CreateKey", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, _, err := by.CreateKey(t.Context(), org, rolekit.NewKey{Label: "fresh"}) // no role: its user is another each time
			return err
		}},
		{name: "RevokeKey", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.RevokeKey(t.Context(), org, keyNamed(t, by.kit, org, "spare"))
		}},
	}
}

func orgOperations() []operation {
	return []operation{
		{name: "CreateOrg", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.CreateOrg(t.Context(), rolekit.NewOrg{ID: org + ".child", Parent: org})
			return err
		}},
		{name: "UpdateOrg", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.UpdateOrg(t.Context(), org, "Renamed", 0)
			return err
		}},
		{name: "MoveOrg", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			_, err := by.MoveOrg(t.Context(), org+".part", org, 0)
			return err
		}},
		{last: true, name: "DeleteOrg", do: func(t *testing.T, by hand, org rolekit.OrgID) error {
			return by.DeleteOrg(t.Context(), org, rolekit.DeleteOptions{Descendants: true})
		}},
	}
}
