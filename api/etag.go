package api

import (
	"errors"
	"net/http"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
	"github.com/rolekit/rolekit/internal/problem"
)

// tagged is an answer with the entity tag that a change of it takes.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"for If-Match"`
	Body T
}

// ifMatch makes a change, unless the thing is not what the caller has seen. Then
// the answer tells the revision that it is at now, if the caller may know.
func ifMatch[T any](match param.IfMatch, now func() (rolekit.Revision, error), change func(seen rolekit.Revision) (T, error)) (T, error) {
	var none T
	seen, err := match.Seen()
	if err != nil {
		return none, err
	}
	changed, err := change(seen)
	if seen == 0 || !errors.Is(err, rolekit.ErrConflict) {
		return changed, err
	}
	moved := &failure{Problem: problem.Of(err).WithStatus(http.StatusPreconditionFailed)}
	if at, err := now(); err == nil {
		moved.header = http.Header{"Etag": {param.ETag(at)}}
	}
	return none, moved
}
