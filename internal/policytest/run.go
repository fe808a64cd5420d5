package policytest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// Result is how a file's questions were answered.
type Result struct {
	File     *File
	Outcomes []Outcome     // one a case, in the order of the file
	Took     time.Duration // building the policy, and all answers
}

// Outcome is the answer to one question.
type Outcome struct {
	Case  Case
	Took  time.Duration
	Wrong string // a diff of what is wanted and what was answered, and what explains it; empty where it is right
}

// Wrong counts the answers that are not as wanted.
func (r Result) Wrong() int {
	n := 0
	for _, o := range r.Outcomes {
		if o.Wrong != "" {
			n++
		}
	}
	return n
}

// Run builds the file's policy in memory and asks its questions. The error is of
// the policy, and says where in the file.
func (f *File) Run(ctx context.Context) (Result, error) {
	start := time.Now()
	quiet := func(c *rolekit.Config) { c.Logger = slog.New(slog.DiscardHandler) } // what is logged is answered too
	w, err := f.Build(ctx, memstore.New(), quiet)
	if err != nil {
		return Result{}, err
	}
	result := Result{File: f}
	for _, c := range f.Cases {
		asked := time.Now()
		d, err := w.Ask(ctx, c)
		o := Outcome{Case: c, Took: time.Since(asked)}
		if c.compare(d, err) != nil {
			o.Wrong = c.diff(d, err) + w.explain(ctx, c, err)
		}
		result.Outcomes = append(result.Outcomes, o)
	}
	result.Took = time.Since(start)
	return result, nil
}

// diff shows the answer that is wanted and the one that came, as diffs do.
func (c Case) diff(d rolekit.Decision, err error) string {
	want := c.Want
	switch {
	case c.Want == "yes" && c.Reach != nil:
		want += ", as far as " + list(c.Reach)
	case c.Want == "yes" && c.Of == nil:
		want += ", as far as any"
	}
	got := answer(d, err)
	switch {
	case err != nil:
		got += ": " + err.Error()
	case d.Allowed:
		got += ", as far as " + list(d.Access())
	}
	return "- " + want + "\n+ " + got + "\n"
}

// explain tells what gave a yes, what comes nearest to giving it, and why the
// author expected something else.
func (w *World) explain(ctx context.Context, c Case, failed error) string {
	var b strings.Builder
	if failed == nil {
		e, err := w.Explain(ctx, c.Ask.Identity, c.Ask.Permission, c.Resource())
		if err != nil {
			return ""
		}
		for _, p := range e.Paths {
			fmt.Fprintf(&b, "  by %s\n", wayOf(p))
		}
		for _, m := range e.Misses {
			fmt.Fprintf(&b, "  %s\n", m.Text)
		}
	}
	if c.Why != "" {
		fmt.Fprintf(&b, "  expected, as %s\n", c.Why)
	}
	return b.String()
}

// wayOf is "role:lead, which grants jobs:write any".
func wayOf(p rolekit.Path) string {
	steps := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		steps[i] = s.To
		if s.Org != "" && s.Org != rolekit.AllOrgs {
			steps[i] += fmt.Sprintf(" (%s)", s.Org)
		}
	}
	return fmt.Sprintf("%s, which grants %s %s", strings.Join(steps, ", "), p.Grant.Permission, p.Grant.Access)
}

func list[T ~string](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	return strings.Join(words, ", ")
}
