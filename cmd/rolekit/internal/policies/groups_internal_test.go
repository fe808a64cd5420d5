package policies

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// Groups that become a circle while they are looked at keep nobody waiting, and the
// users behind them are found.
func TestOneInACircle(t *testing.T) {
	inner := map[rolekit.GroupID][]rolekit.GroupID{"a": {"b"}, "b": {"a", "c"}}
	users := map[rolekit.GroupID][]rolekit.UserID{}
	asked := 0
	look := func(id rolekit.GroupID) ([]rolekit.UserID, []rolekit.GroupID, error) {
		if asked++; asked > 10 {
			return nil, nil, rolekit.ErrUnavailable
		}
		return users[id], inner[id], nil
	}
	if user, err := oneIn("a", look); user != "" || err != nil {
		t.Errorf("in nobody's groups is %q, %v", user, err)
	}
	asked, users["c"] = 0, []rolekit.UserID{"casey"}
	if user, err := oneIn("a", look); user != "casey" || err != nil {
		t.Errorf("there is %q, %v", user, err)
	}
}
