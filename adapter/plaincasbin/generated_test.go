package plaincasbin_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/plaincasbin"
	"github.com/rolekit/rolekit/internal/memstore"
)

// policies draws rows of a few names, so that they meet often: ordinary ones and
// such as cannot be said.
func policies() *rapid.Generator[[]plaincasbin.Row] {
	domain := rapid.SampledFrom([]string{"acme", "acme", "globex", "globex", "*", "ACME Inc"})
	role := rapid.SampledFrom([]string{"admin", "clerk", "viewer", "owner"})
	user := rapid.SampledFrom([]string{"alice", "bob", "carol"})
	either := rapid.OneOf(role, user)
	obj := rapid.SampledFrom([]string{"invoices", "invoices", "reports", "bills", "*"})
	act := rapid.SampledFrom([]string{"read", "write", "manage", "*"})
	effect := rapid.SampledFrom([]string{"", "", "", "", "", "allow", "deny"})
	row := rapid.Custom(func(t *rapid.T) plaincasbin.Row {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1, 2:
			return plaincasbin.Row{Ptype: "g", V: [6]string{user.Draw(t, "user"), role.Draw(t, "role"), domain.Draw(t, "domain")}}
		case 3:
			return plaincasbin.Row{Ptype: "g", V: [6]string{either.Draw(t, "from"), either.Draw(t, "to"), domain.Draw(t, "domain")}}
		default:
			return plaincasbin.Row{Ptype: "p", V: [6]string{
				either.Draw(t, "sub"), domain.Draw(t, "domain"), obj.Draw(t, "obj"), act.Draw(t, "act"), effect.Draw(t, "effect"),
			}}
		}
	})
	return rapid.Custom(func(t *rapid.T) []plaincasbin.Row {
		rows := rapid.SliceOfN(row, 1, 15).Draw(t, "rows")
		for i := range rows {
			rows[i].ID = uint(i + 1)
		}
		return rows
	})
}

// TestDecisionsBeforeAndAfter compares, for generated policies and everything that
// can be asked, what Casbin says of the rows with what a kit says of the plan:
// the kit allows nothing more, but for what the plan calls a gain; and it allows
// whatever the rows that were not refused allow.
func TestDecisionsBeforeAndAfter(t *testing.T) {
	catalog := parseCatalog(t, catalogYAML)
	var compared, same, refused, gains int
	rapid.Check(t, func(rt *rapid.T) {
		rows := policies().Draw(rt, "policy")
		plan, err := plaincasbin.NewPlan(plaincasbin.Found{Rows: rows}, plaincasbin.Config{
			Catalog: catalog, Lone: rapid.SampledFrom([]plaincasbin.Kind{"", plaincasbin.KindRole, plaincasbin.KindUser}).Draw(rt, "lone"),
		})
		if err != nil {
			rt.Fatal(err)
		}
		refused, gains = refused+len(plan.Refused), gains+len(plan.Gains)
		kit := kitOf(t, catalog, plan)
		left := slices.DeleteFunc(slices.Clone(rows), func(r plaincasbin.Row) bool {
			return slices.ContainsFunc(plan.Refused, func(f plaincasbin.Refusal) bool { return f.Row == r })
		})
		before, convertible := plain(t, rows), plain(t, left)
		for _, o := range plan.Orgs {
			for _, user := range users(o) {
				for _, p := range catalog.Permissions() {
					request := []any{string(user), o.Domain, string(p.ID.Object()), string(p.ID.Action())}
					had, err := before.Enforce(request...)
					must, failed := convertible.Enforce(request...)
					d, undecided := kit.Can(t.Context(), rolekit.Identity{User: user, Org: o.ID}, p.ID, nil)
					if err := errors.Join(err, failed, undecided); err != nil {
						rt.Fatal(err)
					}
					compared++
					if d.Allowed == had {
						same++
					}
					told := gained(o, plan.Gains, user, p.ID)
					if d.Allowed && !had && !told {
						rt.Errorf("%v: the kit allows it, Casbin did not, and the plan does not tell:\n%s", request, plan)
					}
					if must && !d.Allowed {
						rt.Errorf("%v: rows that were not refused allow it, and the kit does not:\n%s", request, plan)
					}
					if told && (had || !d.Allowed) && !byRole(o, plan.Gains, user, p.ID) && !mayDeny(rows) {
						rt.Errorf("%v: it is no gain:\n%s", request, plan)
					}
				}
			}
		}
	})
	t.Logf("%d decisions compared, %d the same; %d rows refused, %d gains told", compared, same, refused, gains)
	if same < compared/2 || gains == 0 || refused == 0 {
		t.Error("the policies are of no use")
	}
}

// kitOf does the plan, without its rows, in memory.
func kitOf(t *testing.T, catalog *rolekit.Catalog, plan *plaincasbin.Plan) *rolekit.Kit {
	t.Helper()
	kit, err := rolekit.New(t.Context(), memstore.New(), rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := plaincasbin.Create(t.Context(), kit.Manager().As(rolekit.System("test")), plan); err != nil {
		t.Fatal(err)
	}
	return kit
}

func users(o plaincasbin.Org) []rolekit.UserID {
	var all []rolekit.UserID
	for _, h := range o.Holds {
		all = append(all, h.User)
	}
	return slices.Compact(all)
}

// gained tells whether the plan says that the user, or a role that they hold by
// whatever way, gains the permission.
func gained(o plaincasbin.Org, gains []plaincasbin.Gain, user rolekit.UserID, p rolekit.Permission) bool {
	return slices.ContainsFunc(gains, func(g plaincasbin.Gain) bool {
		return g.Org == o.ID && g.Permission == p && (g.User == user || g.Role != "" && slices.Contains(rolesOf(o, user), g.Role))
	})
}

// byRole tells whether it is but a role that gains it, and those who hold that may
// have had it by another.
func byRole(o plaincasbin.Org, gains []plaincasbin.Gain, user rolekit.UserID, p rolekit.Permission) bool {
	return !slices.ContainsFunc(gains, func(g plaincasbin.Gain) bool { return g.Org == o.ID && g.Permission == p && g.User == user })
}

// mayDeny tells whether a pattern denies, which the plan takes for matching what it
// may match, and the usual matcher for nothing.
func mayDeny(rows []plaincasbin.Row) bool {
	return slices.ContainsFunc(rows, func(r plaincasbin.Row) bool { return r.V[4] == "deny" && strings.Contains(r.String(), "*") })
}

func rolesOf(o plaincasbin.Org, user rolekit.UserID) []rolekit.RoleID {
	var ids []rolekit.RoleID
	for _, h := range o.Holds {
		if h.User == user {
			ids = append(ids, h.Role)
		}
	}
	for i := 0; i < len(ids); i++ {
		for _, r := range o.Roles {
			if r.ID == ids[i] {
				ids = append(ids, r.Includes...)
			}
		}
	}
	return ids
}
