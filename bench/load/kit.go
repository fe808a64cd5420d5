package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/middleware"
)

// userHeader is where requests name their user: to verify a token would cost both
// sides the same.
const userHeader = "X-User"

const catalogYAML = `
objects:
  invoices: {actions: [read, write]}
  jobs: {actions: [read, write]}
  quotes: {actions: [read, write]}
  customers: {actions: [read, write]}
  vehicles: {actions: [read, write]}
  reports: {actions: [read, write]}
roles:
  owner: {grants: ["*:*"]}
creator: owner
`

// newKit is an application that the kit guards, with the world of a size in it.
func newKit(ctx context.Context, db *gorm.DB, s size) (*subject, error) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalogYAML))
	if err != nil {
		return nil, err
	}
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	if err != nil {
		return nil, err
	}
	silent := slog.New(slog.DiscardHandler)
	kit, err := rolekit.New(ctx, store, rolekit.Config{Catalog: catalog, Logger: silent})
	if err != nil {
		return nil, err
	}
	if err := furnish(ctx, kit, s); err != nil {
		return nil, err
	}
	guard, err := middleware.New(kit, middleware.Config{Logger: silent, Identify: func(c *gin.Context) (rolekit.Identity, error) {
		return rolekit.Identity{User: rolekit.UserID(c.GetHeader(userHeader)), Org: rolekit.OrgID(c.Param("org"))}, nil
	}})
	if err != nil {
		return nil, err
	}
	admin, err := api.New(kit, api.Config{Logger: silent})
	if err != nil {
		return nil, err
	}
	router := gin.New()
	router.Use(guard.Identify())
	for _, o := range objects() {
		router.GET("/orgs/:org/"+o, guard.Require(rolekit.Permission(o+":read")), done)
		router.POST("/orgs/:org/"+o, guard.Require(rolekit.Permission(o+":write")), done)
	}
	admin.Mount(router, router.Group("", guard.DecidesItself()))
	return &subject{name: "the kit", handler: router, edit: editByAPI}, nil
}

func done(c *gin.Context) { c.Status(http.StatusNoContent) }

// furnish makes the organisations through the Manager, as a program would.
func furnish(ctx context.Context, kit *rolekit.Kit, s size) error {
	m := kit.Manager().As(rolekit.System("load"))
	if _, err := m.ApplyDefaults(ctx, kit.Catalog().Defaults()); err != nil {
		return err
	}
	for i := range s.orgs {
		org := rolekit.OrgID(s.org(i))
		if _, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: org, Creator: boss}); err != nil {
			return err
		}
		for _, name := range append(roleNames(), editor) {
			grants := roles()[name]
			if name == editor {
				grants = edited()[0]
			}
			if _, err := m.CreateRole(ctx, org, rolekit.RoleSpec{ID: rolekit.RoleID(name), Grants: kitGrants(grants)}); err != nil {
				return err
			}
		}
		all := []rolekit.Assignment{{User: guest, Role: editor}}
		for j := range s.members {
			all = append(all, rolekit.Assignment{User: rolekit.UserID(s.user(i*s.members + j)), Role: rolekit.RoleID(s.roleOf(j))})
		}
		if err := m.PutAssignments(ctx, org, all...); err != nil {
			return err
		}
	}
	return nil
}

func kitGrants(all []grant) (grants []rolekit.Grant) {
	for _, g := range all {
		permission := rolekit.NewPermission(rolekit.ObjectID(g.object), rolekit.ActionID(g.action))
		grants = append(grants, rolekit.Grant{Permission: permission, Access: rolekit.AccessAny})
	}
	return grants
}

// editByAPI is the request that gives the edited role other grants.
func editByAPI(org string, grants []grant) (method, path string, header http.Header, body []byte, want int) {
	type wire struct {
		Permission string `json:"permission"`
	}
	var all struct {
		Grants []wire `json:"grants"`
	}
	for _, g := range grants {
		all.Grants = append(all.Grants, wire{g.object + ":" + g.action})
	}
	body, err := json.Marshal(all)
	if err != nil { // of nothing but texts
		panic(fmt.Sprintf("load: %v", err))
	}
	header = http.Header{"Content-Type": {"application/json"}, "If-Match": {"*"}}
	return http.MethodPut, "/v1/orgs/" + org + "/roles/" + editor + "/permissions", header, body, http.StatusOK
}
