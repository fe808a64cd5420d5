package api_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ids asks for a list, page by page where limit is not empty, and returns the ids
// of what it holds.
func (w *world) ids(who, path, limit string) []string {
	w.t.Helper()
	var ids []string
	after := ""
	for range 100 {
		u, err := url.Parse(path)
		if err != nil {
			w.t.Fatal(err)
		}
		query := u.Query()
		if limit != "" {
			query.Set("limit", limit)
		}
		if after != "" {
			query.Set("after", after)
		}
		u.RawQuery = query.Encode()
		var l struct {
			Items []struct{ ID, User string }
			Next  string
		}
		w.read(w.ask(who, "GET "+u.String(), ""), &l)
		for _, item := range l.Items {
			ids = append(ids, item.ID+item.User)
		}
		if after = l.Next; after == "" {
			return ids
		}
	}
	w.t.Fatalf("%s has no end", path)
	return nil
}

// Every list of things with labels can be cut, sorted and paged in the same way.
func (w *world) lists(who, path string, want map[string]string) {
	w.t.Helper()
	for query, ids := range want {
		for _, limit := range []string{"", "1", "2"} {
			if got := strings.Join(w.ids(who, path+"?"+query, limit), " "); got != ids {
				w.t.Errorf("%s?%s by %q: %q, want %q", path, query, limit, got, ids)
			}
		}
	}
}

func TestListsOfOrganisations(t *testing.T) {
	w := newWorld(t)
	for _, o := range []string{
		`{"id":"z1","label":"Alder"}`, `{"id":"z2","label":"alder"}`, `{"id":"z3","label":"Birch","parent":"z1"}`, `{"id":"alder","label":"Zelkova","parent":"z3"}`,
	} {
		w.done(operator, "POST /v1/orgs", o)
	}
	w.lists(operator, "/v1/orgs", map[string]string{
		"":                                      "alder jack staff tom tom.north tom.south z1 z2 z3",
		"sort=-id":                              "z3 z2 z1 tom.south tom.north tom staff jack alder",
		"sort=label":                            "z1 z2 z3 staff jack tom.north tom.south tom alder",
		"sort=-label":                           "alder tom tom.south tom.north jack staff z3 z2 z1",
		"prefix=ALDER":                          "z1 z2", // labels, in any case; ids have no capitals
		"prefix=alder&sort=label":               "z1 z2 alder",
		"prefix=tom.":                           "tom.north tom.south",
		"prefix=nothing":                        "",
		"parent=tom":                            "tom.north tom.south",
		"parent=tom&sort=-id":                   "tom.south tom.north",
		"parent=nothing":                        "",
		"tops=true":                             "jack staff tom z1 z2",
		"tops=true&prefix=z":                    "z1 z2",
		"tops=true&parent=z1":                   "",
		"tops=false&prefix=z":                   "alder z1 z2 z3",
		"prefix=" + url.QueryEscape("Tom's in"): "tom.north tom.south",
	})
	w.done(admin, "PUT /v1/orgs/tom.north/members/bob", "")
	w.done(operator, "PUT /v1/orgs/z3/members/bob", "")
	w.lists("bob", "/v1/orgs", map[string]string{
		"":          "alder tom.north z3",
		"tops=true": "tom.north z3", // what is above is not bob's to see
		"parent=z3": "alder",
		"parent=z1": "z3",
	})
	w.lists(admin, "/v1/orgs", map[string]string{"": "tom tom.north tom.south", "tops=true": "tom"})
	w.lists(stranger, "/v1/orgs", map[string]string{"": "", "prefix=t": "", "parent=tom": "", "tops=true": ""})
}

func TestListsOfRolesGroupsAndSets(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","label":"ácme clerk","profile":"owner"}`)
	w.done(admin, "POST /v1/orgs/tom.north/roles", `{"id":"foreman","label":"HAND of the north","profile":"worker"}`)
	w.lists(admin, "/v1/orgs/tom.north/roles", map[string]string{
		"":                              "bookkeeper clerk foreman hand owner",
		"sort=-id":                      "owner hand foreman clerk bookkeeper",
		"sort=label":                    "hand foreman bookkeeper owner clerk", // by code points: á is behind o
		"origin=default":                "hand owner",
		"origin=custom":                 "bookkeeper clerk foreman",
		"profile=worker":                "bookkeeper foreman hand",
		"profile=worker&origin=default": "hand",
		"profile=nobody":                "",
		"prefix=hand":                   "foreman hand",
		"prefix=HAND&sort=label":        "hand foreman",
		"prefix=%C3%81cme":              "clerk",
		"prefix=keeper":                 "bookkeeper",
		"prefix=eeper":                  "",
	})
	for _, kind := range []string{"groups", "sets"} {
		w.done(admin, "PUT /v1/orgs/tom/"+kind+"/a1", `{"label":"Beta"}`)
		w.done(admin, "PUT /v1/orgs/tom/"+kind+"/a2", `{"label":"alpha"}`)
		w.done(admin, "PUT /v1/orgs/tom.north/"+kind+"/a3", `{"label":"Alpha"}`)
		w.lists(admin, "/v1/orgs/tom.north/"+kind, map[string]string{
			"prefix=a":               "a1 a2 a3",
			"prefix=a&sort=-id":      "a3 a2 a1",
			"prefix=a&sort=label":    "a2 a3 a1",
			"prefix=alp&sort=-label": "a3 a2",
			"prefix=b":               "a1",
		})
	}
}

func TestListsOfMembers(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "PUT /v1/orgs/tom/members/bob/roles/hand", "")
	w.done(admin, "PUT /v1/orgs/tom/members/bo~b/roles/hand", `{"from":"2001-01-01T00:00:00Z","until":"2002-01-01T00:00:00Z"}`)
	w.done(admin, "PUT /v1/orgs/tom/groups/crew/members/bob", "")
	w.lists(admin, "/v1/orgs/tom/members", map[string]string{
		"prefix=b":                      "bob bo~b",
		"prefix=b&sort=-user":           "bo~b bob",
		"prefix=c":                      "carl",
		"role=bookkeeper&prefix=a":      member,
		"role=hand&prefix=b&sort=-user": "bo~b bob",
		"group=crew":                    "bob carl",
		"group=crew&role=hand":          "bob",
		"group=crew&sort=-user":         "carl bob",
		"profile=worker&prefix=b":       "bob",
		"profile=worker&group=crew":     "bob carl",
		"profile=owner&prefix=t":        admin,
		"role=jacks-own":                "",
		"group=jacks-crew":              "",
		"profile=gardener":              "",
		"role=owner&profile=owner":      admin,
	})
	var first struct{ Next string }
	w.read(w.ask(admin, "GET /v1/orgs/tom/members?limit=1&role=hand&sort=-user", ""), &first)
	after := "&after=" + url.QueryEscape(first.Next)
	for _, query := range []string{
		"role=hand", "role=hand&sort=user", "sort=-user", "role=bookkeeper&sort=-user", "role=hand&sort=-user&prefix=b", "role=hand&sort=-user&group=crew",
		"role=hand&sort=-user&profile=worker", "group=hand&sort=-user",
	} {
		if a := w.ask(admin, "GET /v1/orgs/tom/members?"+query+after, ""); a.status != 422 || !strings.Contains(a.body, "is not a cursor of a list that is sorted and filtered so") {
			t.Errorf("the cursor of another list for %s: %d %s", query, a.status, a.body)
		}
	}
	if a := w.ask(admin, "GET /v1/orgs/tom/members?role=hand&sort=-user&limit=2"+after, ""); a.status != 200 {
		t.Errorf("the cursor of the list: %d %s", a.status, a.body)
	}
}

// Each list refuses the cursor of one that is filtered in another way.
func TestCursorsAreOfOneList(t *testing.T) {
	w := newWorld(t)
	w.done(operator, "POST /v1/orgs", `{"id":"tom2"}`)
	w.done(admin, "POST /v1/orgs/tom/keys", `{"label":"one"}`)
	w.done(admin, "POST /v1/orgs/tom/keys", `{"label":"two"}`)
	for _, c := range []struct{ who, path, filter string }{
		{operator, "/v1/orgs", "prefix=t"},
		{operator, "/v1/orgs", "tops=true"},
		{operator, "/v1/orgs", "parent=tom"},
		{admin, "/v1/orgs/tom/roles", "origin=default"},
		{admin, "/v1/orgs/tom/roles", "profile=worker"},
		{admin, "/v1/orgs/tom/roles", "prefix=h"},
		{admin, "/v1/orgs/tom/roles/matrix", "origin=default"},
		{admin, "/v1/orgs/tom/roles/matrix", "profile=worker"},
		{admin, "/v1/orgs/tom/groups", "prefix=c"},
		{admin, "/v1/orgs/tom/sets", "prefix=l"},
		{admin, "/v1/orgs/tom/keys", "created_by=user:tom@example.com"},
	} {
		for _, sort := range []string{"id", "-label"} {
			var first struct{ Next string }
			w.read(w.ask(c.who, "GET "+c.path+"?limit=1&sort="+sort, ""), &first)
			after := "&sort=" + sort + "&after=" + url.QueryEscape(first.Next)
			if a := w.ask(c.who, "GET "+c.path+"?limit=1"+after, ""); a.status != 200 || first.Next == "" {
				t.Errorf("%s by %s and %s: %d %s", c.path, sort, first.Next, a.status, a.body)
			}
			if a := w.ask(c.who, "GET "+c.path+"?"+c.filter+after, ""); a.status != 422 {
				t.Errorf("%s?%s by the cursor of the unfiltered list: %d", c.path, c.filter, a.status)
			}
		}
	}
}

// A label that changes between two pages moves one item, and no other.
func TestPagesGoOnWhereTheyWere(t *testing.T) {
	w := newWorld(t)
	var first struct {
		Items []struct{ ID string }
		Next  string
	}
	w.read(w.ask(operator, "GET /v1/orgs?sort=label&limit=2", ""), &first) // staff, jack
	w.done(operator, "DELETE /v1/orgs/jack", "")
	rest := w.ids(operator, "/v1/orgs?sort=label&after="+url.QueryEscape(first.Next), "")
	if !slices.Equal(rest, []string{"tom.north", "tom.south", "tom"}) {
		t.Errorf("%v, after %v", rest, first)
	}
}

type node struct {
	ID         string
	Label      string
	Parent     string
	ChildCount int `json:"child_count"`
	Children   []node
}

// String shows a tree: tom(a(b) c+2), where 2 of tom's are left out.
func (n node) String() string {
	s := n.ID
	var parts []string
	for _, c := range n.Children {
		parts = append(parts, c.String())
	}
	if len(parts) > 0 {
		s += "(" + strings.Join(parts, " ") + ")"
	}
	if more := n.ChildCount - len(n.Children); more > 0 {
		s += "+" + strconv.Itoa(more)
	}
	return s
}

func TestTreesOfOrganisations(t *testing.T) {
	w := newWorld(t)
	for _, o := range []string{
		`{"id":"n1","parent":"tom.north"}`, `{"id":"n2","parent":"tom.north"}`, `{"id":"n11","parent":"n1"}`, `{"id":"n111","parent":"n11"}`, `{"id":"s1","parent":"tom.south"}`,
	} {
		w.done(admin, "POST /v1/orgs", o)
	}
	for path, want := range map[string]string{
		"tom/tree?depth=16":        "tom(tom.north(n1(n11(n111)) n2) tom.south(s1))",
		"tom/tree":                 "tom(tom.north(n1(n11+1) n2) tom.south(s1))",
		"tom/tree?depth=1":         "tom(tom.north+2 tom.south+1)",
		"tom/tree?limit=1":         "tom+2",
		"tom/tree?limit=2":         "tom(tom.north+2)+1",
		"tom/tree?limit=4":         "tom(tom.north(n1+1)+1 tom.south+1)",
		"tom/tree?limit=6&depth=9": "tom(tom.north(n1+1 n2) tom.south(s1))",
		"tom.north/tree":           "tom.north(n1(n11(n111)) n2)",
		"n111/tree":                "n111",
	} {
		for _, who := range []string{admin, member, operator} {
			var tree node
			w.read(w.ask(who, "GET /v1/orgs/"+path, ""), &tree)
			if tree.String() != want {
				t.Errorf("%s for %s: %s, want %s", path, who, tree, want)
			}
		}
	}
	// Who belongs to a part sees that part, and nothing above or beside it.
	w.done(admin, "PUT /v1/orgs/n1/members/bob", "")
	var tree node
	w.read(w.ask("bob", "GET /v1/orgs/n1/tree", ""), &tree)
	if tree.String() != "n1(n11(n111))" {
		t.Errorf("for bob: %s", tree)
	}
	for _, org := range []string{"tom", "tom.north", "n2", "tom.south", "nothing"} {
		if a := w.ask("bob", "GET /v1/orgs/"+org+"/tree", ""); a.status != 403 {
			t.Errorf("%s for bob: %d", org, a.status)
		}
	}
}
