package attacks_test

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// keyed is the world in which Kay may make service keys of tom, and holds nothing
// else; Olga has made one that holds the role empty, which gives nothing.
func keyed(w *world) {
	w.role("tom", "keeper", anyOf("iam.keys:write"))
	w.assign("tom", "kay", "keeper")
	w.newKey("empty")
}

// makesKey makes a service key as somebody, and keeps what comes of it.
func makesKey(who func(*world) rolekit.UserID, expires time.Time, roles ...rolekit.RoleID) func(*world) error {
	return func(w *world) (err error) {
		w.gained, w.secret, err = w.as(who(w)).CreateKey(context.Background(), "tom", rolekit.NewKey{Label: "A key", Expires: expires, Roles: roles})
		return err
	}
}

func the(user rolekit.UserID) func(*world) rolekit.UserID {
	return func(*world) rolekit.UserID { return user }
}

func theKey(w *world) rolekit.UserID { return w.key.User() }

// gained reports whether the key that was made may do something.
func gained(p rolekit.Permission) func(*world) bool {
	return func(w *world) bool { return w.gained.ID != "" && w.may(w.gained.User(), "tom", p, "") }
}

// identified reports whether a request with the secret is taken for the key.
func identified(w *world) bool {
	w.t.Helper()
	who, err := w.AuthenticateKey(w.t.Context(), w.secret)
	if err != nil && !errors.Is(err, rolekit.ErrUnauthenticated) {
		w.t.Fatal(err)
	}
	return who.User == w.key.User()
}

// guessed is a key of an id with a secret that somebody made up.
func guessed(id rolekit.KeyID) string {
	return summed("rkey_" + string(id) + "_" + strings.Repeat("a", 52))
}

// keeping are attempts by service keys: of those who make them, of those who found
// one, and of those who have one in hand.
func keeping() []attacks.Attempts[attempt] {
	return slices.Concat(makingKeys(), holdingKeys(), showingKeys())
}

func makingKeys() []attacks.Attempts[attempt] {
	managed := func(w *world) { // the key may make keys, and members, and read invoices
		w.role("tom", "manager", anyOf("iam.keys:write", "iam.members:write", "iam.orgs:write", "invoices:read"))
		w.newKey("manager")
	}
	return []attacks.Attempts[attempt]{
		{"key-outlasts", []attempt{{
			name: "a key that a key makes, to be there when it is gone", given: managed,
			do: func(w *world) error { return makesKey(theKey, w.key.Expires.Add(hour))(w) }, want: rolekit.ErrEscalation,
			won: func(w *world) bool { return w.gained.Expires.After(w.key.Expires) },
		}}},
		{"key-create", []attempt{
			{
				name: "by one who manages members", do: makesKey(the("hank"), time.Time{}, "recruiter"),
				want: rolekit.ErrPermissionDenied, won: gained(rolekit.MembersWrite),
			},
			{name: "by a stranger, of nothing", do: makesKey(the("mallory"), time.Time{}), want: rolekit.ErrPermissionDenied, won: func(w *world) bool { return w.gained.ID != "" }},
		}},
		{"key-creator", []attempt{{
			name: "an organisation at the root, which nobody would run",
			given: func(w *world) {
				w.org("staff", "", "olga")
				var err error
				w.key, _, err = w.as("olga").CreateKey(context.Background(), "staff", rolekit.NewKey{Label: "A key", Roles: []rolekit.RoleID{"owner"}})
				w.ok(err)
			},
			do: func(w *world) error {
				_, err := w.as(w.key.User()).CreateOrg(context.Background(), rolekit.NewOrg{ID: "nobodys"})
				return err
			},
			want: rolekit.ErrReserved, won: func(w *world) bool {
				_, err := w.system().Org(context.Background(), "nobodys")
				return err == nil
			},
		}}},
	}
}

func holdingKeys() []attacks.Attempts[attempt] {
	return []attacks.Attempts[attempt]{
		{"key-ends", []attempt{
			{
				name: "a role of a key that is longer than the key", given: keyed,
				do: func(w *world) error {
					return w.as("olga").Assign(context.Background(), "tom", w.key.User(), "viewer")
				},
				won: later(91*24*hour, func(w *world) bool { return w.may(w.key.User(), "tom", "invoices:read", "") }),
			},
			{
				name: "one of many", given: keyed,
				do: func(w *world) error {
					return w.as("olga").EditAssignments(context.Background(), "tom", []rolekit.Assignment{{User: w.key.User(), Role: "viewer"}}, nil)
				},
				won: later(91*24*hour, func(w *world) bool { return w.may(w.key.User(), "tom", "invoices:read", "") }),
			},
		}},
		{"key-at-home", []attempt{{
			name: "another organisation's key made one's own",
			given: func(w *world) {
				keyed(w)
				w.org("empire", "", "eve")
			},
			do:   func(w *world) error { return w.as("eve").Assign(context.Background(), "empire", w.key.User(), "owner") },
			want: rolekit.ErrKeyNotFound, won: func(w *world) bool { return w.may(w.key.User(), "empire", "invoices:read", "") },
		}}},
		{"key-in-no-group", []attempt{{
			name: "a key in a group, which goes on when it has ended",
			given: func(w *world) {
				keyed(w)
				w.group("tom", "readers", nil)
				w.give("tom", rolekit.Assignment{Group: "readers", Role: "viewer"})
			},
			do: func(w *world) error {
				return w.as("olga").AddToGroup(context.Background(), "tom", "readers", []rolekit.UserID{w.key.User()}, nil)
			},
			want: rolekit.ErrReserved, won: func(w *world) bool { return w.may(w.key.User(), "tom", "invoices:read", "") },
		}}},
	}
}

func showingKeys() []attacks.Attempts[attempt] {
	revoked := func(w *world) error { return w.as("olga").RevokeKey(context.Background(), "tom", w.key.ID) }
	nothing := func(*world) error { return nil }
	wins := func(won func(*world) bool) func(*world) bool { // while it is one, it is no attack
		return func(w *world) bool { return w.tried && won(w) }
	}
	return []attacks.Attempts[attempt]{
		{"key-revoked", []attempt{{name: "one that was revoked", given: keyed, do: tried(revoked), won: wins(identified)}}},
		{"key-expired", []attempt{{name: "one that has expired", given: keyed, do: tried(nothing), won: wins(later(90*24*hour, identified))}}},
		{"key-secret", []attempt{
			{
				name: "one whose secret was made up", given: keyed,
				do: tried(func(w *world) error { w.secret = guessed(w.key.ID); return nil }), won: wins(identified),
			},
			{
				name: "one that another made, under the id of one that has more",
				given: func(w *world) {
					keyed(w)
					w.newKey("owner")
				},
				do: tried(func(w *world) error {
					_, low, err := w.as("kay").CreateKey(context.Background(), "tom", rolekit.NewKey{Label: "A key"})
					w.secret = resigned(low, w.key.ID)
					return err
				}),
				won: wins(identified),
			},
		}},
	}
}

// tried notes that it was.
func tried(do func(*world) error) func(*world) error {
	return func(w *world) error {
		w.tried = true
		return do(w)
	}
}

// resigned is a key with another id in it, and a checksum that fits.
func resigned(secret string, id rolekit.KeyID) string {
	return summed("rkey_" + string(id) + secret[len("rkey_")+16:len(secret)-7])
}

// summed is a key with its checksum, which anybody can work out.
func summed(text string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
	return text + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum))
}
