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
		Description: "Every change of the organisation's policy, newest first. It needs iam.audit:read.",
	}, s.listEvents)
}

type event struct {
	ID     int64     `json:"id" doc:"grows; it is also the revision that the change led to" example:"42"`
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

	After int64 `query:"after" minimum:"1" doc:"next of the page before"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"at most this many"`
}

func (s *server) listEvents(ctx context.Context, by caller, in *listEventsInput) (*output[list[event]], error) {
	events, err := by.Audit(ctx, in.Org, rolekit.AuditQuery{Before: in.After, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	return &output[list[event]]{page(each(events, eventOf), in.Limit, func(e event) string { return strconv.FormatInt(e.ID, 10) })}, nil
}
