package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// maxBody is in bytes; the longest report is far below.
const maxBody = 64 << 10

// read reads one JSON object with known fields. When it returns false, it has
// answered; so has need.
func read(c *gin.Context, into any) bool {
	body := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	body.DisallowUnknownFields()
	err := body.Decode(into)
	if err == nil {
		if _, err = body.Token(); errors.Is(err, io.EOF) {
			return true
		}
		err = errors.Join(errors.New("something follows the object"), err)
	}
	status := http.StatusBadRequest
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		status = http.StatusRequestEntityTooLarge
	}
	refuse(c, status, "the body is not one JSON object with known fields: "+err.Error())
	return false
}

// need refuses a body that lacks something.
func need(c *gin.Context, ok bool, what string) bool {
	if !ok {
		refuse(c, http.StatusUnprocessableEntity, "it needs "+what)
	}
	return ok
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

// fail answers that it is not known how far the caller reaches, or nothing but
// that something went wrong.
func (d *desk) fail(c *gin.Context, err error) {
	d.log.Error("a request failed", "route", c.FullPath(), "error", err)
	if errors.Is(err, rolekit.ErrUnavailable) {
		refuse(c, http.StatusServiceUnavailable, "whether you may do this cannot be decided at the moment")
		return
	}
	refuse(c, http.StatusInternalServerError, "something went wrong on our side")
}
