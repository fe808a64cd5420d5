package rolekit

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
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

// String shows the rule as a line of Casbin's CSV.
func (r Rule) String() string {
	n := len(r.V)
	for n > 0 && r.V[n-1] == "" {
		n--
	}
	return strings.Join(append([]string{r.Ptype}, r.V[:n]...), ", ")
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
	kind string
	id   string
}

// The kinds of subjects, as rules spell them.
const (
	kindUser     = "user:"
	kindService  = "service:"
	kindGroup    = "group:"
	kindRole     = "role:"
	kindProfile  = "profile:"
	kindOrg      = "org:"
	kindResource = "resource:"
	kindSet      = "set:"
)

func (s subject) String() string { return s.kind + s.id }

func userSubject(u UserID) subject {
	if id, ok := strings.CutPrefix(string(u), kindService); ok {
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
		return UserID(kindService + s.id), true
	}
	return "", false
}

// parseSubject reads a subject of one of the kinds.
func parseSubject(text string, kinds ...string) (subject, error) {
	for _, kind := range kinds {
		id, ok := strings.CutPrefix(text, kind)
		if !ok {
			continue
		}
		s := subject{kind, id}
		return s, s.validate()
	}
	return subject{}, fmt.Errorf("%q is not of a kind that can stand there (%s)", text, strings.Join(kinds, " "))
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
		return validName(strings.TrimSuffix(s.kind, ":"), s.id)
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
	return Rule{ptypeResource, [6]string{kindResource + string(id), kindSet + string(set), string(org)}}
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
func decodeGrant(r Rule) (to subject, profile ProfileID, g Grant, err error) {
	if err = r.full(6); err != nil {
		return to, profile, g, err
	}
	if to, err = parseSubject(r.V[0], kindRole, kindProfile); err != nil {
		return to, profile, g, err
	}
	g = Grant{NewPermission(ObjectID(r.V[3]), ActionID(r.V[4])), Access(r.V[5])}
	return to, ProfileID(r.V[2]), g, nil
}

// decodeLink reads a g, g2 or g3 rule: what is linked to what, and when.
func decodeLink(r Rule) (from, to subject, during Period, err error) {
	fields, froms, tos := 3, []string{kindUser, kindService, kindGroup, kindRole}, []string{kindGroup, kindRole, kindOrg}
	switch r.Ptype {
	case ptypeTimed:
		fields, froms, tos = 5, []string{kindUser, kindService, kindGroup}, []string{kindRole}
	case ptypeResource:
		froms, tos = []string{kindResource}, []string{kindSet}
	}
	if err = r.full(fields); err != nil {
		return from, to, during, err
	}
	if from, err = parseSubject(r.V[0], froms...); err != nil {
		return from, to, during, err
	}
	if to, err = parseSubject(r.V[1], tos...); err != nil {
		return from, to, during, err
	}
	if r.Ptype == ptypeTimed {
		during, err = parsePeriod(r.V[3], r.V[4])
	}
	return from, to, during, err
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
}
