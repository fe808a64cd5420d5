package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	gormadapter "github.com/casbin/gorm-adapter/v3"
	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
)

// rbacWithDomains is Casbin's own model of that name.
const rbacWithDomains = `
[request_definition]
r = sub, dom, obj, act

[policy_definition]
p = sub, dom, obj, act

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`

// newCasbin is an application that plain Casbin guards, with the same world in it:
// one SyncedEnforcer that stores through gorm-adapter, a middleware that asks it,
// and a handler that edits a role, which is all that it does: no audit, no look at
// what the editor holds, no revision.
func newCasbin(db *gorm.DB, s size) (*subject, error) {
	m, err := model.NewModelFromString(rbacWithDomains)
	if err != nil {
		return nil, err
	}
	a, err := gormadapter.NewAdapterByDBUseTableName(db, "plain", "casbin_rule")
	if err != nil {
		return nil, err
	}
	enforcer, err := casbin.NewSyncedEnforcer(m, a)
	if err != nil {
		return nil, err
	}
	grants, links := s.rules()
	if _, err := enforcer.AddPolicies(grants); err != nil {
		return nil, err
	}
	if _, err := enforcer.AddGroupingPolicies(links); err != nil {
		return nil, err
	}
	router := gin.New()
	require := func(object, action string) gin.HandlerFunc {
		return func(c *gin.Context) {
			allowed, err := enforcer.Enforce(c.GetHeader(userHeader), c.Param("org"), object, action)
			switch {
			case err != nil:
				c.AbortWithStatus(http.StatusInternalServerError)
			case !allowed:
				c.AbortWithStatus(http.StatusForbidden)
			}
		}
	}
	for _, o := range objects() {
		router.GET("/orgs/:org/"+o, require(o, "read"), done)
		router.POST("/orgs/:org/"+o, require(o, "write"), done)
	}
	router.PUT("/orgs/:org/roles/:role", require("roles", "write"), func(c *gin.Context) { replace(c, enforcer) })
	return &subject{name: "plain Casbin", handler: router, edit: editPlainly}, nil
}

// rules are the world's as Casbin has them.
func (s size) rules() (grants, links [][]string) {
	for i := range s.orgs {
		org := s.org(i)
		for _, name := range roleNames() {
			for _, g := range roles()[name] {
				grants = append(grants, []string{name, org, g.object, g.action})
			}
		}
		for _, g := range edited()[0] {
			grants = append(grants, []string{editor, org, g.object, g.action})
		}
		grants = append(grants, []string{"owner", org, "roles", "write"})
		links = append(links, []string{boss, "owner", org}, []string{guest, editor, org})
		for j := range s.members {
			links = append(links, []string{s.user(i*s.members + j), s.roleOf(j), org})
		}
	}
	return grants, links
}

// replace gives a role other grants: first those that are new, then it takes the
// others, so that nobody is refused in between what stays.
func replace(c *gin.Context, enforcer *casbin.SyncedEnforcer) {
	var want [][]string
	if err := c.BindJSON(&want); err != nil {
		return
	}
	role, org := c.Param("role"), c.Param("org")
	had, err := enforcer.GetFilteredPolicy(0, role, org)
	if err == nil {
		_, err = enforcer.AddPoliciesEx(want)
	}
	for _, rule := range had {
		keep := false
		for _, w := range want {
			keep = keep || fmt.Sprint(w) == fmt.Sprint(rule)
		}
		if err == nil && !keep {
			_, err = enforcer.RemovePolicy(rule)
		}
	}
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Status(http.StatusNoContent)
}

func editPlainly(org string, grants []grant) (method, path string, header http.Header, body []byte, want int) {
	var rules [][]string
	for _, g := range grants {
		rules = append(rules, []string{editor, org, g.object, g.action})
	}
	body, err := json.Marshal(rules)
	if err != nil { // of nothing but texts
		panic(fmt.Sprintf("load: %v", err))
	}
	return http.MethodPut, "/orgs/" + org + "/roles/" + editor, http.Header{"Content-Type": {"application/json"}}, body, http.StatusNoContent
}
