package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// goal is something that the compiled engine has to show, as a ratio within one run
// where that can be: absolute times drift.
type goal struct {
	what    string
	figures []figure
}

// figure is what was measured for a goal somewhere.
type figure struct {
	group, where, text string
	met                bool
}

// verdict is in a word whether it was met.
func (g *goal) verdict() string {
	switch {
	case len(g.figures) == 0:
		return "not measured"
	case slices.ContainsFunc(g.figures, func(f figure) bool { return !f.met }):
		return "**not met**"
	default:
		return "met"
	}
}

// measured are the figures in words, those that miss the goal in bold.
func (g *goal) measured() string {
	var b strings.Builder
	group := ""
	for i, f := range g.figures {
		switch {
		case f.group != group:
			if group = f.group; i > 0 {
				b.WriteString("; ")
			}
			b.WriteString(group + ": ")
		case i > 0:
			b.WriteString(", ")
		}
		text := strings.TrimSpace(f.where + " " + f.text)
		if !f.met {
			text = "**" + text + "**"
		}
		b.WriteString(text)
	}
	return b.String()
}

// note takes in a figure of a world.
func (g *goal) note(w *world, met bool, format string, args ...any) {
	g.figures = append(g.figures, figure{w.roles(), w.name, fmt.Sprintf(format, args...), met})
}

// The figures that have to be reached.
const (
	mostOverFloor   = 1.5
	leastOverCasbin = 100
	mostHeap        = 64 // bytes an assignment
	mostBuild       = 2 * time.Second
	mostGuard       = 250 // nanoseconds a request
	mostGuardAllocs = 1
	mostUnderLoad   = 2.0
	mostEdit        = time.Millisecond
)

// goals returns all of them, in the order in which they were set.
func (r *results) goals() []goal {
	return append([]goal{
		r.overFloor(), r.noAllocations(), r.overCasbin(), r.overCache(), r.growth(), r.memory(), r.building(),
	}, r.guard(), r.underLoad(), r.editing())
}

// each calls fn for the worlds in which the compiled kit was measured, and another
// subject.
func (r *results) each(other key, fn func(w *worldResult, kit, other *row)) {
	for _, w := range r.worlds {
		if kit, other := w.row(kitKey), w.row(other); kit != nil && other != nil {
			fn(w, kit, other)
		}
	}
}

// row returns what was measured of a subject; nil for nothing.
func (w *worldResult) row(k key) *row {
	for _, r := range w.rows {
		if r.key == k && r.missing == "" {
			return r
		}
	}
	return nil
}

// over is how many times as long a check takes as another subject's. Where both were
// timed in turns, it is the median of the rounds' ratios.
func (r *row) over(other *row) float64 {
	if len(r.one) != len(other.one) {
		return median(r.one) / median(other.one)
	}
	ratios := make([]float64, len(r.one))
	for i := range ratios {
		ratios[i] = r.one[i] / other.one[i]
	}
	return median(ratios)
}

func (r *results) overFloor() goal {
	g := goal{what: fmt.Sprintf("a check takes at most %.1f times the floor's time", mostOverFloor)}
	r.each(floorKey, func(w *worldResult, kit, floor *row) {
		over := kit.over(floor)
		g.note(w.world, over <= mostOverFloor, "%.2f", over)
	})
	return g
}

func (r *results) noAllocations() goal {
	g := goal{what: "a check allocates nothing"}
	r.each(floorKey, func(w *worldResult, kit, _ *row) {
		g.note(w.world, kit.allocs < 0.005, "%.2f", kit.allocs)
	})
	return g
}

// overCasbin compares with the fastest that answers correctly after a revocation.
func (r *results) overCasbin() goal {
	g := goal{what: fmt.Sprintf("a check is at least %d times as fast as the best correct alternative", leastOverCasbin)}
	r.each(kitKey, func(w *worldResult, kit, _ *row) {
		var best *row
		for _, k := range []key{plainKey, perOrgKey} {
			if other := w.row(k); other != nil && !other.stale && (best == nil || median(other.one) < median(best.one)) {
				best = other
			}
		}
		if best != nil {
			times := best.over(kit)
			g.note(w.world, times >= leastOverCasbin, "%.0f (%s; the floor %.0f)", times, best.key, best.over(w.row(floorKey)))
		}
	})
	return g
}

func (r *results) overCache() goal {
	g := goal{what: "a check is faster than Casbin's hot cache"}
	r.each(cachedKey, func(w *worldResult, kit, cached *row) {
		times := cached.over(kit)
		g.note(w.world, times > 1, "%.1f times, the floor %.1f", times, cached.over(w.row(floorKey)))
	})
	return g
}

// growth compares the smallest with the largest size.
func (r *results) growth() goal {
	g := goal{what: "from the smallest to the largest size, the time of a check grows no faster than the floor's"}
	first := map[bool]*worldResult{}
	last := map[bool]*worldResult{}
	r.each(floorKey, func(w *worldResult, _, _ *row) {
		if first[w.world.shared] == nil {
			first[w.world.shared] = w
		}
		last[w.world.shared] = w
	})
	for _, shared := range []bool{false, true} {
		from, to := first[shared], last[shared]
		if from == to {
			continue
		}
		large, small := to.row(kitKey).over(to.row(floorKey)), from.row(kitKey).over(from.row(floorKey))
		g.note(to.world, large <= small, "%.2f times the floor's, %s %.2f times", large, from.world.name, small)
	}
	return g
}

func (r *results) memory() goal {
	g := goal{what: fmt.Sprintf("at most %d bytes of heap an assignment at L and XL, default roles shared", mostHeap)}
	r.each(kitKey, func(w *worldResult, kit, _ *row) {
		if w.world.shared && (w.world.name == "L" || w.world.name == "XL") {
			g.note(w.world, kit.heap <= mostHeap, "%.1f", kit.heap)
		}
	})
	return g
}

func (r *results) building() goal {
	g := goal{what: fmt.Sprintf("XL is built from memory in less than %s", mostBuild)}
	r.each(kitKey, func(w *worldResult, kit, _ *row) {
		if w.world.name == "XL" {
			g.note(w.world, kit.build < mostBuild, "%s", shortly(kit.build))
		}
	})
	return g
}

func (r *results) guard() goal {
	g := goal{what: fmt.Sprintf("Require adds at most %d ns and %d allocation to a Gin request that is identified", mostGuard, mostGuardAllocs)}
	for _, w := range r.worlds {
		if w.requests != nil {
			took, allocs := w.requests.guarded.beyond(w.requests.identified)
			least, _ := w.requests.floored.beyond(w.requests.identified)
			g.note(w.world, took <= mostGuard && allocs <= mostGuardAllocs+0.005, "%s, the floor %s, %.2f", short(took), short(least), allocs)
		}
	}
	return g
}

func (r *results) underLoad() goal {
	g := goal{what: fmt.Sprintf("while one goroutine edits roles without pause, the p99 of checks is at most %.0f times its quiet value", mostUnderLoad)}
	for _, w := range r.worlds {
		if w.load != nil {
			times := float64(median(w.load.busy.p99)) / float64(median(w.load.quiet.p99))
			g.note(w.world, times <= mostUnderLoad, "%.2f times", times)
		}
	}
	return g
}

func (r *results) editing() goal {
	g := goal{what: "an edit in an organisation of 10,000 members is visible to the next check in less than " + mostEdit.String() + ", the store apart"}
	for _, e := range r.edits {
		if e.key == kitKey && e.members > 0 {
			took := median(e.took)
			g.figures = append(g.figures, figure{"custom roles", e.what, shortly(took), took < mostEdit})
		}
	}
	return g
}
