package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/lawncare/perm"
	"github.com/rolekit/rolekit/middleware"
)

// shop is what the app's own handlers work with.
type shop struct {
	db    *gorm.DB
	kit   *rolekit.Kit
	guard *middleware.Guard
	log   *slog.Logger
}

// routes mounts the app's own routes. Each says what it needs.
func (s *shop) routes(router gin.IRouter) {
	g := s.guard

	// A client has one list of what they have to pay, whoever sent it.
	router.GET("/my/invoices", g.DecidesItself(), listMine[Invoice](s, perm.ProfileClient, perm.InvoicesRead))

	org := router.Group("/orgs/:org")

	org.GET("/clients", g.Require(perm.ClientsRead), list[Client](s))
	org.POST("/clients", g.Require(perm.ClientsWrite), create[Client](s))
	org.GET("/clients/:id", g.Require(perm.ClientsRead), get[Client](s))

	org.GET("/jobs", g.Require(perm.JobsRead), list[Job](s))
	org.POST("/jobs", g.Require(perm.JobsWrite), create[Job](s))
	org.GET("/jobs/:id", g.Require(perm.JobsRead), get[Job](s))
	org.POST("/jobs/:id/complete", g.Require(perm.JobsComplete), completeJob(s))

	org.GET("/invoices", g.Require(perm.InvoicesRead), list[Invoice](s))
	org.POST("/invoices", g.Require(perm.InvoicesWrite), create[Invoice](s))
	org.GET("/invoices/:id", g.Require(perm.InvoicesRead), get[Invoice](s))

	org.GET("/newsletters", g.Require(perm.NewslettersRead), list[Newsletter](s))
	org.POST("/newsletters", g.Require(perm.NewslettersWrite), create[Newsletter](s))
	org.GET("/newsletters/:id", g.Require(perm.NewslettersRead), get[Newsletter](s))

	org.GET("/schedule", g.Require(perm.ScheduleRead), list[ScheduleEntry](s))
	org.POST("/schedule", g.Require(perm.ScheduleWrite), create[ScheduleEntry](s))
	org.GET("/schedule/:id", g.Require(perm.ScheduleRead), get[ScheduleEntry](s))
}

// problem is an RFC 9457 problem document, as the guard's answers are.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// refuse ends a request with a problem of the app's own.
func refuse(c *gin.Context, status int, detail string) {
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(status, problem{"about:blank", http.StatusText(status), status, detail})
}

// fail answers for the database: that there is no such row, that it is not known
// how far the caller reaches, or nothing but that something went wrong.
func (s *shop) fail(c *gin.Context, err error) {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		refuse(c, http.StatusNotFound, "there is no such row")
		return
	}
	s.log.Error("a request failed", "route", c.FullPath(), "error", err)
	if errors.Is(err, rolekit.ErrUnavailable) {
		refuse(c, http.StatusServiceUnavailable, "whether you may do this cannot be decided at the moment")
		return
	}
	refuse(c, http.StatusInternalServerError, "something went wrong on our side")
}
