package api

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
	"github.com/rolekit/rolekit/internal/problem"
)

// tagged is an answer with the entity tag that a change of it takes.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"for If-Match"`
	Body T
}

// tag is an answer without a body, to a change of what is in a thing.
type tag struct {
	ETag string `header:"ETag" doc:"for If-Match"`
}

// put is an answer about a thing that was changed, or made.
type put[T any] struct {
	Status   int
	ETag     string `header:"ETag" doc:"for If-Match"`
	Location string `header:"Location" doc:"where it is, if it was made"`
	Body     T
}

// matching is what a request says of the thing that it changes.
type matching interface {
	Said() (revision rolekit.Revision, said bool, err error)
}

// ifMatch makes a change, unless the thing is not what the caller has seen: then
// the answer shows how it is now.
func ifMatch[T any](match matching, change func(seen rolekit.Revision) (T, error)) (T, error) {
	var none T
	seen, said, err := match.Said()
	if err != nil {
		return none, err
	}
	changed, err := change(seen)
	if err == nil {
		return changed, nil
	}
	return none, unmatched(err, said)
}

// unmatched is the answer to a change that was not made because of what the
// request said of the thing, or did not say. Other errors stay what they are.
func unmatched(err error, said bool) error {
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok || e.Code != rolekit.CodeConflict || e.Current == nil && !said {
		return err
	}
	f := &failure{Problem: problem.Of(err).WithStatus(http.StatusPreconditionFailed)}
	if !said {
		f.Problem = problem.New(problem.CodePrecondition, "the request does not say which state of the thing it is for",
			"send the ETag of what you have seen as If-Match; current is how it is now")
	}
	var at rolekit.Revision
	switch now := e.Current.(type) {
	case rolekit.Role:
		f.Current, at = roleOf(now), now.Revision
	case rolekit.Group:
		f.Current, at = groupOf(now), now.Revision
	case rolekit.ResourceSet:
		f.Current, at = setOf(now), now.Revision
	case rolekit.Org:
		f.Current, at = orgOf(now), now.Revision
	case rolekit.MemberRoles:
		f.Current, f.header = memberRolesOf(now), http.Header{"Etag": {param.RolesETag(now.State)}}
		return f
	default: // it is gone
		return f
	}
	f.header = http.Header{"Etag": {param.ETag(at)}}
	return f
}

// putting is the answer to a change of a thing, which was made where it was said
// that it is not there.
func putting[T any](s *server, seen rolekit.Revision, body T, at rolekit.Revision, path ...string) *put[T] {
	out := &put[T]{Status: http.StatusOK, ETag: param.ETag(at), Body: body}
	if seen == rolekit.Absent {
		out.Status, out.Location = http.StatusCreated, s.location(path...)
	}
	return out
}

// creating is changing for an operation that may make what it is about: then it
// answers 201, and where that is.
func creating[I, T any](s *server, op huma.Operation, do func(context.Context, caller, *I) (*put[T], error)) {
	changing(s, op, do)
	responses := s.huma.OpenAPI().Paths[op.Path].Put.Responses
	made, changed := *responses["200"], *responses["200"]
	made.Description, changed.Headers = http.StatusText(http.StatusCreated), maps.Clone(made.Headers)
	delete(changed.Headers, "Location")
	responses["200"], responses["201"] = &changed, &made
}
