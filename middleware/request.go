package middleware

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// request is what a guard found out about one request.
type request struct {
	guard     *Guard // who found it out; an engine may have several
	who       rolekit.Identity
	caller    rolekit.Caller // who, looked up
	lookedUp  bool
	decisions []rolekit.Decision  // that let it go on, in the order they were made
	nearest   int                 // which of them is the first of the guard nearest to the handler
	room      [1]rolekit.Decision // for the decisions of most requests
	resources []rolekit.Resource  // that were loaded and allowed, in that order
}

type requestKey struct{}

func requestOf(c *gin.Context) *request {
	v, _ := c.Get(requestKey{})
	r, _ := v.(*request)
	return r
}

// Identity returns who the request is; false where nobody was identified. It
// is for handlers behind a guard.
func Identity(c *gin.Context) (rolekit.Identity, bool) {
	r := requestOf(c)
	if r == nil || r.who.User == "" {
		return rolekit.Identity{}, false
	}
	return r.who, true
}

// Decision returns the decision that let the request go on, with how far it
// reaches: of several guards the nearest to the handler, of several permissions
// the first that was allowed. Where no permission was required it is the zero
// decision, which denies.
func Decision(c *gin.Context) rolekit.Decision {
	if r := requestOf(c); r != nil && len(r.decisions) > 0 {
		return r.decisions[r.nearest]
	}
	return rolekit.Decision{}
}

// Decisions returns every decision that let the request go on. RequireAny
// leaves one for each permission that is held, not only for the first.
func Decisions(c *gin.Context) []rolekit.Decision {
	if r := requestOf(c); r != nil {
		return slices.Clone(r.decisions)
	}
	return nil
}

// Can asks the kit about the request's identity and a resource, and answers
// nothing by itself. It is [rolekit.Authorizer] with the identity filled in.
func (g *Guard) Can(c *gin.Context, want rolekit.Permission, resource rolekit.Resource) (rolekit.Decision, error) {
	r := requestOf(c)
	if r == nil {
		r = &request{guard: g}
	}
	return g.ask(c, r, want, resource)
}

// Ensure asks for a permission on one resource, once the handler knows it. When
// it returns false, the request has been answered as [Guard.Require] would, and
// the handler must return.
//
//	if !guard.Ensure(c, perm.InvoicesWrite, invoice) {
//		return
//	}
func (g *Guard) Ensure(c *gin.Context, want rolekit.Permission, resource rolekit.Resource) bool {
	r, ok := g.identify(c)
	if !ok {
		return false
	}
	if err := g.kit.Catalog().CheckPermission(want); err != nil {
		// The programme's fault and not the client's, so its code is not kept.
		g.refuse(c, fmt.Errorf("a handler asks for what nobody can hold: %v", err)) //nolint:errorlint // see above
		return false
	}
	var room [1]rolekit.Decision
	_, ok = g.judge(c, r, Declaration{Mode: ModeAll, Permissions: []rolekit.Permission{want}}, resource, room[:0])
	return ok
}

// identify returns what is known of the request, finding it out where it is not
// yet. When it returns false, the request has been answered.
func (g *Guard) identify(c *gin.Context) (*request, bool) {
	if r := requestOf(c); r != nil && r.guard == g {
		return r, true
	}
	who, err := g.whoIs(c)
	if c.IsAborted() { // Config.Identify answered by itself, with a redirect to a login page say
		return nil, false
	}
	if err != nil {
		g.refuse(c, err)
		return nil, false
	}
	if !g.await(c, who) {
		return nil, false
	}
	r := &request{guard: g, who: who}
	r.decisions = r.room[:0]
	c.Set(requestKey{}, r)
	if who.User != "" {
		c.Request = c.Request.WithContext(rolekit.WithIdentity(c.Request.Context(), who))
	}
	return r, true
}

// whoIs asks Config.Identify and checks what it says: behind it, ids are known
// to be ids.
func (g *Guard) whoIs(c *gin.Context) (who rolekit.Identity, err error) {
	defer recovered("Config.Identify", &err)
	who, err = g.config.Identify(c)
	if err != nil || who.User == "" {
		return rolekit.Identity{}, err
	}
	if err := who.User.Validate(); err != nil {
		return rolekit.Identity{}, unauthenticated("the credentials name a user that cannot be one", "", err)
	}
	if err := proven(c, who.User); err != nil {
		return rolekit.Identity{}, err
	}
	if who.Org != "" {
		if err := who.Org.Validate(); err != nil {
			return rolekit.Identity{}, err
		}
	}
	if who.Profile != "" {
		// Checked before any organisation is, so that the answer does not
		// depend on which organisations exist.
		if err := g.kit.Catalog().CheckProfile(who.Profile); err != nil {
			return rolekit.Identity{}, err
		}
	}
	return who, nil
}

// lookUp looks up what the identity may do, once a request. Only guards do, which
// run one after the other: handlers may ask from several goroutines.
func (r *request) lookUp() {
	if !r.lookedUp && r.guard.plain != nil {
		r.caller, r.lookedUp = r.guard.plain.Caller(r.who), true
	}
}

// judge asks for every permission of the declaration and appends the decisions
// that allow. When it returns false, they were not enough, and the request has
// been answered.
func (g *Guard) judge(
	c *gin.Context, r *request, d Declaration, resource rolekit.Resource, decisions []rolekit.Decision,
) (all []rolekit.Decision, ok bool) {
	who := r.who
	switch {
	case who.User == "":
		g.refuse(c, errNobody())
		return nil, false
	case who.Org == "":
		g.refuse(c, invalid("the request names no organisation", "name the one that you act in"))
		return nil, false
	}
	had := len(decisions)
	var denied []rolekit.Decision
	for _, want := range d.Permissions {
		decision, err := g.ask(c, r, want, resource)
		switch {
		case errors.Is(err, rolekit.ErrOrgNotFound), errors.Is(err, rolekit.ErrPermissionDenied):
			// An organisation that does not exist is answered like one in
			// which the user has no role: which exist is not theirs to know.
			denied = append(denied, rolekit.DecisionOf(who, want))
		case err != nil:
			g.refuse(c, err)
			return nil, false
		case decision.Allowed:
			decisions = append(decisions, decision)
		default:
			denied = append(denied, decision)
		}
	}
	if len(decisions) == had || d.Mode == ModeAll && len(denied) > 0 {
		g.deny(c, who, d.Mode, denied)
		return nil, false
	}
	return decisions, true
}

// ask is the kit's Can, which must not take the request down: what panics has
// not decided.
func (g *Guard) ask(c *gin.Context, r *request, want rolekit.Permission, resource rolekit.Resource) (d rolekit.Decision, err error) {
	defer recovered("the kit", &err)
	if r.lookedUp && r.guard == g {
		return r.caller.Can(c.Request.Context(), want, resource)
	}
	return g.kit.Can(c.Request.Context(), r.who, want, resource)
}

// recovered turns a panic into an error that is not the kit's, and so 503.
func recovered(whose string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s panicked: %v", whose, r)
	}
}
