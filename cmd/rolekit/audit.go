package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const auditHelp = `Shows what was changed in an organisation, by whom and when, the newest last. Without
--org it shows what is no organisation's: changes of default roles, and which
organisations were deleted.

With --follow it goes on to show what is changed from now on, until it is stopped.
With --json it prints one object a line.`

// auditFlags are the settings of audit.
type auditFlags struct {
	policies                    policiesFlags
	org                         orgFlag
	actor, action, target, kind string
	from, until                 string
	limit                       int
	follow, json                bool
	interval                    time.Duration
}

func newAudit() *cobra.Command {
	var a auditFlags
	cmd := &cobra.Command{
		Use: "audit", Short: "Show who changed what", Long: auditHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd) },
	}
	a.org.declare(cmd, "`organisation`; if empty what is no organisation's")
	flags := cmd.Flags()
	flags.StringVar(&a.actor, "actor", "", "only what this `actor` did: user:ada, system:seed")
	flags.StringVar(&a.action, "action", "", "only this `action`: member.assign")
	flags.StringVar(&a.target, "target", "", "only what was done to this `target`: role:bookkeeper")
	flags.StringVar(&a.kind, "kind", "", "only what was done to a target of this `kind`: "+strings.Join(auditKinds(), ", "))
	flags.StringVar(&a.from, "from", "", "only at this `time` or later; the forms are those of assign")
	flags.StringVar(&a.until, "until", "", "only before this `time`")
	flags.IntVar(&a.limit, "limit", 50, "the newest `number` of changes at most")
	flags.BoolVarP(&a.follow, "follow", "f", false, "go on with what is changed from now on")
	flags.DurationVar(&a.interval, "interval", 2*time.Second, "how often --follow asks")
	flags.BoolVar(&a.json, jsonFlag, false, "print one JSON object a line")
	a.policies.declare(cmd)
	completer{&a.policies, &a.org}.flags(cmd)
	_ = cmd.RegisterFlagCompletionFunc("kind", fixed(auditKinds()...)) // it fails only for a flag that is not there
	return cmd
}

// auditKinds are what audit's targets can be.
func auditKinds() []string {
	return []string{"catalog", "group", "org", "profile", "role", "service", "set", "user"}
}

func (a *auditFlags) run(cmd *cobra.Command) error {
	org, q, err := a.query()
	if err != nil {
		return err
	}
	return withPolicies(cmd, &a.policies, func(p policies.Policies) error {
		ctx, out := cmd.Context(), eventWriter{w: cmd.OutOrStdout(), json: a.json}
		events, err := p.Audit(ctx, org, q)
		if err == nil && len(events) == 0 && org != rolekit.AllOrgs { // what is not there has no events either
			_, err = onlyOrg(ctx, p, nil, org)
		}
		if err != nil {
			return hintOrg(nearestOrg(cmd, p, org, err), org)
		}
		if err := out.write(events); err != nil || !a.follow {
			return err
		}
		return a.goOn(ctx, cmd.ErrOrStderr(), func(last int64) (int64, error) {
			fresh, err := newer(ctx, p, org, q, last)
			if err != nil || len(fresh) == 0 {
				return last, err
			}
			return fresh[0].ID, out.write(fresh)
		}, newest(events))
	})
}

// hintOrg says where else to look to whoever may not see what is no organisation's.
func hintOrg(err error, org rolekit.OrgID) error {
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok || org != rolekit.AllOrgs || e.Code != rolekit.CodePermissionDenied {
		return err
	}
	hinted := *e
	hinted.Hint = "without --org it is what is no organisation's; name one that rolekit orgs lists"
	return &hinted
}

// query reads the flags.
func (a *auditFlags) query() (org rolekit.OrgID, q policies.AuditQuery, err error) {
	org = rolekit.AllOrgs
	if a.org != "" {
		if org, err = a.org.need(); err != nil {
			return "", q, err
		}
	}
	q = policies.AuditQuery{Actor: a.actor, Action: a.action, Target: a.target, Kind: a.kind, Limit: a.limit}
	switch {
	case a.limit < 1:
		return "", q, usagef("--limit is %d; use 1 or more", a.limit)
	case a.follow && a.until != "":
		return "", q, usagef("--follow goes on, and --until ends; choose one")
	case a.kind != "" && !slices.Contains(auditKinds(), a.kind):
		return "", q, unknown("kind", a.kind, auditKinds(), "use one of "+strings.Join(auditKinds(), ", "))
	case a.interval <= 0:
		return "", q, usagef("--interval is %s; use more than 0s", a.interval)
	}
	now := time.Now()
	for _, bound := range []struct {
		flag, text string
		at         *time.Time
	}{{"from", a.from, &q.From}, {"until", a.until, &q.Until}} {
		at, err := parseTime(bound.flag, bound.text, now)
		if err != nil {
			return "", q, err
		}
		if at != nil {
			*bound.at = *at
		}
	}
	return org, q, nil
}

// goOn calls show until the context ends. What cannot be asked for a while is asked
// for again; who waits is told once.
func (a *auditFlags) goOn(ctx context.Context, stderr io.Writer, show func(last int64) (int64, error), last int64) error {
	ticker := time.NewTicker(a.interval)
	defer ticker.Stop()
	for away := false; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		next, err := show(last)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, rolekit.ErrUnavailable):
			if !away {
				_, _ = fmt.Fprintln(stderr, "rolekit: waiting:", screen.SafeLines(err.Error())) // nothing is left to tell it to
			}
			away = true
		case err != nil:
			return err
		default:
			away, last = false, next
		}
	}
}

// newer returns the events behind one, newest first.
func newer(ctx context.Context, p policies.Policies, org rolekit.OrgID, q policies.AuditQuery, last int64) ([]policies.Event, error) {
	const page = 500
	all := []policies.Event{}
	for q.Limit = page; ; {
		events, err := p.Audit(ctx, org, q)
		if err != nil {
			return nil, err
		}
		seen := slices.IndexFunc(events, func(e policies.Event) bool { return e.ID <= last })
		if seen >= 0 {
			events = events[:seen]
		}
		all = append(all, events...)
		if len(events) < page {
			return all, nil
		}
		q.Before = events[page-1].ID
	}
}

func newest(events []policies.Event) int64 {
	if len(events) == 0 {
		return 0
	}
	return events[0].ID
}

// eventWriter writes events, in columns that do not become narrower again.
type eventWriter struct {
	w      io.Writer
	json   bool
	began  bool
	widths [4]int
}

// maxPadded is how wide a column becomes at most: one long name runs over, and moves
// none of the other lines.
const maxPadded = 32

// write writes events, which come newest first, the newest last.
func (w *eventWriter) write(events []policies.Event) error {
	events = slices.Clone(events)
	slices.Reverse(events)
	if w.json {
		for _, e := range events {
			if err := screen.WriteJSON(w.w, e, false); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	if !w.began {
		rows, w.began = append(rows, []string{"AT", "ACTOR", "ACTION", "TARGET", "CHANGE"}), true
	}
	for _, e := range events {
		rows = append(rows, []string{
			e.At.UTC().Format(time.RFC3339), screen.Safe(e.Actor), screen.Safe(e.Action), screen.Safe(e.Target), describeChange(e),
		})
	}
	var b strings.Builder
	for _, row := range rows {
		for i := range w.widths {
			w.widths[i] = min(max(w.widths[i], screen.Width(row[i])), maxPadded)
		}
	}
	columns := screen.Terminal(w.w)
	for _, row := range rows {
		var line strings.Builder
		for i, width := range w.widths {
			line.WriteString(row[i] + strings.Repeat(" ", max(width-screen.Width(row[i]), 0)+screen.Gap))
		}
		room := maxChange
		if columns > 0 {
			room = columns - screen.Width(line.String())
		}
		if columns > 0 && room < minChange { // it takes a second line in any case
			room = max(room, 0) + columns
		}
		b.WriteString(line.String() + screen.Cut(row[len(row)-1], min(room, maxChange)) + "\n")
	}
	_, err := io.WriteString(w.w, b.String())
	return err
}

// How wide a change is that people are shown, as far as their terminal has room;
// --json shows all of it.
const (
	minChange = 20
	maxChange = 120
)

// describeChange shows how it was and how it became.
func describeChange(e policies.Event) string {
	text := "- " + string(e.Before)
	switch {
	case len(e.Before) == 0 && len(e.After) == 0:
		return "-"
	case len(e.Before) == 0:
		text = "+ " + string(e.After)
	case len(e.After) > 0:
		text = string(e.Before) + " → " + string(e.After)
	}
	return screen.SafeLines(text)
}
