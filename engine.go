package rolekit

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/rolekit/rolekit/internal/casbinengine"
)

// Engine is what decides: two ways to the same answers.
type Engine string

const (
	// EngineCompiled asks an index that the policy was compiled into: a check
	// costs what some look-ups in maps cost. It means what [ModelConf] means.
	EngineCompiled Engine = "compiled"
	// EngineCasbin asks a Casbin enforcer. It takes some thousand times as long,
	// and takes any model with the same requests and rules.
	EngineCasbin Engine = "casbin"
)

// chooseEngine completes Config.Engine and Config.Model, and says why it chose.
func (c *Config) chooseEngine() (why string, err error) {
	if c.Model == "" {
		c.Model = ModelConf
	}
	same, err := sameModel(c.Model, ModelConf)
	if err != nil {
		return "", errorf(CodeInvalid, "Config.Model is not a model that Casbin can read").because(err)
	}
	switch {
	case c.Engine == EngineCasbin:
		return "by configuration", nil
	case c.Engine != "" && c.Engine != EngineCompiled:
		return "", errorf(CodeInvalid, "there is no engine %q", c.Engine).hint("use rolekit.EngineCompiled or rolekit.EngineCasbin")
	case same:
		c.Engine = EngineCompiled
		return "the model is the one it was made for", nil
	case c.Engine == EngineCompiled:
		return "", errorf(CodeInvalid, "the compiled engine was not made for this model").hint("leave Config.Engine or Config.Model empty")
	default:
		c.Engine = EngineCasbin
		return "the model is not the one that the compiled engine was made for", nil
	}
}

// sameModel reports whether two models say the same, comments and spaces apart.
func sameModel(a, b string) (bool, error) {
	one, err := model.NewModelFromString(a)
	if err != nil {
		return false, err
	}
	other, err := model.NewModelFromString(b)
	if err != nil {
		return false, err
	}
	for _, section := range []string{"r", "p", "g", "e", "m"} {
		if !maps.EqualFunc(one[section], other[section], func(a, b *model.Assertion) bool { return a.Value == b.Value }) {
			return false, nil
		}
	}
	return true, nil
}

// Engine returns the engine that decides.
func (k *Kit) Engine() Engine { return k.config.Engine }

// Casbin returns a Casbin enforcer of the organisation's effective policy at this
// moment, ancestors, default roles, baselines and periods spelled out, for whoever
// needs Casbin's own API. It is a copy: editing it changes nothing, and it learns
// of no change. A request is (subject, organisation, profile, object, action,
// resource), where the subject has its kind ("user:ada") and the resource is a
// [Resource], [Facts], or nil for "at all".
func (k *Kit) Casbin(ctx context.Context, org OrgID) (*casbin.Enforcer, error) {
	p, err := k.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	rows := p.casbin(k.config.Model, k.config.Clock())
	enforcer, err := casbinengine.NewEnforcer(rows, func(args ...any) (any, error) { return k.reachesInCasbin(context.WithoutCancel(ctx), p, args) })
	if err != nil {
		return nil, errorf(CodeBrokenPolicy, "the policy of %q cannot be evaluated", org).because(err)
	}
	return enforcer, nil
}

// reachesInCasbin is reaches of model.conf: (access, subject, resource, domain).
func (k *Kit) reachesInCasbin(ctx context.Context, p *policy, args []any) (bool, error) {
	if len(args) != 4 {
		return false, errors.New("reaches takes an access, a subject, a resource and a domain")
	}
	var (
		facts    Facts
		resource Resource
	)
	switch r := args[2].(type) {
	case nil:
		return true, nil
	case Facts:
		facts, resource = r, known(r)
	case Resource:
		facts, resource = r.AccessFacts(), r
	default:
		return false, fmt.Errorf("the resource is a %T, and should be a rolekit.Resource, rolekit.Facts or nil", r)
	}
	subject, err := parseSubject(fmt.Sprint(args[1]), kindUser, kindService)
	if err != nil {
		return false, err
	}
	user, _ := subject.user()
	access := Access(fmt.Sprint(args[0]))
	if access == AccessAny {
		return true, nil
	}
	if set, ok := access.Set(); ok {
		return p.inSet(set, facts.ID), nil
	}
	return k.reaches(ctx, Identity{User: user, Org: p.org()}, resource, facts, access)
}

// known is a resource of which the facts are all there is.
type known Facts

// AccessFacts implements [Resource].
func (f known) AccessFacts() Facts { return Facts(f) }
