package main

type floorSubject struct{ floor *floor }

func (s floorSubject) ask(questions []question) (allowed int, err error) {
	for i := range questions {
		q := &questions[i]
		if s.floor.can(q.org, q.user, q.permission) {
			allowed++
		}
	}
	return allowed, nil
}
