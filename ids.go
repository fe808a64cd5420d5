package rolekit

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Ids are distinct types, so that arguments cannot be swapped unnoticed.
type (
	// OrgID names an organisation, the tenant: Casbin's domain.
	OrgID string
	// UserID is the application's own id of a person: a UUID, an e-mail
	// address, auth0|… An id that begins with "service:" is a service. One that
	// begins with "service:rkey_" is a service key of the kit's, and reserved:
	// whoever identifies callers by other means must not let them claim one;
	// package middleware does not. See [UserID.Key].
	UserID string
	// RoleID names a role within an organisation, or a default role.
	RoleID string
	// ObjectID names what is acted on, as declared in the catalog.
	ObjectID string
	// ActionID names what is done, as declared in the catalog.
	ActionID string
	// ProfileID names a kind of user the application has roles for.
	ProfileID string
	// ResourceID is the application's own id of one thing: an invoice's number.
	ResourceID string
	// GroupID names a group of users within an organisation.
	GroupID string
	// SetID names a resource set within an organisation.
	SetID string
	// TeamID is the application's own id of a team.
	TeamID string
	// KeyID names a service key; no two keys have the same one, whatever their
	// organisations.
	KeyID string
)

const (
	// AllOrgs is the domain under which default roles are stored. It is never
	// the id of an organisation, and no question can be asked in it.
	AllOrgs OrgID = "*"
	// DefaultProfile is the profile of an application that declares none.
	DefaultProfile ProfileID = "default"
	// MaxOrgDepth is how many levels a tree of organisations may have.
	MaxOrgDepth = 16

	// maxColumn is how many characters one of Casbin's columns holds, by the
	// schema that gorm-adapter v3 creates (size:100).
	maxColumn = 100
	// serviceKind is the kind of a user that is not a person.
	serviceKind = "service:"
)

// maxName is how many characters an id has that developers or admins choose.
const maxName = 63

const nameForm = "1 to 63 characters of a-z, 0-9, dot, underscore and hyphen, starting with a letter or digit"

// Validate reports whether the id has the form of an organisation's id.
func (id OrgID) Validate() error { return validName("organisation", string(id)) }

// Validate reports whether the id has the form of a role's id.
func (id RoleID) Validate() error { return validName("role", string(id)) }

// Validate reports whether the id has the form of a profile's id.
func (id ProfileID) Validate() error { return validName("profile", string(id)) }

// Validate reports whether the id has the form of a group's id.
func (id GroupID) Validate() error { return validName("group", string(id)) }

// Validate reports whether the id has the form of a resource set's id.
func (id SetID) Validate() error { return validName("resource set", string(id)) }

// Validate reports whether the id can be stored: printable characters, no
// space at either end, and short enough for Casbin's columns with its kind.
func (id UserID) Validate() error {
	name := string(id)
	if rest, ok := strings.CutPrefix(name, serviceKind); ok {
		return validForeign("service", serviceKind, rest)
	}
	return validForeign("user", kindUser.String(), name)
}

// Validate reports whether the id can be stored.
func (id ResourceID) Validate() error {
	return validForeign("resource", kindResource.String(), string(id))
}

func validName(what, id string) error {
	if isName(id) {
		return nil
	}
	return errorf(CodeInvalid, "%s id %s is not valid", what, quoteShort(id)).hint("use %s", nameForm)
}

// isName reports whether an id has the form of one that developers or admins
// choose: nameForm. Loading asks it of each word that it has not met.
func isName(id string) bool {
	if id == "" || len(id) > maxName || strings.ContainsRune("._-", rune(id[0])) {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

func validForeign(what, prefix, id string) error {
	if isPlain(id) && len(id) <= maxColumn-len(prefix) {
		return nil
	}
	bad := func(why string, args ...any) error {
		return errorf(CodeInvalid, "%s id %s %s", what, quoteShort(id), fmt.Sprintf(why, args...))
	}
	switch {
	case id == "":
		return bad("is empty")
	case !utf8.ValidString(id):
		return bad("is not valid UTF-8")
	case strings.TrimSpace(id) != id:
		return bad("begins or ends with a space")
	}
	for _, r := range id {
		if !unicode.IsPrint(r) {
			return bad("holds the character %U, which cannot be printed", r)
		}
	}
	if n := utf8.RuneCountInString(id); n > maxColumn-len(prefix) {
		return bad("has %d characters; at most %d can be stored", n, maxColumn-len(prefix))
	}
	return nil
}

// isPlain reports whether an id is of ASCII alone, all of it to be seen, as almost
// every one is.
func isPlain(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return id != ""
}

// quoteShort quotes what a caller sent, without echoing megabytes of it.
func quoteShort(s string) string {
	const most = 80
	r := []rune(s)
	if len(r) <= most {
		return fmt.Sprintf("%+q", s)
	}
	return fmt.Sprintf("%+q…", string(r[:most]))
}
