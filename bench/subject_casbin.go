package main

import (
	"fmt"

	"github.com/casbin/casbin/v2"
)

// perOrgSubject asks one Casbin enforcer an organisation.
type perOrgSubject struct {
	enforcers map[string]*casbin.Enforcer
	words     *words
}

func newPerOrg(w *world, words *words) (*perOrgSubject, error) {
	s := &perOrgSubject{make(map[string]*casbin.Enforcer, w.orgs), words}
	for i := range w.orgs {
		e, err := newEnforcer()
		if err != nil {
			return nil, err
		}
		if err := w.fill(e, i); err != nil {
			return nil, err
		}
		s.enforcers[orgName(i)] = e
	}
	return s, nil
}

func (s *perOrgSubject) ask(questions []question) (allowed int, err error) {
	for i := range questions {
		q := &questions[i]
		e := s.enforcers[q.org]
		if e == nil {
			return 0, fmt.Errorf("there is no enforcer of %s", q.org)
		}
		ok, err := e.Enforce(q.user, q.org, s.words.objects[q.permission], s.words.actions[q.permission])
		if err != nil {
			return 0, err
		}
		if ok {
			allowed++
		}
	}
	return allowed, nil
}
