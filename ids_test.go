package rolekit_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

func TestUserIDValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id    rolekit.UserID
		valid bool
	}{
		"a uuid":                       {"9f1c9f0e-7a4b-4e5a-9a55-0f6bb1d6a1a1", true},
		"an e-mail address":            {"ada+x@example.com", true},
		"of an identity provider":      {"auth0|5f7c8ec7c33c6c004bbafe82", true},
		"a space within":               {"Ada Lovelace", true},
		"other letters":                {"Zoë Þórr \u6f22\u5b57", true},
		"an emoji":                     {"🌱", true},
		"a service":                    {"service:ci", true},
		"like a role":                  {"role:owner", true},
		"like a user":                  {"user:ada", true},
		"like SQL":                     {"'; DROP TABLE casbin_rule; --", true},
		"a comma":                      {"a, b", true},
		"like a path":                  {"../../etc", true},
		"a star":                       {"*", true},
		"empty":                        {"", false},
		"a service without a name":     {"service:", false},
		"a space before":               {" ada", false},
		"a space behind":               {"ada ", false},
		"a space behind service:":      {"service: ci", false},
		"a zero byte":                  {"a\x00da", false},
		"a line break":                 {"a\nda", false},
		"a tab":                        {"a\tda", false},
		"a no-break space":             {"a\u00a0da", false},
		"a zero-width joiner":          {"a\u200dda", false},
		"right to left":                {"a\u202eda", false},
		"a byte order mark":            {"\ufeffada", false},
		"not UTF-8":                    {"a\xffda", false},
		"a private character":          {"a\ue000da", false},
		"95 characters":                {rolekit.UserID(strings.Repeat("x", 95)), true},
		"96 characters":                {rolekit.UserID(strings.Repeat("x", 96)), false},
		"95 of four bytes":             {rolekit.UserID(strings.Repeat("🌱", 95)), true},
		"96 of four bytes":             {rolekit.UserID(strings.Repeat("🌱", 96)), false},
		"92 characters of a service":   {rolekit.UserID("service:" + strings.Repeat("ü", 92)), true},
		"93 characters of a service":   {rolekit.UserID("service:" + strings.Repeat("ü", 93)), false},
		"a megabyte":                   {rolekit.UserID(strings.Repeat("x", 1<<20)), false},
		"a megabyte of what is no use": {rolekit.UserID(strings.Repeat("\xff", 1<<20)), false},
	} {
		err := c.id.Validate()
		if (err == nil) != c.valid {
			t.Errorf("%s: %v, want valid: %v", name, err, c.valid)
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
}

func TestResourceIDValidate(t *testing.T) {
	t.Parallel()
	if err := rolekit.ResourceID(strings.Repeat("ü", 91)).Validate(); err != nil {
		t.Error(err)
	}
	for _, id := range []rolekit.ResourceID{"", "a\x00", rolekit.ResourceID(strings.Repeat("ü", 92))} {
		isError(t, "Validate", id.Validate(), rolekit.ErrInvalid)
	}
}

func TestNameValidate(t *testing.T) {
	t.Parallel()
	for id, valid := range map[string]bool{
		"a": true, "0": true, "tom": true, "tom.north": true, "a-b_c.d": true, "9-9": true, strings.Repeat("a", 63): true,
		"": false, "*": false, "A": false, "-a": false, ".a": false, "_a": false, "a b": false, "a/b": false, "a:b": false, "../a": false,
		"a\n": false, "a\x00": false, "ä": false, "\u0430": false, "ａ": false, strings.Repeat("a", 64): false, " a": false, "a ": false,
	} {
		for what, err := range map[string]error{
			"organisation": rolekit.OrgID(id).Validate(), "role": rolekit.RoleID(id).Validate(), "profile": rolekit.ProfileID(id).Validate(),
		} {
			if (err == nil) != valid {
				t.Errorf("%s %q: %v, want valid: %v", what, id, err, valid)
			}
		}
	}
}

// FuzzUserID: an id that is accepted comes back from the database as it was,
// holds what it was given, and nobody else does; one that is not changes nothing.
func FuzzUserID(f *testing.F) {
	for _, id := range []string{
		"ada", "service:ci", "role:owner", "user:ada", "a, b", "'\"`\\%_", "\u00e4", "a\u0308", "\u0130", "ß", strings.Repeat("🌱", 95), "*", "tom", "$1 ? :x @y", "NULL",
	} {
		f.Add(id)
	}
	shared := newWorld(f)
	shared.role("tom", "clerk", []rolekit.Grant{{Permission: "jobs:read", Access: "own"}})
	f.Fuzz(func(t *testing.T, id string) {
		w := *shared
		w.t = t
		ctx, user := t.Context(), rolekit.UserID(id)
		if err := user.Validate(); err != nil {
			isError(t, "Assign", w.system().Assign(ctx, "tom", user, "clerk"), rolekit.ErrInvalid)
			return
		}
		if user == "olga" {
			return
		}
		if err := w.system().Assign(ctx, "tom", user, "clerk"); err != nil {
			t.Fatal(err)
		}
		for what, kit := range map[string]*rolekit.Kit{"this kit": w.Kit, "one that read it anew": w.again(rolekit.Config{}).Kit} {
			for asked, want := range map[rolekit.UserID]bool{
				user: true, user + "x": false, rolekit.UserID(strings.ToUpper(id) + "X"): false, "user:" + user: false, "nobody": user == "nobody",
			} {
				d, err := kit.Can(ctx, rolekit.Identity{User: asked, Org: "tom"}, "jobs:read", rolekit.Facts{Owner: asked})
				if err != nil || d.Allowed != want {
					t.Errorf("%s: %q was given it; %q has it: %v, %v", what, user, asked, d.Allowed, err)
				}
			}
			members, err := kit.Manager().As(rolekit.System("test")).Members(ctx, "tom", rolekit.MemberQuery{Limit: 1000})
			if err != nil || len(members) != 2 || members[0].User != user && members[1].User != user {
				t.Errorf("%s: members: %v, %v; want olga and %q", what, members, err, user)
			}
		}
		if err := w.system().Unassign(ctx, "tom", user, "clerk"); err != nil {
			t.Fatal(err)
		}
	})
}
