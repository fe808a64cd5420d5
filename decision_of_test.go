package rolekit_test

import (
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestADecisionOfADouble says what it was made of, and lets nothing through that
// only a kit knows.
func TestADecisionOfADouble(t *testing.T) {
	t.Parallel()
	who := rolekit.Identity{User: "ada", Org: "tom", Profile: "worker"}
	for _, c := range []struct {
		accesses []rolekit.Access
		want     rolekit.Filter
	}{
		{nil, rolekit.Filter{}},
		{[]rolekit.Access{rolekit.AccessAny}, rolekit.Filter{Any: true}},
		{[]rolekit.Access{rolekit.AccessOwn}, rolekit.Filter{Owner: "ada"}},
		{[]rolekit.Access{rolekit.AccessTeam, "set:north", "region"}, rolekit.Filter{}},
	} {
		d := rolekit.DecisionOf(who, "jobs:write", c.accesses...)
		if d.Allowed != (len(c.accesses) > 0) || d.Identity() != who || d.Permission() != "jobs:write" ||
			!slices.Equal(d.Access(), c.accesses) || d.Revision() != 0 || d.Reasons() != nil || d.RolesGranting() != nil {
			t.Errorf("%v: %+v", c.accesses, d)
		}
		f, err := d.Filter(t.Context())
		if err != nil || f.Any != c.want.Any || f.Owner != c.want.Owner || len(f.Teams)+len(f.Sets)+len(f.Orgs)+len(f.Conditions) > 0 {
			t.Errorf("%v: %+v, %v", c.accesses, f, err)
		}
	}
	var zero rolekit.Decision
	f, err := zero.Filter(t.Context())
	if zero.Identity() != (rolekit.Identity{}) || zero.Permission() != "" || zero.Access() != nil || zero.Reasons() != nil || f.Any || err != nil {
		t.Errorf("the zero decision is %+v", zero)
	}
	zero.Allowed = true
	if f, err = zero.Filter(t.Context()); f.Any || f.Owner != "" || err != nil || len(zero.Access()) > 0 {
		t.Error("what nothing decided reaches something")
	}
}
