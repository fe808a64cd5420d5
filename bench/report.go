package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// report writes everything, as docs/benchmarks.md shows it.
func (r *results) report(w io.Writer, m machine, args []string) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	say("# Benchmarks\n")
	say("`go run ./bench%s` wrote this page; nothing in it is written by hand. How to repeat it is at the end.\n", asTyped(args))
	say("%s, in %s: %d cores of %s, %d GiB to be had, load %s when it began; %s, %s; %s.\n",
		m.day, r.took.Round(time.Second), m.cores, m.processor, m.memory>>30, m.load, m.goVersion, m.platform, strings.Join(m.modules, ", "))
	say("Absolute times differ from machine to machine and from day to day; ratios within one run do so much less. What is compared was measured in")
	say("turns, in %d rounds, and the tables show their medians.\n", r.rounds())
	r.reportGoals(w)
	for _, shared := range []bool{false, true} {
		r.reportChecks(w, shared)
	}
	_, _ = io.WriteString(w, aboutColumns)
	r.reportRequests(w)
	r.reportLoad(w)
	r.reportEdits(w)
	_, _ = io.WriteString(w, aboutRepeating)
}

// asTyped is the flags behind the command.
func asTyped(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return " " + strings.Join(args, " ")
}

// rounds is of how many rounds the medians are.
func (r *results) rounds() (n int) {
	for _, w := range r.worlds {
		for _, row := range w.rows {
			n = max(n, len(row.one))
		}
	}
	return n
}

func (r *results) reportGoals(w io.Writer) {
	_, _ = io.WriteString(w, "## What the compiled engine has to show\n\n")
	t := table{heads: []string{"goal", "verdict", "measured"}}
	for _, g := range r.goals() {
		t.add(g.what, g.verdict(), g.measured())
	}
	t.write(w)
	_, _ = io.WriteString(w, "\n")
}

func (r *results) reportChecks(w io.Writer, shared bool) {
	title := "## A check, where each organisation has roles of its own\n\n"
	if shared {
		title = "## A check, where all organisations share default roles\n\n"
	}
	_, _ = io.WriteString(w, title)
	t := table{heads: []string{
		"size", "subject", ">one goroutine", ">× floor", ">two goroutines", ">allocations", ">bytes an assignment", ">build",
		">edit until visible", "after a revocation", ">compared",
	}}
	var notes []string
	for _, in := range r.worlds {
		if in.world.shared != shared {
			continue
		}
		for _, row := range in.rows {
			t.add(append([]string{in.world.name, row.key.String()}, row.cells(in.row(floorKey))...)...)
			if row.missing != "" {
				notes = append(notes, fmt.Sprintf("%s at %s is left out: %s.", row.key, in.world.name, row.missing))
			}
		}
		notes = append(notes, in.note())
	}
	t.write(w)
	_, _ = io.WriteString(w, "\n- "+strings.Join(notes, "\n- ")+"\n\n")
}

// cells are the figures of a row.
func (r *row) cells(floor *row) []string {
	if r.missing != "" {
		return slices.Repeat([]string{"left out"}, 9)
	}
	revoked := "denies"
	if r.stale {
		revoked = "**still allows**"
	}
	return []string{
		short(median(r.one)), digits(r.over(floor)), short(median(r.two)), digits(r.allocs), digits(r.heap), shortly(r.build),
		shortly(median(r.visible)), revoked, thousands(r.compared),
	}
}

// note tells of a world what the table has no column for.
func (w *worldResult) note() string {
	text := fmt.Sprintf("%s: %s organisations, %s memberships, %s assignments; %s questions.",
		w.world.name, thousands(w.world.orgs), thousands(w.members), thousands(w.assignments), thousands(w.questions))
	if kit := w.row(kitKey); kit != nil {
		text += fmt.Sprintf(" Once built, the compiled kit took %s to be asked about every member for the first time.", shortly(kit.first))
		text += fmt.Sprintf(" Beside an edit, its store took %s.", shortly(median(kit.store)))
	}
	return text
}

func (r *results) reportRequests(w io.Writer) {
	t := table{heads: []string{
		"size", "roles", ">no middleware", ">allocations", ">Identify", ">allocations",
		">Identify and Require", ">allocations", ">Require adds", ">allocations", ">the floor adds", ">each further check",
	}}
	for _, in := range r.worlds {
		if q := in.requests; q != nil {
			took, allocs := q.guarded.beyond(q.identified)
			least, _ := q.floored.beyond(q.identified)
			t.add(in.world.name, in.world.roles(),
				short(median(q.bare.nanoseconds)), digits(q.bare.allocs),
				short(median(q.identified.nanoseconds)), digits(q.identified.allocs),
				short(median(q.guarded.nanoseconds)), digits(q.guarded.allocs), short(took), digits(allocs), short(least), short(q.further()))
		}
	}
	_, _ = io.WriteString(w, aboutRequests)
	t.write(w)
	_, _ = io.WriteString(w, "\n")
}

func (r *results) reportLoad(w io.Writer) {
	t := table{heads: []string{
		"size", "roles", "", ">p50", ">p99", ">p99.9", ">edits a second",
	}}
	for _, in := range r.worlds {
		if l := in.load; l != nil {
			add := func(when string, l *latencies, edits string) {
				t.add(in.world.name, in.world.roles(), when, shortly(median(l.p50)), shortly(median(l.p99)), shortly(median(l.p999)), edits)
			}
			add("quiet", &l.quiet, "0")
			add("edits", &l.busy, thousands(int(l.edits)))
		}
	}
	_, _ = io.WriteString(w, aboutLoad)
	t.write(w)
	_, _ = io.WriteString(w, "\n")
}

func (r *results) reportEdits(w io.Writer) {
	t := table{heads: []string{"edit", "in", "subject", ">median", ">longest", ">of", ">the store's"}}
	for _, e := range r.edits {
		t.add(e.what, e.where, e.key.String(), shortly(median(e.took)), shortly(slices.Max(e.took)), thousands(len(e.took)), shortly(median(e.store)))
	}
	_, _ = io.WriteString(w, aboutEdits)
	t.write(w)
	_, _ = io.WriteString(w, "\n")
}
