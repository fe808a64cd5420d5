package rolekit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

// Whoever asks many questions at once is told what they would be told one by one,
// and what goes wrong with one is that one's alone.
func TestManyQuestionsAreAnsweredAsOneByOne(t *testing.T) {
	t.Parallel()
	for _, engine := range []rolekit.Engine{rolekit.EngineCompiled, rolekit.EngineCasbin} {
		w, clock := newModelWorld(t)
		config := modelConfig(t, clock)
		config.Engine = engine
		config.Teams = func(_ context.Context, who rolekit.Identity) ([]rolekit.TeamID, error) {
			if who.User == "ada" {
				panic("s3cret")
			}
			return nil, nil
		}
		w = w.again(config)
		w.role("tom", "crew", []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.AccessTeam}})
		w.assign("tom", "ada", "crew")
		w.assign("tom", "bob", "mower")
		w.assign("jack", "ada", "viewer")
		var questions []rolekit.Question
		for _, user := range []rolekit.UserID{"olga", "ada", "bob", "nobody", ""} {
			for _, org := range []rolekit.OrgID{"tom", "tom.north", "jack", "nowhere", rolekit.AllOrgs, ""} {
				for _, want := range []rolekit.Permission{"jobs:read", "invoices:approve", "jobs:raed"} {
					for _, r := range []rolekit.Resource{nil, rolekit.Facts{Owner: "bob"}, rolekit.Facts{Team: "a"}, (*resource)(nil)} {
						for _, profile := range []rolekit.ProfileID{"", "owner", "wroker"} {
							who := rolekit.Identity{User: user, Org: org, Profile: profile}
							questions = append(questions, rolekit.Question{Who: who, Want: want, Resource: r})
						}
					}
				}
			}
		}
		seen := map[string]int{}
		for _, asker := range []rolekit.Actor{{User: "olga"}, {User: "ada"}, {User: "carol"}, {User: "eve"}, rolekit.System("test")} {
			m := w.Manager().As(asker)
			for some := range slices.Chunk(questions, rolekit.MaxQuestions) {
				answers, err := m.CheckAll(t.Context(), some)
				if w.ok(err); len(answers) != len(some) {
					t.Fatalf("%d answers to %d questions", len(answers), len(some))
				}
				for i, q := range some {
					want, err := m.Check(t.Context(), q.Who, q.Want, q.Resource)
					one := fmt.Sprint(want.Allowed, want.Access(), want.Revision(), want.Identity().Profile, len(want.Reasons()), err)
					got := answers[i]
					if many := fmt.Sprint(got.Allowed, got.Access(), got.Revision(), got.Identity().Profile, len(got.Reasons()), got.Err); many != one {
						t.Errorf("%s, %s asks %+v: alone %s, with others %s", engine, asker, q, one, many)
					}
					seen[fmt.Sprint(got.Allowed, got.Err == nil)]++
				}
			}
		}
		if len(seen) != 3 { // allowed, denied, and no decision
			t.Errorf("the questions are too much alike: %v", seen)
		}
	}
}

// A change that comes between two questions about an organisation is in neither
// answer: each organisation's are by one revision.
func TestManyQuestionsAreAnsweredInOneRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	meanwhile := &resource{func() rolekit.Facts {
		w.assign("tom", "ada", "viewer")
		w.assign("jack", "ada", "viewer")
		return rolekit.Facts{}
	}}
	ask := func(org rolekit.OrgID, r rolekit.Resource) rolekit.Question {
		return rolekit.Question{Who: rolekit.Identity{User: "ada", Org: org, Profile: "owner"}, Want: "invoices:read", Resource: r}
	}
	answers, err := w.system().CheckAll(t.Context(), []rolekit.Question{ask("tom", nil), ask("tom", meanwhile), ask("tom", nil), ask("jack", nil)})
	w.ok(err)
	if answers[2].Allowed || answers[2].Revision() != answers[0].Revision() {
		t.Errorf("the first is answered by revision %d, the last by %d: allowed %v", answers[0].Revision(), answers[2].Revision(), answers[2].Allowed)
	}
	if !answers[3].Allowed { // which nobody asked about before
		t.Error("an organisation is answered by a state that is not the newest when it is first asked about")
	}
	again, err := w.system().CheckAll(t.Context(), []rolekit.Question{ask("tom", nil)})
	if w.ok(err); !again[0].Allowed || again[0].Revision() <= answers[0].Revision() {
		t.Errorf("asked again: %v by revision %d", again[0].Allowed, again[0].Revision())
	}
}

func TestManyQuestionsHaveALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	questions := make([]rolekit.Question, rolekit.MaxQuestions+1)
	_, err := w.system().CheckAll(t.Context(), questions)
	isError(t, "too many", err, rolekit.ErrInvalid)
	_, err = w.as("").CheckAll(t.Context(), questions[1:])
	isError(t, "nobody asks", err, rolekit.ErrUnauthenticated)
	_, err = w.system().CheckAll(t.Context(), questions[1:])
	w.ok(err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.system().CheckAll(ended, questions[1:])
	isError(t, "nobody waits any more", err, rolekit.ErrUnavailable)
}
