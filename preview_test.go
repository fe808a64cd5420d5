package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// told is a preview's effects, a line each.
func told(p rolekit.Preview) (lines []string) {
	for _, e := range p.Effects {
		line := "+"
		if e.Lost {
			line = "-"
		}
		line += fmt.Sprintf(" %s %s %s %s %s", e.Org, e.User, e.Profile, e.Permission, e.Access)
		if !e.From.IsZero() {
			line += " from " + e.From.Format(time.TimeOnly)
		}
		if !e.Until.IsZero() {
			line += " until " + e.Until.Format(time.TimeOnly)
		}
		lines = append(lines, line)
	}
	return lines
}

// previewed is what the manager's preview of a change tells.
func (w *world) previewed(m *rolekit.Manager, change func(context.Context, *rolekit.Manager) error) rolekit.Preview {
	w.t.Helper()
	p, err := m.Preview(w.t.Context(), func(m *rolekit.Manager) error { return change(w.t.Context(), m) })
	w.ok(err)
	if p.Gained+p.Lost != len(p.Effects)+p.LeftOut {
		w.t.Errorf("%d and %d are not %d and %d", p.Gained, p.Lost, len(p.Effects), p.LeftOut)
	}
	return p
}

func assigning(org rolekit.OrgID, a rolekit.Assignment) func(context.Context, *rolekit.Manager) error {
	return func(ctx context.Context, m *rolekit.Manager) error { return m.PutAssignment(ctx, org, a) }
}

// What is told is what makes a difference, whatever way it comes.
func TestPreviewTellsWhatMakesADifference(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	hour := func(n int) time.Time { return noon().Add(time.Duration(n) * time.Hour) }
	own := []rolekit.Grant{{Permission: "jobs:read", Access: "own"}}
	w.role("tom", "own", own)
	w.role("tom", "any", grantsOf("jobs:read"))
	w.role("tom", "books", grantsOf("invoices:read"))
	w.role("tom", "desk", nil, "books")
	w.role("tom.north", "north", grantsOf("invoices:read"))
	w.assign("tom", "ada", "any")
	w.assign("tom", "bob", "own")
	w.assign("tom", "dora", "desk")
	w.group("tom", "crew", []rolekit.UserID{"gus"})
	w.group("tom", "night", nil)
	w.ok(w.system().AddToGroup(t.Context(), "tom", "crew", nil, []rolekit.GroupID{"night"}))
	w.ok(w.system().PutAssignment(t.Context(), "tom.north", rolekit.Assignment{Group: "crew", Role: "north"}))
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "tim", Role: "books", Period: rolekit.Period{From: hour(1), Until: hour(3)}}))
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "old", Role: "books", Period: rolekit.Period{Until: hour(-1)}}))
	s := w.system()
	for name, c := range map[string]struct {
		change func(context.Context, *rolekit.Manager) error
		want   []string
	}{
		"a role, here and below": {
			assigning("tom", rolekit.Assignment{User: "eve", Role: "books"}),
			[]string{"+ tom eve owner invoices:read any", "+ tom.north eve owner invoices:read any"},
		},
		"what is held already":   {assigning("tom", rolekit.Assignment{User: "dora", Role: "books"}), nil},
		"less than what is held": {assigning("tom", rolekit.Assignment{User: "ada", Role: "own"}), nil},
		"more than what is held": {
			assigning("tom.north", rolekit.Assignment{User: "bob", Role: "any"}), []string{"+ tom.north bob owner jobs:read any"},
		},
		"an edit of a role": {
			func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.SetGrants(ctx, "tom", "any", own, rolekit.Whatever)
				return err
			},
			[]string{"- tom ada owner jobs:read any", "- tom.north ada owner jobs:read any"},
		},
		"an edit of an included role": {
			func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.SetGrants(ctx, "tom", "books", nil, rolekit.Whatever)
				return err
			},
			[]string{
				"- tom dora owner invoices:read any", "- tom tim owner invoices:read any from 13:00:00 until 15:00:00",
				"- tom.north dora owner invoices:read any", "- tom.north tim owner invoices:read any from 13:00:00 until 15:00:00",
			},
		},
		"a group that has its role further down": {
			func(ctx context.Context, m *rolekit.Manager) error {
				return m.AddToGroup(ctx, "tom", "night", []rolekit.UserID{"nia"}, nil)
			},
			[]string{"+ tom.north nia owner invoices:read any"},
		},
		"a group that goes": {
			func(ctx context.Context, m *rolekit.Manager) error {
				w.ok(m.RemoveAssignment(ctx, "tom.north", rolekit.Assignment{Group: "crew", Role: "north"}))
				return m.DeleteGroup(ctx, "tom", "crew", rolekit.Whatever)
			},
			[]string{"- tom.north gus owner invoices:read any"},
		},
		"a name alone": {func(ctx context.Context, m *rolekit.Manager) error {
			_, err := m.UpdateOrg(ctx, "tom", "Tom", 0)
			return err
		}, nil},
		"what has ended": {func(ctx context.Context, m *rolekit.Manager) error { return m.RemoveMember(ctx, "tom", "old") }, nil},
		"nothing":        {func(context.Context, *rolekit.Manager) error { return nil }, nil},
		"a change, undone": {func(ctx context.Context, m *rolekit.Manager) error {
			return errors.Join(m.Assign(ctx, "tom", "eve", "books"), m.Unassign(ctx, "tom", "eve", "books"))
		}, nil},
		"for later": {
			assigning("tom.north", rolekit.Assignment{User: "eve", Role: "north", Period: rolekit.Period{From: hour(2)}}),
			[]string{"+ tom.north eve owner invoices:read any from 14:00:00"},
		},
		"for longer, from earlier on": {
			assigning("tom.north", rolekit.Assignment{User: "tim", Role: "books", Period: rolekit.Period{Until: hour(4)}}),
			[]string{"+ tom.north tim owner invoices:read any until 13:00:00", "+ tom.north tim owner invoices:read any from 15:00:00 until 16:00:00"},
		},
		"for shorter": {
			assigning("tom", rolekit.Assignment{User: "tim", Role: "books", Period: rolekit.Period{From: hour(2), Until: hour(3)}}),
			[]string{"- tom tim owner invoices:read any from 13:00:00 until 14:00:00", "- tom.north tim owner invoices:read any from 13:00:00 until 14:00:00"},
		},
		"another parent": {
			func(ctx context.Context, m *rolekit.Manager) error {
				w.ok(m.RemoveAssignment(ctx, "tom.north", rolekit.Assignment{Group: "crew", Role: "north"}))
				_, err := m.MoveOrg(ctx, "tom.north", "jack", rolekit.Whatever)
				return err
			},
			[]string{
				"- tom.north ada owner jobs:read any", "- tom.north bob owner jobs:read own", "- tom.north carol owner iam.members:read any",
			},
		},
		"a branch that is made": {
			func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "tom.new", Parent: "tom"})
				return err
			},
			[]string{"+ tom.new ada owner jobs:read any", "+ tom.new bob owner jobs:read own"},
		},
		"a branch that goes": {
			func(ctx context.Context, m *rolekit.Manager) error {
				return m.DeleteOrg(ctx, "tom.north", rolekit.DeleteOptions{})
			},
			[]string{"- tom.north ada owner jobs:read any", "- tom.north bob owner jobs:read own"},
		},
		"everything": {
			func(ctx context.Context, m *rolekit.Manager) error {
				return m.DeleteOrg(ctx, "tom", rolekit.DeleteOptions{Descendants: true})
			},
			[]string{"- tom ada owner jobs:read any", "- tom bob owner jobs:read own"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.unchanged(name, func() {
				got := told(w.previewed(s, c.change))
				if len(got) > len(c.want) && len(c.want) > 0 { // of a whole organisation, the first
					got = got[:len(c.want)]
				}
				same(t, name, c.want, got)
			})
		})
	}
}

// Default roles concern every organisation.
func TestPreviewOfDefaultRoles(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.assign("tom", "ada", "mower")
	w.assign("jack", "jim", "mower")
	p := w.previewed(w.system(), func(ctx context.Context, m *rolekit.Manager) error {
		d := w.Catalog().Defaults()
		for i := range d.Roles {
			if d.Roles[i].ID == "mower" {
				d.Roles[i].Grants = grantsOf("jobs:read")
			}
		}
		_, err := m.ApplyDefaults(ctx, d)
		return err
	})
	want := []string{
		"+ jack jim worker jobs:read any", "- jack jim worker jobs:write own", "+ tom ada worker jobs:read any", "- tom ada worker jobs:write own",
		"+ tom.north ada worker jobs:read any", "- tom.north ada worker jobs:write own",
	}
	same(t, "the effects", want, told(p))
	same(t, "the sums", []rolekit.OrgEffects{{Org: "jack", Users: 1, Gained: 1, Lost: 1}, {Org: "tom", Users: 1, Gained: 1, Lost: 1}, {Org: "tom.north", Users: 1, Gained: 1, Lost: 1}}, p.Orgs)
}

// Two kits differ by one change of periods. At each moment, what the one allows and
// the other does not is what the preview of the change told of that moment.
func TestPreviewKnowsWhen(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	hour := func() time.Time {
		if random.IntN(3) == 0 {
			return time.Time{}
		}
		return noon().Add(time.Duration(random.IntN(8)-2) * time.Hour)
	}
	users, roles := []rolekit.UserID{"ada", "bob"}, []rolekit.RoleID{"reads", "writes", "own"}
	moments := 0
	for n := range 60 {
		clock := clockAt(noon())
		build := func() *world {
			w := (&world{t: t, store: memstore.New()}).again(modelConfig(t, clock))
			_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
			w.ok(err)
			w.createOrg("tom", "", "olga")
			w.createOrg("tom.north", "tom", "olga")
			w.role("tom", "reads", grantsOf("jobs:read"))
			w.role("tom", "writes", grantsOf("jobs:write"))
			w.role("tom", "own", []rolekit.Grant{{Permission: "jobs:write", Access: "own"}})
			w.group("tom", "crew", users)
			return w
		}
		with, without := build(), build()
		change := func() (rolekit.OrgID, rolekit.Assignment) {
			a := rolekit.Assignment{Role: roles[random.IntN(3)], Period: rolekit.Period{From: hour(), Until: hour()}}
			if a.User = users[random.IntN(2)]; random.IntN(3) == 0 {
				a.User, a.Group = "", "crew"
			}
			return []rolekit.OrgID{"tom", "tom.north"}[random.IntN(2)], a
		}
		for range random.IntN(6) {
			org, a := change()
			for _, w := range []*world{with, without} {
				if err := w.system().PutAssignment(t.Context(), org, a); err != nil && !errors.Is(err, rolekit.ErrInvalid) {
					t.Fatal(err)
				}
			}
		}
		org, a := change()
		p, err := with.system().Preview(t.Context(), func(m *rolekit.Manager) error { return m.PutAssignment(t.Context(), org, a) })
		if errors.Is(err, rolekit.ErrInvalid) {
			continue
		}
		with.ok(err)
		with.ok(with.system().PutAssignment(t.Context(), org, a))
		for at := noon(); at.Before(noon().Add(8 * time.Hour)); at = at.Add(30 * time.Minute) {
			clock.set(at)
			var now rolekit.Preview
			for _, e := range p.Effects {
				if e.Includes(at) {
					now.Effects = append(now.Effects, rolekit.Effect{Grant: e.Grant, Org: e.Org, User: e.User, Profile: e.Profile, Lost: e.Lost})
				}
			}
			moments += len(now.Effects)
			want := append(with.over(without, users, true), without.over(with, users, false)...)
			got := told(now)
			slices.Sort(want)
			slices.Sort(got)
			same(t, fmt.Sprintf("case %d: %v in %s, at %s", n, a, org, at.Format(time.TimeOnly)), want, got)
		}
		clock.set(noon())
	}
	if moments < 500 {
		t.Errorf("only %d effects were looked at", moments)
	}
}

// over returns what users may do by this kit and not by another, a line each.
func (w *world) over(other *world, users []rolekit.UserID, gained bool) (lines []string) {
	w.t.Helper()
	sign := map[bool]string{true: "+", false: "-"}[gained]
	for _, org := range []rolekit.OrgID{"tom", "tom.north"} {
		for _, user := range users {
			mine, _, err := w.system().Effective(w.t.Context(), org, user, "")
			w.ok(err)
			theirs, _, err := other.system().Effective(w.t.Context(), org, user, "")
			w.ok(err)
			holds := func(all []rolekit.EffectiveGrant, g rolekit.EffectiveGrant, access rolekit.Access) bool {
				return slices.ContainsFunc(all, func(o rolekit.EffectiveGrant) bool {
					return o.Profile == g.Profile && o.Permission == g.Permission && o.Access == access
				})
			}
			for _, g := range mine {
				narrow := g.Access != rolekit.AccessAny && holds(mine, g, rolekit.AccessAny)
				if !narrow && !holds(theirs, g, g.Access) && !holds(theirs, g, rolekit.AccessAny) {
					lines = append(lines, fmt.Sprintf("%s %s %s %s %s %s", sign, org, user, g.Profile, g.Permission, g.Access))
				}
			}
		}
	}
	return lines
}
