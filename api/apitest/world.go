package apitest

import (
	"context"
	"strings"

	"github.com/rolekit/rolekit"
)

const catalog = `
profiles:
  owner: {label: Owner}
  worker: {label: Worker}
objects:
  invoices: {actions: [read, write]}
  jobs: {actions: [read, write]}
permissions:
  jobs:read: {access: [any, own, set], operations: [listJobs]}
roles:
  owner: {label: Owner, profile: owner, grants: ["*:*"]}
  hand: {label: Hand, profile: worker, grants: [{permission: jobs:read, access: own}]}
creator: owner
`

// Operators is the organisation whose owners are operators, for [rolekit.Config].
const Operators rolekit.OrgID = "staff"

// Catalog returns the catalog that the table is for.
func Catalog() (*rolekit.Catalog, error) {
	return rolekit.ParseCatalog("catalog.yaml", []byte(catalog))
}

// first is the catalog as it was before there were jobs: what of them roles of
// organisations are to have waits to be reviewed.
func first() (*rolekit.Catalog, error) {
	return rolekit.ParseCatalog("first.yaml", []byte(strings.NewReplacer(
		"  jobs: {actions: [read, write]}\n", "", "permissions:\n  jobs:read: {access: [any, own, set], operations: [listJobs]}\n", "",
		"{permission: jobs:read, access: own}", "",
	).Replace(catalog)))
}

// Settle makes the organisations that the table is about, in a store that has none.
// config is that of the kit that will be on it, without the catalog.
//
// tom and jack own theirs; ada is a bookkeeper in tom, jim in jack, where a role
// of the same name grants something else, and so it is with the group crew and
// the resource set lawns; carl belongs to both. sue is an operator; eve belongs nowhere. Tom's has two
// branches, north and south. Permissions of jobs came later than the roles of both.
func Settle(ctx context.Context, store rolekit.Store, config rolekit.Config) error {
	s := settler{ctx: ctx}
	s.catalog(store, config, first)
	s.toms()
	s.jacks()
	s.catalog(store, config, Catalog)
	return s.err
}

// settler does things until one fails.
type settler struct {
	*rolekit.Manager

	ctx context.Context //nolint:containedctx // it lives as long as Settle
	err error
}

func (s *settler) do(what func(context.Context) error) {
	if s.err == nil {
		s.err = what(s.ctx)
	}
}

// catalog applies a catalog, by which what follows is done.
func (s *settler) catalog(store rolekit.Store, config rolekit.Config, read func() (*rolekit.Catalog, error)) {
	s.do(func(ctx context.Context) (err error) {
		if config.Catalog, err = read(); err != nil {
			return err
		}
		kit, err := rolekit.New(ctx, store, config)
		if err != nil {
			return err
		}
		s.Manager = kit.Manager().As(rolekit.System("test"))
		_, err = s.ApplyCatalog(ctx, rolekit.CatalogChoices{})
		return err
	})
}

// toms makes all but jack's.
func (s *settler) toms() {
	s.org(rolekit.NewOrg{ID: Operators, Label: "Internal Staff", Creator: operator})
	s.org(rolekit.NewOrg{ID: "tom", Label: "Tom's Lawn Care", Creator: admin})
	s.org(rolekit.NewOrg{ID: "tom.north", Label: "Tom's in the North", Parent: "tom"})
	s.org(rolekit.NewOrg{ID: "tom.south", Label: "Tom's in the South", Parent: "tom"})
	s.bookkeeper("tom", member, "Keeper of Tom's books", "invoices:read")
	s.crew("tom", "crew", "Tom's group", "carl")
	s.lawns("tom", "lawns", "Tom's set", "lawn-1")
	s.crew("tom", "juniors", "Tom's other group", "pam")
	s.lawns("tom", "ponds", "Tom's other set", "pond-1")
	s.key("tom", "Tom's export")
}

func (s *settler) jacks() {
	s.org(rolekit.NewOrg{ID: "jack", Label: "Jack's Landscaping", Creator: other})
	s.bookkeeper("jack", "jim", "Keeper of Jack's books", "invoices:write")
	s.do(func(ctx context.Context) error {
		_, err := s.CreateRole(ctx, "jack", rolekit.RoleSpec{ID: "jacks-own", Profile: "worker"})
		return err
	})
	s.do(func(ctx context.Context) error { return s.Assign(ctx, "jack", "carl", "bookkeeper") }) // who is in tom's crew
	s.crew("jack", "crew", "Jack's group", "jim")
	s.lawns("jack", "lawns", "Jack's set", "jacks-lawn")
	s.crew("jack", "jacks-crew", "Jack's other group", "jim")
	s.lawns("jack", "jacks-ponds", "Jack's other set", "jacks-pond")
	s.key("jack", "Jack's export")
}

func (s *settler) org(o rolekit.NewOrg) {
	s.do(func(ctx context.Context) error {
		_, err := s.CreateOrg(ctx, o)
		return err
	})
}

// bookkeeper makes the role, and gives it to the user.
func (s *settler) bookkeeper(org rolekit.OrgID, user rolekit.UserID, label string, grants rolekit.Permission) {
	s.do(func(ctx context.Context) error {
		_, err := s.CreateRole(ctx, org, rolekit.RoleSpec{
			ID: "bookkeeper", Label: label, Profile: "worker", Grants: []rolekit.Grant{{Permission: grants, Access: rolekit.AccessAny}},
		})
		return err
	})
	s.do(func(ctx context.Context) error { return s.Assign(ctx, org, user, "bookkeeper") })
}

// crew makes a group of hands, with one user in it.
func (s *settler) crew(org rolekit.OrgID, group rolekit.GroupID, label string, user rolekit.UserID) {
	s.do(func(ctx context.Context) error {
		_, err := s.PutGroup(ctx, org, rolekit.GroupSpec{ID: group, Label: label}, 0)
		return err
	})
	s.do(func(ctx context.Context) error { return s.AddToGroup(ctx, org, group, []rolekit.UserID{user}, nil) })
	s.do(func(ctx context.Context) error {
		return s.PutAssignment(ctx, org, rolekit.Assignment{Group: group, Role: "hand"})
	})
}

// lawns makes a resource set with one resource in it.
func (s *settler) lawns(org rolekit.OrgID, set rolekit.SetID, label string, resource rolekit.ResourceID) {
	s.do(func(ctx context.Context) error {
		_, err := s.PutSet(ctx, org, rolekit.SetSpec{ID: set, Label: label}, 0)
		return err
	})
	s.do(func(ctx context.Context) error { return s.AddResources(ctx, org, set, resource) })
}
