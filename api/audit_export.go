package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const (
	linesType = "application/x-ndjson"
	// exportPage is how many events are in memory at once.
	exportPage = 500
)

type exportEventsInput struct {
	param.OrgPath
	param.Events
}

// lastLine ends an export. A connection that breaks looks to many clients like one
// that ended; and what stands before the API may end it in good order after a panic.
type lastLine struct {
	End    bool `json:"end"`
	Events int  `json:"events"`
}

// exportEvents reads the first page before the answer begins, so that who may not
// is told so by the status. Events are only ever added, and with larger ids; so the
// pages fit together though each is read by itself.
func (s *server) exportEvents(ctx context.Context, by caller, in *exportEventsInput) (*huma.StreamResponse, error) {
	q := in.Query()
	q.Limit = exportPage
	first, err := by.Audit(ctx, in.Org, q)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		out.SetHeader("Content-Type", linesType)
		out.SetStatus(http.StatusOK)
		s.writeEvents(ctx, out, first, func(before int64) ([]rolekit.AuditEvent, error) {
			next := q
			next.Before = before
			return by.Audit(ctx, in.Org, next)
		})
	}}, nil
}

func (s *server) writeEvents(ctx context.Context, out huma.Context, page []rolekit.AuditEvent, after func(int64) ([]rolekit.AuditEvent, error)) {
	lines := json.NewEncoder(out.BodyWriter())
	for count := 0; ; {
		for _, e := range page {
			if err := lines.Encode(eventOf(e)); err != nil {
				return // the client went away
			}
			count++
		}
		if len(page) < exportPage {
			s.writeLast(ctx, lines, lastLine{true, count})
			return
		}
		humagin.Unwrap(out).Writer.Flush()
		var err error
		if page, err = after(page[len(page)-1].ID); err != nil {
			f := failed(err)
			s.config.Logger.ErrorContext(ctx, "an export broke off", "events", count, "error", err)
			f.RequestID = requestID(humagin.Unwrap(out))
			s.writeLast(ctx, lines, f.Problem)
			return
		}
	}
}

// writeLast writes the line that tells whether an export is whole. Where that fails,
// the line is missing, and by that the client knows.
func (s *server) writeLast(ctx context.Context, lines *json.Encoder, line any) {
	if err := lines.Encode(line); err != nil {
		s.config.Logger.DebugContext(ctx, "whoever asked for an export did not wait for its end", "error", err)
	}
}

// linesResponse documents an export.
func linesResponse() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "One event a line, and a last line that says so.",
		Content: map[string]*huma.MediaType{linesType: {
			Schema: &huma.Schema{Type: huma.TypeString},
			Example: `{"id":42,"at":"2026-05-06T07:08:09Z","actor":"user:ada","action":"role.delete","target":"role:clerk"}` + "\n" +
				`{"end":true,"events":1}` + "\n",
		}},
	}}
}
