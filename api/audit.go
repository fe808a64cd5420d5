package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagAudit = "Audit"

func (s *server) auditOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-audit-events", Method: http.MethodGet, Path: "/v1/orgs/{org}/audit", Tags: []string{tagAudit},
		Errors:      []int{403, 404},
		Summary:     "List audit events",
		Description: "Every change of the organisation's policy since it was created, newest first. It needs iam.audit:read.",
	}, s.listEvents)
	guarded(s, huma.Operation{
		OperationID: "export-audit-events", Method: http.MethodGet, Path: "/v1/orgs/{org}/audit/export", Tags: []string{tagAudit},
		Errors: []int{403, 404}, Responses: linesResponse(),
		Summary: "Export audit events",
		Description: "All that are selected, newest first, one JSON object a line. The last line tells that it is the last, and how many events came " +
			"before it: {\"end\":true,\"events\":42}. Without that line the export is not whole: where it broke on our side, its last line is a problem " +
			"instead. Events that are added meanwhile are not in it. It needs iam.audit:read.",
	}, s.exportEvents)
	guarded(s, huma.Operation{
		OperationID: "list-operator-audit-events", Method: http.MethodGet, Path: "/v1/audit", Tags: []string{tagAudit},
		Errors:  []int{403},
		Summary: "List audit events that are no organisation's",
		Description: "Changes of the default roles, and who deleted which organisation, newest first; or, with org, what the deleted ones of that id left. " +
			"For operators: it needs iam.audit:read in the operators' organisation.",
	}, s.listOperatorEvents)
}

type event struct {
	ID     int64     `json:"id" doc:"grows; the ETag of an organisation, role, group or set that was changed is made of it" example:"42"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor" doc:"who did it" example:"user:ada"`
	Action string    `json:"action" doc:"what was done" example:"role.grants"`
	Target string    `json:"target" doc:"to what" example:"role:bookkeeper"`
	Before any       `json:"before,omitempty" doc:"as it was; absent where there was nothing"`
	After  any       `json:"after,omitempty" doc:"as it became; absent where nothing is left"`
}

func eventOf(e rolekit.AuditEvent) event {
	return event{e.ID, e.At, e.Actor, e.Action, e.Target, raw(e.Before), raw(e.After)}
}

// raw keeps nothing from becoming null.
func raw(m json.RawMessage) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

type listEventsInput struct {
	param.OrgPath
	param.Events
	param.EventPage
}

func (s *server) listEvents(ctx context.Context, by caller, in *listEventsInput) (*output[list[event]], error) {
	return events(ctx, by, in.Org, in.Query(), in.EventPage)
}

type listOperatorEventsInput struct {
	param.Events
	param.EventPage

	Org rolekit.OrgID `query:"org" doc:"instead, what deleted organisations of this id left in their logs" example:"tom"`
}

// Check implements checked.
func (in *listOperatorEventsInput) Check() error {
	if in.Org == "" {
		return nil
	}
	return in.Org.Validate()
}

func (s *server) listOperatorEvents(ctx context.Context, by caller, in *listOperatorEventsInput) (*output[list[event]], error) {
	q := in.Query()
	q.Deleted = in.Org
	return events(ctx, by, rolekit.AllOrgs, q, in.EventPage)
}

func events(ctx context.Context, by caller, org rolekit.OrgID, q rolekit.AuditQuery, at param.EventPage) (*output[list[event]], error) {
	q.Before, q.Limit = at.After, at.Limit+1
	found, err := by.Audit(ctx, org, q)
	if err != nil {
		return nil, err
	}
	return &output[list[event]]{page(each(found, eventOf), at.Limit, func(e event) string { return strconv.FormatInt(e.ID, 10) })}, nil
}
