package rolekit

import (
	"context"
	"errors"
)

// AwaitFor is [Kit.Await] for a request that who makes in their organisation. To
// someone without any standing there it tells nothing: the store is asked once,
// whether or not the organisation exists, because what the revision stands for may
// be that they were let in; and where they were not, it returns nil without
// waiting, so that the request is answered as any stranger's is.
func (k *Kit) AwaitFor(ctx context.Context, who Identity, atLeast Revision) error {
	ctx, cancel := context.WithTimeout(ctx, k.config.AwaitTimeout)
	defer cancel()
	if !k.concerned(ctx, who) {
		err := k.fetch(ctx, who.Org)
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

// concerned reports whether who may know that their organisation exists, by what
// memory knows; it does not ask the store about it.
func (k *Kit) concerned(ctx context.Context, who Identity) bool {
	p, err := k.memory.policy(who.Org)
	if err != nil || who.User == "" {
		return false
	}
	return p.isMember(who.User, k.config.Clock()) || k.Manager().As(who.As()).isOperator(ctx, OrgsRead)
}
