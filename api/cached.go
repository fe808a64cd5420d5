package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit/api/internal/param"
)

// cached is an answer that its receiver may keep, and asks about before each use:
// what someone may do can end at any moment, by the clock alone.
type cached[T any] struct {
	Status       int
	CacheControl string   `header:"Cache-Control" doc:"the caller alone may keep it, and asks before each use"`
	ETag         string   `header:"ETag" doc:"of the answer, for If-None-Match; another answer has another"`
	Vary         []string `header:"Vary" doc:"what else the answer depends on"` // a list is added to what others said
	Body         T
}

// cachedAs is the answer, or that the client has it. The tag is of all that is
// told and of nothing else; so it is the same in each process, and a policy's
// revision, which also moves when others are given something, is not in it.
func cachedAs[T any](body *T, has param.IfNoneMatch) (*cached[T], error) {
	var told bytes.Buffer
	if err := marshal(&told, body); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(told.Bytes())
	out := &cached[T]{
		Status: http.StatusOK, ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`, Body: *body,
		CacheControl: "private, no-cache", Vary: []string{"Authorization, Cookie, X-Profile"},
	}
	if has.Has(out.ETag) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// unchangedResponse documents that an answer may be that nothing changed.
func unchangedResponse() map[string]*huma.Response {
	text := &huma.Schema{Type: huma.TypeString}
	return map[string]*huma.Response{"304": {
		Description: "What the client has is still the answer.",
		Headers: map[string]*huma.Header{
			"ETag": {Schema: text, Description: "of the answer"}, "Vary": {Schema: text, Description: "what else the answer depends on"},
		},
	}}
}
