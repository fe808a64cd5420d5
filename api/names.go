package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rolekit/rolekit/internal/problem"
)

// checkNames finds what Go's JSON and Huma let through, though another reader
// of the same bytes may understand it differently: a name that comes twice in an
// object, of which the last counts, and one that differs from a field's in case.
// Our fields have no capitals, so no name with one is theirs. Of a body that is
// not JSON it says nothing.
func checkNames(body []byte) []problem.FieldError {
	if !json.Valid(body) { // also where it nests deeper than is good for us
		return nil
	}
	w := nameWalk{Decoder: json.NewDecoder(bytes.NewReader(body))}
	w.value("body")
	return w.found
}

type nameWalk struct {
	*json.Decoder

	found []problem.FieldError
}

// value walks one value. The body is valid, so every token is there.
func (w *nameWalk) value(at string) {
	t, _ := w.Token()
	switch t {
	case json.Delim('['):
		for i := 0; w.More(); i++ {
			w.value(fmt.Sprintf("%s[%d]", at, i))
		}
	case json.Delim('{'):
		w.members(at)
	default:
		return
	}
	_, _ = w.Token() // the end of it
}

func (w *nameWalk) members(at string) {
	seen := map[string]bool{}
	for w.More() {
		t, _ := w.Token()
		name, _ := t.(string)
		where := at + "." + name
		switch {
		case seen[name]:
			w.found = append(w.found, problem.FieldError{Location: where, Message: "comes twice"})
		case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "":
			w.found = append(w.found, problem.FieldError{Location: where, Message: "unexpected property"})
		}
		seen[name] = true
		w.value(where)
	}
}
