package param

import (
	"time"

	"github.com/rolekit/rolekit"
)

// Events selects audit events.
type Events struct {
	Actor  string    `query:"actor" maxLength:"255" doc:"only what this one did" example:"user:ada"`
	Action string    `query:"action" maxLength:"63" doc:"only this" example:"role.grants"`
	Target string    `query:"target" maxLength:"255" doc:"only what was done to this" example:"role:bookkeeper"`
	Kind   string    `query:"kind" maxLength:"63" pattern:"^[a-z]*$" doc:"only what was done to one of this kind" example:"role"`
	From   time.Time `query:"from" doc:"only at this time or later" example:"2026-05-01T00:00:00Z"`
	Until  time.Time `query:"until" doc:"only before this time" example:"2026-06-01T00:00:00Z"`
}

// Query returns what the kit is asked for.
func (e Events) Query() rolekit.AuditQuery {
	return rolekit.AuditQuery{Actor: e.Actor, Action: e.Action, Target: e.Target, Kind: e.Kind, From: e.From, Until: e.Until}
}

// EventPage selects a page of them.
type EventPage struct {
	After int64 `query:"after" minimum:"1" doc:"next of the page before"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"at most this many"`
}
