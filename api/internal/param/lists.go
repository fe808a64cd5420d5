package param

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/rolekit/rolekit"
)

// Listing selects a page of a list of things that have an id and a label.
type Listing struct {
	Page
	Sorting
}

// Listing returns what the kit is asked for, and how the cursors of the list are
// made. others are what else of the request says which items are wanted.
func (l Listing) Listing(others ...string) (rolekit.Listing, CursorOf, error) {
	return l.listing(l.After, l.Limit, others)
}

// WholeListing is Listing for what is mostly wanted whole.
type WholeListing struct {
	Sorting

	After string `query:"after" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"500" doc:"at most this many"`
}

// Listing is [Listing.Listing].
func (l WholeListing) Listing(others ...string) (rolekit.Listing, CursorOf, error) {
	return l.listing(l.After, l.Limit, others)
}

// Sorting says which of a list's items are wanted, in which order.
type Sorting struct {
	Prefix string `query:"prefix" maxLength:"200" doc:"only those whose id begins so, or whose label does in whatever case" example:"lawn"`
	Sort   string `query:"sort" enum:"id,-id,label,-label" default:"id" doc:"labels regardless of case; - for downward"`
}

// listing asks for one more than the page holds, which tells whether there is
// another page.
func (s Sorting) listing(after string, limit int, others []string) (rolekit.Listing, CursorOf, error) {
	order, list := rolekit.Order(s.Sort), sameList(append(others, s.Sort, s.Prefix))
	mark, err := markOf(order, list, after)
	cursor := func(id, label string) string {
		if order.Labels() {
			id = base64.RawURLEncoding.EncodeToString([]byte(label)) + cursorMark + id
		}
		return list + cursorMark + id
	}
	return rolekit.Listing{Prefix: s.Prefix, Order: order, After: mark, Limit: limit + 1}, cursor, err
}

// CursorOf returns what gets the page behind an item: which list it is of, the
// item's id and, where labels are what is sorted by, its label as well.
type CursorOf func(id, label string) string

// cursorMark stands between the parts of a cursor. But for the last, which is an
// id, none of them can hold it.
const cursorMark = "~"

// sameList returns a few letters that are the same for the pages of one list, and
// others where it is sorted or filtered in another way: a cursor of that would leave
// items out, or bring them twice, and nobody would notice.
func sameList(said []string) string {
	const enough = 6
	h := sha256.New()
	for _, s := range said {
		_, _ = h.Write([]byte(s + "\x00")) // a hash takes everything
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:enough])
}

func markOf(order rolekit.Order, list, cursor string) (rolekit.Mark, error) {
	if cursor == "" {
		return rolekit.Mark{}, nil
	}
	of, id, _ := strings.Cut(cursor, cursorMark)
	if of != list || id == "" {
		return rolekit.Mark{}, noCursor()
	}
	if !order.Labels() {
		return rolekit.Mark{ID: id}, nil
	}
	label, id, both := strings.Cut(id, cursorMark)
	text, err := base64.RawURLEncoding.DecodeString(label)
	if err != nil || !both {
		return rolekit.Mark{}, noCursor()
	}
	return rolekit.Mark{ID: id, Label: string(text)}, nil
}

func noCursor() error {
	return &rolekit.Error{
		Code: rolekit.CodeInvalid, Message: "after is not a cursor of a list that is sorted and filtered so",
		Hint: "pass next of the page before, and the same sort and filters",
	}
}

// MemberListing selects a page of a list of members.
type MemberListing struct {
	Page

	Prefix  string            `query:"prefix" maxLength:"100" doc:"only users whose id begins so" example:"auth0|"`
	Role    rolekit.RoleID    `query:"role" maxLength:"63" doc:"only those who were given it directly, ended or not" example:"bookkeeper"`
	Group   rolekit.GroupID   `query:"group" maxLength:"63" doc:"only those who are in it directly" example:"researchers"`
	Profile rolekit.ProfileID `query:"profile" maxLength:"63" doc:"only those who can act as it now, also by groups and from ancestors" example:"worker"`
	Sort    string            `query:"sort" enum:"user,-user" default:"user" doc:"byte for byte; - for downward"`
}

// Listing returns what the kit is asked for, and how the cursors of the list are made.
func (l MemberListing) Listing() (rolekit.MemberQuery, CursorOf, error) {
	order := rolekit.ByID
	if l.Sort == "-user" {
		order = rolekit.ByIDDown
	}
	list := sameList([]string{l.Sort, l.Prefix, string(l.Role), string(l.Group), string(l.Profile)})
	mark, err := markOf(order, list, l.After)
	q := rolekit.MemberQuery{
		Prefix: l.Prefix, Role: l.Role, Group: l.Group, Profile: l.Profile, Order: order, After: rolekit.UserID(mark.ID), Limit: l.Limit + 1,
	}
	return q, func(id, _ string) string { return list + cursorMark + id }, err
}

// ReviewListing selects a page of a list of reviews.
type ReviewListing struct {
	Page

	Role       rolekit.RoleID     `query:"role" maxLength:"63" doc:"only what waits in this one" example:"bookkeeper"`
	Permission rolekit.Permission `query:"permission" maxLength:"127" doc:"only where this one waits" example:"reports:export"`
}

// Listing returns what the kit is asked for, and how the cursors of the list are made.
func (l ReviewListing) Listing() (rolekit.ReviewQuery, func(rolekit.RoleID, rolekit.Permission) string, error) {
	list := sameList([]string{"reviews", string(l.Role), string(l.Permission)})
	q := rolekit.ReviewQuery{Role: l.Role, Permission: l.Permission, Limit: l.Limit + 1}
	cursor := func(role rolekit.RoleID, permission rolekit.Permission) string {
		return strings.Join([]string{list, string(role), string(permission)}, cursorMark)
	}
	if l.After == "" {
		return q, cursor, nil
	}
	parts := strings.Split(l.After, cursorMark)
	const wanted = 3
	if len(parts) != wanted || parts[0] != list {
		return q, nil, noCursor()
	}
	q.After = rolekit.Review{Role: rolekit.RoleID(parts[1]), Permission: rolekit.Permission(parts[2])}
	return q, cursor, nil
}
