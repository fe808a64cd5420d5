package policytest

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

// nothing is how a sentence says that nobody asks, or in no organisation.
const nothing = "-"

// Org is an organisation: "toms", or "toms-north under toms".
type Org struct {
	ID, Parent rolekit.OrgID

	line int
}

// UnmarshalYAML reads the sentence and remembers where it stands.
func (o *Org) UnmarshalYAML(n *yaml.Node) error {
	o.line = n.Line
	return o.UnmarshalText([]byte(n.Value))
}

// UnmarshalText reads "id" or "id under parent".
func (o *Org) UnmarshalText(text []byte) error {
	s := sentence(text)
	o.ID = rolekit.OrgID(s.word())
	if s.says("under") {
		o.Parent = rolekit.OrgID(s.word())
	}
	return s.end("id [under parent]")
}

// Grant is "invoices:read" or "invoices:read own".
type Grant struct{ rolekit.Grant }

// UnmarshalText reads a permission and, behind a space, an access.
func (g *Grant) UnmarshalText(text []byte) error {
	s := sentence(text)
	g.Permission, g.Access = rolekit.Permission(s.word()), rolekit.AccessAny
	if len(s.left) > 0 {
		g.Access = rolekit.Access(s.word())
	}
	return s.end("object:action [access]")
}

// Assignment gives a role, as in "ada is lead in toms", "group:crew is lead in
// toms from 2026-03-02T08:00:00Z until 2026-03-02T17:00:00Z".
type Assignment struct {
	rolekit.Assignment

	Org  rolekit.OrgID
	text string
	line int
}

// UnmarshalYAML reads the sentence and remembers where it stands.
func (a *Assignment) UnmarshalYAML(n *yaml.Node) error {
	a.line = n.Line
	return a.UnmarshalText([]byte(n.Value))
}

// UnmarshalText reads the sentence.
func (a *Assignment) UnmarshalText(text []byte) error {
	s := sentence(text)
	a.text = string(text)
	if group, ok := strings.CutPrefix(s.word(), "group:"); ok {
		a.Group = rolekit.GroupID(group)
	} else {
		a.User = rolekit.UserID(group)
	}
	s.must("is")
	a.Role = rolekit.RoleID(s.word())
	s.must("in")
	a.Org = rolekit.OrgID(s.word())
	if s.says("from") {
		a.From = s.time()
	}
	if s.says("until") {
		a.Until = s.time()
	}
	return s.end("user is role in organisation [from time] [until time]; a group is group:id")
}

// Switch is a user who switches to a profile before the questions: "ada acts as
// worker in toms".
type Switch struct {
	Identity rolekit.Identity // as whom from now on
	text     string
	line     int
}

// UnmarshalYAML reads the sentence and remembers where it stands.
func (w *Switch) UnmarshalYAML(n *yaml.Node) error {
	w.line = n.Line
	return w.UnmarshalText([]byte(n.Value))
}

// UnmarshalText reads the sentence.
func (w *Switch) UnmarshalText(text []byte) error {
	s := sentence(text)
	w.text = string(text)
	w.Identity.User = rolekit.UserID(s.word())
	s.must("acts")
	s.must("as")
	w.Identity.Profile = rolekit.ProfileID(s.word())
	s.must("in")
	w.Identity.Org = rolekit.OrgID(s.word())
	return s.end("user acts as profile in organisation")
}

// Question is "ada invoices:read in toms" or "… in toms as worker". A hyphen
// stands for nobody, or for no organisation.
type Question struct {
	Identity   rolekit.Identity
	Permission rolekit.Permission
	text       string
}

// UnmarshalText reads the question.
func (q *Question) UnmarshalText(text []byte) error {
	s := sentence(text)
	q.text = string(text)
	q.Identity.User = rolekit.UserID(s.word())
	q.Permission = rolekit.Permission(s.word())
	s.must("in")
	q.Identity.Org = rolekit.OrgID(s.word())
	if s.says("as") {
		q.Identity.Profile = rolekit.ProfileID(s.word())
	}
	if q.Identity.User == nothing {
		q.Identity.User = ""
	}
	if q.Identity.Org == nothing {
		q.Identity.Org = ""
	}
	return s.end("user object:action in organisation [as profile]")
}

// words reads a sentence word by word, and remembers whether it went wrong.
type words struct {
	all  string
	left []string
	bad  bool
}

func sentence(text []byte) *words {
	return &words{all: string(text), left: strings.Fields(string(text))}
}

// word returns the next word.
func (s *words) word() string {
	if len(s.left) == 0 {
		s.bad = true
		return ""
	}
	w := s.left[0]
	s.left = s.left[1:]
	return w
}

// says reads the next word if it is this one.
func (s *words) says(w string) bool {
	if len(s.left) == 0 || s.left[0] != w {
		return false
	}
	s.left = s.left[1:]
	return true
}

// must reads the next word, which must be this one.
func (s *words) must(w string) {
	if !s.says(w) {
		s.bad = true
	}
}

func (s *words) time() time.Time {
	t, err := time.Parse(time.RFC3339, s.word())
	if err != nil {
		s.bad = true
	}
	return t
}

// end returns an error unless the sentence was one of the form, and is over.
func (s *words) end(form string) error {
	if s.bad || len(s.left) > 0 {
		return fmt.Errorf("%q: write %s", s.all, form)
	}
	return nil
}
