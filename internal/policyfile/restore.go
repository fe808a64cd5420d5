package policyfile

import (
	"context"
	"errors"
	"slices"

	"github.com/rolekit/rolekit"
)

// Restorer restores the parts of a file, one after the other. Where one is refused for
// what organisations below it have, it goes together with what the file says of those,
// so that what counts is what all of them have afterwards.
type Restorer struct {
	To *rolekit.Restoration
	// Tell is told of each part, in the order of the file. Its error ends the file.
	Tell func(e *Entry, done rolekit.Restored, err error) error

	waiting []Entry // which are to go together
	refused error   // why the first of them does not go alone
}

// Next restores a part, or puts it off.
func (r *Restorer) Next(ctx context.Context, e Entry) error {
	if slices.ContainsFunc(r.waiting, func(w Entry) bool { return w.ID == e.Parent }) {
		r.waiting = append(r.waiting, e)
		return nil
	}
	if err := r.End(ctx); err != nil {
		return err
	}
	done, err := r.To.Next(ctx, e.Contents)
	if e.ID != rolekit.AllOrgs && isForOthers(err) {
		r.waiting, r.refused = []Entry{e}, err
		return nil
	}
	return r.Tell(&e, done, err)
}

// End restores what was put off.
func (r *Restorer) End(ctx context.Context) error {
	some := r.waiting
	r.waiting = nil
	switch len(some) {
	case 0:
		return nil
	case 1:
		return r.Tell(&some[0], rolekit.Restored{}, r.refused)
	}
	all := make([]rolekit.Contents, len(some))
	for i, e := range some {
		all[i] = e.Contents
	}
	done, err := r.To.Together(ctx, all)
	if err != nil {
		return r.Tell(&some[len(done)], rolekit.Restored{}, err)
	}
	for i := range some {
		if err := r.Tell(&some[i], done[i], nil); err != nil {
			return err
		}
	}
	return nil
}

// isForOthers reports whether something was refused for what other organisations have,
// which the file may say otherwise.
func isForOthers(err error) bool {
	e, ok := errors.AsType[*rolekit.Error](err)
	return ok && len(e.Parts) == 0 && slices.Contains([]rolekit.Code{rolekit.CodeInUse, rolekit.CodeExists, rolekit.CodeLastHolder}, e.Code)
}
