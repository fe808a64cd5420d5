package middleware

import (
	"encoding/json"
	"io"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// writtenRoutes is what WriteRoutes writes.
type writtenRoutes struct {
	Routes []writtenRoute `json:"routes"`
}

type writtenRoute struct {
	Method   string               `json:"method"`
	Path     string               `json:"path"`
	Handler  string               `json:"handler"`
	Declared []writtenDeclaration `json:"declared"`
	Unread   string               `json:"unread,omitempty"`
}

type writtenDeclaration struct {
	Mode        Mode                 `json:"mode"`
	Permissions []rolekit.Permission `json:"permissions"`
	Operation   string               `json:"operation,omitempty"`
	Loads       bool                 `json:"loads,omitempty"`
}

// WriteRoutes writes what [Guard.Routes] returns as a JSON document, which the
// command rolekit routes shows. An application's main calls it in place of serving,
// when a flag of its own asks for that: routes are nothing that a server should tell
// whoever asks.
//
// It returns the error of w.
func (g *Guard) WriteRoutes(w io.Writer, engine *gin.Engine) error {
	document := writtenRoutes{[]writtenRoute{}}
	for _, r := range g.Routes(engine) {
		written := writtenRoute{r.Method, r.Path, r.Handler, []writtenDeclaration{}, r.Unread}
		for _, d := range r.Declared {
			if d.Permissions == nil {
				d.Permissions = []rolekit.Permission{} // absent lists are empty, never null
			}
			written.Declared = append(written.Declared, writtenDeclaration(d))
		}
		document.Routes = append(document.Routes, written)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(document)
}
