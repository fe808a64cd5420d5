package replicatest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// TestFaultPoolOfOne makes every kind of change on a pool of one connection, by
// kits that have just begun: none may ask for a second connection while it holds
// the first, and neither may what follows the commit of the application's
// transaction.
func TestFaultPoolOfOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		only := db.open(t, 1)
		store := storeOn(t, only)
		populate(t, kitOn(t, store, rolekit.Config{}))
		good(t, only.Exec("CREATE TABLE invoices (id varchar(100) PRIMARY KEY)").Error)
		for _, loaded := range []int{0, rolekit.MaxOrgDepth + 1} {
			for name, actor := range map[string]rolekit.Actor{"system": rolekit.System("test"), "sue": {User: "sue"}} {
				for how, joined := range map[string]bool{"own": false, "joined": true} {
					pass := fmt.Sprint(name, loaded, how)
					for _, o := range operations(rolekit.OrgID(pass)) {
						m := kitOn(t, store, rolekit.Config{MaxLoaded: loaded}).Manager().As(actor)
						ctx, cancel := context.WithTimeout(t.Context(), patience)
						var err error
						if !joined {
							err = o.do(ctx, m)
						} else {
							err = only.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
								err := tx.Exec("INSERT INTO invoices (id) VALUES (?)", pass+o.name).Error
								return errors.Join(err, o.do(ctx, m.In(store.Join(tx))))
							})
						}
						cancel()
						if err != nil {
							t.Fatalf("%s in a transaction that is %s, as %s, of a kit that keeps %d: %v", o.name, how, name, loaded, err)
						}
					}
				}
			}
		}
	})
}

// operation is one that a manager offers.
type operation struct {
	name string
	do   func(context.Context, *rolekit.Manager) error
}

// operations are one of each kind that changes something, in an order in which
// they succeed. Their organisations begin with a name.
func operations(name rolekit.OrgID) []operation {
	north, part, south := name+".north", name+".part", name+".south"
	create := func(org, parent rolekit.OrgID) func(context.Context, *rolekit.Manager) error {
		return func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: org, Parent: parent, Creator: "sue"})
			return err
		}
	}
	move := func(org, parent rolekit.OrgID) func(context.Context, *rolekit.Manager) error {
		return func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.MoveOrg(ctx, org, parent, 0)
			return err
		}
	}
	label, grants := "Clerk", []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.AccessAny}}
	return []operation{
		{"CreateOrg", create(north, "")},
		{"CreateOrg below", create(part, north)},
		{"CreateOrg beside", create(south, "")},
		{"UpdateOrg", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.UpdateOrg(ctx, north, "North", 0)
			return err
		}},
		{"CreateRole", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.CreateRole(ctx, north, rolekit.RoleSpec{ID: "clerk"})
			return err
		}},
		{"UpdateRole", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.UpdateRole(ctx, north, "clerk", rolekit.RolePatch{Label: &label}, 0)
			return err
		}},
		{"SetGrants", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.SetGrants(ctx, north, "clerk", grants, 0)
			return err
		}},
		{"Assign", func(ctx context.Context, m *rolekit.Manager) error { return m.Assign(ctx, part, "ada", "clerk") }},
		{"Assign again", func(ctx context.Context, m *rolekit.Manager) error { return m.Assign(ctx, part, "ada", "clerk") }},
		{"PutGroup", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.PutGroup(ctx, north, rolekit.GroupSpec{ID: "crew"}, 0)
			return err
		}},
		{"PutAssignment", func(ctx context.Context, m *rolekit.Manager) error {
			return m.PutAssignment(ctx, north, rolekit.Assignment{Group: "crew", Role: "clerk", Period: rolekit.Period{Until: time.Now().Add(time.Hour)}})
		}},
		{"PutAssignments", func(ctx context.Context, m *rolekit.Manager) error {
			return m.PutAssignments(ctx, north, rolekit.Assignment{User: "dan", Role: "clerk"}, rolekit.Assignment{User: "eve", Role: "clerk"})
		}},
		{"RemoveMember of them", func(ctx context.Context, m *rolekit.Manager) error {
			return errors.Join(m.RemoveMember(ctx, north, "dan"), m.RemoveMember(ctx, north, "eve"))
		}},
		{"AddToGroup", func(ctx context.Context, m *rolekit.Manager) error {
			return m.AddToGroup(ctx, north, "crew", []rolekit.UserID{"bob"}, nil)
		}},
		{"RemoveFromGroup", func(ctx context.Context, m *rolekit.Manager) error {
			return m.RemoveFromGroup(ctx, north, "crew", []rolekit.UserID{"bob"}, nil)
		}},
		{"DeleteGroup", func(ctx context.Context, m *rolekit.Manager) error { return m.DeleteGroup(ctx, north, "crew", 0) }},
		{"PutSet", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.PutSet(ctx, north, rolekit.SetSpec{ID: "shelf"}, 0)
			return err
		}},
		{"AddResources", func(ctx context.Context, m *rolekit.Manager) error {
			return m.AddResources(ctx, north, "shelf", "book")
		}},
		{"DeleteSet", func(ctx context.Context, m *rolekit.Manager) error { return m.DeleteSet(ctx, north, "shelf", 0) }},
		{"Unassign", func(ctx context.Context, m *rolekit.Manager) error { return m.Unassign(ctx, part, "ada", "clerk") }},
		{"DeleteRole", func(ctx context.Context, m *rolekit.Manager) error { return m.DeleteRole(ctx, north, "clerk", 0) }},
		{"AddMember", func(ctx context.Context, m *rolekit.Manager) error { return m.AddMember(ctx, north, "carol") }},
		{"RemoveMember", func(ctx context.Context, m *rolekit.Manager) error { return m.RemoveMember(ctx, north, "carol") }},
		{"MoveOrg beside", move(part, south)},
		{"MoveOrg to the root", move(part, "")},
		{"MoveOrg back", move(part, north)},
		{"DeleteOrg", func(ctx context.Context, m *rolekit.Manager) error {
			return m.DeleteOrg(ctx, north, rolekit.DeleteOptions{Descendants: true})
		}},
		{"ApplyDefaults", func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.As(rolekit.System("test")).ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{
				{ID: "reader", Label: string(name), Grants: []rolekit.Grant{{Permission: "invoices:read"}}},
			}})
			return err
		}},
	}
}
