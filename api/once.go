package api

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// The headers of requests that may come again
// (draft-ietf-httpapi-idempotency-key-header-07).
const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed" // the draft has none
)

// keyForm is what a key may be: a String of RFC 9651 or, as many clients send it,
// the same without quotes. Of what a String may hold it leaves out spaces, and the
// signs that would have to be escaped.
var keyForm = regexp.MustCompile(`^("[!#-\[\]-~]{1,255}"|[!#-+\--:<-\[\]-~]{1,255})$`)

// What an operation's metadata say of requests that come again.
const (
	metaRepeatable = "repeatable" // they are answered as the first one was
	metaSecret     = "secret"     // but that what was answered is not kept
)

// repeatable returns an operation whose requests may bring a key. Those that
// [changing] adds by POST are so by themselves.
func repeatable(op huma.Operation) huma.Operation { return withMeta(op, metaRepeatable) }

// showingSecret returns an operation whose answer shows a secret once: it is not
// written down, also for a request that brings a key.
func showingSecret(op huma.Operation) huma.Operation { return withMeta(op, metaSecret) }

func withMeta(op huma.Operation, name string) huma.Operation {
	meta := map[string]any{name: true}
	maps.Copy(meta, op.Metadata)
	op.Metadata = meta
	return op
}

func isRepeatable(op *huma.Operation) bool { return op.Metadata[metaRepeatable] != nil }

// once lets a request that brings a key have its effect once, and answers what was
// answered when it comes again.
func (s *server) once(ctx huma.Context, next func(huma.Context)) {
	r, _ := ctx.(*request) // which read has made
	c := humagin.Unwrap(ctx)
	key, bad := keyOf(c.Request.Header)
	if bad != nil {
		refuse(c, bad.Problem)
		return
	}
	if key == "" || r.dry { // a dry run has no effect to have once
		next(ctx)
		return
	}
	who, _ := rolekit.IdentityFrom(ctx.Context())
	var last *recorded
	asked := rolekit.Request{Key: key, Hash: r.hash(c, who)}
	reply, again, err := s.kit.Manager().As(who.As()).Once(ctx.Context(), asked, func(m *rolekit.Manager) (string, error) {
		last = r.record(m, next)
		return last.reply(ctx.Operation())
	})
	switch {
	case again:
		s.replay(ctx, reply)
	case err == nil:
		last.send(r)
	case last.was(err):
		if last.request.failed != nil {
			s.logFailure(ctx, last.request.failed)
		}
		last.send(r)
	default:
		f := failed(err)
		s.logFailure(ctx, f)
		if f.Code == rolekit.CodeInProgress {
			ctx.SetHeader("Retry-After", "1")
		}
		refuse(c, f.Problem)
	}
}

// keyOf returns the key that a request brings; empty where it brings none.
func keyOf(header http.Header) (string, *failure) {
	values := header.Values(keyHeader)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1 || !keyForm.MatchString(values[0]):
		return "", &failure{Problem: problem.New(problem.CodeMalformed, "the header "+keyHeader+" holds no key",
			`send one of 1 to 255 visible characters, such as "8e03978e-40d5-43e8-bc93-6894a57f9324", or leave it out`)}
	}
	return strings.Trim(values[0], `"`), nil
}

// hash is the same for requests that ask for the same.
func (r *request) hash(c *gin.Context, who rolekit.Identity) string {
	h := sha256.New()
	for _, part := range []string{
		c.Request.Method, c.Request.URL.EscapedPath(), c.Request.URL.RawQuery, string(who.Profile),
		strings.Join(c.Request.Header.Values("If-Match"), ","), strings.Join(c.Request.Header.Values("If-None-Match"), ","), string(r.body),
	} { // each after its length, so that none runs into the next
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// errRefused is that of a request which Huma refused.
var errRefused = errors.New("the request was refused")

// record answers the request without sending the answer.
func (r *request) record(m *rolekit.Manager, next func(huma.Context)) *recorded {
	one := *r
	rec := &recorded{humaContext: r.humaContext, request: &one, header: http.Header{}}
	one.humaContext, one.manager = rec, m
	next(&one)
	return rec
}

// replay answers what was answered before.
func (s *server) replay(ctx huma.Context, reply string) {
	var before stored
	if err := json.Unmarshal([]byte(reply), &before); err != nil || before.Status == 0 {
		f := failed(&rolekit.Error{Code: rolekit.CodeUnavailable, Message: "what was answered before cannot be read", Err: err})
		s.logFailure(ctx, f)
		refuse(humagin.Unwrap(ctx), f.Problem)
		return
	}
	ctx.SetHeader(replayedHeader, "true")
	if before.Status >= http.StatusBadRequest { // the one refusal that is kept, and tells of this request
		before.sendHeader(ctx)
		refuse(humagin.Unwrap(ctx), notKept())
		return
	}
	before.send(ctx)
}

// describeKey documents that an operation takes a key.
func describeKey(op *huma.Operation) {
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: keyHeader, In: "header",
		Schema: &huma.Schema{
			Type: huma.TypeString, Pattern: keyForm.String(), PatternDescription: "1 to 255 visible characters, in quotes or not",
			Examples: []any{`"8e03978e-40d5-43e8-bc93-6894a57f9324"`},
		},
		Description: "Makes it safe to send the request again, the same to the byte, when its answer is lost: it is done once, and " +
			"answered as it was, with " + replayedHeader + ". New for each new request: of another one it is answered 422 (key_reused), and 409 " +
			"(in_progress) while the first is being done. A request that fails leaves nothing behind. Keys are the caller's own, " +
			"and are forgotten after a day.",
	})
	addProblems(op, http.StatusBadRequest, http.StatusConflict, http.StatusTooManyRequests)
	for _, response := range op.Responses {
		if response.Ref != "" { // a problem, which is never repeated
			continue
		}
		headers := map[string]*huma.Header{replayedHeader: {
			Schema:      &huma.Schema{Type: huma.TypeString, Enum: []any{"true"}},
			Description: "Present where this is what was answered before, to the same request with the same " + keyHeader + ".",
		}}
		maps.Copy(headers, response.Headers)
		response.Headers = headers
	}
}
