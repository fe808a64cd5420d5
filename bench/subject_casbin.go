package main

import (
	"context"
	"fmt"

	"github.com/casbin/casbin/v2"
)

// enforcer is what is used of Casbin's enforcers.
type enforcer interface {
	Enforce(values ...any) (bool, error)
	AddGroupingPolicy(values ...any) (bool, error)
	RemoveGroupingPolicy(values ...any) (bool, error)
}

// casbinSubject asks the enforcer that knows an organisation.
type casbinSubject[E enforcer] struct {
	inProcess

	of    func(org string) E
	words *words
}

type (
	casbinPlain  = casbinSubject[*casbin.Enforcer]
	casbinCached = casbinSubject[*casbin.CachedEnforcer]
)

// newPlain is one enforcer that knows everything.
func newPlain(w *world, words *words) (casbinPlain, error) {
	e, err := w.newEnforcer(0, w.orgs)
	return casbinPlain{of: func(string) *casbin.Enforcer { return e }, words: words}, err
}

// newPerOrg is one enforcer for each organisation.
func newPerOrg(w *world, words *words) (s casbinPlain, err error) {
	all := make(map[string]*casbin.Enforcer, w.orgs)
	for i := range w.orgs {
		if all[orgName(i)], err = w.newEnforcer(i, i+1); err != nil {
			return s, err
		}
	}
	return casbinPlain{of: func(org string) *casbin.Enforcer { return all[org] }, words: words}, nil
}

func (s casbinSubject[E]) ask(questions []question) (allowed int, err error) {
	for i := range questions {
		q := &questions[i]
		ok, err := s.of(q.org).Enforce(q.user, q.org, s.words.objects[q.permission], s.words.actions[q.permission])
		if err != nil {
			return 0, err
		}
		if ok {
			allowed++
		}
	}
	return allowed, nil
}

func (s casbinSubject[E]) assign(_ context.Context, org, user string, role int) error {
	ok, err := s.of(org).AddGroupingPolicy(user, roleName(role), org)
	if err == nil && !ok {
		err = fmt.Errorf("%s had %s in %s already", user, roleName(role), org)
	}
	return err
}

func (s casbinSubject[E]) revoke(_ context.Context, org, user string, role int) error {
	ok, err := s.of(org).RemoveGroupingPolicy(user, roleName(role), org)
	if err == nil && !ok {
		err = fmt.Errorf("%s did not have %s in %s", user, roleName(role), org)
	}
	return err
}
