package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rolekit/rolekit"
)

// load is what checks of one goroutine take while nothing else goes on, and while
// another edits roles without pause.
type load struct {
	orgs        int // that are edited, in turn
	quiet, busy latencies
	edits       float64 // a second
}

// latencies are by rounds.
type latencies struct {
	p50, p99, p999 []time.Duration
}

func (l *latencies) add(checks []uint32) {
	slices.Sort(checks)
	at := func(share float64) time.Duration { return time.Duration(checks[int(share*float64(len(checks)-1))]) }
	l.p50, l.p99, l.p999 = append(l.p50, at(0.5)), append(l.p99, at(0.99)), append(l.p999, at(0.999))
}

const (
	editedOrgs = 100 // at most
	loadRounds = 5   // at most
)

// load measures it. It leaves the kit with other roles than the world's, so nothing
// that compares may follow.
func (t *trial) load(ctx context.Context) (*load, error) {
	e, err := t.newEditor(ctx)
	if err != nil {
		return nil, err
	}
	l := &load{orgs: len(e.orgs)}
	checks := make([]uint32, 1<<21)
	var edits int
	var busy time.Duration
	for range min(t.options.pace.rounds, loadRounds) {
		if _, err := t.kit.ask(t.questions); err != nil { // what edits left to be made anew
			return nil, err
		}
		n, err := t.watch(checks)
		if err != nil {
			return nil, err
		}
		l.quiet.add(checks[:n])
		began := time.Now()
		stop := e.start(ctx)
		n, err = t.watch(checks)
		made, editing := stop()
		if err := errors.Join(err, editing); err != nil {
			return nil, err
		}
		l.busy.add(checks[:n])
		edits, busy = edits+made, busy+time.Since(began)
	}
	l.edits = float64(edits) / busy.Seconds()
	return l, nil
}

// watch asks one question after the other and notes how long each took, with the
// reading of the clock.
func (t *trial) watch(checks []uint32) (n int, err error) {
	const fewest = 1000
	before := time.Now()
	until := before.Add(5 * t.options.pace.round)
	for n < fewest || n < len(checks) && before.Before(until) {
		i := n % len(t.questions)
		if _, err := t.kit.ask(t.questions[i : i+1]); err != nil {
			return n, err
		}
		now := time.Now()
		checks[n] = uint32(min(now.Sub(before), time.Second)) //nolint:gosec // a second is a thousand million nanoseconds
		before = now
		n++
	}
	return n, nil
}

// editor edits custom roles, and who holds them, in one organisation after the other.
type editor struct {
	manager *rolekit.Manager
	orgs    []rolekit.OrgID
	grants  [2][]rolekit.Grant
	next    int
}

// editedRole is a custom role that some members of each edited organisation hold.
const editedRole = rolekit.RoleID("edited")

func (t *trial) newEditor(ctx context.Context) (*editor, error) {
	e := &editor{manager: t.kit.manager()}
	for i, p := range t.words.permissions {
		e.grants[i%2] = append(e.grants[i%2], rolekit.Grant{Permission: p, Access: rolekit.AccessAny})
	}
	n := min(t.world.orgs, editedOrgs)
	for i := range n {
		o := t.world.org(i * t.world.orgs / n)
		id := rolekit.OrgID(o.id)
		if err := t.kit.open(ctx, o.id); err != nil {
			return nil, err
		}
		if _, err := e.manager.CreateRole(ctx, id, rolekit.RoleSpec{ID: editedRole, Grants: e.grants[0]}); err != nil {
			return nil, fmt.Errorf("create a role: %w", err)
		}
		var holders []rolekit.Assignment
		for i, m := range o.members {
			if i%10 == 0 {
				holders = append(holders, rolekit.Assignment{User: rolekit.UserID(m.user), Role: editedRole})
			}
		}
		if err := e.manager.PutAssignments(ctx, id, holders...); err != nil {
			return nil, fmt.Errorf("assign a role: %w", err)
		}
		e.orgs = append(e.orgs, id)
	}
	return e, nil
}

// start edits until the function that it returns is called, which tells how many
// edits there were.
func (e *editor) start(ctx context.Context) (stop func() (int, error)) {
	ctx, cancel := context.WithCancel(ctx)
	var (
		wait sync.WaitGroup
		n    int
		err  error
	)
	wait.Go(func() {
		for ; ctx.Err() == nil && err == nil; n++ {
			err = e.edit(context.WithoutCancel(ctx))
		}
	})
	return func() (int, error) {
		cancel()
		wait.Wait()
		return n, err
	}
}

// edit makes one edit: of four in an organisation, two are of a role's grants.
func (e *editor) edit(ctx context.Context) (err error) {
	org, kind := e.orgs[e.next/4%len(e.orgs)], e.next%4
	e.next++
	switch kind {
	case 0:
		_, err = e.manager.SetGrants(ctx, org, editedRole, e.grants[1], 0)
	case 1:
		err = e.manager.Assign(ctx, org, "visitor", editedRole)
	case 2:
		_, err = e.manager.SetGrants(ctx, org, editedRole, e.grants[0], 0)
	default:
		err = e.manager.Unassign(ctx, org, "visitor", editedRole)
	}
	return err
}
