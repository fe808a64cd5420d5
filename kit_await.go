package rolekit

import (
	"context"
	"errors"
	"time"
)

// Revision returns the one of the organisation that this process knows. After a
// change has returned, it is that of the change, or a later one: what another
// process may [Kit.Await].
func (k *Kit) Revision(ctx context.Context, org OrgID) (Revision, error) {
	p, err := k.policy(ctx, org)
	if err != nil {
		return 0, err
	}
	return p.revision, nil
}

// Await waits until this process knows at least the revision of the organisation,
// which another process may have reported. It asks the store at once, each time,
// and returns ErrUnavailable when the revision has not come within Config.AwaitTimeout, or
// the context's end. Decisions that begin after it are made by that revision or a
// later one.
func (k *Kit) Await(ctx context.Context, org OrgID, atLeast Revision) error {
	ctx, cancel := context.WithTimeout(ctx, k.config.AwaitTimeout)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause *= 2 {
		// What memory knows may be newer above than below, and so add up to more
		// than the revision without holding what it stands for. One reading of the
		// whole line that began after somebody was told of the revision has it.
		if err := k.fetchAnew(ctx, org); err != nil {
			return err
		}
		p, err := k.policy(ctx, org)
		switch {
		case err != nil:
			return err
		case p.revision >= atLeast:
			return nil
		}
		select {
		case <-ctx.Done():
			return errorf(CodeUnavailable, "the policy of %q is at revision %d here; %d has not arrived", org, p.revision, atLeast).
				hint("try again, or ask for a revision that a reply has told")
		case <-time.After(pause):
		}
	}
}

// AwaitFor is [Kit.Await] for a request that who makes in their organisation. To
// someone without any standing there it tells nothing: the store is asked once,
// whether or not the organisation exists, because what the revision stands for may
// be that they were let in; and where they were not, it returns nil without
// waiting, so that the request is answered as any stranger's is.
func (k *Kit) AwaitFor(ctx context.Context, who Identity, atLeast Revision) error {
	ctx, cancel := context.WithTimeout(ctx, k.config.AwaitTimeout)
	defer cancel()
	if !k.concerned(ctx, who) {
		err := k.fetchAnew(ctx, who.Org)
		if err != nil && !errors.Is(err, ErrOrgNotFound) {
			return err
		}
		if !k.concerned(ctx, who) {
			return nil
		}
	}
	err := k.Await(ctx, who.Org, atLeast)
	if errors.Is(err, ErrOrgNotFound) { // deleted meanwhile
		return nil
	}
	return err
}

// fetchAnew is fetch, but for a reading that was under way already: that may not
// have seen what was committed since.
func (k *Kit) fetchAnew(ctx context.Context, org OrgID) error {
	mine := false
	_, err := k.fetchUnless(ctx, org, func(OrgID) bool { mine = true; return false })
	if err != nil || mine {
		return err
	}
	return k.fetch(ctx, org)
}

// concerned reports whether who may know that their organisation exists, by what
// memory knows; it does not ask the store about it.
func (k *Kit) concerned(ctx context.Context, who Identity) bool {
	p, err := k.memory.policy(who.Org)
	if err != nil || who.User == "" {
		return false
	}
	return p.isMember(who.User, k.config.Clock()) || k.Manager().As(who.As()).isOperator(ctx, OrgsRead)
}
