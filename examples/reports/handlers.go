package main

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/reports/perm"
	"github.com/rolekit/rolekit/middleware"
)

func (d *desk) renameProject(c *gin.Context) {
	var body struct {
		Name string `json:"name"`
	}
	if !read(c, &body) || !need(c, body.Name != "", "name") {
		return
	}
	project := middleware.Resource[*Project](c)
	project.Name = body.Name
	d.save(c, project, "name")
}

// writeReport stores a report of the caller's, on a project that they see.
func (d *desk) writeReport(c *gin.Context) {
	var body struct {
		Project rolekit.ResourceID `json:"project"`
		Title   string             `json:"title"`
		Text    string             `json:"text"`
	}
	if !read(c, &body) || !need(c, body.Title != "", "title") {
		return
	}
	project, ok := d.seen(c, body.Project)
	if !ok {
		return
	}
	who, _ := middleware.Identity(c)
	report := &Report{
		Row:     Row{Org: who.Org, ID: rolekit.ResourceID(strings.ToLower(rand.Text())), Owner: who.User, Team: project.Team},
		Project: project.ID, Title: body.Title, Text: body.Text,
	}
	if !d.guard.Ensure(c, perm.ReportsWrite, report) {
		return
	}
	if err := d.db.WithContext(c.Request.Context()).Create(report).Error; err != nil {
		d.fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, report)
}

// seen returns a project that the request names in its body and that the caller
// may read. When it returns false, it has answered: alike for one that is not
// there and for one that is not theirs to see.
func (d *desk) seen(c *gin.Context, id rolekit.ResourceID) (*Project, bool) {
	project := &Project{}
	err := d.find(c, project, string(id))
	if err == nil {
		var decision rolekit.Decision
		if decision, err = d.guard.Can(c, perm.ProjectsRead, project); decision.Allowed {
			return project, true
		}
	}
	if err == nil || errors.Is(err, gorm.ErrRecordNotFound) {
		refuse(c, http.StatusUnprocessableEntity, "it needs the id of a project that you see")
		return nil, false
	}
	d.fail(c, err)
	return nil, false
}

func (d *desk) rewriteReport(c *gin.Context) {
	var body struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	if !read(c, &body) || !need(c, body.Title != "", "title") {
		return
	}
	report := middleware.Resource[*Report](c)
	report.Title, report.Text = body.Title, body.Text
	d.save(c, report, "title", "text")
}

// save stores some columns of a row and answers with it.
func (d *desk) save(c *gin.Context, row any, columns ...string) {
	if err := d.db.WithContext(c.Request.Context()).Model(row).Select(columns).Updates(row).Error; err != nil {
		d.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, row)
}

// share lets someone read a report, and unshare no longer. Doing it again
// changes nothing.
func (d *desk) share(c *gin.Context) {
	d.shared(c, func(db *gorm.DB, s Share) error {
		return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&s).Error
	})
}

func (d *desk) unshare(c *gin.Context) {
	d.shared(c, func(db *gorm.DB, s Share) error { return db.Delete(&s).Error })
}

// lastID returns the user that the path ends with. Gin's own value will not do:
// where a path holds an encoded slash, it makes a space of a plus.
func lastID(c *gin.Context) (rolekit.UserID, error) {
	id, err := url.PathUnescape(path.Base(c.Request.URL.EscapedPath()))
	if err != nil {
		return "", err
	}
	return rolekit.UserID(id), rolekit.UserID(id).Validate()
}

func (d *desk) shared(c *gin.Context, change func(*gorm.DB, Share) error) {
	report := middleware.Resource[*Report](c)
	reader, err := lastID(c)
	if err != nil {
		refuse(c, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if err := change(d.db.WithContext(c.Request.Context()), Share{report.Org, report.ID, reader}); err != nil {
		d.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
