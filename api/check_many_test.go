package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

type manyAnswers struct {
	Answers []struct {
		Allowed  bool
		Access   []string
		Revision int
		Problem  *struct {
			Code, Detail string
			Status       int
		}
	}
}

// Each question is answered as check answers it, whoever asks.
func TestManyQuestionsAreAnsweredAsCheckAnswersThem(t *testing.T) {
	w := newWorld(t)
	for _, who := range []string{stranger, member, admin, other, operator} {
		var questions, alone []string
		for _, org := range []string{"tom", "jack", "tom.north", "nowhere", "../tom"} {
			for _, user := range []string{"auth0|ada", "jim", "carl", "eve", "tom@example.com", "sue", "a\\u0000"} {
				for _, rest := range []string{
					`"permission":"invoices:read"`, `"permission":"jobs:read","resource":{"owner":"carl"}`, `"permission":"jobs:raed"`,
					`"permission":"invoices:read","profile":"owner"`, `"permission":"jobs:read","resource":{"id":"a\u0000"}`,
				} {
					questions = append(questions, `{"org":"`+org+`","user":"`+user+`",`+rest+`}`)
					a := w.ask(who, "POST /v1/orgs/"+strings.ReplaceAll(org, "/", "%2F")+"/check", `{"user":"`+user+`",`+rest+`}`)
					alone = append(alone, strings.TrimSuffix(a.body, "\n"))
				}
			}
		}
		a := w.ask(who, "POST /v1/check", `{"questions":[`+strings.Join(questions, ",")+`]}`)
		var got struct{ Answers []json.RawMessage }
		if w.read(a, &got); len(got.Answers) != len(questions) {
			t.Fatalf("%d answers to %d questions", len(got.Answers), len(questions))
		}
		for i, one := range alone {
			if strings.HasPrefix(one, `{"type"`) {
				one = `{"allowed":false,"access":[],"reasons":[],"problem":` + one + `}`
			}
			if string(got.Answers[i]) != one {
				t.Errorf("%s asks %s:\nalone       %s\nwith others %s", who, questions[i], one, got.Answers[i])
			}
		}
	}
}

// One organisation whose policy is broken, and a store that is away, spoil what
// is asked about them and nothing else; the client is not told why.
func TestWhatIsWrongWithOneQuestionIsItsOwn(t *testing.T) {
	w := newWorld(t)
	w.done(operator, "POST /v1/orgs", `{"id":"new"}`)
	breakTom(t, w)
	var got manyAnswers
	body := `{"questions":[{"org":"staff","user":"sue","permission":"invoices:read"},{"org":"tom","user":"sue","permission":"invoices:read"},{"org":"new","user":"sue","permission":"invoices:read"}]}`
	a := w.ask(operator, "POST /v1/check", body)
	w.read(a, &got)
	if !got.Answers[0].Allowed || got.Answers[1].Allowed || got.Answers[1].Problem == nil || got.Answers[1].Problem.Status != 503 || !got.Answers[2].Allowed {
		t.Errorf("%s", a.body)
	}
	if strings.Contains(a.body, "hidden") || !strings.Contains(w.log.String(), "hidden") {
		t.Errorf("what is wrong is for the log alone: %s; the log: %s", a.body, w.log)
	}
}

// 1,000 questions fit a request, and 1,001 do not.
func TestAThousandQuestions(t *testing.T) {
	w := newWorld(t)
	ask := func(n int) answer {
		var questions []string
		for i := range n {
			questions = append(questions, fmt.Sprintf(`{"org":"tom","user":"%s%d","permission":"invoices:read","resource":{"id":"%s"}}`, strings.Repeat("u", 90), i, strings.Repeat("r", 90)))
		}
		return w.ask(admin, "POST /v1/check", `{"questions":[`+strings.Join(questions, ",")+`]}`)
	}
	var got manyAnswers
	if w.read(ask(1000), &got); len(got.Answers) != 1000 || got.Answers[999].Problem != nil {
		t.Errorf("%d answers, the last %+v", len(got.Answers), got.Answers[len(got.Answers)-1])
	}
	if a := ask(1001); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "body.questions") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// All answers about an organisation are by one revision, which they tell, while
// others change it.
func TestAnswersAboutAnOrganisationAreOfOneRevision(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		m := w.kit.Manager().As(rolekit.System("test"))
		var err error
		for i := 0; ctx.Err() == nil && err == nil; i++ {
			if i%2 == 0 {
				err = m.Assign(t.Context(), "tom", "bob", "bookkeeper")
			} else {
				err = m.Unassign(t.Context(), "tom", "bob", "bookkeeper")
			}
		}
		ended <- err
	}()
	one := `{"org":"tom","user":"bob","permission":"invoices:read"},{"org":"jack","user":"bob","permission":"invoices:read"}`
	body := `{"questions":[` + strings.TrimSuffix(strings.Repeat(one+",", 400), ",") + `]}`
	seen := map[int]bool{}
	late := time.Now().Add(time.Minute)
	for n := 0; n < 20 || len(seen) < 2 && time.Now().Before(late); n++ { // a change may take longer than twenty answers
		var got manyAnswers
		w.read(w.ask(admin, "POST /v1/check", body), &got)
		for i, a := range got.Answers {
			if first := got.Answers[i%2]; a.Allowed != first.Allowed || a.Revision != first.Revision {
				t.Errorf("answer %d says %v by revision %d, the first about its organisation %v by %d", i, a.Allowed, a.Revision, first.Allowed, first.Revision)
			}
		}
		seen[got.Answers[0].Revision] = true
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if len(seen) < 2 {
		t.Error("nothing changed meanwhile, so this proves nothing")
	}
}
