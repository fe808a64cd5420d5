package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
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
	router.GET("/my/invoices", g.DecidesItself(), listMine[Invoice](s, "client", InvoicesRead))

	org := router.Group("/orgs/:org")

	org.GET("/clients", g.Require(ClientsRead), list[Client](s))
	org.POST("/clients", g.Require(ClientsWrite), create[Client](s))
	org.GET("/clients/:id", g.Require(ClientsRead), get[Client](s))

	org.GET("/jobs", g.Require(JobsRead), list[Job](s))
	org.POST("/jobs", g.Require(JobsWrite), create[Job](s))
	org.GET("/jobs/:id", g.Require(JobsRead), get[Job](s))
	org.POST("/jobs/:id/complete", g.Require(JobsComplete), completeJob(s))

	org.GET("/invoices", g.Require(InvoicesRead), list[Invoice](s))
	org.POST("/invoices", g.Require(InvoicesWrite), create[Invoice](s))
	org.GET("/invoices/:id", g.Require(InvoicesRead), get[Invoice](s))

	org.GET("/newsletters", g.Require(NewslettersRead), list[Newsletter](s))
	org.POST("/newsletters", g.Require(NewslettersWrite), create[Newsletter](s))
	org.GET("/newsletters/:id", g.Require(NewslettersRead), get[Newsletter](s))

	org.GET("/schedule", g.Require(ScheduleRead), list[ScheduleEntry](s))
	org.POST("/schedule", g.Require(ScheduleWrite), create[ScheduleEntry](s))
	org.GET("/schedule/:id", g.Require(ScheduleRead), get[ScheduleEntry](s))
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
