package adaptertest

import (
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

func memberTests() []storeTest {
	return []storeTest{
		{"members are found by what they were given", findsMembers},
	}
}

// findsMembers looks for members in one of two organisations where the same ids
// mean others: first in the kit that gave them everything, then in one that reads it.
func findsMembers(t *testing.T, s rolekit.Store) {
	writer := newKit(t, s)
	populate(t, s, writer)
	system := writer.Manager().As(rolekit.System("test"))
	ok(t, "Assign", system.Assign(t.Context(), "right", "rita", "clerk"))
	ok(t, "AddToGroup", system.AddToGroup(t.Context(), "right", "team", []rolekit.UserID{"rita"}, nil))
	for _, name := range []rolekit.UserID{"Ada", "adá", "äda"} { // a database may take them for one
		ok(t, "AddMember", system.AddMember(t.Context(), "left", name))
	}
	for _, kit := range []*rolekit.Kit{writer, newKit(t, s)} {
		olga := kit.Manager().As(boss("olga"))
		for _, c := range []struct {
			q    rolekit.MemberQuery
			want string
		}{
			{rolekit.MemberQuery{}, `["Ada" "ada" "adá" "dora" "olga" "service:ci" "äda"]`},
			{rolekit.MemberQuery{Order: rolekit.ByIDDown, After: "dora"}, `["adá" "ada" "Ada"]`},
			{rolekit.MemberQuery{Prefix: "ada"}, `["ada"]`},
			{rolekit.MemberQuery{Role: "clerk"}, `["ada" "service:ci"]`},
			{rolekit.MemberQuery{Role: "going"}, `[]`},
			{rolekit.MemberQuery{Group: "team"}, `["ada"]`},
			{rolekit.MemberQuery{Group: "crew"}, `[]`},
			{rolekit.MemberQuery{Profile: "owner"}, `["ada" "olga" "service:ci"]`},
			{rolekit.MemberQuery{Profile: "worker"}, `["dora" "olga"]`},
			{rolekit.MemberQuery{Profile: "owner", Role: "mower", Limit: 1}, `["olga"]`},
		} {
			members, err := olga.Members(t.Context(), "left", c.q)
			ok(t, "Members", err)
			users := []rolekit.UserID{}
			for _, m := range members {
				users = append(users, m.User)
			}
			if got := fmt.Sprintf("%q", users); got != c.want {
				t.Errorf("%+v: %s, want %s", c.q, got, c.want)
			}
		}
	}
}
