// Package apitest is who gets what from the role API, as a table: each operation
// of its OpenAPI document, asked by nobody, a stranger, a member, the
// organisation's admin, another organisation's admin, and an operator. An
// application that mounts the API runs it against its own engine, with its own
// middleware before the API, and so sees that who asks is who it takes them for.
//
//	func TestRoleAPI(t *testing.T) {
//		apitest.Run(t, apitest.Target{
//			Handler: func(t testing.TB, kit *rolekit.Kit) http.Handler { return newEngine(kit) },
//			As:      func(r *http.Request, user rolekit.UserID) { r.Header.Set("Authorization", "Bearer "+token(user)) },
//			Prefix:  "/iam",
//		})
//	}
//
// The kit, with its catalog and its organisations, is the suite's own: every test
// has one in memory.
package apitest

import (
	"net/http"
	"testing"

	"github.com/rolekit/rolekit"
)

// Target is an application with the role API mounted.
type Target struct {
	// As makes a request one of the user's, as the application knows them. Required.
	As func(r *http.Request, user rolekit.UserID)
	// Handler returns the application's handler, with the API of this kit mounted.
	// It is called often, since what a request has changed is not there for the
	// next. The API's config must have no ChangeRate. Required.
	Handler func(t testing.TB, kit *rolekit.Kit) http.Handler
	// Headers are those that the application itself adds to replies. All others are
	// described in the document. Default: none.
	Headers []string
	// Prefix is the path that the API is mounted under, such as "/iam". Default: the root.
	Prefix string
}

// Asker is one of the six who ask.
type Asker int

// The six, in the order of [Scenario].Statuses.
const (
	Nobody     Asker = iota // has no identity
	Stranger                // belongs to no organisation
	Member                  // of tom, where they are a bookkeeper
	Admin                   // owns tom
	OtherAdmin              // owns jack
	Operator                // owns the organisation of operators
)

const (
	stranger = "eve"
	member   = "auth0|ada"
	admin    = "tom@example.com"
	other    = "jack@example.com"
	operator = "sue"
)

// Askers returns the six.
func Askers() [6]Asker { return [6]Asker{Nobody, Stranger, Member, Admin, OtherAdmin, Operator} }

// User returns who that is, and nobody's empty id.
func (a Asker) User() rolekit.UserID {
	return [6]rolekit.UserID{"", stranger, member, admin, other, operator}[a]
}

// String returns what they are to the organisation tom.
func (a Asker) String() string {
	return [6]string{"nobody", "a stranger", "a member", "the admin", "another organisation's admin", "an operator"}[a]
}

// Scenario is a request, and how it is answered whoever asks.
type Scenario struct {
	// Operation is its id in the OpenAPI document.
	Operation string
	// Request is the method and the path below the prefix, perhaps with a query and
	// with one header: "PUT /v1/orgs/tom/groups/crew If-Match: *". A change that has to say which state it is
	// for, and does not, is for any. {key} stands for the service key of the organisation that the path names.
	Request string
	// Body is JSON; empty for none.
	Body string
	// Statuses are those of the answers to the six. One who is not to be asked has 0.
	Statuses [6]int
	// Has is in each success; where there is none, in each refusal but 401 and 403.
	Has []string
	// Lacks is in no answer at all, but for the asker's own id.
	Lacks []string
}

// Run tests the target by the table, and the table by the document: an operation
// that has no row for one of the six fails.
func Run(t *testing.T, target Target) {
	t.Helper()
	s := newSuite(t, target)
	t.Run("each operation has a row for each asker", func(t *testing.T) {
		for _, lack := range missing(s.document.Operations, Scenarios()) {
			t.Error(lack)
		}
	})
	t.Run("who gets what", s.whoGetsWhat)
	t.Run("strangers cannot tell what exists", s.strangersCannotTell)
	t.Run("organisations are apart", s.isolated)
}
