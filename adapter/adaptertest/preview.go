package adaptertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

// previews does each operation twice: as a preview, which changes nothing, and then
// for good. What the preview tells is the difference that the operation makes.
func previews(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, s, kit)
	moved := 0
	for _, op := range operations() {
		by := op.hand(kit)
		preview := func(by hand) (rolekit.Preview, error) {
			return by.Preview(t.Context(), func(m *rolekit.Manager) error { return op.do(t, hand{m, kit, by.user}, "left") })
		}
		stored, answers, had := Dump(t, s), decisions(t, kit, family()...), rights(t, kit)
		for _, stranger := range []hand{handOf(kit, boss("bob")), handOf(kit, rolekit.Actor{})} {
			_, err := preview(stranger)
			same(t, "how somebody else is refused "+op.name, fmt.Sprint(op.do(t, stranger, "left")), fmt.Sprint(err))
		}
		p, err := preview(by)
		ok(t, "Preview "+op.name, err)
		same(t, "the store after a preview of "+op.name, stored, Dump(t, s))
		same(t, "the decisions after a preview of "+op.name, answers, decisions(t, kit, family()...))
		again, err := preview(by)
		ok(t, "Preview "+op.name, err)
		same(t, "another preview of "+op.name, p, again)
		ok(t, op.name, op.do(t, by, "left"))
		has := rights(t, kit)
		told := map[string]bool{}
		for _, e := range p.Effects {
			if e.From.IsZero() {
				told[fmt.Sprint(e.Lost, e.Org, e.User, e.Profile, e.Grant)] = true
			}
		}
		want := map[string]bool{}
		for _, r := range beyond(has, had) {
			want[fmt.Sprint(false, r.org, r.user, r.profile, r.grant)] = true
		}
		for _, r := range beyond(had, has) {
			want[fmt.Sprint(true, r.org, r.user, r.profile, r.grant)] = true
		}
		same(t, "what a preview of "+op.name+" tells", want, told)
		if p.LeftOut != 0 || p.Gained+p.Lost != len(p.Effects) || p.OrgsUnseen != 0 {
			t.Errorf("%s: %+v", op.name, p)
		}
		moved += len(want)
	}
	if moved < 100 {
		t.Errorf("all operations together moved %d rights, so this proves little", moved)
	}
}

// held is a right of somebody's.
type held struct {
	org     rolekit.OrgID
	user    rolekit.UserID
	profile rolekit.ProfileID
	grant   rolekit.Grant
}

func widest(r held) held {
	r.grant.Access = rolekit.AccessAny
	return r
}

// beyond are the rights that others do not hold, nor anything that reaches further.
func beyond(these, others map[held]bool) (all []held) {
	for r := range these {
		if !others[r] && !others[widest(r)] {
			all = append(all, r)
		}
	}
	return all
}

// rights are what everyone may do, but for what reaches less far than something else
// that they hold.
func rights(t *testing.T, kit *rolekit.Kit) map[held]bool {
	t.Helper()
	all := map[held]bool{}
	system := kit.Manager().As(rolekit.System("test"))
	orgs, err := system.Orgs(t.Context(), rolekit.OrgQuery{})
	ok(t, "Orgs", err)
	for _, org := range orgs {
		for _, user := range []rolekit.UserID{"olga", "ada", "bob", "carol", "dora", "eve", "service:ci"} {
			grants, _, err := system.Effective(t.Context(), org.ID, user, "")
			ok(t, "Effective", err)
			for _, g := range grants {
				all[held{org.ID, user, g.Profile, g.Grant}] = true
			}
		}
	}
	for r := range all {
		if r.grant.Access != rolekit.AccessAny && all[widest(r)] {
			delete(all, r)
		}
	}
	return all
}

// previewsAddUp makes several changes in one preview, each on what those before it
// did, and one of them in vain.
func previewsAddUp(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, s, kit)
	stored := Dump(t, s)
	p, err := kit.Manager().As(boss("olga")).Preview(t.Context(), func(m *rolekit.Manager) error {
		for _, op := range operations() {
			if op.all {
				continue
			}
			if err := op.do(t, hand{m, kit, "olga"}, "left"); err != nil {
				return fmt.Errorf("%s: %w", op.name, err)
			}
			isError(t, "a role that is not there", m.Assign(t.Context(), "right", "eve", "nothing"), rolekit.ErrRoleNotFound)
		}
		return nil
	})
	ok(t, "Preview", err)
	same(t, "the store", stored, Dump(t, s))
	had := rights(t, kit)
	for _, op := range operations() {
		if !op.all {
			ok(t, op.name, op.do(t, handOf(kit, boss("olga")), "left"))
		}
	}
	has := rights(t, kit)
	lost, gained := len(beyond(had, has)), len(beyond(has, had))
	if p.Lost != lost || p.Gained != gained || lost == 0 || !slices.IsSortedFunc(p.Effects, func(a, b rolekit.Effect) int {
		return slices.Compare([]string{string(a.Org), string(a.User)}, []string{string(b.Org), string(b.User)})
	}) {
		t.Errorf("%d gained and %d lost, want %d and %d: %+v", p.Gained, p.Lost, gained, lost, p)
	}
}
