package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rolekit/rolekit"
)

// perAssignment is how many bytes Casbin takes for an assignment, with the garbage
// of making them: about a thousand are held, and the collector lets the heap double.
const perAssignment = 4 << 10

// roomFor reports whether the machine has the memory for a Casbin of everything, and
// else leaves the subject out.
func (t *trial) roomFor(k key) bool {
	need := t.result.assignments * perAssignment
	if has, ok := t.options.memory(); ok && has < need {
		t.leaveOut(k, fmt.Sprintf("it takes some %s MiB, and the machine has %s", thousands(need>>20), thousands(has>>20)))
		return false
	}
	return true
}

func (t *trial) leaveOut(k key, why string) {
	t.options.tell("%s: %s is left out: %s", t.world, k, why)
	t.result.rows = append(t.result.rows, &row{key: k, missing: why})
}

// startPlain measures the one enforcer that knows everything, and puts the cache
// before it among the fast subjects.
func (t *trial) startPlain(ctx context.Context) error {
	if !t.roomFor(plainKey) {
		if t.wants(cachedKey) {
			t.leaveOut(cachedKey, "it needs "+plainKey.String())
		}
		return nil
	}
	r, err := t.begin(plainKey, func() (subject, error) { return newPlain(t.world, t.words) }, nil)
	if err != nil {
		return err
	}
	if err := t.timeSlow(r); err != nil {
		return err
	}
	if plain, ok := r.subject.(casbinPlain); ok && t.wants(cachedKey) {
		if err := t.startCached(plain, r.row); err != nil {
			return err
		}
	}
	return t.edit(ctx, r)
}

func (t *trial) startCached(plain casbinPlain, under *row) error {
	s, kept, err := newCached(t.world, plain)
	if err != nil {
		return err
	}
	build := func() (subject, error) { return s, nil }
	err = t.start(cachedKey, build, func(s subject, _ *row) error {
		// Questions that it has not been asked go on to the enforcer, so what is
		// compared is that, and then what it remembers.
		n, err := compare(s, t.sample, t.options.pace.compare)
		if err != nil {
			return err
		}
		t.hot = t.sample[:n]
		if _, err := compare(s, t.hot, t.options.pace.compare); err != nil {
			return err
		}
		return heat(kept, t.words, t.sample)
	})
	if err != nil {
		return err
	}
	r := t.fast[len(t.fast)-1]
	r.compared, r.heap, r.build = len(t.hot), r.heap+under.heap, under.build
	return nil
}

// timeSlow times a subject that is not among the fast ones: in rounds of its own,
// which end when their time does, after one check at least.
func (t *trial) timeSlow(r *running) (err error) {
	rounds := min(5, t.options.pace.rounds)
	for i := range rounds {
		if err := r.time(2 * t.options.pace.round); err != nil {
			return err
		}
		if i >= 1 && time.Duration(r.one[0]) > 200*time.Millisecond {
			break // each takes long enough to be exact
		}
	}
	n := max(1, min(len(t.questions), int(t.options.pace.compare/4/time.Duration(max(1, median(r.one))))))
	r.allocs, err = allocations(r.subject, t.questions[:n])
	return err
}

// slow measures the subjects that take an enforcer an organisation.
func (t *trial) slow(ctx context.Context) error {
	all := []struct {
		key   key
		build func() (subject, error)
	}{
		{perOrgKey, func() (subject, error) { return newPerOrg(t.world, t.words) }},
		{kitSlowKey, func() (subject, error) {
			return newKitSubject(ctx, t.world, t.words, rolekit.EngineCasbin)
		}},
	}
	for _, one := range all {
		if !t.wants(one.key) || !t.roomFor(one.key) {
			continue
		}
		r, err := t.begin(one.key, one.build, t.askEveryOrg)
		if err != nil {
			return err
		}
		if err := t.timeSlow(r); err != nil {
			return err
		}
		if err := t.edit(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
