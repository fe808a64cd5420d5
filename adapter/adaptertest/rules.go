package adaptertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/rolekit/rolekit"
)

func ruleTests() []storeTest {
	return []storeTest{
		{"rules come back as they were written, in that order", rulesInOrder},
		{"AddRules leaves a rule that is there as it is", addTwice},
		{"AddRules takes thousands at once", addThousands},
		{"RemoveRules of a rule that is not there is ErrConflict", removeMissing},
		{"RemoveRules takes hundreds that begin alike", removeHundreds},
		{"RemoveRules takes nothing but the rule", removeExactly},
		{"rules that come and go by hundreds are those that came and did not go", comeAndGo},
		{"ids are compared byte for byte", byteForByte},
		{"rules of one organisation are not another's", rulesOfOne},
	}
}

func add(t testing.TB, s rolekit.Store, org rolekit.OrgID, rules ...rolekit.Rule) {
	t.Helper()
	in(t, s, org, func(ctx context.Context, w rolekit.Writer) error { return w.AddRules(ctx, rules...) })
}

// remove does it in a transaction that holds tom.
func remove(t testing.TB, s rolekit.Store, rules ...rolekit.Rule) error {
	t.Helper()
	return tryIn(t.Context(), s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.RemoveRules(ctx, rules...) })
}

func rulesInOrder(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	add(t, s, "tom") // none
	written := []rolekit.Rule{
		link("tom", "user:zoe", "role:clerk"), grant("tom", "clerk", "invoices:write"),
		link("tom", "user:ada", "role:clerk"), grant("tom", "boss", "invoices:read"),
		link("tom", "role:boss", "role:clerk"), link("tom", "service:ci", "role:clerk"),
		link("tom", "user:auth0|5f'; DROP TABLE casbin_rule;--", "role:clerk"),
		timed("tom", "user:ada", "role:clerk", "_", "2026-01-02 03:04:05"), timed("tom", "group:crew", "role:clerk", "2026-01-02 03:04:05", "_"),
		resource("tom", "invoice 1'; DROP TABLE casbin_rule;--", "shelf"), resource("tom", `a, "b" % _ \ ?`, "shelf"),
		link("tom", `user:a, "b" % _ \ ?`, "role:clerk"), link("tom", "user:Zoë \u6f22\u5b57 🌱", "role:clerk"),
	}
	add(t, s, "tom", written[:5]...)
	add(t, s, "tom", written[5:]...)
	same(t, "the rules", written, layer(t, s, "tom").Rules)
}

func addTwice(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	a, b, c := grant("tom", "clerk", "a:read"), grant("tom", "clerk", "b:read"), link("tom", "user:ada", "role:clerk")
	add(t, s, "tom", a, c)
	add(t, s, "tom", a, b, c, b)
	same(t, "the rules", []rolekit.Rule{a, c, b}, layer(t, s, "tom").Rules)
	ok(t, "RemoveRules", remove(t, s, a, b, c))
	same(t, "the rules", []rolekit.Rule{}, layer(t, s, "tom").Rules)
}

func addThousands(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	var rules []rolekit.Rule
	for i := range 5000 {
		rules = append(rules, grant("tom", fmt.Sprint("role", i), "invoices:read"))
	}
	add(t, s, "tom", rules...)
	same(t, "the rules", rules, layer(t, s, "tom").Rules)
}

func removeMissing(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	there, missing := grant("tom", "clerk", "a:read"), grant("tom", "clerk", "b:read")
	add(t, s, "tom", there)
	add(t, s, "jack", grant("jack", "clerk", "b:read"))
	before := Dump(t, s)
	isError(t, "one that is not there", remove(t, s, missing), rolekit.ErrConflict)
	isError(t, "one that is there and one that is not", remove(t, s, there, missing), rolekit.ErrConflict)
	isError(t, "the same one twice", remove(t, s, there, there), rolekit.ErrConflict)
	same(t, "the store", before, Dump(t, s))
	ok(t, "none", remove(t, s))
	ok(t, "one that is there", remove(t, s, there))
	isError(t, "one that is gone", remove(t, s, there), rolekit.ErrConflict)
}

// removeHundreds removes more than one condition asks for, all but the last: what a role
// grants, which differs in its last fields alone, and links that differ in the first.
func removeHundreds(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	var rules []rolekit.Rule
	for i := range 300 {
		rules = append(rules, grant("tom", "clerk", fmt.Sprintf("object%d:read", i)), link("tom", fmt.Sprint("user:", i), "role:clerk"))
	}
	add(t, s, "tom", rules...)
	last := len(rules) - 1
	ok(t, "RemoveRules", remove(t, s, rules[:last]...))
	same(t, "the rules", rules[last:], layer(t, s, "tom").Rules)
}

// removeExactly guards against a condition that leaves empty fields out, and so
// takes every longer rule too.
func removeExactly(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	long := grant("tom", "clerk", "invoices:read")
	short := rolekit.Rule{Ptype: "p", V: [6]string{"role:clerk", "tom", "default"}}
	add(t, s, "tom", long)
	isError(t, "a rule of which only a longer one is there", remove(t, s, short), rolekit.ErrConflict)
	same(t, "the rules", []rolekit.Rule{long}, layer(t, s, "tom").Rules)
	add(t, s, "tom", short)
	ok(t, "the shorter of two", remove(t, s, short))
	same(t, "the rules", []rolekit.Rule{long}, layer(t, s, "tom").Rules)
	for field := range long.V {
		other := long
		other.V[field] += "x"
		isError(t, "a rule that differs in one field", remove(t, s, other), rolekit.ErrConflict)
	}
	same(t, "the rules", []rolekit.Rule{long}, layer(t, s, "tom").Rules)

	// Of rules that differ only in their type or in a time, just the one.
	all := []rolekit.Rule{
		long, link("tom", "user:ada", "role:clerk"), timed("tom", "user:ada", "role:clerk", "_", "2026-01-02 03:04:05"),
		timed("tom", "user:ada", "role:clerk", "_", "2027-01-02 03:04:05"), timed("tom", "user:ada", "role:clerk", "2025-01-02 03:04:05", "_"),
		resource("tom", "1", "shelf"), resource("tom", "01", "shelf"), resource("tom", "1", "shelf2"),
	}
	add(t, s, "tom", all[1:]...)
	for len(all) > 1 {
		ok(t, "RemoveRules of "+all[1].String(), remove(t, s, all[1]))
		all = append(all[:1], all[2:]...)
		same(t, "the rules", all, layer(t, s, "tom").Rules)
	}
}

// comeAndGo adds and removes any number of any rules at once, of few roles and users, so
// that most begin like others, and holds what is stored against a list.
func comeAndGo(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	seed := rand.Uint64()                    //nolint:gosec // what it draws keeps no secret
	random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // as above
	var all, want []rolekit.Rule
	for i := range 100 {
		role, user := fmt.Sprint("role", i%3), fmt.Sprint("user:", i%5)
		all = append(all, grant("tom", role, fmt.Sprintf("object%d:read", i)), link("tom", fmt.Sprint("user:", i), "role:clerk"),
			timed("tom", user, "role:clerk", "_", fmt.Sprintf("%d-01-02 03:04:05", 2026+i)), resource("tom", strconv.Itoa(i), "shelf"))
	}
	for round := range 12 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		some := all[:1+random.IntN(len(all))]
		if round%2 == 0 {
			add(t, s, "tom", some...)
			for _, r := range some {
				if !slices.Contains(want, r) {
					want = append(want, r)
				}
			}
		} else {
			some = slices.DeleteFunc(slices.Clone(some), func(r rolekit.Rule) bool { return !slices.Contains(want, r) })
			ok(t, "RemoveRules", remove(t, s, some...))
			want = slices.DeleteFunc(want, func(r rolekit.Rule) bool { return slices.Contains(some, r) })
		}
		got := layer(t, s, "tom").Rules
		if !slices.Equal(got, want) {
			t.Fatalf("in round %d of seed %d there are %d rules, want %d", round, seed, len(got), len(want))
		}
	}
}

func byteForByte(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	var written []rolekit.Rule
	for _, user := range []string{
		"alice", "Alice", "ALICE", "\u00e4lice", "a\u0308lice", "\u0430lice", "straße", "strasse", "1", "01", "1.0",
	} {
		written = append(written, link("tom", "user:"+user, "role:clerk"))
	}
	for i, r := range written {
		isError(t, "RemoveRules of "+r.V[0], remove(t, s, r), rolekit.ErrConflict)
		add(t, s, "tom", r)
		same(t, "the rules", written[:i+1], layer(t, s, "tom").Rules)
	}
	ok(t, "RemoveRules", remove(t, s, written[1]))
	same(t, "the rules", append(written[:1:1], written[2:]...), layer(t, s, "tom").Rules)
}

func rulesOfOne(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	of := func(org rolekit.OrgID) []rolekit.Rule {
		return []rolekit.Rule{
			grant(org, "clerk", "invoices:read"), link(org, "user:ada", "role:clerk"),
			timed(org, "user:ada", "role:clerk", "_", "2026-01-02 03:04:05"), resource(org, "1", "shelf"),
			// named like the other organisation wherever a name may stand
			resource(org, "tom", "jack"), resource(org, "jack", "tom"), timed(org, "user:tom", "role:jack", "tom", "jack"),
			link(org, "user:tom", "role:jack"), link(org, "user:jack", "role:tom"), grant(org, "tom", "jack:tom"), grant(org, "jack", "tom:jack"),
		}
	}
	all := []rolekit.OrgID{"tom", "jack", rolekit.AllOrgs}
	for _, org := range all {
		add(t, s, org, of(org)...)
	}
	for _, org := range all {
		same(t, "the rules of "+string(org), of(org), layer(t, s, org).Rules)
	}
	isError(t, "another's rule", remove(t, s, link("jack", "user:nobody", "role:clerk")), rolekit.ErrConflict)
}
