package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

func TestStatusOfEachCode(t *testing.T) {
	for code, want := range map[rolekit.Code]int{
		rolekit.CodeInvalid: 422, rolekit.CodeUnauthenticated: 401, rolekit.CodePermissionDenied: 403, rolekit.CodeEscalation: 403,
		rolekit.CodeOrgNotFound: 404, rolekit.CodeRoleNotFound: 404, rolekit.CodeGroupNotFound: 404, rolekit.CodeSetNotFound: 404, rolekit.CodeKeyNotFound: 404,
		rolekit.CodeExists: 409, rolekit.CodeConflict: 409,
		rolekit.CodeInUse: 409, rolekit.CodeRoleInUse: 409, rolekit.CodeReserved: 403, rolekit.CodeCycle: 422, rolekit.CodeLastHolder: 409,
		rolekit.CodeDrifted: 409, rolekit.CodeGrantsHeld: 409, rolekit.CodeInProgress: 409, rolekit.CodeKeyReused: 422, rolekit.CodeTooManyReplies: 429,
		rolekit.CodeTooManyAssignments: 409, rolekit.CodeTooManyGroups: 409, rolekit.CodeTooManyMembers: 409,
		rolekit.CodeTooManyResources: 409, rolekit.CodeTooManyRoles: 409, rolekit.CodeTooManySets: 409, rolekit.CodeTooManyKeys: 409, rolekit.CodeTooManyFailures: 429,
		rolekit.CodeBrokenPolicy: 503, rolekit.CodeUnavailable: 503,
		problem.CodeMalformed: 400, problem.CodeNotFound: 404, problem.CodeMethod: 405, problem.CodePrecondition: 428, problem.CodeNotKept: 409, problem.CodeTooLarge: 413, problem.CodeContentType: 415, problem.CodeInternal: 500, problem.CodeTimeout: 408, problem.CodeTooMany: 429,
		"anything else": 503,
	} {
		if got := problem.Status(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}

// A cause is for the log, and so is a row that nobody can read.
func TestNothingInternalIsWritten(t *testing.T) {
	cause := errors.New("hunter2")
	for _, err := range []error{
		cause,
		fmt.Errorf("database: %w", cause),
		&rolekit.Error{Code: rolekit.CodeUnavailable, Message: "the change was not made", Err: cause},
		&rolekit.Error{Code: rolekit.CodeBrokenPolicy, Message: "the rule hunter2 cannot be read", Hint: "hunter2", Err: cause},
	} {
		w := httptest.NewRecorder()
		problem.Of(err).Write(w)
		var p problem.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if w.Code != 503 || p.Status != 503 || p.Detail == "" || w.Header().Get("Content-Type") != problem.ContentType {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%v: %s", err, w.Body)
		}
	}
}

func TestWithStatusKeepsTheCode(t *testing.T) {
	p := problem.New(rolekit.CodeConflict, "moved", "read again").WithStatus(412)
	if p.Status != 412 || p.Title != "Precondition Failed" || p.Code != rolekit.CodeConflict || p.Type != "urn:rolekit:problem:conflict" {
		t.Errorf("%+v", p)
	}
}
