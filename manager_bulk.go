package rolekit

import (
	"context"
	"errors"
	"fmt"
)

// MaxAssignmentLines is how many assignments EditAssignments makes and takes at once.
const MaxAssignmentLines = 1000

// maxWrong is how many wrong parts of a request an error names.
const maxWrong = 20

// Part is one of several things that were asked for at once and cannot be done.
type Part struct {
	At  string // which it is: "give[3]"
	Err *Error // why not
}

// EditAssignments gives roles to users and groups, and takes others from them, in
// one change: all of it or nothing. Where lines of it cannot be done, the error has
// the code of the first, and its Parts name up to 20 of them. At most
// MaxAssignmentLines fit, and no role may come twice for one user or group. Each line
// is as for [Manager.PutAssignment] or [Manager.RemoveAssignment], and has an event of
// its own in the log unless it changes nothing. It needs iam.members:write.
func (m *Manager) EditAssignments(ctx context.Context, org OrgID, give, take []Assignment) error {
	if n := len(give) + len(take); n > MaxAssignmentLines {
		return errorf(CodeInvalid, "%d assignments are too many for one change", n).hint("send at most %d at once", MaxAssignmentLines)
	}
	lines, err := linesOf(give, take)
	if err != nil {
		return err
	}
	_, err = m.change(ctx, org, MembersWrite, func(c *change) error {
		var wrong wrongParts
		all := make([]relinking, 0, len(lines))
		for _, l := range lines {
			r, err := c.relinking(l)
			if err := wrong.note(l.at, err); err != nil {
				return err
			}
			all = append(all, r)
		}
		if err := wrong.err(len(lines)); err != nil {
			return err
		}
		return c.relink(all)
	})
	return err
}

// line is one of many assignments.
type line struct {
	at   string
	a    Assignment
	who  subject
	take bool
}

// linesOf checks what can be said of the lines without their organisation.
func linesOf(give, take []Assignment) ([]line, error) {
	var (
		all   = make([]line, 0, len(give)+len(take))
		wrong wrongParts
		first = map[[2]subject]string{}
	)
	add := func(l line) error {
		var err error
		if l.who, err = l.a.subject(); err == nil {
			err = l.a.Role.Validate()
		}
		l.a.Period = l.a.normal()
		if err == nil && !l.take {
			err = l.a.validate()
		}
		link := [2]subject{l.who, roleSubject(l.a.Role)}
		if at := first[link]; err == nil && at != "" {
			err = errorf(CodeInvalid, "%s and %s come twice, here and in %s", l.who, link[1], at).hint("say once what is to be")
		}
		first[link] = l.at
		all = append(all, l)
		return wrong.note(l.at, err)
	}
	for i, a := range give {
		if err := add(line{at: fmt.Sprintf("give[%d]", i), a: a}); err != nil {
			return nil, err
		}
	}
	for i, a := range take {
		if err := add(line{at: fmt.Sprintf("take[%d]", i), a: a, take: true}); err != nil {
			return nil, err
		}
	}
	return all, wrong.err(len(all))
}

// relinking is what a line does.
func (c *change) relinking(l line) (relinking, error) {
	if !l.take {
		return c.giving(l.who, l.a.Role, l.a.Period)
	}
	role := roleSubject(l.a.Role)
	return relinking{action: "member.unassign", who: l.who, gone: c.between(l.who, role)}, c.mustSee(l.who, role)
}

// wrongParts collects what is wrong with parts of a request.
type wrongParts struct {
	some  []Part
	count int
}

// note takes in what is wrong with a part, if anything is. It returns the error
// where that is not about the part.
func (w *wrongParts) note(at string, err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code == CodeUnavailable {
		return err
	}
	if w.count++; len(w.some) < maxWrong {
		w.some = append(w.some, Part{at, e})
	}
	return nil
}

// err is the error of the whole, which has so many parts.
func (w *wrongParts) err(of int) error {
	if w.count == 0 {
		return nil
	}
	first := w.some[0].Err
	e := errorf(first.Code, "%d of %d lines cannot be done, so none was; %s: %s", w.count, of, w.some[0].At, first.Message).hint("%s", first.Hint)
	e.Parts = w.some
	return e
}
