package problem

import (
	"net/http"

	"github.com/rolekit/rolekit"
)

// Codes of what goes wrong in HTTP, before the kit is asked or beside it.
const (
	CodeMalformed    rolekit.Code = "malformed"              // the request cannot be read
	CodeNotFound     rolekit.Code = "not_found"              // nothing is at this address
	CodeMethod       rolekit.Code = "method_not_allowed"     // something is at this address, for other methods
	CodeTooLarge     rolekit.Code = "too_large"              // the body is longer than is read
	CodePrecondition rolekit.Code = "precondition_required"  // the request does not say what it has seen of what it changes
	CodeNotKept      rolekit.Code = "reply_not_kept"         // it was done before, and the answer showed a secret
	CodeContentType  rolekit.Code = "unsupported_media_type" // the body is not JSON
	CodeInternal     rolekit.Code = "internal"               // a bug on our side
	CodeTimeout      rolekit.Code = "timeout"                // the request did not arrive in time
	CodeTooMany      rolekit.Code = "too_many_requests"      // the caller asks for more changes than they may in that time
)

// FieldError is one of several things that are wrong with a request.
type FieldError struct {
	Location string `json:"location" doc:"where in the request it is" example:"body.grants[0].permission"`
	Message  string `json:"message" doc:"what is wrong with it" example:"expected string"`
}

// New describes what the kit has no error for.
func New(code rolekit.Code, detail, hint string) Problem {
	return Of(&rolekit.Error{Code: code, Message: detail, Hint: hint})
}

// WithStatus returns the problem under another status than its code's own.
func (p Problem) WithStatus(status int) Problem {
	p.Status, p.Title = status, http.StatusText(status)
	return p
}

// statusOfHTTP is Status for the codes above.
func statusOfHTTP(c rolekit.Code) int {
	switch c {
	case CodeMalformed:
		return http.StatusBadRequest
	case CodeNotFound:
		return http.StatusNotFound
	case CodeMethod:
		return http.StatusMethodNotAllowed
	case CodeNotKept:
		return http.StatusConflict
	case CodeTimeout:
		return http.StatusRequestTimeout
	case CodeTooMany:
		return http.StatusTooManyRequests
	case CodePrecondition:
		return http.StatusPreconditionRequired
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeContentType:
		return http.StatusUnsupportedMediaType
	case CodeInternal:
		return http.StatusInternalServerError
	default:
		return http.StatusServiceUnavailable
	}
}
