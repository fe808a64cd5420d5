package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
	"github.com/rolekit/rolekit/internal/revision"
)

// concerning is an input that names the organisation which the request is about;
// empty where it names none.
type concerning interface{ Concerns() rolekit.OrgID }

// changed is an input of a change of another organisation than the one by whose
// policy it is decided.
type changed interface{ Changes() rolekit.OrgID }

type requestKey struct{}

// Context returns one that the operation finds the request in.
func (r *request) Context() context.Context {
	return context.WithValue(r.humaContext.Context(), requestKey{}, r)
}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// readRevision takes the revision that is asked for out of the headers.
func (r *request) readRevision(c *gin.Context) *failure {
	var err error
	if r.least, err = revision.Wanted(c.Request.Header); err != nil {
		return &failure{Problem: problem.Of(err)}
	}
	return nil
}

// await waits until the organisation that the request is about is known at least
// at the revision that the request asks for. The application's guard may have done
// so already, by the organisation of the path.
func (s *server) await(ctx context.Context, who rolekit.Identity, in any) error {
	about, ok := in.(concerning)
	least := requestOf(ctx).least
	if !ok || least == 0 || about.Concerns() == "" {
		return nil
	}
	who.Org = about.Concerns()
	if revision.Awaited(ctx, who.Org, least) {
		return nil
	}
	if err := s.kit.AwaitFor(ctx, who, least); err != nil {
		s.config.Logger.WarnContext(ctx, "a revision has not arrived", "org", who.Org, "revision", least, "error", err)
		return &failure{Problem: revision.Late(), header: http.Header{"Retry-After": {revision.RetryAfter}}}
	}
	return nil
}

// tellRevision adds to the answer to a change what the organisation's policy is
// at now. Where that cannot be read any more, the change is done all the same.
func (s *server) tellRevision(ctx context.Context, by caller, in any) {
	var org rolekit.OrgID
	switch in := in.(type) {
	case changed:
		org = in.Changes()
	case concerning:
		org = in.Concerns()
	}
	at, err := by.Revision(ctx, org)
	if err != nil {
		s.config.Logger.WarnContext(ctx, "an answer does not tell its revision", "org", org, "error", err)
		return
	}
	requestOf(ctx).SetHeader(revision.Header, revision.Format(at))
}

func number(example rolekit.Revision) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(float64), Examples: []any{example}}
}

// describeAwaiting documents that an operation waits for a revision.
func describeAwaiting(op *huma.Operation) {
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: revision.AtLeast, In: "header", Schema: number(42),
		Description: "Answer by this revision of the organisation's policy or a later one, as the header " + revision.Header +
			" of a reply has told it; 503 when it has not arrived within a second or so.",
	})
	addProblems(op, http.StatusBadRequest)
}

// describeRevision documents that the answer tells the revision.
func describeRevision(op *huma.Operation, output reflect.Type) {
	status := op.DefaultStatus
	if _, body := output.FieldByName("Body"); status == 0 && body {
		status = http.StatusOK
	} else if status == 0 {
		status = http.StatusNoContent
	}
	op.Responses = map[string]*huma.Response{strconv.Itoa(status): {
		Description: http.StatusText(status),
		Headers: map[string]*huma.Header{revision.Header: {
			Schema:      number(43),
			Description: "What the organisation's policy is at now: what another request may ask for in " + revision.AtLeast + ", wherever it arrives.",
		}},
	}}
}
