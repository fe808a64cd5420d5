package rolekit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

// newTransferWorld is a world whose tom has a part, roles, a group, a set and a
// service key that holds a role.
func newTransferWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t).withSets()
	ctx, m := t.Context(), w.system()
	w.createOrg("tom.north", "tom", "")
	_, set := m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "lawns"}, 0)
	w.ok(set)
	w.ok(m.AddResources(ctx, "tom", "lawns", "1", "2"))
	w.role("tom", "clerk", []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.InSet("lawns")}})
	w.role("tom", "robot", grantsOf("invoices:read"))
	_, group := m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(group)
	w.ok(m.AddToGroup(ctx, "tom", "crew", []rolekit.UserID{"bob"}, nil))
	w.ok(m.PutAssignment(ctx, "tom", rolekit.Assignment{Group: "crew", Role: "clerk"}))
	w.ok(m.AddMember(ctx, "tom", "carol"))
	w.assign("tom", "olga", "mower")
	w.ok(w.SwitchProfile(ctx, rolekit.Identity{User: "olga", Org: "tom"}, "worker"))
	_, _, err := m.CreateKey(ctx, "tom", rolekit.NewKey{Label: "CI", Roles: []rolekit.RoleID{"robot"}})
	w.ok(err)
	return w
}

// withSets returns the world with a catalog in which jobs:read comes with sets too.
func (w *world) withSets() *world {
	return w.again(rolekit.Config{Catalog: parseCatalog(w.t, strings.Replace(catalogYAML, "jobs:read: {access: [any, team, own]}", "jobs:read: {access: [any, team, own, set]}", 1))})
}

// document is the document of one organisation.
func (w *world) document(org rolekit.OrgID) string {
	w.t.Helper()
	return w.exported(rolekit.ExportQuery{Org: org})
}

func TestADocumentOfOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newTransferWorld(t)
	got := w.document("tom")
	same(t, "the document", `# Who may do what, as rolekit export writes it and rolekit import reads it.
rolekit: 2
orgs:
- id: tom
  roles:
    clerk:
      profile: owner
      grants:
      - jobs:read set:lawns
    robot:
      profile: owner
      grants:
      - invoices:read
  groups:
    crew:
      users:
      - bob
  sets:
    lawns:
      resources:
      - '1'
      - '2'
  members:
  - carol
  assignments:
  - {user: olga, role: mower}
  - {user: olga, role: owner}
  - {group: crew, role: clerk}
  acting:
    olga: worker
`, got)
	for c, err := range w.system().Export(t.Context(), rolekit.ExportQuery{Org: "tom"}) {
		if w.ok(err); c.LeftOut.Keys != 1 || c.LeftOut.Rules != 0 {
			t.Errorf("left out: %+v", c.LeftOut)
		}
	}
	if below := w.exported(rolekit.ExportQuery{Org: "tom", Below: true}); below != got+"- id: tom.north\n  parent: tom\n" {
		t.Errorf("with those below: %s", below)
	}
	if north := w.document("tom.north"); !strings.HasSuffix(north, "orgs:\n- id: tom.north\n  parent: tom\n") {
		t.Errorf("of one below: %s", north)
	}
}

// What a restoration changes is one organisation's: of all others not a byte.
func TestARestorationTouchesOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newTransferWorld(t)
	document := w.document("tom")
	ctx, m := t.Context(), w.system()
	w.ok(m.RemoveMember(ctx, "tom", "carol"))
	w.assign("tom", "eve", "viewer")
	w.role("tom", "extra", grantsOf("jobs:read"))
	_, err := m.UpdateOrg(ctx, "tom", "Another", 0)
	w.ok(err)
	w.ok(m.RemoveResources(ctx, "tom", "lawns", "2"))
	w.ok(m.RemoveFromGroup(ctx, "tom", "crew", []rolekit.UserID{"bob"}, nil))
	w.ok(w.SwitchProfile(ctx, rolekit.Identity{User: "olga", Org: "tom"}, "owner"))
	before := adaptertest.Dump(t, w.store)
	done := w.restored(document, true)
	var lines []string
	for _, c := range done[0].Changes {
		lines = append(lines, string(c.Sign)+" "+c.What+": "+c.How)
	}
	same(t, "what was changed", []string{
		`~ label: "tom", was "Another"`, "- role extra: ", "~ set lawns: +1 -0 resources",
		"+ user bob: +group:crew", "+ user carol: +org:tom", "- user eve: -role:viewer", "~ user olga: acts as worker, was owner",
	}, lines)
	after := adaptertest.Dump(t, w.store)
	for _, org := range []rolekit.OrgID{"jack", "tom.north", rolekit.AllOrgs} {
		same(t, string(org), before.Layers[org], after.Layers[org])
		same(t, "the log of "+string(org), before.Audit[org], after.Audit[org])
		same(t, "the revision of "+string(org), before.Revisions[org], after.Revisions[org])
	}
	same(t, "the keys", before.Layers["tom"].Keys, after.Layers["tom"].Keys)
	same(t, "the document", document, w.document("tom"))
	robot := slices.ContainsFunc(after.Layers["tom"].Rules, func(r rolekit.Rule) bool {
		return strings.HasPrefix(r.V[0], "service:rkey_") && r.V[1] == "role:robot"
	})
	if !robot {
		t.Error("the key has lost its role")
	}
	if e := after.Audit["tom"][0]; e.Actor != "system:test" {
		t.Errorf("the log says %+v", e)
	}
	if after.Layers["tom"].Groups[0].Revision == before.Layers["tom"].Groups[0].Revision {
		t.Error("the group's revision has not moved with who is in it")
	}
}

// refusals are what is refused, as a plan and when it is done: then nothing has changed.
func TestWhatIsNotRestored(t *testing.T) {
	t.Parallel()
	w := newTransferWorld(t)
	w.createOrg("tom.west", "tom", "")
	w.role("tom.north", "local", grantsOf("jobs:read"))
	w.role("tom", "shared", grantsOf("jobs:read"))
	w.assign("tom.north", "nora", "shared")
	document := w.document("tom")
	north := w.document("tom.north")
	for what, c := range map[string]struct {
		document string
		want     error
		says     string
	}{
		"nobody left who manages": {
			strings.Replace(document, "  - {user: olga, role: owner}\n", "", 1), rolekit.ErrLastHolder, `policy.yaml:4: nobody in "tom"`,
		},
		"another parent": {
			strings.Replace(document, "- id: tom\n", "- id: tom\n  parent: jack\n", 1), rolekit.ErrExists, `is at the root, and would be below "jack"`,
		},
		"a role that is used below": {
			strings.Replace(document, "    shared:\n      profile: owner\n      grants:\n      - jobs:read\n", "", 1), rolekit.ErrInUse, `"tom.north" below`,
		},
		"a key's role": {
			strings.Replace(document, "    robot:\n      profile: owner\n      grants:\n      - invoices:read\n", "", 1), rolekit.ErrInUse, "the service key",
		},
		"a role that one below has": {
			strings.Replace(document, "    shared:\n", "    local:\n      profile: owner\n    shared:\n", 1), rolekit.ErrExists, `"role:local" already`,
		},
		"a role that one above has": {
			strings.Replace(north, "    local:\n", "    clerk: {profile: owner}\n    local:\n", 1), rolekit.ErrExists, `policy.yaml:7: there is a custom role "clerk" already`,
		},
		"a default role": {
			strings.Replace(north, "    local:\n", "    owner: {profile: owner}\n    local:\n", 1), rolekit.ErrExists, `a default role "owner"`,
		},
		"a group that one above has": {
			strings.Replace(north, "  roles:\n", "  groups: {crew: {}}\n  roles:\n", 1), rolekit.ErrReserved, `policy.yaml:6: "crew" is a group of organisation "tom"`,
		},
		"a set that one above has": {
			strings.Replace(north, "  roles:\n", "  sets: {lawns: {}}\n  roles:\n", 1), rolekit.ErrReserved, `"lawns" is a resource set of`,
		},
		"a group of one above in a group": {
			strings.Replace(north, "  roles:\n", "  groups:\n    n:\n      groups: [crew]\n  roles:\n", 1), rolekit.ErrReserved, `policy.yaml:8: "crew"`,
		},
		"a parent that is not there": {
			"rolekit: 1\norgs:\n- {id: x, parent: nowhere}\n", rolekit.ErrOrgNotFound, "nowhere",
		},
		"a key": {
			strings.Replace(document, "  - carol\n", "  - service:rkey_abcdefghijklmnop\n", 1), rolekit.ErrReserved, "is a service key",
		},
		"a role called matrix": {
			strings.Replace(document, "    shared:\n", "    matrix: {profile: owner}\n    shared:\n", 1), rolekit.ErrReserved, "matrix",
		},
	} {
		for _, apply := range []bool{false, true} {
			if what == "a key" && strings.Contains(c.document, "carol") {
				t.Fatal("carol is not where the case looks for her")
			}
			w.unchanged(what, func() {
				_, err := w.restore(c.document, apply)
				if isError(t, what, err, c.want); err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %v; want %q", what, err, c.says)
				}
			})
		}
	}
}

// What is wrong with parts of an organisation is told with their lines, all at once.
func TestWrongPartsHaveTheirLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withSets()
	const document = `rolekit: 1
orgs:
- id: tom
  roles:
    clerk:
      profile: owner
      grants: [invoices:raed,
        jobs:read set:lawn, invoices:read own]
      includes: [viewr]
    cycle: {profile: owner, includes: [cycle]}
    mix: {profile: owner, includes: [mower]}
  groups:
    crew:
      users: [ada]
      groups: [crw]
  sets:
    lawns: {}
  assignments:
  - {user: olga, role: owner}
  - user: bob
    role: clrk
  - {group: krew, role: viewer}
  acting: {ada: wroker}
`
	_, err := w.restore(document, false)
	want := []string{
		`policy.yaml:7: there is no permission "invoices:raed"; did you mean "invoices:read"?`,
		`policy.yaml:8: there is no resource set "lawn" in "tom"; did you mean "lawns"?`,
		`policy.yaml:8: `, // invoices:read is not granted own
		`policy.yaml:9: there is no role "viewr" in "tom"; did you mean "viewer"?`,
		`policy.yaml:10: role "cycle" cannot include itself`,
		`policy.yaml:11: role "mower" is of profile "worker", not "owner"`,
		`policy.yaml:15: there is no group "crw" in "tom"; did you mean "crew"?`,
		`policy.yaml:20: there is no role "clrk" in "tom"; did you mean "clerk"?`,
		`policy.yaml:22: there is no group "krew" in "tom"; did you mean "crew"?`,
		`policy.yaml:23: there is no profile "wroker"; did you mean "worker"?`,
	}
	for _, line := range want {
		if !strings.Contains(err.Error(), line) {
			t.Errorf("%q is missing", line)
		}
	}
	if n := strings.Count(err.Error(), "policy.yaml:"); n != len(want) {
		t.Errorf("%d lines: %v", n, err)
	}
	isError(t, "the first one's code", err, rolekit.ErrInvalid)

	_, err = w.restore(`rolekit: 1
orgs:
- id: Tom
  parent: " "
  label: "a\ab"
  groups:
    a: {groups: [b]}
    b: {groups: [a]}
    c: {users: [" x"]}
  sets:
    s: {resources: ["\t"]}
  members: [""]
  assignments:
  - {role: owner}
  - {user: ada, role: "!"}
  - {user: ada, role: owner, from: 2026-03-02T12:00:00Z, until: 2026-03-01T12:00:00Z}
  acting: {ada: "w r"}
`, true)
	for _, line := range []string{":3:", ":4:", ":5:", ":7:", ":8:", ":9:", ":11:", ":12:", ":14:", ":15:", ":16:", `:17: profile id "w r" is not valid`} {
		if !strings.Contains(err.Error(), "policy.yaml"+line) {
			t.Errorf("%q is missing in %v", line, err)
		}
	}
}

func TestWhatAllShareIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	document := w.everything()
	edited := strings.Replace(document, "      label: mower\n", "", 1)
	edited = strings.Replace(edited, "      - jobs:write own\n", "      - jobs:read own\n", 1)
	plan := w.restored(edited, false)
	same(t, "the document after a plan", document, w.everything())
	same(t, "what was done", plan, w.restored(edited, true))
	if c := plan[0].Changes; plan[0].Org != rolekit.AllOrgs || len(c) != 1 || c[0].What != "default role mower" {
		t.Errorf("the plan: %+v", plan)
	}
	same(t, "the document", edited, w.everything())
	for what, wrong := range map[string]string{
		"a permission":  strings.Replace(document, "      - jobs:write own\n", "      - jobs:writ own\n", 1),
		"an access":     strings.Replace(document, "      - jobs:write own\n", "      - jobs:write set:x y\n", 1),
		"a profile":     strings.Replace(document, "    mower:\n      profile: worker\n", "    mower:\n      profile: wroker\n", 1),
		"a last holder": strings.ReplaceAll(document, "      - iam.roles:write\n", ""),
	} {
		if wrong == document {
			t.Fatalf("%s: nothing was replaced in\n%s", what, document)
		}
		for _, apply := range []bool{false, true} {
			w.unchanged(what, func() {
				if _, err := w.restore(wrong, apply); err == nil {
					t.Errorf("%s was restored", what)
				}
			})
		}
	}
}

// Only the system may, and not within somebody's transaction.
func TestWhoMayTransfer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range []struct {
		*rolekit.Manager

		want error
	}{{w.as("olga"), rolekit.ErrPermissionDenied}, {w.Manager(), rolekit.ErrUnauthenticated}} {
		_, err := m.Restoration(false)
		isError(t, "a restoration", err, m.want)
		n := 0
		for c, err := range m.Export(t.Context(), rolekit.ExportQuery{Org: "tom"}) {
			isError(t, "an export", err, m.want)
			if n++; c.ID != "" {
				t.Errorf("it tells of %q", c.ID)
			}
		}
		if n != 1 {
			t.Errorf("%d answers", n)
		}
	}
	_, err := w.system().Preview(t.Context(), func(m *rolekit.Manager) error { _, err := m.Restoration(true); return err })
	isError(t, "within another", err, rolekit.ErrInvalid)
}

// A document is never less than what there is: what cannot be read ends it.
func TestAnExportOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	end := func(w *world, q rolekit.ExportQuery) (err error) {
		for _, last := range w.system().Export(t.Context(), q) {
			err = last
		}
		return err
	}
	all := rolekit.ExportQuery{Org: rolekit.AllOrgs}
	w := newTransferWorld(t)
	w.sql("UPDATE casbin_rule SET v0 = 'nobody' WHERE v2 = 'tom' AND v1 = 'role:clerk'")
	isError(t, "a broken rule", end(w, all), rolekit.ErrBrokenPolicy)
	isError(t, "a broken rule above", end(w, rolekit.ExportQuery{Org: "tom.north"}), rolekit.ErrBrokenPolicy)
	isError(t, "no organisation", end(w, rolekit.ExportQuery{Org: "nowhere"}), rolekit.ErrOrgNotFound)
	if err := end(w, rolekit.ExportQuery{Org: "jack"}); err != nil {
		t.Errorf("another: %v", err)
	}
	w = newTransferWorld(t)
	w.sql("UPDATE rolekit_orgs SET parent = 'gone' WHERE id = 'tom'")
	isError(t, "a parent that is not there", end(w, all), rolekit.ErrBrokenPolicy)
}

// A rule that means nothing is left out, and goes: with what comes, it might mean
// something.
func TestRulesThatMeanNothing(t *testing.T) {
	t.Parallel()
	w := newTransferWorld(t)
	for _, rule := range []string{
		"('p', 'role:ghost', 'tom', 'owner', 'invoices', 'write', 'any')", "('g', 'user:eve', 'role:ghost', 'tom', '', '', '')",
		"('g', 'role:clerk', 'role:ghost', 'tom', '', '', '')", "('g2', 'resource:9', 'set:ghost', 'tom', '', '', '')",
		"('g', 'user:eve', 'group:ghost', 'tom', '', '', '')", "('g', 'group:ghost', 'role:owner', 'tom', '', '', '')",
	} {
		w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES " + rule)
	}
	w.sql("UPDATE rolekit_revisions SET revision = revision + 1 WHERE org_id = 'tom'")
	document := w.document("tom")
	if strings.Contains(document, "ghost") {
		t.Error(document)
	}
	for c, err := range w.system().Export(t.Context(), rolekit.ExportQuery{Org: "tom"}) {
		if w.ok(err); c.LeftOut.Rules != 6 {
			t.Errorf("left out: %+v", c.LeftOut)
		}
	}
	document = strings.Replace(document, "    robot:\n", "    ghost: {profile: owner}\n    robot:\n", 1)
	document = strings.Replace(document, "    crew:\n", "    ghost: {}\n    crew:\n", 1)
	document = strings.Replace(document, "    lawns:\n", "    ghost: {}\n    lawns:\n", 1)
	w.restored(document, true)
	if rules := strings.Join(w.rules(), "\n"); strings.Contains(rules, "ghost") {
		t.Errorf("rules are left: %s", rules)
	}
}
