package policies

import "testing"

// Whoever's id only begins as the user's does is another.
func TestMemberIsNobodyElse(t *testing.T) {
	others := []Member{{User: "casey", Roles: []AssignedRole{{Role: "owner"}}}}
	if got := memberIn("cas", others); got.User != "cas" || len(got.Roles) > 0 {
		t.Errorf("got %+v", got)
	}
	if got := memberIn("casey", others); len(got.Roles) != 1 {
		t.Errorf("got %+v", got)
	}
}

// A page may hold more than was asked for.
func TestAtMostIsNotMore(t *testing.T) {
	got, err := atMost(2, func(string, int) ([]int, string, error) { return []int{1, 2, 3}, "3", nil })
	if err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
}
