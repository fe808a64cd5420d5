package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"
)

// part is something other than a subject that is measured, and can be by itself.
type part string

// The parts, each of which is about the compiled kit.
const (
	ginPart     part = "gin"     // a request with and without a guard
	loadPart    part = "load"    // checks while roles are edited
	membersPart part = "members" // edits in an organisation of very many members
)

func parts() []part { return []part{ginPart, loadPart, membersPart} }

// options are what to measure, and for how long.
type options struct {
	sizes []size
	big   size     // of the organisation with very many members
	only  []string // keys of subjects and parts; all where empty
	pace  pace
	told  io.Writer // takes what is going on
	// memory returns how many bytes the machine has to give; false where that is
	// not known.
	memory func() (int, bool)
}

// pace is how long things are measured.
type pace struct {
	rounds  int
	round   time.Duration
	compare time.Duration // a subject's answers, at most
	edits   int           // of each kind
}

func (o *options) wants(what string) bool { return len(o.only) == 0 || slices.Contains(o.only, what) }

func (o *options) tell(format string, args ...any) { _, _ = fmt.Fprintf(o.told, format+"\n", args...) }

// results are all that was measured.
type results struct {
	worlds []*worldResult
	edits  []edit
	took   time.Duration
}

// worldResult is what was measured in one world.
type worldResult struct {
	world                *world
	members, assignments int
	questions            int
	rows                 []*row
	requests             *requests
	load                 *load
}

// measure measures everything.
func measure(ctx context.Context, o *options) (*results, error) {
	r, began := &results{}, time.Now()
	for _, shared := range []bool{false, true} {
		for _, s := range o.sizes {
			t := newTrial(newWorld(s, shared), o)
			if err := t.run(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", t.world, err)
			}
			r.worlds, r.edits = append(r.worlds, t.result), append(r.edits, t.edits...)
			debug.FreeOSMemory()
		}
	}
	if o.wants(string(membersPart)) {
		edits, err := editMany(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("an organisation of %d members: %w", o.big.users, err)
		}
		r.edits = append(r.edits, edits...)
	}
	r.took = time.Since(began)
	return r, nil
}
