package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

func (s *server) checkManyOperation() {
	guarded(s, huma.Operation{
		OperationID: "check-many", Method: http.MethodPost, Path: "/v1/check", Tags: []string{tagDecisions},
		Errors:  []int{400, 413, 415},
		Summary: "Ask many questions at once",
		Description: "Of one organisation or of many; the answers come in the order of the questions. All answers about one organisation are by " +
			"one revision of its policy, which each of them tells. Each question needs what check needs in its organisation; what is wrong with " +
			"one (an organisation where the caller may not ask, a permission that is none) is told in its answer, and the others are answered.",
	}, s.checkMany)
}

type askedQuestion struct {
	Org        rolekit.OrgID      `json:"org" example:"tom"`
	User       rolekit.UserID     `json:"user" example:"auth0|ada"`
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Profile    rolekit.ProfileID  `json:"profile,omitempty" doc:"they act as; if left out, what they switched to last, or their only one" example:"worker"`
	Resource   *resource          `json:"resource,omitempty" doc:"what they would do it to; where left out, the answer is how far it reaches"`
}

// check is questionInput's, for one of many.
func (q askedQuestion) check() error {
	if err := q.Org.Validate(); err != nil {
		return err
	}
	return question{q.User, q.Permission, q.Profile, q.Resource}.check()
}

func (q askedQuestion) asked() rolekit.Question {
	asked := rolekit.Question{Who: rolekit.Identity{User: q.User, Org: q.Org, Profile: q.Profile}, Want: q.Permission}
	if q.Resource != nil {
		asked.Resource = rolekit.Facts(*q.Resource)
	}
	return asked
}

type checkManyInput struct {
	Body struct {
		Questions []askedQuestion `json:"questions" nullable:"false" minItems:"1" maxItems:"1000"`
	} `nameHint:"Questions"`
}

type answers struct {
	Answers []answered `json:"answers" nullable:"false" doc:"one a question, in their order"`
}

type answered struct {
	Allowed  bool             `json:"allowed"`
	Access   []rolekit.Access `json:"access" nullable:"false" doc:"how far it reaches, widest first; empty when not allowed" example:"[\"any\"]"`
	Reasons  []reason         `json:"reasons" nullable:"false" doc:"the grants that allow it, one an access"`
	Revision rolekit.Revision `json:"revision,omitempty" doc:"of the organisation's policy that it was decided by; absent where it was not" example:"42"`
	Problem  *problem.Problem `json:"problem,omitempty" doc:"why no decision was made; present only then, and allowed is false"`
}

func (s *server) checkMany(ctx context.Context, by caller, in *checkManyInput) (*output[answers], error) {
	shown := make([]answered, len(in.Body.Questions))
	var asked []rolekit.Question
	var at []int // where the answer to each goes
	for i, q := range in.Body.Questions {
		if err := q.check(); err != nil {
			shown[i] = unanswered(err)
			continue
		}
		asked, at = append(asked, q.asked()), append(at, i)
	}
	began := time.Now()
	got, err := by.CheckAll(ctx, asked)
	if err != nil {
		return nil, err
	}
	failures, cause := 0, error(nil)
	for i, a := range got {
		s.decided(began, len(got), a.Decision, a.Err)
		if a.Err == nil {
			shown[at[i]] = answered{Allowed: a.Allowed, Access: listed(a.Access()), Reasons: each(a.Reasons(), reasonOf), Revision: a.Revision()}
			continue
		}
		shown[at[i]] = unanswered(a.Err)
		if shown[at[i]].Problem.Status >= http.StatusInternalServerError {
			failures, cause = failures+1, a.Err
		}
	}
	if failures > 0 {
		s.config.Logger.ErrorContext(ctx, "questions could not be answered", "operation", "check-many", "questions", failures, "error", cause)
	}
	return &output[answers]{answers{shown}}, nil
}

func unanswered(err error) answered {
	p := problem.Of(err)
	return answered{Access: []rolekit.Access{}, Reasons: []reason{}, Problem: &p}
}
