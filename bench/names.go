package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rolekit/rolekit"
)

const orgPrefix = "org-"

func orgName(i int) string  { return padded(orgPrefix, i, 5) }
func userName(i int) string { return padded("user-", i, 7) }
func roleName(i int) string { return "role-" + strconv.Itoa(i) }

// padded is a prefix and a number of some digits, made in one piece: there are very
// many of them.
func padded(prefix string, n, digits int) string {
	var room [32]byte
	text := append(room[:0], prefix...)
	for range digits {
		text = append(text, '0')
	}
	for at := len(text) - 1; n > 0; at, n = at-1, n/10 {
		text[at] += byte(n % 10)
	}
	return string(text)
}

// actionNames are none that imply another, which plain Casbin would not know of.
func actionNames() [4]string { return [...]string{"browse", "create", "edit", "remove"} }

// words are the permissions and roles as strings. Each who needs them makes their
// own, as a program's constants are not its database's strings.
type words struct {
	permissions [permissionCount]rolekit.Permission
	objects     [permissionCount]string
	actions     [permissionCount]string
	roles       [roleCount]string
	subjects    [roleCount]string // the roles as rules name them
}

func newWords() *words {
	w := &words{}
	for i := range permissionCount {
		w.objects[i], w.actions[i] = fmt.Sprintf("object-%02d", i/4), strings.Clone(actionNames()[i%4])
		w.permissions[i] = rolekit.NewPermission(rolekit.ObjectID(w.objects[i]), rolekit.ActionID(w.actions[i]))
	}
	for i := range roleCount {
		w.roles[i], w.subjects[i] = roleName(i), "role:"+roleName(i)
	}
	return w
}

// catalogYAML declares the permissions, and no roles: those come with the store.
func catalogYAML() []byte {
	var b strings.Builder
	b.WriteString("actions:\n")
	names := actionNames()
	for _, a := range names {
		fmt.Fprintf(&b, "  %s: {}\n", a)
	}
	b.WriteString("objects:\n")
	for i, object := range newWords().objects {
		if i%4 == 0 {
			fmt.Fprintf(&b, "  %s: {actions: [%s]}\n", object, strings.Join(names[:], ", "))
		}
	}
	return []byte(b.String())
}

// grants returns permissions as a role grants them.
func (w *words) grants(permissions mask) []rolekit.Grant {
	var all []rolekit.Grant
	for p := range permissions.each() {
		all = append(all, rolekit.Grant{Permission: w.permissions[p], Access: rolekit.AccessAny})
	}
	return all
}

// specs returns roles as their author writes them.
func (w *words) specs(roles [roleCount]mask) []rolekit.RoleSpec {
	all := make([]rolekit.RoleSpec, len(roles))
	for i, permissions := range roles {
		all[i] = rolekit.RoleSpec{ID: rolekit.RoleID(w.roles[i]), Profile: rolekit.DefaultProfile, Grants: w.grants(permissions)}
		if i == adminRole {
			for _, p := range []rolekit.Permission{rolekit.RolesWrite, rolekit.MembersWrite} {
				all[i].Grants = append(all[i].Grants, rolekit.Grant{Permission: p, Access: rolekit.AccessAny})
			}
		}
	}
	return all
}
