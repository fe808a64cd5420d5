// Package casbinengine lets Casbin judge one organisation's effective policy.
package casbinengine

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/rbac"
	defaultrolemanager "github.com/casbin/casbin/v2/rbac/default-role-manager"
)

// Policy is an effective policy as Casbin's rows, and how its words are meant.
type Policy struct {
	Model     string     // Casbin's configuration text
	Grants    [][]string // p: sub, dom, prof, obj, act, acc
	Links     [][]string // g: from, to, dom
	Resources [][]string // g2: resource, set, dom
	Implies   func(have, want string) bool
	// MaxChecks is how many checks one enforcer serves; see maxChecks, which 0
	// means.
	MaxChecks int64
}

// Question is one request: may Subject, as Profile, do Action to Object?
type Question struct {
	Subject, Domain, Profile, Object, Action string
	// Resource is what it is to be done to, with its kind; empty for none.
	Resource string
	// Reaches says whether a grant with this access reaches what is asked for.
	// inSet asks Casbin whether the resource is in a set, named with its kind.
	Reaches func(access string, inSet func(set string) bool) bool
}

// maxChecks is how many checks one enforcer serves. Casbin's g() remembers
// every pair of subjects it was ever asked for and never forgets; a fresh
// enforcer does.
const maxChecks = 1 << 15

// Engine answers questions. It is safe for concurrent use and its policy never
// changes.
type Engine struct {
	policy  Policy
	renew   sync.Mutex
	current atomic.Pointer[term]
}

// term is an enforcer and how many checks it may still serve.
type term struct {
	enforcer *casbin.Enforcer
	left     atomic.Int64
}

// New builds an engine. It fails when the model is not valid or a row does not
// fit it.
func New(policy Policy) (*Engine, error) {
	e := &Engine{policy: policy}
	t, err := e.newTerm()
	if err != nil {
		return nil, err
	}
	e.current.Store(t)
	return e, nil
}

func (e *Engine) newTerm() (*term, error) {
	enforcer, err := NewEnforcer(e.policy, nil)
	if err != nil {
		return nil, err
	}
	t := &term{enforcer: enforcer}
	t.left.Store(cmp.Or(e.policy.MaxChecks, maxChecks))
	return t, nil
}

// NewEnforcer returns a plain Casbin enforcer that holds a copy of the policy. It
// answers the model's reaches by the function, or by the [Question], where that is
// nil.
func NewEnforcer(policy Policy, reaches func(args ...any) (any, error)) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(policy.Model)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	enforcer, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("make an enforcer: %w", err)
	}
	// Casbin stops following roles after ten levels and says nothing; no chain
	// is longer than the number of links.
	enforcer.SetRoleManager(defaultrolemanager.NewRoleManager(len(policy.Links) + 1))
	sets := enforcer.GetNamedRoleManager("g2")
	if sets == nil {
		return nil, errors.New("the model has no role definition g2")
	}
	enforcer.AddFunction("implies", func(args ...any) (any, error) {
		have, want, ok := twoStrings(args)
		return ok && policy.Implies(have, want), nil
	})
	if reaches == nil {
		reaches = reachesOfQuestion(sets)
	}
	enforcer.AddFunction("reaches", reaches)
	if err := m.AddPolicies("p", "p", policy.Grants); err != nil {
		return nil, fmt.Errorf("take in the grants: %w", err)
	}
	if err := m.AddPolicies("g", "g", policy.Links); err != nil {
		return nil, fmt.Errorf("take in the links: %w", err)
	}
	if err := m.AddPolicies("g", "g2", policy.Resources); err != nil {
		return nil, fmt.Errorf("take in the resource sets: %w", err)
	}
	if err := enforcer.BuildRoleLinks(); err != nil {
		return nil, fmt.Errorf("link the roles: %w", err)
	}
	return enforcer, nil
}

// reachesOfQuestion is reaches for requests whose resource is a *Question.
func reachesOfQuestion(sets rbac.RoleManager) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		if len(args) != 4 {
			return false, errors.New("reaches takes an access, a subject, a question and a domain")
		}
		access, isAccess := args[0].(string)
		question, isQuestion := args[2].(*Question)
		if !isAccess || !isQuestion {
			return false, errors.New("reaches was asked about something else than the kit's question")
		}
		return question.Reaches(access, func(set string) bool {
			in, err := sets.HasLink(question.Resource, set, question.Domain)
			return err == nil && in && question.Resource != ""
		}), nil
	}
}

func twoStrings(args []any) (a, b string, ok bool) {
	if len(args) != 2 {
		return "", "", false
	}
	a, okA := args[0].(string)
	b, okB := args[1].(string)
	return a, b, okA && okB
}

// Enforce answers a question, and returns the grant row that allowed it.
func (e *Engine) Enforce(q *Question) (grant []string, allowed bool, err error) {
	t := e.current.Load()
	if t.left.Add(-1) < 0 {
		if t, err = e.nextTerm(t); err != nil {
			return nil, false, err
		}
	}
	allowed, grant, err = t.enforcer.EnforceEx(q.Subject, q.Domain, q.Profile, q.Object, q.Action, q)
	if err != nil {
		return nil, false, fmt.Errorf("casbin: %w", err)
	}
	return grant, allowed, nil
}

// nextTerm replaces a used-up term, once however many callers ask for it.
func (e *Engine) nextTerm(used *term) (*term, error) {
	e.renew.Lock()
	defer e.renew.Unlock()
	if t := e.current.Load(); t != used {
		return t, nil
	}
	t, err := e.newTerm()
	if err == nil {
		e.current.Store(t)
	}
	return t, err
}
