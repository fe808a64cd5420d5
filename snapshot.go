package rolekit

import (
	"github.com/rolekit/rolekit/internal/casbinengine"
)

// snapshot is an effective policy and the engine that decides by it. It is
// immutable: a change makes a new one, which takes the old one's place whole.
type snapshot struct {
	policy   *policy
	engine   *casbinengine.Engine
	accesses []Access // that occur in the policy, widest first
}

func newSnapshot(p *policy) (*snapshot, error) {
	rows, accesses := p.casbin()
	engine, err := casbinengine.New(rows)
	if err != nil {
		return nil, errorf(CodeBrokenPolicy, "the policy of %q cannot be evaluated", p.org()).because(err)
	}
	return &snapshot{policy: p, engine: engine, accesses: accesses}, nil
}

// casbin returns the policy as rows that mean the same under model.conf. Every
// row but a default role's grant is of the organisation itself: ancestors and
// default includes are expanded, so that g holds no wildcard.
func (p *policy) casbin() (casbinengine.Policy, []Access) {
	org := string(p.org())
	rows := casbinengine.Policy{
		Model: ModelConf,
		Implies: func(have, want string) bool {
			return p.catalog.Implies(ActionID(have), ActionID(want))
		},
	}
	used := map[Access]bool{}
	for _, r := range p.roles() {
		dom := org
		if r.Origin == OriginDefault {
			dom = string(AllOrgs)
		}
		for _, g := range p.live(r) {
			used[g.Access] = true
			rows.Grants = append(rows.Grants, []string{
				roleSubject(r.ID), dom, string(r.Profile),
				string(g.Permission.Object()), string(g.Permission.Action()), string(g.Access),
			})
		}
		for _, id := range r.Includes {
			if inc := p.role(id); inc != nil && inc.Profile == r.Profile {
				rows.Links = append(rows.Links, []string{roleSubject(r.ID), roleSubject(id), org})
			}
		}
	}
	seen := map[[2]string]bool{}
	for _, l := range p.layers {
		for user, ids := range l.holders {
			for _, id := range ids {
				link := [2]string{userSubject(user), roleSubject(id)}
				if p.role(id) != nil && !seen[link] {
					seen[link] = true
					rows.Links = append(rows.Links, []string{link[0], link[1], org})
				}
			}
		}
	}
	var accesses []Access
	for _, a := range accessOrder() {
		if used[a] {
			accesses = append(accesses, a)
		}
	}
	return rows, accesses
}

// decide asks the engine. Without a resource it asks once an access, so that
// the answer says how far it reaches.
func (s *snapshot) decide(who Identity, want Permission, reaches func(Access) bool, all bool) ([]Reason, error) {
	q := casbinengine.Question{
		Subject: userSubject(who.User), Domain: string(who.Org), Profile: string(who.Profile),
		Object: string(want.Object()), Action: string(want.Action()),
	}
	var reasons []Reason
	for _, access := range s.accesses {
		if !reaches(access) {
			continue
		}
		q.Reaches = func(a string) bool { return Access(a) == access }
		row, allowed, err := s.engine.Enforce(&q)
		if err != nil {
			return nil, errorf(CodeUnavailable, "%q could not be decided in %q", want, who.Org).because(err)
		}
		if !allowed {
			continue
		}
		reasons = append(reasons, s.reason(row))
		if access == AccessAny || !all {
			break
		}
	}
	return reasons, nil
}

// reason turns the row that allowed into words.
func (s *snapshot) reason(row []string) Reason {
	f, err := decodeGrant(Rule{ptypeGrant, [6]string(row)})
	if err != nil {
		return Reason{}
	}
	reason := Reason{Role: f.role, Grant: f.grant}
	if r := s.policy.role(f.role); r != nil {
		reason.Org = r.Org
	}
	return reason
}
