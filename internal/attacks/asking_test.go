package attacks_test

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// tells answers a request, as the first that came with its key: it gives eva the
// role empty.
func tells(reply string) func(*rolekit.Manager) (string, error) {
	return func(m *rolekit.Manager) (string, error) {
		return reply, m.Assign(context.Background(), "tom", "eva", "empty")
	}
}

// once sends a request with a key, and keeps what is answered.
func once(who rolekit.UserID, key, hash string, do func(*rolekit.Manager) (string, error)) func(*world) error {
	return func(w *world) (err error) {
		w.told, _, err = w.as(who).Once(context.Background(), rolekit.Request{Key: key, Hash: hash}, do)
		return err
	}
}

// repeating are attempts with keys of requests that may come again.
func repeating() []attacks.Attempts[attempt] {
	sent := func(w *world) { w.ok(once("olga", "k", "one", tells("olga's secret"))(w)); w.told = "" }
	told := func(w *world) bool { return w.told == "olga's secret" }
	mallory := func(m *rolekit.Manager) (string, error) {
		return "done", m.Assign(context.Background(), "tom", "mallory", "empty")
	}
	return []attacks.Attempts[attempt]{
		{"replay-actor", []attempt{
			{name: "another's answer, by a stranger", given: sent, do: once("mallory", "k", "one", mallory), want: rolekit.ErrPermissionDenied, won: told},
			{name: "another's answer, by one who may do it too", given: sent, do: once("carol", "k", "one", mallory), won: told},
			{
				name: "another's key used up, so that their request is not done", do: tried(once("carol", "k", "carol's", mallory)),
				then: func(w *world) { _ = once("olga", "k", "olga's", tells("done"))(w) }, // or it is refused: what counts is whether it is done
				won:  func(w *world) bool { return w.tried && !holdsEmpty("eva")(w) },
			},
		}},
		{"replay-request", []attempt{{
			name: "the answer to one request taken for that to another", given: sent, do: once("olga", "k", "another", mallory),
			want: rolekit.ErrKeyReused, won: told,
		}}},
		{"replay-bounded", []attempt{{
			name: "more answers kept than there may be",
			given: func(w *world) {
				for i := range 3 {
					w.ok(once("olga", strconv.Itoa(i), "h", tells("done"))(w))
				}
			},
			do: once("olga", "more", "h", mallory), want: rolekit.ErrTooManyReplies, won: func(w *world) bool {
				n := 0
				w.ok(w.store.View(context.Background(), func(r rolekit.Reader) (err error) {
					n, err = r.CountReplies(context.Background(), "user:olga")
					return err
				}))
				return n > 3
			},
		}}},
	}
}

// previews asks what a change would do, and keeps of whom that tells.
func previews(who rolekit.UserID, change func(context.Context, *rolekit.Manager) error) func(*world) error {
	return func(w *world) error {
		w.tried = true
		p, err := w.as(who).Preview(context.Background(), func(m *rolekit.Manager) error { return change(context.Background(), m) })
		for _, e := range p.Effects {
			w.told += " " + string(e.User)
		}
		return err
	}
}

// previewing are attempts with what a change would do.
func previewing() []attacks.Attempts[attempt] {
	tells := func(user string) func(*world) bool {
		return func(w *world) bool { return slices.Contains(strings.Fields(w.told), user) }
	}
	welcome := func(ctx context.Context, m *rolekit.Manager) error { return m.Assign(ctx, "tom", "mallory", "viewer") }
	return []attacks.Attempts[attempt]{
		{"preview-unmade", []attempt{{
			name: "a change by asking what it would do", do: previews("olga", welcome),
			won: func(w *world) bool {
				return mayBy(w.t, w.kit(catalogYAML), "mallory", "tom", "invoices:read", "") // what is stored
			},
		}}},
		{"preview-untold", []attempt{{name: "a change that this process believes", do: previews("olga", welcome), won: wins("mallory", "invoices:read")}}},
		{"preview-names", []attempt{{
			name: "who holds a role, by one who may not know it", given: func(w *world) { w.assign("tom", "victor", "bookkeeper") },
			do: previews("dave", func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.SetGrants(ctx, "tom", "bookkeeper", nil, 0)
				return err
			}),
			won: tells("victor"),
		}}},
		{"preview-names-above", []attempt{{
			name: "who is in an organisation, by moving one of her own below it",
			given: func(w *world) {
				w.org("empire", "", "")
				w.has("empire", "carol", anyOf("iam.orgs:write")...)
				w.role("empire", "gardener", []rolekit.Grant{access("jobs:read", "own")})
				w.assign("empire", "victor", "gardener")
				w.org("tom.south", "tom", "olga")
			},
			do: previews("carol", func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.MoveOrg(ctx, "tom.south", "empire", 0)
				return err
			}),
			won: tells("victor"),
		}}},
	}
}
