package middleware

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
)

// OrgSource is where a request names its organisation.
type OrgSource struct {
	kind sourceKind
	name string
}

type sourceKind int

const (
	fromPath sourceKind = iota + 1
	fromHeader
	fromClaim
)

// OrgFromPath takes the organisation from a parameter of the route's path:
// OrgFromPath("org") for /orgs/:org/invoices.
func OrgFromPath(parameter string) OrgSource { return OrgSource{fromPath, parameter} }

// OrgFromHeader takes the organisation from a header of the request.
func OrgFromHeader(header string) OrgSource { return OrgSource{fromHeader, header} }

// OrgFromClaim takes the organisation from a claim of the token. It is only
// what the request is about: what the user may do there is the policy's.
func OrgFromClaim(claim string) OrgSource { return OrgSource{fromClaim, claim} }

func (s OrgSource) check() error {
	if s.kind == 0 || s.name == "" {
		return invalid("Org has a source without a name", `use OrgFromPath("org"), OrgFromHeader or OrgFromClaim`)
	}
	return nil
}

// orgOf returns the organisation that a request is about: what the request
// itself names, else what the token does, else none. A request that names two is
// refused, since the one that is checked might not be the one that its handler
// takes.
func orgOf(c *gin.Context, claims jwt.MapClaims, sources []OrgSource) (rolekit.OrgID, error) {
	named := ""
	for _, s := range sources {
		for _, v := range s.inRequest(c) {
			if named != "" && v != named {
				return "", invalid("the request names two organisations", "name one, or the same everywhere")
			}
			named = v
		}
	}
	for _, s := range sources {
		if named != "" || s.kind != fromClaim {
			continue
		}
		var err error
		if named, err = stringClaim(claims, s.name); err != nil {
			return "", err
		}
	}
	return rolekit.OrgID(named), nil
}

// inRequest returns what the request itself says, without what is empty.
func (s OrgSource) inRequest(c *gin.Context) []string {
	switch s.kind {
	case fromPath:
		if v := c.Param(s.name); v != "" {
			return []string{v}
		}
	case fromHeader:
		return headerValues(c.Request.Header, s.name)
	case fromClaim: // is in the token, not in the request
	}
	return nil
}

// profileOf returns the profile that the user chose to act as: by the header,
// else by the claim, else none.
func profileOf(c *gin.Context, claims jwt.MapClaims, header, claim string) (rolekit.ProfileID, error) {
	switch values := headerValues(c.Request.Header, header); len(values) {
	case 0:
	case 1:
		return rolekit.ProfileID(values[0]), nil
	default:
		return "", invalid("the request has several headers "+header, "act as one profile")
	}
	if claim == "" {
		return "", nil
	}
	v, err := stringClaim(claims, claim)
	return rolekit.ProfileID(v), err
}

func headerValues(h http.Header, name string) []string {
	var values []string
	for _, v := range h.Values(name) {
		if v != "" {
			values = append(values, v)
		}
	}
	return values
}

// stringClaim returns a claim, empty where the token has none.
func stringClaim(claims jwt.MapClaims, name string) (string, error) {
	v, ok := claims[name]
	if !ok || v == nil {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", unauthenticated(fmt.Sprintf("the token's claim %q is not a string", name), "", nil)
	}
	return s, nil
}
