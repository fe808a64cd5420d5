// Package revision is how a policy's revision travels over HTTP: the header in
// which a reply to a change tells it, and the one in which a request asks to be
// answered by at least that one.
package revision

import (
	"context"
	"net/http"
	"strconv"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

const (
	// Header is what a reply to a change tells the organisation's revision in.
	Header = "Revision"
	// AtLeast is the header of a request that must not be decided by an older
	// one.
	AtLeast = "If-Revision-At-Least"
	// RetryAfter is how many seconds to wait when it did not arrive: what is late
	// at all is there by the next poll.
	RetryAfter = "1"

	// maxDigits is how many fit an int64.
	maxDigits = 18
)

// Wanted returns the revision that a request asks for; 0 where it asks for none.
// The error is of problem.CodeMalformed.
func Wanted(header http.Header) (rolekit.Revision, error) {
	values := header.Values(AtLeast)
	if len(values) == 0 {
		return 0, nil
	}
	if len(values) == 1 && len(values[0]) <= maxDigits {
		if n, err := strconv.ParseUint(values[0], 10, 63); err == nil {
			return rolekit.Revision(n), nil
		}
	}
	return 0, &rolekit.Error{
		Code: problem.CodeMalformed, Message: "the header " + AtLeast + " holds no revision",
		Hint: "send the number that the header " + Header + " of a reply has told, such as 42, or leave it out",
	}
}

// Format returns the revision as the headers tell it.
func Format(r rolekit.Revision) string { return strconv.FormatInt(int64(r), 10) }

// Late is the answer where the revision that was asked for did not arrive: the
// same, whatever kept it.
func Late() problem.Problem {
	return problem.New(rolekit.CodeUnavailable, "the revision that the request asks for has not arrived here",
		"try again in a second; if it goes on, ask for one that a reply has told, or tell the operator")
}

type awaitedKey struct{}

// awaited is what a request waited for.
type awaited struct {
	org     rolekit.OrgID
	atLeast rolekit.Revision
}

// WithAwaited returns a context of a request that has waited for the revision of
// the organisation.
func WithAwaited(ctx context.Context, org rolekit.OrgID, atLeast rolekit.Revision) context.Context {
	return context.WithValue(ctx, awaitedKey{}, awaited{org, atLeast})
}

// Awaited reports whether the request has waited for that already: the guard and
// the API behind it would each look at the store.
func Awaited(ctx context.Context, org rolekit.OrgID, atLeast rolekit.Revision) bool {
	return ctx.Value(awaitedKey{}) == awaited{org, atLeast}
}
