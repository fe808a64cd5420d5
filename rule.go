package rolekit

import (
	"fmt"
	"strings"
)

// Rule is one row of casbin_rule: its type and its fields, from the left.
type Rule struct {
	Ptype string
	V     [6]string
}

// Org returns the domain that the rule belongs to; empty for an unknown type.
func (r Rule) Org() OrgID {
	switch r.Ptype {
	case ptypeGrant:
		return OrgID(r.V[1])
	case ptypeLink:
		return OrgID(r.V[2])
	}
	return ""
}

// String shows the rule as a line of Casbin's CSV.
func (r Rule) String() string {
	return strings.Join(append([]string{r.Ptype}, r.V[:r.len()]...), ", ")
}

func (r Rule) len() int {
	n := len(r.V)
	for n > 0 && r.V[n-1] == "" {
		n--
	}
	return n
}

const (
	ptypeGrant = "p"
	ptypeLink  = "g"

	kindUser = "user:"
	kindRole = "role:"
)

func userSubject(u UserID) string {
	if strings.HasPrefix(string(u), serviceKind) {
		return string(u)
	}
	return kindUser + string(u)
}

func roleSubject(r RoleID) string { return kindRole + string(r) }

func grantRule(org OrgID, role RoleID, profile ProfileID, g Grant) Rule {
	return Rule{ptypeGrant, [6]string{
		roleSubject(role), string(org), string(profile),
		string(g.Permission.Object()), string(g.Permission.Action()), string(g.Access),
	}}
}

func assignmentRule(org OrgID, user UserID, role RoleID) Rule {
	return Rule{ptypeLink, [6]string{userSubject(user), roleSubject(role), string(org)}}
}

func includeRule(org OrgID, role, included RoleID) Rule {
	return Rule{ptypeLink, [6]string{roleSubject(role), roleSubject(included), string(org)}}
}

// roleRules returns the rules that a role's definition is stored as.
func roleRules(org OrgID, s RoleSpec) []Rule {
	rules := make([]Rule, 0, len(s.Grants)+len(s.Includes))
	for _, g := range s.Grants {
		rules = append(rules, grantRule(org, s.ID, s.Profile, g))
	}
	for _, included := range s.Includes {
		rules = append(rules, includeRule(org, s.ID, included))
	}
	return rules
}

// fact is what a rule says, in words of the domain: exactly one of its three
// forms is set, by kind.
type fact struct {
	kind    factKind
	role    RoleID // whose grant, assignment or include it is
	profile ProfileID
	grant   Grant
	user    UserID
	include RoleID
}

type factKind int

const (
	factGrant factKind = iota
	factAssignment
	factInclude
)

// decode reads a rule. It fails on a row that nobody can have written through
// the kit: a wrong number of fields, an empty one, a subject without its kind,
// an id that is not one.
func decode(r Rule) (fact, error) {
	switch r.Ptype {
	case ptypeGrant:
		return decodeGrant(r)
	case ptypeLink:
		return decodeLink(r)
	}
	return fact{}, fmt.Errorf("type %q is neither %q nor %q", r.Ptype, ptypeGrant, ptypeLink)
}

func decodeGrant(r Rule) (fact, error) {
	if err := fullTo(r, 6); err != nil {
		return fact{}, err
	}
	role, ok := strings.CutPrefix(r.V[0], kindRole)
	if !ok {
		return fact{}, fmt.Errorf("subject %q is not a role", r.V[0])
	}
	f := fact{
		kind: factGrant, role: RoleID(role), profile: ProfileID(r.V[2]),
		grant: Grant{NewPermission(ObjectID(r.V[3]), ActionID(r.V[4])), Access(r.V[5])},
	}
	return f, f.role.Validate()
}

func decodeLink(r Rule) (fact, error) {
	if err := fullTo(r, 3); err != nil {
		return fact{}, err
	}
	to, ok := strings.CutPrefix(r.V[1], kindRole)
	if !ok {
		return fact{}, fmt.Errorf("%q is not a role", r.V[1])
	}
	if err := RoleID(to).Validate(); err != nil {
		return fact{}, err
	}
	if from, ok := strings.CutPrefix(r.V[0], kindRole); ok {
		return fact{kind: factInclude, role: RoleID(from), include: RoleID(to)}, RoleID(from).Validate()
	}
	user := UserID(r.V[0])
	if from, ok := strings.CutPrefix(r.V[0], kindUser); ok {
		user = UserID(from)
	} else if !strings.HasPrefix(r.V[0], serviceKind) {
		return fact{}, fmt.Errorf("subject %q has no kind", r.V[0])
	}
	if userSubject(user) != r.V[0] {
		return fact{}, fmt.Errorf("subject %q is written %q", r.V[0], userSubject(user))
	}
	return fact{kind: factAssignment, role: RoleID(to), user: user}, user.Validate()
}

func fullTo(r Rule, n int) error {
	for i, v := range r.V {
		if (v == "") == (i < n) {
			return fmt.Errorf("it must have exactly %d fields", n)
		}
	}
	return nil
}
