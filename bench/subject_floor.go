package main

import "context"

// floorSubject asks the floor.
type floorSubject struct {
	inProcess

	floor *floor
}

func (s floorSubject) ask(questions []question) (allowed int, err error) {
	for i := range questions {
		q := &questions[i]
		if s.floor.can(q.org, q.user, q.permission) {
			allowed++
		}
	}
	return allowed, nil
}

func (s floorSubject) assign(_ context.Context, org, user string, role int) error {
	return s.floor.edit(org, user, func(roles mask) mask { return roles | 1<<role })
}

func (s floorSubject) revoke(_ context.Context, org, user string, role int) error {
	return s.floor.edit(org, user, func(roles mask) mask { return roles &^ (1 << role) })
}
