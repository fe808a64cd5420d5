package api_test

import (
	"strings"
	"testing"
)

func TestBadQueriesOfLists(t *testing.T) {
	refuses(t, []badInput{
		{"an order that is none", admin, "GET /v1/orgs?sort=name", "", 422, "invalid", "query.sort"},
		{"a cursor of another order", admin, "GET /v1/orgs?sort=label&after=tom", "", 422, "invalid", "not a cursor"},
		{"a cursor of another order, by id", admin, "GET /v1/orgs?after=VG9t~tom", "", 422, "invalid", "not a cursor"},
		{"a cursor that is none", admin, "GET /v1/orgs?sort=-label&after=%3F%3F~tom", "", 422, "invalid", "not a cursor"},
		{"an origin that is none", admin, "GET /v1/orgs/tom/roles?origin=own", "", 422, "invalid", "query.origin"},
		{"a cursor of another order, of groups", admin, "GET /v1/orgs/tom/groups?sort=label&after=crew", "", 422, "invalid", "not a cursor"},
		{"a cursor of another order, of sets", admin, "GET /v1/orgs/tom/sets?sort=label&after=lawns", "", 422, "invalid", "not a cursor"},
		{"a cursor of another order, of roles", admin, "GET /v1/orgs/tom/roles?sort=label&after=hand", "", 422, "invalid", "not a cursor"},
		{"a cursor of another order, of the matrix", admin, "GET /v1/orgs/tom/roles/matrix?sort=label&after=hand", "", 422, "invalid", "not a cursor"},
		{"a cursor of an item alone", admin, "GET /v1/orgs?after=tom", "", 422, "invalid", "not a cursor"},
		{"a cursor of members that is none", admin, "GET /v1/orgs/tom/members?after=carl", "", 422, "invalid", "not a cursor"},
		{"an order of members that is none", admin, "GET /v1/orgs/tom/members?sort=label", "", 422, "invalid", "query.sort"},
		{"too long a prefix of members", admin, "GET /v1/orgs/tom/members?prefix=" + strings.Repeat("p", 101), "", 422, "invalid", "query.prefix"},
		{"too long a prefix", admin, "GET /v1/orgs?prefix=" + strings.Repeat("p", 201), "", 422, "invalid", "query.prefix"},
		{"below a path", admin, "GET /v1/orgs?parent=..%2Ftom", "", 422, "invalid", "../tom"},
		{"a tree too deep", admin, "GET /v1/orgs/tom/tree?depth=17", "", 422, "invalid", "query.depth"},
		{"a tree of none", admin, "GET /v1/orgs/tom/tree?limit=0", "", 422, "invalid", "query.limit"},
	})
}

func TestBadCopiesOfRoles(t *testing.T) {
	refuses(t, []badInput{
		{"a copy of nothing", admin, "POST /v1/orgs/tom/roles/nothing/copy", `{"id":"x"}`, 404, "role_not_found", "nothing"},
		{"a copy of another organisation's role", admin, "POST /v1/orgs/tom/roles/jacks-own/copy", `{"id":"x"}`, 404, "role_not_found", "jacks-own"},
		{"a copy without an id", admin, "POST /v1/orgs/tom/roles/hand/copy", `{}`, 422, "invalid", "id to be present"},
		{"a copy with grants", admin, "POST /v1/orgs/tom/roles/hand/copy", `{"id":"x","grants":[]}`, 422, "invalid", "body.grants"},
		{"a copy onto itself", admin, "POST /v1/orgs/tom/roles/hand/copy", `{"id":"hand"}`, 409, "already_exists", "hand"},
		{"a role called matrix", admin, "POST /v1/orgs/tom/roles", `{"id":"matrix","profile":"worker"}`, 403, "reserved", "matrix"},
		{"a copy called matrix", admin, "POST /v1/orgs/tom/roles/hand/copy", `{"id":"matrix"}`, 403, "reserved", "matrix"},
	})
}
