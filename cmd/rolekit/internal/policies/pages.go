package policies

import "github.com/rolekit/rolekit"

// whole collects a list that comes in pages. next returns the items behind a
// cursor, and the cursor behind those; empty at the end.
func whole[T any](next func(after string) ([]T, string, error)) ([]T, error) {
	all := []T{}
	for after := ""; ; {
		items, further, err := next(after)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if further == "" || further == after { // a list that does not go on would never end
			return all, nil
		}
		after = further
	}
}

// atMost is whole for the first so many. next is also told how many are wanted.
func atMost[T any](most int, next func(after string, limit int) ([]T, string, error)) ([]T, error) {
	all := []T{}
	for after := ""; len(all) < most; {
		items, further, err := next(after, most-len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if further == "" || further == after {
			break
		}
		after = further
	}
	return all[:min(len(all), most)], nil
}

// further is the cursor behind a page of the kit's: where it is not full, there is
// nothing behind it.
func further[T any](items []T, cursor func(T) string) string {
	if len(items) < pageSize {
		return ""
	}
	return cursor(items[len(items)-1])
}

// memberIn is the user's entry in a list of those whose ids begin as theirs does,
// byte for byte, in which it comes first.
func memberIn(user rolekit.UserID, members []Member) Member {
	if len(members) > 0 && members[0].User == user {
		return members[0]
	}
	return Member{User: user, Roles: []AssignedRole{}, Groups: []rolekit.GroupID{}}
}
