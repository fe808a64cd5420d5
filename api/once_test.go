package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/internal/problem"
)

const key = "Idempotency-Key"

// repeatables are requests of each operation that takes a key, which the admin may make.
func repeatables() map[string]apitest.Scenario {
	all := map[string]apitest.Scenario{}
	for _, s := range apitest.Scenarios() {
		if strings.HasPrefix(s.Request, "POST ") && s.Statuses[apitest.Admin] < 300 && !slices.Contains(questions(), s.Operation) {
			all[s.Operation] = s
		}
	}
	return all
}

// questions are the operations that are POSTs and change nothing.
func questions() []string { return []string{"check", "check-many", "explain"} }

func TestWhatTakesAKey(t *testing.T) {
	d, _ := readDocument(t)
	for path, methods := range d.Paths {
		for method, o := range methods {
			takes := slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == key })
			if want := method == "post" && !slices.Contains(questions(), o.OperationID); takes != want {
				t.Errorf("%s %s takes a key: %v", method, path, takes)
			}
			if _, tested := repeatables()[o.OperationID]; takes && !tested {
				t.Errorf("no test sends %s twice", o.OperationID)
			}
		}
	}
}

// A request that comes again is answered as it was, and does nothing.
func TestARequestWithAKeyIsDoneOnce(t *testing.T) {
	for operation, s := range repeatables() {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			before := w.dump()
			first := w.ask(admin, s.Request, s.Body, key, `"8e03978e"`)
			if first.status >= 300 || first.header.Get("Idempotency-Replayed") != "" || first.header.Get("Revision") == "" {
				t.Fatalf("%d %s %v", first.status, first.body, first.header)
			}
			after := w.dump()
			if before == after {
				t.Fatal("it changed nothing, so this proves nothing")
			}
			for _, value := range []string{`"8e03978e"`, `8e03978e`} {
				again := w.ask(admin, s.Request, s.Body, key, value)
				if operation == "create-key" { // whose answer is kept but for what is secret
					if again.status != 409 || !strings.Contains(again.body, "reply_not_kept") || strings.Contains(again.body+after, first.body[len(first.body)-60:len(first.body)-10]) {
						t.Errorf("%d %s", again.status, again.body)
					}
					continue
				}
				if again.header.Get("Idempotency-Replayed") != "true" {
					t.Errorf("not said to be replayed: %d %v", again.status, again.header)
				}
				for _, h := range []http.Header{first.header, again.header} {
					h.Del("Idempotency-Replayed")
					h.Del("Date")
				}
				if fmt.Sprint(first) != fmt.Sprint(again) {
					t.Errorf("answered first\n%v\nand then\n%v", first, again)
				}
			}
			unchanged(t, w, after)
			// Of another, with a key of its own, it is another request; and so is the same one without.
			if a := w.ask(other, s.Request, s.Body, key, "8e03978e"); a.header.Get("Idempotency-Replayed") != "" || a.status < 400 {
				t.Errorf("another's key: %d %s", a.status, a.body)
			}
			unchanged(t, w, after)
		})
	}
}

func TestAKeyIsOfOneRequest(t *testing.T) {
	w := newWorld(t)
	const request, body = "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`
	w.did(w.ask(admin, request, body, key, "k"))
	moved := w.ask(admin, "POST /v1/orgs/tom.north/move If-Match: *", `{"parent":"tom.south"}`, key, "m")
	if moved.status != 200 {
		t.Fatalf("%d %s", moved.status, moved.body)
	}
	before := w.dump()
	for name, a := range map[string]answer{
		"another body":    w.ask(admin, request, `{"id":"clerk2","profile":"worker"}`, key, "k"),
		"a space":         w.ask(admin, request, body+" ", key, "k"),
		"another path":    w.ask(admin, "POST /v1/orgs/tom/roles/bookkeeper/copy", body, key, "k"),
		"another org":     w.ask(admin, "POST /v1/orgs/tom.south/roles", body, key, "k"),
		"another profile": w.ask(admin, request, body, key, "k", "Test-Profile", "owner"),
		"another state":   w.ask(admin, `POST /v1/orgs/tom.north/move If-Match: "7"`, `{"parent":"tom.south"}`, key, "m"),
	} {
		if p := isProblem(t, a); a.status != 422 || p["code"] != "key_reused" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	unchanged(t, w, before)
}

// What was refused may be asked again, when there is nothing against it any more.
func TestARefusedRequestMayComeAgain(t *testing.T) {
	w := newWorld(t)
	const request, body = "POST /v1/orgs/tom/roles", `{"id":"bookkeeper","profile":"worker"}`
	if a := w.ask(admin, request, body, key, "k"); a.status != 409 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	w.noReplies()
	w.done(admin, "DELETE /v1/orgs/tom/members/auth0%7Cada/roles/bookkeeper", "")
	w.done(admin, "DELETE /v1/orgs/tom/roles/bookkeeper", "")
	w.did(w.ask(admin, request, body, key, "k"))
}

// Those who may not, and those who ask for what makes no sense, are refused as
// they are without a key, and leave nothing in the database.
func TestRefusalsAreTheSameWithAKey(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for operation, s := range repeatables() {
		for _, who := range []string{nobody, stranger, member, other} {
			plain, keyed := w.ask(who, s.Request, s.Body), w.ask(who, s.Request, s.Body, key, "k")
			if plain.status < 400 || plain.status != keyed.status || plain.body != keyed.body {
				t.Errorf("%s of %q: %d %s without, %d %s with a key", operation, who, plain.status, plain.body, keyed.status, keyed.body)
			}
		}
		for _, body := range []string{"", "{", "{}", `{"id":7}`, `{"nonsense":true}`} {
			plain := w.ask(admin, s.Request, body)
			if plain.status < 400 { // nobody is put into a group
				continue
			}
			keyed := w.ask(admin, s.Request, body, key, "k")
			if plain.status != keyed.status || plain.body != keyed.body {
				t.Errorf("%s with %s: %d %s without, %d %s with a key", operation, body, plain.status, plain.body, keyed.status, keyed.body)
			}
		}
	}
	unchanged(t, w, before)
	w.noReplies()
}

func TestWhatIsNoKey(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for _, value := range []string{
		"", `""`, `"a`, `a"`, "a b", `"a b"`, "a,b", `"a\"b"`, "a;b", `"a";b=1`, "zoë", "a\tb", strings.Repeat("x", 256), `"` + strings.Repeat("x", 256) + `"`,
	} {
		a := w.ask(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`, key, value)
		if p := isProblem(t, a); a.status != 400 || p["code"] != "malformed" || !strings.Contains(a.body, key) {
			t.Errorf("%q: %d %s", value, a.status, a.body)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/orgs/tom/roles", strings.NewReader(`{"id":"clerk","profile":"worker"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Test-User": {admin}, key: {"a", "b"}}
	if a := w.send(r); a.status != 400 {
		t.Errorf("two keys: %d %s", a.status, a.body)
	}
	unchanged(t, w, before)
	w.did(w.ask(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`, key, strings.Repeat("~", 255)))
	// Questions are answered anew, and other methods need no key.
	for range 2 {
		if a := w.ask(admin, "POST /v1/orgs/tom/check", `{"user":"jim","permission":"jobs:read"}`, key, "k"); a.status != 200 || a.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

func TestRepliesAreForgottenAfterADay(t *testing.T) {
	w := newWorld(t)
	const request, body = "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`
	w.did(w.ask(admin, request, body, key, "k"))
	w.store.ahead.Store(int64(24*time.Hour - time.Minute))
	if a := w.ask(admin, request, body, key, "k"); a.status != 201 {
		t.Errorf("the day is not over: %d %s", a.status, a.body)
	}
	w.store.ahead.Store(int64(24*time.Hour + time.Minute))
	if a := w.ask(admin, request, body, key, "k"); a.status != 409 || !strings.Contains(a.body, "already_exists") {
		t.Errorf("the day is over: %d %s", a.status, a.body)
	}
	w.noReplies()
}

// stuck makes the nth transaction from now on wait until the channel is closed.
func (w *world) stuck(n int) (reached, free chan struct{}) {
	reached, free = make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	w.store.set(func() error {
		mu.Lock()
		n--
		now := n == 0
		mu.Unlock()
		if now {
			close(reached)
			<-free
		}
		return nil
	})
	return reached, free
}

// One that comes while the first is being done is told so.
func TestARequestInProgress(t *testing.T) {
	w := newWorld(t)
	const request, body = "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`
	reached, free := w.stuck(3) // it looks, takes its turn, and is done
	first := make(chan answer)
	go func() { first <- w.ask(admin, request, body, key, "k") }()
	<-reached
	a := w.ask(admin, request, body, key, "k")
	if p := isProblem(t, a); a.status != 409 || p["code"] != "in_progress" || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.ask(admin, request, body+" ", key, "k"); a.status != 422 {
		t.Errorf("another request: %d %s", a.status, a.body)
	}
	// Where it takes longer than its turn lasts, the next one does it, and it does not.
	w.store.ahead.Store(int64(time.Minute))
	second := w.ask(admin, request, body, key, "k")
	if second.status != 201 || second.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("the next one: %d %s", second.status, second.body)
	}
	after := w.dump()
	close(free)
	if a := <-first; a.status != 409 {
		t.Errorf("the first: %d %s", a.status, a.body)
	}
	if a := w.ask(admin, request, body, key, "k"); a.status != 201 || a.body != second.body || a.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("a third: %d %s", a.status, a.body)
	}
	unchanged(t, w, after)
}

// A process that ends while it does a request has done nothing, and another may
// try after a while.
func TestARequestWhoseProcessEnded(t *testing.T) {
	w := newWorld(t)
	const request, body = "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`
	// What is kept of the request itself is its turn.
	others := func() string {
		return regexp.MustCompile(`(?m)^rolekit_replies .*\n`).ReplaceAllString(w.dump(), "")
	}
	before, n := others(), 0
	w.store.set(func() error {
		if n++; n > 2 {
			return errors.New("hunter2")
		}
		return nil
	})
	if a := w.ask(admin, request, body, key, "k"); a.status != 503 || strings.Contains(a.body, "hunter2") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if !strings.Contains(w.log.String(), "hunter2") {
		t.Error("the log does not say why")
	}
	w.store.set(func() error { return nil })
	if diff := cmp.Diff(before, others()); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
	if a := w.ask(admin, request, body, key, "k"); a.status != 409 {
		t.Errorf("at once: %d %s", a.status, a.body)
	}
	w.store.ahead.Store(int64(31 * time.Second))
	w.did(w.ask(admin, request, body, key, "k"))
}

// Of many that come at once, one is done; the others are answered the same, or told
// that it is being done.
func TestOneOfManyAtOnceIsDone(t *testing.T) {
	w := newWorld(t)
	answers := make([]answer, 12)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			answers[i] = w.ask(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`, key, "k")
		})
	}
	all.Wait()
	done := 0
	for _, a := range answers {
		switch {
		case a.status == 201 && a.header.Get("Idempotency-Replayed") == "":
			done++
		case a.status == 201, a.status == 409 && strings.Contains(a.body, "in_progress"):
		default:
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if done != 1 {
		t.Errorf("%d did it", done)
	}
}

// A panic leaves nothing that would be in the way of the next try.
func TestARequestThatPanicsMayComeAgain(t *testing.T) {
	w := newWorld(t)
	n := 0
	w.store.set(func() error {
		if n++; n == 3 {
			panic("hunter2")
		}
		return nil
	})
	const request, body = "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`
	if a := w.ask(admin, request, body, key, "k"); a.status != 500 || strings.Contains(a.body, "hunter2") {
		t.Errorf("%d %s", a.status, a.body)
	}
	w.did(w.ask(admin, request, body, key, "k"))
}

// The limit on changes counts what comes again too.
func TestRepeatedRequestsAreLimited(t *testing.T) {
	w := serve(t, settled(t), api.Config{ChangeRate: 0.001, ChangeBurst: 2}, func(*gin.Engine) {})
	for i, want := range []int{201, 201, 429} {
		if a := w.ask(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`, key, "k"); a.status != want {
			t.Errorf("%d: %d %s", i, a.status, a.body)
		}
	}
}

// did fails the test when a request was not done anew.
func (w *world) did(a answer) {
	w.t.Helper()
	if a.status >= 300 || a.header.Get("Idempotency-Replayed") != "" {
		w.t.Fatalf("%d %s %v", a.status, a.body, a.header)
	}
}

// noReplies fails the test when something is kept of any request.
func (w *world) noReplies() {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r rolekit.Reader) error {
		for _, who := range apitest.Askers() {
			if n, err := r.CountReplies(w.t.Context(), "user:"+string(who.User())); n > 0 || err != nil {
				w.t.Errorf("%d replies of %v are kept: %v", n, who, err)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

// An answer that is not kept is a problem like every other: its request can be found
// in the log.
func TestAnAnswerThatIsNotKeptNamesItsRequest(t *testing.T) {
	w := serve(t, settled(t), api.Config{}, func(e *gin.Engine) {
		e.Use(func(c *gin.Context) { c.Header("X-Request-ID", c.GetHeader("X-Request-ID")) })
	})
	const request, body = "POST /v1/orgs/tom/keys", `{"label":"Nightly export"}`
	first := w.ask(admin, request, body, key, "8e03978e", "X-Request-ID", "r-1")
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	for _, id := range []string{"r-2", "r-3"} {
		again := w.ask(admin, request, body, key, "8e03978e", "X-Request-ID", id)
		if again.status != http.StatusConflict || again.header.Get("Content-Type") != problem.ContentType ||
			again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("%d %s %v", again.status, again.body, again.header)
		}
		has(t, again.body, `"code":"reply_not_kept"`, `"request_id":"`+id+`"`)
	}
}
