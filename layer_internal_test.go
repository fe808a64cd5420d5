package rolekit

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestLayerFollowsItsRules makes drawn edits to a layer, those that no manager
// would make among them, and holds each that comes of it against one that is
// decoded from all rules.
func TestLayerFollowsItsRules(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	rapid.Check(t, func(rt *rapid.T) {
		pool, rec := &bundles{}, Layer{Org: Org{ID: "tom"}}
		l, err := understand(rec, 0, pool, log)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, 30).Draw(rt, "changes") {
			was := l.lines()
			b := l.rebuild()
			for range rapid.IntRange(1, 8).Draw(rt, "edits") {
				rec = drawEdit(rt, rec, b)
			}
			next, want := b.done(pool), rec
			slices.Sort(was)
			if diff := cmp.Diff(was, l.lines()); diff != "" {
				rt.Fatal("the layer that was has changed: " + diff)
			}
			decoded, err := understand(want, 0, pool, log)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(decoded.lines(), next.lines()); diff != "" {
				rt.Fatalf("-decoded +followed:\n%s", diff)
			}
			l = next
		}
	})
}

// drawEdit makes one edit of the record, and the same to a layer of it.
func drawEdit(rt *rapid.T, rec Layer, b *builder) Layer {
	draw := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, what) }
	role, group, set := RoleID(draw("role", "clerk", "boss", "gone")), GroupID(draw("group", "staff", "team")), SetID(draw("set", "west", "east"))
	user, resource := UserID(draw("user", "ada", "bob", "service:ci")), ResourceID(draw("resource", "1", "2", "3"))
	isRole := func(r RoleRecord) bool { return r.ID == role }
	isGroup := func(g Group) bool { return g.ID == group }
	isSet := func(s ResourceSet) bool { return s.ID == set }
	switch rapid.IntRange(0, 9).Draw(rt, "edit") {
	case 0:
		r := RoleRecord{Org: "tom", ID: role, Profile: DefaultProfile, Label: draw("label", "a", "b")}
		if rapid.Bool().Draw(rt, "of another profile") {
			r.Profile = "worker"
		}
		rec.Roles = append(slices.DeleteFunc(slices.Clone(rec.Roles), isRole), r)
		b.putRole(r)
	case 1:
		rec.Roles = slices.DeleteFunc(slices.Clone(rec.Roles), isRole)
		b.dropRole(role)
	case 2:
		g := Group{Org: "tom", ID: group, Label: draw("label", "a", "b")}
		rec.Groups = append(slices.DeleteFunc(slices.Clone(rec.Groups), isGroup), g)
		b.putGroup(g)
	case 3:
		rec.Groups = slices.DeleteFunc(slices.Clone(rec.Groups), isGroup)
		b.dropGroup(group)
	case 4:
		s := ResourceSet{Org: "tom", ID: set, Label: draw("label", "a", "b")}
		rec.Sets = append(slices.DeleteFunc(slices.Clone(rec.Sets), isSet), s)
		b.putSet(s)
	case 5:
		rec.Sets = slices.DeleteFunc(slices.Clone(rec.Sets), isSet)
		b.dropSet(set)
	default:
		during := Period{}
		if rapid.Bool().Draw(rt, "limited") {
			during.Until = time.Date(2030, 1, rapid.IntRange(1, 2).Draw(rt, "day"), 0, 0, 0, 0, time.UTC)
		}
		rule := rapid.SampledFrom([]Rule{
			linkRule("tom", userSubject(user), roleSubject(role), during),
			linkRule("tom", userSubject(user), groupSubject(group), Period{}),
			linkRule("tom", userSubject(user), orgSubject("tom"), Period{}),
			linkRule("tom", groupSubject(group), roleSubject(role), during),
			linkRule("tom", groupSubject("staff"), groupSubject(group), Period{}),
			linkRule("tom", roleSubject("boss"), roleSubject(role), Period{}),
			linkRule("tom", roleSubject(role), groupSubject(group), Period{}),
			grantRule("tom", roleSubject(role), DefaultProfile, Grant{RolesRead, AccessAny}),
			grantRule("tom", roleSubject(role), "worker", Grant{RolesRead, InSet(set)}),
			grantRule("tom", profileSubject(DefaultProfile), DefaultProfile, Grant{RolesRead, AccessAny}),
			resourceRule("tom", resource, set),
		}).Draw(rt, "rule")
		i := slices.Index(rec.Rules, rule)
		if i < 0 {
			rec.Rules = append(slices.Clip(rec.Rules), rule)
			if err := b.add(rule); err != nil {
				rt.Fatal(err)
			}
			break
		}
		rec.Rules = slices.Delete(slices.Clone(rec.Rules), i, i+1)
		if err := b.remove(rule); err != nil {
			rt.Fatalf("%s: %v", rule, err)
		}
		if err := b.remove(rule); err == nil {
			rt.Fatalf("%s is taken out twice", rule)
		}
	}
	return rec
}

// TestLayerForgetsBundles that nobody has any more, or it would grow for ever.
func TestLayerForgetsBundles(t *testing.T) {
	t.Parallel()
	l := emptyLayer(Org{ID: "tom"})
	random := rand.New(rand.NewPCG(1, 2))
	held := map[string]Rule{}
	for i := range 3000 {
		user := fmt.Sprint("user", random.IntN(40))
		b := l.rebuild()
		if had, ok := held[user]; ok {
			if err := b.remove(had); err != nil {
				t.Fatal(err)
			}
		}
		held[user] = linkRule("tom", userSubject(UserID(user)), roleSubject("clerk"), Period{Until: time.Unix(int64(i+1), 0)})
		if err := b.add(held[user]); err != nil {
			t.Fatal(err)
		}
		l = b.done(&bundles{})
		if n := len(l.bundles); n > 150 {
			t.Fatalf("%d bundles for 40 users after %d changes", n, i)
		}
	}
	rules := 0
	for user := range l.users.Keys() {
		if got := l.rules(userSubject(user)); !slices.Equal(got, []Rule{held[string(user)]}) {
			t.Errorf("%s has %v", user, got)
		}
		rules++
	}
	if rules != len(held) {
		t.Errorf("%d users are left of %d", rules, len(held))
	}
}
