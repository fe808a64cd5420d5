package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
	"github.com/rolekit/rolekit/middleware"
)

const routesHelp = `Shows the routes of an application that mounts the kit, and which permissions they
ask for. Routes that say nothing are red, and make the exit code 1.

The application writes them, by middleware.Guard.WriteRoutes; its main calls that in
place of serving when a flag of its own says so. rolekit runs what stands behind --,
or reads a file, - being standard input:

  rolekit routes -- go run ./examples/lawncare -routes
  ./app -routes | rolekit routes -

Handlers are left out where a terminal is too narrow for them; --json has them whole.`

// routesDocument is what middleware.Guard.WriteRoutes writes.
type routesDocument struct {
	Routes []routeShown `json:"routes"`
}

type routeShown struct {
	Method   string        `json:"method"`
	Path     string        `json:"path"`
	Handler  string        `json:"handler"`
	Declared []declaration `json:"declared"`
	Unread   string        `json:"unread,omitempty"`
}

type declaration struct {
	Mode        middleware.Mode      `json:"mode"`
	Permissions []rolekit.Permission `json:"permissions"`
	Operation   string               `json:"operation,omitempty"`
	Loads       bool                 `json:"loads,omitempty"`
}

func (r routeShown) guarded() bool { return len(r.Declared) > 0 }

func newRoutes() *cobra.Command {
	var unguarded, asJSON bool
	cmd := &cobra.Command{
		Use: "routes FILE | routes -- COMMAND…", Short: "Show an application's routes and their permissions", Long: routesHelp,
		Args: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); len(args) == 0 || dash < 0 && len(args) != 1 || dash > 0 {
				return usagef("%s needs a file, or -- and a command that writes routes; %[1]s --help shows how", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := routesFrom(cmd, args)
			if err != nil {
				return err
			}
			document, err := parseRoutes(text)
			if err != nil {
				return err
			}
			return showRoutes(cmd, document, unguarded, asJSON)
		},
	}
	cmd.Flags().BoolVar(&unguarded, "unguarded", false, "show only routes that say nothing")
	cmd.Flags().BoolVar(&asJSON, jsonFlag, false, "print them as JSON")
	return cmd
}

// routesFrom returns what an application wrote.
func routesFrom(cmd *cobra.Command, args []string) (text []byte, err error) {
	switch {
	case cmd.ArgsLenAtDash() == 0:
		app := exec.CommandContext(cmd.Context(), args[0], args[1:]...) //nolint:gosec // it is the caller's own command
		app.Stderr = cmd.ErrOrStderr()
		if text, err = app.Output(); err != nil {
			return nil, fmt.Errorf("%s did not write its routes: %w", screen.Safe(args[0]), err)
		}
		return text, nil
	case args[0] == "-":
		text, err = io.ReadAll(cmd.InOrStdin())
	default:
		text, err = os.ReadFile(args[0])
	}
	if err != nil {
		return nil, usagef("the routes cannot be read: %w", err)
	}
	return text, nil
}

// parseRoutes reads the document strictly: what it does not know could be what
// guards a route, or does not.
func parseRoutes(text []byte) (document routesDocument, err error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	err = d.Decode(&document)
	if err == nil && d.More() {
		err = errors.New("something stands behind it")
	}
	switch {
	case err != nil:
		return document, usagef("these are no routes: %w; the application must print what middleware.Guard.WriteRoutes writes, and nothing else", err)
	case len(document.Routes) == 0:
		return document, usagef("there are no routes; the application must mount them before it writes them")
	}
	return document, nil
}

func showRoutes(cmd *cobra.Command, document routesDocument, unguarded, asJSON bool) error {
	all := len(document.Routes)
	open := slices.DeleteFunc(slices.Clone(document.Routes), routeShown.guarded)
	if unguarded {
		document.Routes = open
	}
	var err error
	switch {
	case asJSON:
		err = screen.WriteJSON(cmd.OutOrStdout(), document, true)
	case len(document.Routes) > 0:
		err = writeRoutes(cmd.OutOrStdout(), document.Routes)
	}
	if err == nil && len(open) > 0 {
		err = fmt.Errorf("%d of %d routes say nothing of who may call them; declare a permission, Public or DecidesItself before their handler", len(open), all)
	}
	return err
}

func writeRoutes(w io.Writer, routes []routeShown) error {
	headers, paint := []string{"METHOD", "PATH", "NEEDS", "HANDLER"}, painter(w)
	rows := make([][]string, len(routes))
	for i, r := range routes {
		handler := path.Base(r.Handler) // its package without the folders
		rows[i] = []string{screen.Safe(r.Method), screen.Safe(r.Path), describeDeclared(r), screen.Safe(handler)}
		if r.guarded() {
			continue
		}
		for j, text := range rows[i] {
			rows[i][j] = paint(red, text)
		}
	}
	if columns := screen.Terminal(w); columns > 0 && screen.Width(screen.Table(0, headers, rows)) > columns {
		headers = headers[:3]
		for i, row := range rows {
			rows[i] = row[:3]
		}
	}
	return screen.WriteTable(w, headers, rows)
}

// describeDeclared says what a request needs to reach the handler.
func describeDeclared(r routeShown) string {
	var needs []string
	for _, d := range r.Declared {
		text := string(d.Mode)
		switch d.Mode {
		case middleware.ModePublic:
		case middleware.ModeSelf:
			text = "decides itself"
		case middleware.ModeAny:
			text = joined(d.Permissions, " or ")
		case middleware.ModeAll:
			text = joined(d.Permissions, " and ")
		}
		if d.Operation != "" {
			text += " (" + d.Operation + ")"
		}
		needs = append(needs, screen.Safe(text))
	}
	switch {
	case len(needs) > 0:
		return strings.Join(needs, ", ")
	case r.Unread != "":
		return "UNGUARDED: " + screen.Safe(r.Unread)
	}
	return "UNGUARDED"
}
