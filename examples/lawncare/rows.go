package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/middleware"
)

const (
	maxBody  = 64 << 10 // bytes; the longest newsletter is far below
	pageSize = 100      // rows
)

// model is a pointer to one of the models.
type model[T any] interface {
	*T
	rolekit.Resource
	row() *Row
	check() error
}

// within starts a query that sees no more than the request was allowed. It and
// everywhere are the only ways that handlers read or change.
func (s *shop) within(c *gin.Context) *gorm.DB {
	return s.reached(c.Request.Context(), middleware.Decision(c))
}

// reached starts a query that sees what a decision reaches in its organisation.
// Nothing here comes with access set, so the ids of rows need not be known.
func (s *shop) reached(ctx context.Context, decision rolekit.Decision) *gorm.DB {
	return s.db.WithContext(ctx).Where("org = ?", decision.Identity().Org).
		Scopes(adapter.Visible(decision, adapter.Columns{Owner: "owner", Team: "team"}))
}

// everywhere starts a query that sees what the user may do in all their
// organisations, as the profile of who; the organisation of who does not count.
func (s *shop) everywhere(ctx context.Context, who rolekit.Identity, want rolekit.Permission) (*gorm.DB, error) {
	orgs, err := s.kit.Orgs(ctx, who.User, who.Profile, want)
	if err != nil {
		return nil, err
	}
	all := s.db.Where("1 = 0")
	for _, who.Org = range orgs {
		decision, err := s.kit.Can(ctx, who, want, nil)
		if err != nil {
			return nil, err
		}
		here := s.reached(ctx, decision)
		all = all.Or(here)
		if here.Error != nil { // GORM does not hand on what went wrong in a part
			return nil, here.Error
		}
	}
	return s.db.WithContext(ctx).Where(all), nil
}

// list answers with the rows of the organisation.
func list[T any](s *shop) gin.HandlerFunc {
	return func(c *gin.Context) { page[T](s, c, s.within(c)) }
}

// listMine answers with the rows of all organisations in which the user may do
// this, in one list: as the profile that the request names, else as the given.
func listMine[T any](s *shop, profile rolekit.ProfileID, want rolekit.Permission) gin.HandlerFunc {
	return func(c *gin.Context) {
		who, ok := middleware.Identity(c)
		if !ok {
			c.Header("WWW-Authenticate", "Bearer")
			refuse(c, http.StatusUnauthorized, "nobody is identified; send Authorization: Bearer and a token")
			return
		}
		who.Profile = cmp.Or(who.Profile, profile)
		query, err := s.everywhere(c.Request.Context(), who, want)
		if err != nil {
			s.fail(c, err)
			return
		}
		page[T](s, c, query)
	}
}

// page answers with the rows behind ?after=, an id, in the order of ids.
func page[T any](s *shop, c *gin.Context, query *gorm.DB) {
	after, err := strconv.ParseUint(c.DefaultQuery("after", "0"), 10, 63)
	if err != nil {
		refuse(c, http.StatusUnprocessableEntity, "after must be the id of a row")
		return
	}
	rows := []T{}
	if err := query.Where("id > ?", after).Order("id").Limit(pageSize).Find(&rows).Error; err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, rows)
}

// get answers with one row; with 404 also for one that is out of reach, so that
// nobody learns that it exists.
func get[T any](s *shop) gin.HandlerFunc {
	return func(c *gin.Context) {
		id, ok := rowID(c)
		if !ok {
			return
		}
		var row T
		if err := s.within(c).First(&row, "id = ?", id).Error; err != nil {
			s.fail(c, err)
			return
		}
		c.JSON(http.StatusOK, row)
	}
}

// create stores a row. The route's permission says that the user may do so at
// all; whether they may store this one is asked here.
func create[T any, P model[T]](s *shop) gin.HandlerFunc {
	return func(c *gin.Context) {
		row := P(new(T))
		if status, err := readBody(c, row); err != nil {
			refuse(c, status, err.Error())
			return
		}
		decision := middleware.Decision(c)
		row.row().Org = decision.Identity().Org
		if !s.guard.Ensure(c, decision.Permission(), row) {
			return // it has answered
		}
		if err := s.db.WithContext(c.Request.Context()).Create(row).Error; err != nil {
			s.fail(c, err)
			return
		}
		c.JSON(http.StatusCreated, row)
	}
}

// completeJob marks a job as done.
func completeJob(s *shop) gin.HandlerFunc {
	return func(c *gin.Context) {
		id, ok := rowID(c)
		if !ok {
			return
		}
		result := s.within(c).Model(&Job{}).Where("id = ?", id).Update("done", true)
		err := result.Error
		if err == nil && result.RowsAffected == 0 {
			err = gorm.ErrRecordNotFound
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		c.Status(http.StatusNoContent)
	}
}

// readBody reads a row from JSON and returns the status for what is wrong with
// it. Its id and organisation are not for the caller to choose.
func readBody[T any, P model[T]](c *gin.Context, row P) (int, error) {
	if status, err := decode(c, row); err != nil {
		return status, err
	}
	if row.row().ID != 0 || row.row().Org != "" {
		return http.StatusUnprocessableEntity, errors.New("id and org are not yours to choose")
	}
	return http.StatusUnprocessableEntity, row.check()
}

// decode reads one JSON value, strictly.
func decode(c *gin.Context, into any) (int, error) {
	body := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	body.DisallowUnknownFields()
	err := body.Decode(into)
	if err == nil {
		if _, err = body.Token(); errors.Is(err, io.EOF) {
			return 0, nil
		}
		err = errors.Join(errors.New("something follows the object"), err)
	}
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, fmt.Errorf("the body is longer than %d bytes", long.Limit)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return http.StatusUnprocessableEntity, fmt.Errorf("%s cannot be a %s", cmp.Or(wrong.Field, "the body"), wrong.Value)
	}
	return http.StatusBadRequest, fmt.Errorf("the body is not one JSON object with known fields: %w", err)
}

func rowID(c *gin.Context) (uint64, bool) {
	id, err := strconv.ParseUint(c.Param("id"), 10, 63)
	if err != nil {
		refuse(c, http.StatusNotFound, "there is no such row")
	}
	return id, err == nil
}
