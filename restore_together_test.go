package rolekit_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// What counts is what all organisations of a document have afterwards, whatever one of
// them still has while the one above it is restored.
func TestADocumentIsTakenAsAWhole(t *testing.T) {
	t.Parallel()
	const head = "rolekit: 1\norgs:\n"
	const tom, north = "- id: tom\n", "- id: tom.north\n  parent: tom\n"
	const olga, nora = "  - {user: olga, role: owner}\n", "  - {user: nora, role: local}\n"
	const manages = "{profile: owner, grants: [\"iam.roles:write\", \"iam.members:write\"]}\n"
	for what, c := range map[string]struct {
		before, after string
		want          error  // nil where it is restored
		says          string // of the error
	}{
		"a role that goes is given below": {
			before: tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  assignments:\n" + nora,
			after:  tom + "  assignments:\n" + olga + north,
		},
		"a role that goes is still given below": {
			before: tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  assignments:\n" + nora,
			after:  tom + "  assignments:\n" + olga + north + "  assignments:\n" + nora,
			want:   rolekit.ErrRoleNotFound, says: `policy.yaml:9: there is no role "local"`,
		},
		"a role that goes is given below, which is not in it": {
			before: tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  assignments:\n" + nora,
			after:  tom + "  assignments:\n" + olga,
			want:   rolekit.ErrInUse, says: `policy.yaml:3: "role:local", which would go`,
		},
		"one of two below is not in it": {
			before: tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  assignments:\n" + nora +
				"- id: tom.west\n  parent: tom\n  assignments:\n" + nora,
			after: tom + "  assignments:\n" + olga + north,
			want:  rolekit.ErrInUse, says: `policy.yaml:3: "role:local", which would go, is used in organisation "tom.west"`,
		},
		"a role moves up": {
			before: tom + "  assignments:\n" + olga + north + "  roles: {local: {profile: owner}}\n  assignments:\n" + nora,
			after:  tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  assignments:\n" + nora,
		},
		"a role moves down, a set up and a group down": {
			before: tom + "  roles: {local: {profile: owner}}\n  groups: {crew: {users: [ada]}}\n  assignments:\n" + olga + north +
				"  sets: {lawns: {resources: [a]}}\n  assignments:\n" + nora + "  - {group: crew, role: local}\n",
			after: tom + "  sets: {lawns: {resources: [a]}}\n  assignments:\n" + olga + north +
				"  roles: {local: {profile: owner}}\n  groups: {crew: {users: [ada]}}\n  assignments:\n" + nora + "  - {group: crew, role: local}\n",
		},
		"a role moves down, and is used further below": {
			before: tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "- id: tom.north.a\n  parent: tom.north\n  assignments:\n" + nora,
			after: tom + "  assignments:\n" + olga + north + "  roles: {local: {profile: owner}}\n- id: tom.north.a\n  parent: tom.north\n  assignments:\n" +
				nora,
		},
		"a name in both": {
			before: tom + "  assignments:\n" + olga + north + "  roles: {local: {profile: owner}}\n",
			after:  tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  roles: {local: {profile: owner}}\n",
			want:   rolekit.ErrExists, says: `policy.yaml:9: there is a custom role "local" already`,
		},
		"another manages below": {
			before: tom + "  roles: {local: " + strings.TrimSpace(manages) + "}\n" + north + "  assignments:\n" + nora,
			after:  tom + "  roles: {local: {profile: owner}}\n" + north + "  assignments:\n" + nora + olga,
		},
		"nobody manages below": {
			before: tom + "  roles: {local: " + strings.TrimSpace(manages) + "}\n" + north + "  assignments:\n" + nora,
			after:  tom + "  roles: {local: {profile: owner}}\n" + north + "  assignments:\n" + nora,
			want:   rolekit.ErrLastHolder, says: `nobody in "tom.north"`,
		},
		"one comes below": {
			before: tom + "  roles: {local: {profile: owner}}\n  assignments:\n" + olga + north + "  assignments:\n" + nora,
			after:  tom + "  assignments:\n" + olga + north + "- id: tom.west\n  parent: tom\n  roles: {local: {profile: owner}}\n",
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := emptyWorld(t)
			_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
			w.ok(err)
			w.restored(head+c.before, true)
			before := w.everything()
			var told []rolekit.Restored
			for _, apply := range []bool{false, true} {
				done, err := w.restore(head+c.after, apply)
				if c.want != nil {
					if isError(t, what, err, c.want); err != nil && !strings.Contains(err.Error(), c.says) {
						t.Errorf("%v; want %s", err, c.says)
					}
					same(t, "the document", before, w.everything())
					continue
				}
				w.ok(err)
				if !apply {
					same(t, "the document", before, w.everything())
					told = done
					continue
				}
				same(t, "the plan, and what was done", told, done)
				want := (&world{t: t, store: emptyWorld(t).store}).again(rolekit.Config{})
				_, err = want.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
				want.ok(err)
				want.restored(head+c.after, true)
				same(t, "the document", want.everything(), w.everything())
				if again := w.restored(head+c.after, false); changes(again) > 0 {
					t.Errorf("a second time: %+v", again)
				}
			}
		})
	}
}

// A service key below holds what would go, and no document says that it does not.
func TestAKeyBelowKeepsItsRole(t *testing.T) {
	t.Parallel()
	w := newTransferWorld(t)
	without := w.exported(rolekit.ExportQuery{Org: "tom", Below: true})
	w.role("tom", "shared", grantsOf("jobs:read"))
	_, _, err := w.system().CreateKey(t.Context(), "tom.north", rolekit.NewKey{Label: "CI", Roles: []rolekit.RoleID{"shared"}})
	w.ok(err)
	for _, apply := range []bool{false, true} {
		w.unchanged("the key's role", func() {
			_, err := w.restore(without, apply)
			isError(t, "the key's role", err, rolekit.ErrInUse)
		})
	}
}
