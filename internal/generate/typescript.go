package generate

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/rolekit/rolekit"
)

// TypeScript returns a TypeScript module, formatted as Prettier does by default:
// the union of permissions, profiles, what the catalog says of them for a front
// end that lets people edit roles, and the types of what GET /v1/me answers.
// source is the catalog's file, for the first line.
func TypeScript(c *rolekit.Catalog, source string) []byte {
	t := &tsFile{catalog: c}
	t.printf("// %s\n", header(source))
	t.types()
	t.printf("%s", tsShapes)
	t.actions()
	t.profiles()
	t.groups()
	t.permissions()
	t.roles()
	return t.Bytes()
}

// tsShapes are the types that do not depend on the catalog. Those of /v1/me are
// the schemas Me, Membership and Grant of docs/openapi.yaml, with narrower types.
const tsShapes = `
/** A permission and how far it reaches inside the organisation. */
export interface Grant {
  permission: Permission;
  /** any where left out */
  access?: Access;
}

/** An organisation that the caller is in. */
export interface Membership {
  id: string;
  label: string;
  /** those that the caller can act as there */
  profiles: Profile[];
  /** given there or in an ancestor: default roles, and custom ones of organisations */
  roles: string[];
}

/** What GET /v1/me answers. */
export interface Me {
  user: string;
  /** the caller acts as; absent where they must choose one */
  profile?: Profile;
  orgs: Membership[];
  /** the organisation of profiles and permissions, where the request named one */
  org?: string;
  /** those that the caller can act as in org */
  profiles?: Profile[];
  /** what the caller may do in org as profile, implied actions spelled out */
  permissions?: Grant[];
}

/** What the catalog says of an action. */
export interface ActionInfo {
  readonly label: string;
  /** the actions that come with it, all of them */
  readonly implies: readonly Action[];
}

/** What the catalog says of a profile. */
export interface ProfileInfo {
  readonly label: string;
}

/** The permissions on one object, as a form shows them together. */
export interface PermissionGroup {
  readonly object: string;
  readonly label: string;
  readonly permissions: readonly Permission[];
}

/** What the catalog says of a permission. */
export interface PermissionInfo {
  readonly label: string;
  readonly description: string;
  readonly action: Action;
  /** the permissions that come with it, all of them */
  readonly implies: readonly Permission[];
  /** for which it is valid */
  readonly profiles: readonly Profile[];
  /** which a role's author may pick; set stands for every set:<id> */
  readonly access: readonly AccessKind[];
}

/** What the catalog says of a default role. */
export interface RoleInfo {
  readonly label: string;
  readonly description: string;
  readonly profile: Profile;
}
`

// tsFile is a file as it grows.
type tsFile struct {
	bytes.Buffer

	catalog *rolekit.Catalog
}

func (t *tsFile) printf(form string, args ...any) { _, _ = fmt.Fprintf(t, form, args...) } // memory takes it

func (t *tsFile) types() {
	permissions := tsStrings(t.catalog.Permissions(), func(p rolekit.PermissionInfo) string { return string(p.ID) })
	actions := tsStrings(t.catalog.Actions(), func(a rolekit.ActionInfo) string { return string(a.ID) })
	profiles := tsStrings(t.catalog.Profiles(), func(p rolekit.ProfileInfo) string { return string(p.ID) })
	roles := tsStrings(t.catalog.DefaultRoles(), func(r rolekit.RoleSpec) string { return string(r.ID) })
	own := tsStrings(t.catalog.Accesses(), func(a rolekit.AccessInfo) string { return string(a.ID) })
	t.union("What code asks for: an action on an object.", "Permission", permissions)
	t.union("What is done.", "Action", actions)
	t.union("A kind of user.", "Profile", profiles)
	t.union("A role that every organisation has, beside its own.", "DefaultRole", roles)
	t.union("How far a grant reaches inside the organisation.", "Access", append([]string{`"any"`, `"team"`, `"own"`, "`set:${string}`"}, own...))
	t.union("An access as a permission offers it.", "AccessKind", append([]string{`"any"`, `"team"`, `"own"`, `"set"`}, own...))
}

func (t *tsFile) union(about, name string, members []string) {
	t.printf("\n/** %s */\n", about)
	if len(members) == 0 {
		members = []string{"never"}
	}
	left, all := "export type "+name+" =", strings.Join(members, " | ")+";"
	switch {
	case fits(left + " " + all):
		t.printf("%s %s\n", left, all)
	case fits("  "+all) || len(members) == 1:
		t.printf("%s\n  %s\n", left, all)
	default:
		t.printf("%s\n  | %s;\n", left, strings.Join(members, "\n  | "))
	}
}

func (t *tsFile) actions() {
	t.record("The actions in the order of the catalog.", "actions", "Record<Action, ActionInfo>", func() {
		for _, a := range t.catalog.Actions() {
			t.entry(string(a.ID), func() {
				t.text("label", a.Label)
				var implies []rolekit.ActionID
				for _, other := range t.catalog.Actions() {
					if other.ID != a.ID && t.catalog.Implies(a.ID, other.ID) {
						implies = append(implies, other.ID)
					}
				}
				tsList(t, "implies", implies)
			})
		}
	})
}

func (t *tsFile) profiles() {
	t.record("The profiles in the order of the catalog.", "profiles", "Record<Profile, ProfileInfo>", func() {
		for _, p := range t.catalog.Profiles() {
			t.entry(string(p.ID), func() { t.text("label", p.Label) })
		}
	})
}

// groups has the permissions by object, which is how a form groups them.
func (t *tsFile) groups() {
	t.printf("\n/** The permissions by object, in the order of the catalog. */\nexport const groups: readonly PermissionGroup[] = [\n")
	for _, o := range t.catalog.Objects() {
		t.printf("  {\n")
		t.text("object", string(o.ID))
		t.text("label", o.Label)
		permissions := make([]rolekit.Permission, len(o.Actions))
		for i, action := range o.Actions {
			permissions[i] = rolekit.NewPermission(o.ID, action)
		}
		tsList(t, "permissions", permissions)
		t.printf("  },\n")
	}
	t.printf("];\n")
}

func (t *tsFile) permissions() {
	t.record("The permissions in the order of the catalog.", "permissions", "Record<Permission, PermissionInfo>", func() {
		for _, p := range t.catalog.Permissions() {
			t.entry(string(p.ID), func() {
				t.text("label", p.Label)
				t.text("description", p.Description)
				t.text("action", string(p.ID.Action()))
				tsList(t, "implies", implied(t.catalog, p.ID))
				tsList(t, "profiles", p.Profiles)
				tsList(t, "access", p.Access)
			})
		}
	})
}

func (t *tsFile) roles() {
	t.record("The default roles in the order of the catalog.", "roles", "Record<DefaultRole, RoleInfo>", func() {
		for _, r := range t.catalog.DefaultRoles() {
			t.entry(string(r.ID), func() {
				t.text("label", r.Label)
				t.text("description", r.Description)
				t.text("profile", string(r.Profile))
			})
		}
	})
}

// record writes a constant whose keys are ids.
func (t *tsFile) record(about, name, typ string, entries func()) {
	t.printf("\n/** %s */\n", about)
	before := t.Len()
	t.printf("export const %s: Readonly<%s> = {\n", name, typ)
	start := t.Len()
	entries()
	if t.Len() == start {
		t.Truncate(before)
		t.printf("export const %s: Readonly<%s> = {};\n", name, typ)
		return
	}
	t.printf("};\n")
}

func (t *tsFile) entry(key string, fields func()) {
	t.printf("  %s: {\n", tsKey(key))
	fields()
	t.printf("  },\n")
}

// text writes a field of an entry, on a line of its own where it is long.
func (t *tsFile) text(key, value string) {
	line := fmt.Sprintf("    %s: %s,", key, tsString(value))
	if !fits(line) {
		line = fmt.Sprintf("    %s:\n      %s,", key, tsString(value))
	}
	t.printf("%s\n", line)
}

// tsList writes a field of an entry that is a list, an item a line where it is long.
func tsList[T ~string](t *tsFile, key string, items []T) {
	all := tsStrings(items, func(item T) string { return string(item) })
	line := fmt.Sprintf("    %s: [%s],", key, strings.Join(all, ", "))
	if !fits(line) {
		line = fmt.Sprintf("    %s: [\n      %s,\n    ],", key, strings.Join(all, ",\n      "))
	}
	t.printf("%s\n", line)
}

func tsStrings[T any](items []T, text func(T) string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = tsString(text(item))
	}
	return all
}
