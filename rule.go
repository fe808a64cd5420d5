package rolekit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unique"
)

// Rule is one row of casbin_rule: its type and its fields, from the left.
type Rule struct {
	Ptype string
	V     [6]string
}

// The types of rules; model.conf says what they mean.
const (
	ptypeGrant    = "p"
	ptypeLink     = "g"
	ptypeResource = "g2"
	ptypeTimed    = "g3"
)

// Org returns the domain that the rule belongs to; empty for an unknown type.
func (r Rule) Org() OrgID {
	switch r.Ptype {
	case ptypeGrant:
		return OrgID(r.V[1])
	case ptypeLink, ptypeResource, ptypeTimed:
		return OrgID(r.V[2])
	}
	return ""
}

// noOrg says why the rule belongs to no domain: its type is unknown, or the field of it
// is not there.
func (r Rule) noOrg() error {
	n, ok := map[string]int{ptypeGrant: 6, ptypeLink: 3, ptypeResource: 3, ptypeTimed: 5}[r.Ptype]
	if !ok {
		return fmt.Errorf("type %q is not one of %s, %s, %s, %s", r.Ptype, ptypeGrant, ptypeLink, ptypeResource, ptypeTimed)
	}
	return fmt.Errorf("it must have exactly %d fields behind its type, and the one of the organisation is empty", n)
}

// String shows the rule as a line of Casbin's CSV.
func (r Rule) String() string {
	n := len(r.V)
	for n > 0 && r.V[n-1] == "" {
		n--
	}
	return strings.Join(append([]string{r.Ptype}, r.V[:n]...), ", ")
}

func ruleLines(rules []Rule) []string {
	lines := make([]string, len(rules))
	for i, r := range rules {
		lines[i] = r.String()
	}
	return lines
}

// clone returns the rule in memory of its own: it may have been read as a piece of
// a large text.
func (r Rule) clone() Rule {
	c := Rule{Ptype: strings.Clone(r.Ptype)}
	for i, v := range r.V {
		c.V[i] = strings.Clone(v)
	}
	return c
}

// full reports whether exactly the first n fields are set.
func (r Rule) full(n int) error {
	for i, v := range r.V {
		if (v == "") == (i < n) {
			return fmt.Errorf("it must have exactly %d fields", n)
		}
	}
	return nil
}

// subject is whoever or whatever a rule speaks of, with its kind: a user called
// admin is never the role admin.
type subject struct {
	kind kind
	id   string
}

// kind is what sort of thing a subject is.
type kind uint8

// The kinds of subjects, in the order of their names.
const (
	kindGroup kind = iota + 1
	kindOrg
	kindProfile
	kindResource
	kindRole
	kindService
	kindSet
	kindUser
)

// String returns the kind as rules spell it.
func (k kind) String() string {
	return [...]string{"", "group:", "org:", "profile:", "resource:", "role:", serviceKind, "set:", "user:"}[k]
}

func (s subject) String() string { return s.kind.String() + s.id }

func userSubject(u UserID) subject {
	if id, ok := strings.CutPrefix(string(u), serviceKind); ok {
		return subject{kindService, id}
	}
	return subject{kindUser, string(u)}
}

func groupSubject(g GroupID) subject     { return subject{kindGroup, string(g)} }
func roleSubject(r RoleID) subject       { return subject{kindRole, string(r)} }
func profileSubject(p ProfileID) subject { return subject{kindProfile, string(p)} }
func orgSubject(o OrgID) subject         { return subject{kindOrg, string(o)} }

// user returns the user that the subject is.
func (s subject) user() (UserID, bool) {
	switch s.kind {
	case kindUser:
		return UserID(s.id), true
	case kindService:
		return UserID(serviceKind + s.id), true
	default:
		return "", false
	}
}

// parseSubject reads a subject of one of the kinds.
func parseSubject(text string, kinds ...kind) (subject, error) {
	for _, kind := range kinds {
		id, ok := strings.CutPrefix(text, kind.String())
		if !ok {
			continue
		}
		s := subject{kind, id}
		return s, s.validate()
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = k.String()
	}
	return subject{}, fmt.Errorf("%q is not of a kind that can stand there (%s)", text, strings.Join(words, " "))
}

// subjects reads subjects, each that it has not met before once. What it returns
// shares no memory with what it read.
type subjects map[string]subject

func (all subjects) parse(text string, kinds ...kind) (subject, error) {
	if s, ok := all[text]; ok && slices.Contains(kinds, s.kind) {
		return s, nil
	}
	text = strings.Clone(text)
	s, err := parseSubject(text, kinds...)
	if err == nil {
		all[text] = s
	}
	return s, err
}

func (s subject) validate() error {
	switch s.kind {
	case kindUser, kindService:
		u, _ := s.user()
		if userSubject(u) != s {
			return errors.New("a service is not a user")
		}
		return u.Validate()
	case kindResource:
		return ResourceID(s.id).Validate()
	default:
		return validName(strings.TrimSuffix(s.kind.String(), ":"), s.id)
	}
}

func grantRule(org OrgID, to subject, profile ProfileID, g Grant) Rule {
	return Rule{ptypeGrant, [6]string{
		to.String(), string(org), string(profile),
		string(g.Permission.Object()), string(g.Permission.Action()), string(g.Access),
	}}
}

func linkRule(org OrgID, from, to subject, during Period) Rule {
	if during.Unlimited() {
		return Rule{ptypeLink, [6]string{from.String(), to.String(), string(org)}}
	}
	start, end := during.fields()
	return Rule{ptypeTimed, [6]string{from.String(), to.String(), string(org), start, end}}
}

func resourceRule(org OrgID, id ResourceID, set SetID) Rule {
	return Rule{ptypeResource, [6]string{subject{kindResource, string(id)}.String(), subject{kindSet, string(set)}.String(), string(org)}}
}

// roleRules returns the rules that a role's definition is stored as.
func roleRules(org OrgID, s RoleSpec) []Rule {
	rules := make([]Rule, 0, len(s.Grants)+len(s.Includes))
	for _, g := range s.Grants {
		rules = append(rules, grantRule(org, roleSubject(s.ID), s.Profile, g))
	}
	for _, included := range s.Includes {
		rules = append(rules, linkRule(org, roleSubject(s.ID), roleSubject(included), Period{}))
	}
	return rules
}

// decodeGrant reads a p rule: who is granted what, for which profile. Like
// decodeLink it fails on a row that nobody can have written through the kit.
func (all subjects) decodeGrant(r Rule) (to subject, profile ProfileID, g Grant, err error) {
	if err = r.full(6); err != nil {
		return to, profile, g, err
	}
	if to, err = all.parse(r.V[0], kindRole, kindProfile); err != nil {
		return to, profile, g, err
	}
	g = Grant{shared(NewPermission(ObjectID(r.V[3]), ActionID(r.V[4]))), shared(Access(r.V[5]))}
	return to, shared(ProfileID(r.V[2])), g, nil
}

// shared returns the word in the memory that all equal ones share: there are few,
// in very many rules.
func shared[T ~string](word T) T { return T(unique.Make(string(word)).Value()) }

// decodeLink reads a g, g2 or g3 rule: what is linked to what, and when.
func (all subjects) decodeLink(r Rule) (from, to subject, during Period, err error) {
	fields, froms, tos := 3, []kind{kindUser, kindService, kindGroup, kindRole}, []kind{kindGroup, kindRole, kindOrg}
	switch r.Ptype {
	case ptypeTimed:
		fields, froms, tos = 5, []kind{kindUser, kindService, kindGroup}, []kind{kindRole}
	case ptypeResource:
		froms, tos = []kind{kindResource}, []kind{kindSet}
	}
	if err = r.full(fields); err != nil {
		return from, to, during, err
	}
	if from, err = all.parse(r.V[0], froms...); err != nil {
		return from, to, during, err
	}
	if to, err = all.parse(r.V[1], tos...); err != nil {
		return from, to, during, err
	}
	if r.Ptype == ptypeTimed {
		during, err = parsePeriod(r.V[3], r.V[4])
	}
	if err == nil && r.Ptype == ptypeTimed && linkRule(r.Org(), from, to, during) != r {
		err = errors.New("its times are not spelled as they should be")
	}
	return from, to, during, err
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
}
