package main

import (
	"log/slog"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/reports/perm"
	"github.com/rolekit/rolekit/middleware"
)

// desk is what the handlers work with.
type desk struct {
	db    *gorm.DB
	guard *middleware.Guard
	log   *slog.Logger
}

// routes mounts the app's routes. A list is for whoever may read some, and shows
// those; every other route is about one row, which its guard loads and decides
// on before the handler runs. Only a new report is not there yet to be loaded.
func (d *desk) routes(router gin.IRouter) {
	g := d.guard
	org := router.Group("/orgs/:org")
	project := func(want rolekit.Permission) gin.HandlerFunc { return g.RequireResource(want, load[Project](d)) }
	report := func(want rolekit.Permission) gin.HandlerFunc { return g.RequireResource(want, load[Report](d)) }

	org.GET("/projects", g.Require(perm.ProjectsRead), list[Project](d))
	org.GET("/projects/:id", project(perm.ProjectsRead), get[*Project])
	org.PUT("/projects/:id", project(perm.ProjectsWrite), d.renameProject)

	org.GET("/reports", g.Require(perm.ReportsRead), list[Report](d))
	org.POST("/reports", g.Require(perm.ReportsWrite), d.writeReport)
	org.GET("/reports/:id", report(perm.ReportsRead), get[*Report])
	org.PUT("/reports/:id", report(perm.ReportsWrite), d.rewriteReport)
	org.PUT("/reports/:id/readers/:user", report(perm.ReportsWrite), d.share)
	org.DELETE("/reports/:id/readers/:user", report(perm.ReportsWrite), d.unshare)
}
