package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

const tagHealth = "Health"

func (s *server) healthOperations() {
	public(s, huma.Operation{
		OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Tags: []string{tagHealth},
		Summary: "Is the process alive?", Description: "It is, if it answers.",
	}, s.healthz)
	public(s, huma.Operation{
		OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Tags: []string{tagHealth},
		Summary: "Can it decide and change?",
		Description: "ready; or degraded, when the policies of some organisations cannot be read and everything there is denied, or when the store " +
			"cannot be read at the moment (decisions go on by what is known, and changes fail); or 503, when what is known is older than it may " +
			"be, or the process is about to end.",
	}, s.readyz)
}

type health struct {
	Status string `json:"status" enum:"ok"`
}

func (s *server) healthz(context.Context) (*output[health], error) {
	return &output[health]{health{"ok"}}, nil
}

// readiness counts: which organisations are broken is not for everyone.
type readiness struct {
	Status string    `json:"status" enum:"ready,degraded"`
	Broken int       `json:"broken_orgs" doc:"how many organisations' policies cannot be read" example:"0"`
	Synced time.Time `json:"synced" doc:"when the store was last read with success"`
	Age    float64   `json:"age_seconds" doc:"how long ago that is" example:"0.42"`
}

func (s *server) readyz(context.Context) (*output[readiness], error) {
	h := s.kit.Health()
	age := seconds(h.Age)
	switch {
	case s.config.Ending():
		return nil, &failure{Problem: problem.New(rolekit.CodeUnavailable, "the process is about to end", "ask another")}
	case h.StoreError != nil && h.Limit == 0:
		return nil, notReady(fmt.Sprintf("the policy store cannot be read; what is known is %v seconds old", age))
	case h.Stale:
		return nil, notReady(fmt.Sprintf("what is known of the policies is %v seconds old, which is too old", age))
	}
	state := readiness{Status: "ready", Broken: len(h.Broken), Synced: h.Synced, Age: age}
	if state.Broken > 0 || h.StoreError != nil {
		state.Status = "degraded"
	}
	return &output[readiness]{state}, nil
}

func notReady(detail string) *failure {
	return &failure{Problem: problem.New(rolekit.CodeUnavailable, detail, "it recovers by itself; the log says more")}
}

// seconds are exact to the millisecond, so that they read well.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
