package policies

import (
	"unicode/utf8"

	"github.com/rolekit/rolekit"
)

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

// memberIn looks a user up in a list of members that begins behind a cursor. It
// begins as near before the user as a name can be.
func memberIn(user rolekit.UserID, next func(after string) ([]Member, string, error)) (Member, error) {
	for after := justBefore(string(user)); ; {
		members, further, err := next(after)
		if err != nil {
			return Member{}, err
		}
		for _, m := range members {
			if m.User == user {
				return m, nil
			}
			if m.User > user {
				further = ""
			}
		}
		if further == "" || further == after {
			return Member{User: user, Roles: []AssignedRole{}, Groups: []rolekit.GroupID{}}, nil
		}
		after = further
	}
}

// justBefore returns a name that sorts before another, byte for byte, with few
// between them.
func justBefore(name string) string {
	last, size := utf8.DecodeLastRuneInString(name)
	rest := name[:len(name)-size]
	if last == utf8.RuneError || last <= '!' { // nothing printable sorts before that
		return rest
	}
	before := last - 1
	if !utf8.ValidRune(before) { // the surrogates, which no text holds
		before = 0xD7FF
	}
	return rest + string(before) + string(rune(utf8.MaxRune))
}
