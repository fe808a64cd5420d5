package attacks_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// laterYAML is a catalog that came after the roles of tom: jobs:archive waits in them,
// and viewers are to have more.
func laterYAML() string {
	return strings.NewReplacer(
		"  read: {}\n", "  read: {}\n  archive: {}\n", "jobs: {actions: [read, write]}", "jobs: {actions: [read, write, archive]}",
		"  jobs:write:", "  jobs:archive: {access: [any, own]}\n  jobs:write:", `grants: ["*:read"]`, `grants: ["*:read", "jobs:archive"]`,
	).Replace(catalogYAML)
}

// newer makes jobs:archive wait, in a world that is as its catalog says.
func newer(given ...func(*world)) func(*world) {
	return func(w *world) {
		w.applied()
		w.upgraded()
		w.applied()
		for _, more := range given {
			more(w)
		}
	}
}

func (w *world) applied() {
	w.t.Helper()
	_, err := w.system().ApplyCatalog(w.t.Context(), rolekit.CatalogChoices{})
	w.ok(err)
}

// upgraded makes the world's process one that has the later catalog.
func (w *world) upgraded() {
	w.t.Helper()
	w.Kit = w.kit(laterYAML())
}

func decides(who rolekit.UserID, org rolekit.OrgID, role rolekit.RoleID, d rolekit.ReviewDecision) func(*world) error {
	return func(w *world) error {
		_, err := w.as(who).DecideReview(context.Background(), org, role, "jobs:archive", d)
		return err
	}
}

// chiefDecided reports whether jobs:archive waits no more in tom's role chief.
func chiefDecided(w *world) bool {
	w.t.Helper()
	all, err := w.system().Reviews(context.Background(), "tom", rolekit.ReviewQuery{Role: "chief"})
	w.ok(err)
	return len(all) == 0
}

// learns keeps what somebody is told, if they are.
func learns[T any](ask func(context.Context, *world) (T, error)) func(*world) error {
	return func(w *world) error {
		told, err := ask(context.Background(), w)
		if err == nil {
			w.told = fmt.Sprint(told)
		}
		return err
	}
}

func wasTold(w *world) bool { return w.told != "" }

// TestAttacksByReviews are attempts to gain by deciding about new permissions, and by
// the catalog that brings them.
func TestAttacksByReviews(t *testing.T) {
	t.Parallel()
	try(t, slices.Concat(deciding(), applying()))
}

func deciding() []attacks.Attempts[attempt] {
	const archive = "jobs:archive"
	grant, decline := rolekit.ReviewDecision{Grant: true}, rolekit.ReviewDecision{}
	mallorys := func(w *world) { w.assign("tom", "mallory", "empty") }
	jacks := func(w *world) { w.assign("jack", "spy", "owner") }
	below := func(w *world) {
		w.assign("tom.north", "mallory", "empty")
		w.assign("tom.north", "ned", "owner")
	}
	holds := func(grants ...rolekit.Grant) func(*world) { return func(w *world) { w.has("tom", "carol", grants...) } }
	return []attacks.Attempts[attempt]{
		{"role", []attempt{
			{name: "what waits in her own role", given: newer(), do: decides("carol", "tom", "hr", grant), want: rolekit.ErrEscalation, won: wins("carol", archive)},
			{name: "what waits in a friend's role", given: newer(mallorys), do: decides("dave", "tom", "empty", grant), want: rolekit.ErrEscalation, won: wins("mallory", archive)},
			{
				name: "what she declined herself", given: newer(func(w *world) { w.ok(decides("carol", "tom", "hr", decline)(w)) }),
				do: decides("carol", "tom", "hr", grant), want: rolekit.ErrEscalation, won: wins("carol", archive),
			},
		}},
		{"wider-access", []attempt{{
			name: "any of what is one's own", given: newer(holds(access(archive, "own"))),
			do: decides("carol", "tom", "hr", grant), want: rolekit.ErrEscalation, won: wins("carol", archive),
		}}},
		{"permission", []attempt{
			{name: "granted by who manages members", given: newer(mallorys, func(w *world) { w.has("tom", "hank", anyOf(archive)...) }), do: decides("hank", "tom", "empty", grant), want: rolekit.ErrPermissionDenied, won: wins("mallory", archive)},
			{name: "declined by who manages members", given: newer(), do: decides("hank", "tom", "chief", decline), want: rolekit.ErrPermissionDenied, won: chiefDecided},
			{name: "declined by who reads roles", given: newer(), do: decides("vera", "tom", "chief", decline), want: rolekit.ErrPermissionDenied, won: chiefDecided},
			{name: "declined by another organisation's owner", given: newer(jacks), do: decides("spy", "tom", "chief", decline), want: rolekit.ErrPermissionDenied, won: chiefDecided},
			{name: "declined by who owns what is below", given: newer(below), do: decides("ned", "tom", "chief", decline), want: rolekit.ErrPermissionDenied, won: chiefDecided},
			{
				name: "listed by another organisation's owner", given: newer(jacks), want: rolekit.ErrPermissionDenied, won: wasTold,
				do: learns(func(ctx context.Context, w *world) ([]rolekit.Review, error) {
					return w.as("spy").Reviews(ctx, "tom", rolekit.ReviewQuery{})
				}),
			},
		}},
		{"role-of-another", []attempt{{
			name: "what waits in a role of the organisation above", given: newer(below),
			do: decides("ned", "tom.north", "empty", grant), want: rolekit.ErrReserved, won: winsIn("tom.north", "mallory", archive, ""),
		}}},
		{"default-role", []attempt{{
			name: "a new permission that the file keeps from a default role",
			given: newer(func(w *world) {
				w.set("tom", "shelf", "1")
				w.assign("tom", "mallory", "reader")
			}),
			do: decides("olga", "tom", "reader", grant), want: rolekit.ErrReserved, won: wins("mallory", archive),
		}}},
		{"unknown-permission", []attempt{{
			name: "with an access that it does not come with", given: newer(holds(anyOf(archive)...)),
			do: decides("carol", "tom", "empty", rolekit.ReviewDecision{Grant: true, Access: "team"}), want: rolekit.ErrInvalid,
			won: func(w *world) bool {
				r, err := w.system().Role(context.Background(), "tom", "empty")
				w.ok(err)
				return len(r.Grants) > 0
			},
		}}},
		{"review-sums", []attempt{{
			name: "how much waits everywhere, as an owner", given: newer(), want: rolekit.ErrPermissionDenied, won: wasTold,
			do: learns(func(ctx context.Context, w *world) ([]rolekit.ReviewSum, error) {
				sums, _, err := w.as("olga").ReviewSums(ctx)
				return sums, err
			}),
		}}},
	}
}

// applying has attempts of an organisation's owner, in a process whose catalog was not
// applied yet.
func applying() []attacks.Attempts[attempt] {
	fresh := func(w *world) {
		w.applied()
		w.upgraded()
	}
	apply := func(who rolekit.UserID) func(*world) error {
		return func(w *world) error {
			_, err := w.as(who).ApplyCatalog(context.Background(), rolekit.CatalogChoices{})
			return err
		}
	}
	return []attacks.Attempts[attempt]{
		{"catalog", []attempt{
			{name: "a catalog applied by an owner", given: fresh, do: apply("olga"), want: rolekit.ErrPermissionDenied, won: wins("vera", "jobs:archive")},
			{
				name: "a catalog applied by an operator", do: apply("opal"), want: rolekit.ErrPermissionDenied, won: wins("vera", "jobs:archive"),
				given: func(w *world) {
					fresh(w)
					w.org("staff", "", "opal")
				},
			},
			{name: "a catalog applied in the name of the system", given: fresh, do: apply("system:apply"), want: rolekit.ErrPermissionDenied, won: wins("vera", "jobs:archive")},
			{
				name: "what a catalog would do to all organisations, as an owner", given: fresh, want: rolekit.ErrPermissionDenied, won: wasTold,
				do: learns(func(ctx context.Context, w *world) (rolekit.CatalogPlan, error) {
					return w.as("olga").PlanCatalog(ctx, rolekit.CatalogChoices{})
				}),
			},
		}},
	}
}
