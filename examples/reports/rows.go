package main

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/middleware"
)

// pageSize is how many rows a list shows; ?after= asks for those behind an id.
const pageSize = 100

// model is a pointer to one of the models.
type model[T any] interface {
	*T
	rolekit.Resource
}

// load finds the row that the path names, in the request's organisation.
func load[T any, P model[T]](d *desk) middleware.Load {
	return func(c *gin.Context) (rolekit.Resource, error) {
		row := P(new(T))
		err := d.find(c, row, c.Param("id"))
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil, middleware.ErrNotFound
		}
		return row, err
	}
}

// find reads a row of the request's organisation.
func (d *desk) find(c *gin.Context, row any, id string) error {
	who, _ := middleware.Identity(c)
	return d.db.WithContext(c.Request.Context()).First(row, "org = ? AND id = ?", who.Org, id).Error
}

// get answers with the row that the guard loaded.
func get[P rolekit.Resource](c *gin.Context) {
	c.JSON(http.StatusOK, middleware.Resource[P](c))
}

// list answers with the rows that the request's decision reaches, in the order
// of ids. The database picks them: nobody is asked about one row after another.
func list[T any](d *desk) gin.HandlerFunc {
	columns := adapter.Columns{ID: "id", Owner: "owner", Team: "team"}
	return func(c *gin.Context) {
		decision, rows := middleware.Decision(c), []T{}
		err := d.db.WithContext(c.Request.Context()).Where("org = ?", decision.Identity().Org).
			Scopes(adapter.Visible(decision, columns)).
			Where("id > ?", c.Query("after")).Order("id").Limit(pageSize).Find(&rows).Error
		if err != nil {
			d.fail(c, err)
			return
		}
		c.JSON(http.StatusOK, rows)
	}
}
