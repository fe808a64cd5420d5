package rolekit_test

import (
	"testing"

	"github.com/rolekit/rolekit"
)

func TestCopiesOfRoles(t *testing.T) {
	t.Parallel()
	w := hrWorld(t)
	ctx, olga := t.Context(), w.as("olga")
	label := "Clerk"
	source, err := olga.UpdateRole(ctx, "tom", "chief", rolekit.RolePatch{Label: &label, Description: &label}, 0)
	w.ok(err)
	_, err = olga.SetGrants(ctx, "tom", "chief", grantsOf("jobs:read"), 0)
	w.ok(err)
	for _, c := range []struct {
		org  rolekit.OrgID
		from rolekit.RoleID
		to   rolekit.RoleCopy
		want rolekit.RoleSpec
	}{
		{"tom", "chief", rolekit.RoleCopy{ID: "a"}, rolekit.RoleSpec{
			ID: "a", Label: "Clerk", Description: "Clerk", Profile: "owner", Grants: grantsOf("jobs:read"), Includes: []rolekit.RoleID{"bookkeeper"},
		}},
		{"tom.north", "chief", rolekit.RoleCopy{ID: "b", Label: "B", Description: new(string)}, rolekit.RoleSpec{ // of an ancestor's
			ID: "b", Label: "B", Profile: "owner", Grants: grantsOf("jobs:read"), Includes: []rolekit.RoleID{"bookkeeper"},
		}},
		{"tom", "mower", rolekit.RoleCopy{ID: "c"}, rolekit.RoleSpec{ // of a default one
			ID: "c", Label: "mower", Profile: "worker", Grants: []rolekit.Grant{{Permission: "jobs:write", Access: "own"}},
		}},
	} {
		made, err := w.system().CopyRole(ctx, c.org, c.from, c.to)
		w.ok(err)
		same(t, "the copy", c.want, made.RoleSpec)
		read, err := w.again(rolekit.Config{}).system().Role(ctx, c.org, c.to.ID)
		w.ok(err)
		same(t, "the copy as stored", made, read)
		if made.Org != c.org || made.Origin != rolekit.OriginCustom || made.Revision <= source.Revision {
			t.Errorf("%+v", made)
		}
	}
	// They go their own ways.
	_, err = olga.SetGrants(ctx, "tom", "chief", nil, 0)
	w.ok(err)
	w.assign("tom", "bob", "a")
	if !w.can("bob", "tom", "jobs:read") || !w.can("bob", "tom", "invoices:write") {
		t.Error("a copy gives less than it began with")
	}
}

func TestCopiesAreHeldToWhatNewRolesAre(t *testing.T) {
	t.Parallel()
	w := hrWorld(t)
	ctx, carol := t.Context(), w.as("carol")
	copied := func(m *rolekit.Manager, org rolekit.OrgID, from, to rolekit.RoleID) func() error {
		return func() error { _, err := m.CopyRole(ctx, org, from, rolekit.RoleCopy{ID: to}); return err }
	}
	w.role("tom.north", "norths", nil)
	w.role("jack", "jacks", nil)
	w.assign("tom", "dora", "viewer")
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"a default role that she does not hold":    {copied(carol, "tom", "owner", "mine"), rolekit.ErrEscalation},
		"a custom role that she does not hold":     {copied(carol, "tom", "bookkeeper", "mine"), rolekit.ErrEscalation},
		"a role that includes what she lacks":      {copied(carol, "tom", "chief", "mine"), rolekit.ErrEscalation},
		"an ancestor's that she does not hold":     {copied(carol, "tom.north", "chief", "mine"), rolekit.ErrEscalation},
		"in an organisation that is not hers":      {copied(carol, "jack", "jacks", "mine"), rolekit.ErrPermissionDenied},
		"by one who may only read":                 {copied(w.as("dora"), "tom", "viewer", "mine"), rolekit.ErrPermissionDenied},
		"by one who may not":                       {copied(w.as("bob"), "tom", "empty", "mine"), rolekit.ErrPermissionDenied},
		"by nobody":                                {copied(w.Manager(), "tom", "empty", "mine"), rolekit.ErrUnauthenticated},
		"another organisation's":                   {copied(w.system(), "tom", "jacks", "mine"), rolekit.ErrRoleNotFound},
		"one of an organisation below":             {copied(w.system(), "tom", "norths", "mine"), rolekit.ErrRoleNotFound},
		"nothing":                                  {copied(w.system(), "tom", "nothing", "mine"), rolekit.ErrRoleNotFound},
		"onto itself":                              {copied(w.system(), "tom", "chief", "chief"), rolekit.ErrExists},
		"onto a default role":                      {copied(w.system(), "tom", "chief", "viewer"), rolekit.ErrExists},
		"onto an ancestor's":                       {copied(w.system(), "tom.north", "viewer", "chief"), rolekit.ErrExists},
		"onto one of an organisation below":        {copied(w.system(), "tom", "chief", "norths"), rolekit.ErrExists},
		"under no id":                              {copied(w.system(), "tom", "chief", "No id"), rolekit.ErrInvalid},
		"under the id of the table of all of them": {copied(w.system(), "tom", "chief", "matrix"), rolekit.ErrReserved},
		"with a label that holds NUL": {func() error {
			_, err := w.system().CopyRole(ctx, "tom", "chief", rolekit.RoleCopy{ID: "mine", Label: "\x00"})
			return err
		}, rolekit.ErrInvalid},
	} {
		w.unchanged(name, func() { isError(t, name, c.do(), c.want) })
	}
	w.ok(copied(carol, "tom", "hr", "second-hr")())
}

// What the catalog has lost since is not copied: it would be refused.
func TestCopiesLeaveOutWhatTheCatalogLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read", "jobs:read"))
	const smaller = "{profiles: {owner: {}, worker: {}}, objects: {invoices: {actions: [read, write]}}, roles: {owner: {profile: owner, grants: ['*:*']}}, creator: owner}"
	later := w.again(rolekit.Config{Catalog: parseCatalog(t, smaller)})
	r, err := later.system().CopyRole(t.Context(), "tom", "clerk", rolekit.RoleCopy{ID: "copy"})
	w.ok(err)
	same(t, "the copy", grantsOf("invoices:read"), r.Grants)
}

func TestNoRoleIsCalledMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := rolekit.RoleSpec{ID: "matrix", Profile: "owner"}
	w.unchanged("matrix", func() {
		_, err := w.system().CreateRole(t.Context(), "tom", spec)
		isError(t, "a custom role", err, rolekit.ErrReserved)
		_, err = w.system().ApplyDefaults(t.Context(), rolekit.Defaults{Roles: []rolekit.RoleSpec{spec}})
		isError(t, "a default role", err, rolekit.ErrReserved)
		_, err = rolekit.ParseCatalog("catalog.yaml", []byte("roles: {matrix: {}}"))
		isError(t, "a catalog", err, rolekit.ErrInvalid)
	})
}
