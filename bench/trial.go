package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/rolekit/rolekit"
)

// trial is the measuring of one world.
type trial struct {
	world     *world
	options   *options
	words     *words
	questions []question
	sample    []question // those, with strangers among them
	hot       []question // what the cache was asked before it was filled
	result    *worldResult
	floor     *floor
	kit       *kitSubject // the compiled one, where it is wanted
	fast      []*running
	edits     []edit
}

func newTrial(w *world, o *options) *trial {
	o.tell("%s: drawing %d organisations of %d users", w, w.orgs, w.users)
	t := &trial{world: w, options: o, words: newWords(), questions: w.draw(), result: &worldResult{world: w}}
	t.result.members, t.result.assignments = w.count()
	t.result.questions = len(t.questions)
	strangers := w.strangers(t.questions)
	for i := range t.questions {
		if i%8 == 0 {
			t.sample = append(t.sample, strangers[i])
		}
		t.sample = append(t.sample, t.questions[i])
	}
	return t
}

// run measures the fast subjects in turns, so that what the machine does meanwhile
// is the same for all. The others take thousands of times as long, and much memory:
// one after the other, alone.
func (t *trial) run(ctx context.Context) error {
	steps := []func(context.Context) error{t.startFast, t.interleave, t.editFast, t.slow, t.withKit}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	order := keys()
	slices.SortFunc(t.result.rows, func(a, b *row) int {
		return cmp.Compare(slices.Index(order, a.key), slices.Index(order, b.key))
	})
	return nil
}

func (t *trial) wants(k key) bool { return t.options.wants(string(k)) }

// startFast makes the floor, which everything is compared with, the compiled kit,
// and what needs all rules in one enforcer: its cache is fast.
func (t *trial) startFast(ctx context.Context) error {
	err := t.start(floorKey, func() (subject, error) { return floorSubject{floor: newFloor(t.world)}, nil }, nil)
	if err == nil {
		if s, ok := t.fast[0].subject.(floorSubject); ok {
			t.floor = s.floor
		}
	}
	if err == nil && (t.wants(kitKey) || t.options.wants(string(ginPart)) || t.options.wants(string(loadPart))) {
		err = t.start(kitKey, func() (subject, error) {
			return newKitSubject(ctx, t.world, t.words, rolekit.EngineCompiled)
		}, t.askEveryone)
		if err == nil {
			t.kit, _ = t.fast[len(t.fast)-1].subject.(*kitSubject)
		}
	}
	if err != nil || !t.wants(plainKey) && !t.wants(cachedKey) {
		return err
	}
	return t.startPlain(ctx)
}

// start builds a fast subject, and compares its answers with the world's. prepare is
// what makes it hold all that it will.
func (t *trial) start(k key, build func() (subject, error), prepare func(subject, *row) error) error {
	r, err := t.begin(k, build, prepare)
	if err != nil {
		return err
	}
	if r.allocs, err = allocations(r.subject, t.questions); err != nil {
		return err
	}
	t.fast = append(t.fast, r)
	return nil
}

// begin builds a subject, measures its memory, and compares its answers with the
// world's.
func (t *trial) begin(k key, build func() (subject, error), prepare func(subject, *row) error) (*running, error) {
	t.options.tell("%s: %s", t.world, k)
	r := &running{row: &row{key: k}}
	t.result.rows = append(t.result.rows, r.row)
	before, err := r.make(build)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k, err)
	}
	if prepare != nil {
		if err := prepare(r.subject, r.row); err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
	}
	if r.compared, err = compare(r.subject, t.sample, t.options.pace.compare); err != nil {
		return nil, fmt.Errorf("%s: %w", k, err)
	}
	r.heap = (heap() - before) / float64(t.result.assignments)
	r.a = &clocked{subject: r.subject, questions: t.questions}
	r.b = &clocked{subject: r.subject, questions: t.questions, next: len(t.questions) / 2}
	return r, nil
}

// make builds the subject, several times where that is quick, and returns how many
// bytes were held before. build must keep nothing of it.
func (r *running) make(build func() (subject, error)) (before float64, err error) {
	var took []time.Duration
	for range 3 {
		r.subject = nil
		before = heap()
		began := time.Now()
		if r.subject, err = build(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
		if kit, ok := r.subject.(*kitSubject); ok {
			took[len(took)-1] = kit.built
		}
		if took[0] > 300*time.Millisecond {
			break
		}
	}
	r.build = median(took)
	return before, nil
}

// askEveryone asks once about each member: a compiled kit makes what it needs when
// it needs it.
func (t *trial) askEveryone(s subject, r *row) error {
	for i := range t.world.orgs {
		o := t.world.org(i)
		all := make([]question, len(o.members))
		for at, m := range o.members {
			all[at] = question{user: m.user, org: o.id}
		}
		began := time.Now()
		if _, err := s.ask(all); err != nil {
			return err
		}
		r.first += time.Since(began)
	}
	return nil
}

// askEveryOrg asks once in each organisation.
func (t *trial) askEveryOrg(s subject, r *row) error {
	all := make([]question, t.world.orgs)
	for i := range all {
		all[i] = question{user: userName(i * t.world.users), org: orgName(i)}
	}
	began := time.Now()
	_, err := s.ask(all)
	r.first = time.Since(began)
	return err
}

// interleave times the fast subjects in turns. In a profile, the checks are labelled.
func (t *trial) interleave(ctx context.Context) error {
	for range t.options.pace.rounds {
		for _, r := range t.fast {
			var err error
			labels := pprof.Labels("checks", string(r.key), "size", t.world.name)
			pprof.Do(ctx, labels, func(context.Context) { err = r.time(t.options.pace.round) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// time runs one round.
func (r *running) time(d time.Duration) error {
	one, err := r.a.run(d)
	if err != nil {
		return fmt.Errorf("%s: %w", r.key, err)
	}
	two, err := both(r.a, r.b, d)
	if err != nil {
		return fmt.Errorf("%s: %w", r.key, err)
	}
	r.one, r.two = append(r.one, one), append(r.two, two)
	return nil
}

// editFast edits the fast subjects, and lets go of those that nobody asks any more.
func (t *trial) editFast(ctx context.Context) error {
	for _, r := range t.fast {
		if err := t.edit(ctx, r); err != nil {
			return err
		}
	}
	t.fast = slices.DeleteFunc(t.fast, func(r *running) bool { return r.key == cachedKey })
	return nil
}

// withKit measures what is about the compiled kit alone.
func (t *trial) withKit(ctx context.Context) (err error) {
	if t.fast = nil; t.kit == nil {
		return nil
	}
	if t.options.wants(string(ginPart)) {
		t.options.tell("%s: requests through Gin", t.world)
		if t.result.requests, err = t.serve(ctx); err != nil {
			return err
		}
	}
	if t.options.wants(string(membersPart)) && t.world.shared {
		t.options.tell("%s: a default role is edited", t.world)
		if err := t.editDefaults(ctx); err != nil {
			return err
		}
	}
	if t.options.wants(string(loadPart)) {
		t.options.tell("%s: checks while roles are edited", t.world)
		if t.result.load, err = t.load(ctx); err != nil {
			return err
		}
	}
	return nil
}

// mismatch is an answer that is not the world's.
func mismatch(q *question, allowed bool) error {
	return fmt.Errorf("it answers %v, and should %v: may %s in %s do number %d", allowed, q.allowed, q.user, q.org, q.permission)
}

// fewestCompared is how many questions are compared, however long they take.
const fewestCompared = 4

// compare asks until the questions or the while end, and returns how many were
// answered as they should be. It fails at the first that is not.
func compare(s subject, questions []question, d time.Duration) (n int, err error) {
	if len(questions) == 0 {
		return 0, errors.New("there is nothing to compare")
	}
	began := time.Now()
	for i := range questions {
		allowed, err := s.ask(questions[i : i+1])
		if err != nil {
			return i, err
		}
		if (allowed == 1) != questions[i].allowed {
			return i, mismatch(&questions[i], allowed == 1)
		}
		if i+1 >= fewestCompared && time.Since(began) > d {
			return i + 1, nil
		}
	}
	return len(questions), nil
}
