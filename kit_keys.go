package rolekit

import (
	"context"
	"errors"
	"fmt"
)

// AuthenticateKey returns who a request with a service key is: the key's user, in
// its organisation. It returns ErrUnauthenticated, in the same words whatever is
// wrong with the key, where that has not the form of one, is not known, was revoked
// or has expired; the cause, for a log, never holds the secret. ErrUnavailable
// says that it could not be found out.
//
// Keys are known with the policies of their organisations, so that a revocation
// counts as soon as any other change does. One that this process has not heard of
// is looked up in the store, once a call and by its id.
func (k *Kit) AuthenticateKey(ctx context.Context, secret string) (Identity, error) {
	id, ok := parseKey(secret)
	if !ok {
		return Identity{}, badKey(errors.New("it has not the form of one"))
	}
	hash := hashKey(secret)
	if err := k.trust.check(k.config.Clock); err != nil {
		return Identity{}, err
	}
	org, ok := k.memory.keys.orgOf(id)
	if !ok {
		var err error
		if org, err = k.lookUpKey(ctx, id, hash); err != nil {
			return Identity{}, err
		}
	}
	p, err := k.policy(ctx, org)
	switch {
	case errors.Is(err, ErrOrgNotFound):
		return Identity{}, badKey(fmt.Errorf("%s was of %q, which is not there any more", id.User(), org))
	case err != nil:
		return Identity{}, unavailable("whether the service key is valid cannot be found out", err)
	}
	record := p.layers[0].keys[id]
	switch {
	case record == nil:
		return Identity{}, badKey(fmt.Errorf("%s was revoked", id.User()))
	case !record.is(hash):
		return Identity{}, badKey(fmt.Errorf("%s has another secret", id.User()))
	case !k.config.Clock().Before(record.Expires):
		return Identity{}, badKey(fmt.Errorf("%s has expired", id.User()))
	}
	return Identity{User: id.User(), Org: org}, nil
}

// lookUpKey returns the organisation of a key that memory does not know, which then
// is read. Nobody gets that far without the secret.
func (k *Kit) lookUpKey(ctx context.Context, id KeyID, hash string) (OrgID, error) {
	record, there := KeyRecord{}, false
	err := k.store.View(ctx, func(r Reader) (err error) {
		record, there, err = r.Key(ctx, id)
		return err
	})
	if err != nil {
		return "", errorf(CodeUnavailable, "whether the service key is valid cannot be found out").
			hint("try again; if it goes on, look at the log").because(err)
	}
	if right := record.is(hash); !there || !right { // compared in any case
		return "", badKey(fmt.Errorf("there is no %s with that secret", id.User()))
	}
	if err := k.fetchAnew(ctx, record.Org); err != nil && !errors.Is(err, ErrOrgNotFound) {
		return "", unavailable("whether the service key is valid cannot be found out", err)
	}
	return record.Org, nil
}

// badKey tells the caller nothing but that; why, is for the log.
func badKey(cause error) *Error {
	return errorf(CodeUnauthenticated, "the service key is not valid").
		hint("it may have expired or been revoked; whoever administers its organisation can make another").because(cause)
}
