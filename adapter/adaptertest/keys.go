package adaptertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func keyTests() []storeTest {
	return []storeTest{
		{"service keys come back as they were, in their organisation's layer and by their id", keys},
		{"a service key's id is taken in every organisation", takenKeys},
		{"service keys go with their organisation", keysOfOrgs},
	}
}

func keyOf(org rolekit.OrgID, id string) rolekit.KeyRecord {
	return rolekit.KeyRecord{
		Org: org, ID: rolekit.KeyID(id), Label: "CI “α” 🌱", Hash: strings.Repeat("f", 64), CreatedBy: "user:ada",
		CreatedAt: time.Unix(1_800_000_000, 0).UTC(), Expires: time.Unix(1_900_000_000, 0).UTC(),
	}
}

func storedKey(t testing.TB, s rolekit.Store, id rolekit.KeyID) (found rolekit.KeyRecord, there bool) {
	t.Helper()
	view(t, s, func(r rolekit.Reader) (err error) {
		found, there, err = r.Key(t.Context(), id)
		return err
	})
	return found, there
}

func keys(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	second, first, theirs := keyOf("tom", "second"), keyOf("tom", "first"), keyOf("jack", "third")
	first.Label, first.Hash, first.Expires = "", strings.Repeat("0", 64), first.Expires.Add(time.Second)
	for _, k := range []rolekit.KeyRecord{second, first, theirs} {
		in(t, s, k.Org, func(ctx context.Context, w rolekit.Writer) error { return w.InsertKey(ctx, k) })
	}
	same(t, "the keys, sorted", []rolekit.KeyRecord{first, second}, layer(t, s, "tom").Keys)
	same(t, "the other's", []rolekit.KeyRecord{theirs}, layer(t, s, "jack").Keys)
	for _, want := range []rolekit.KeyRecord{first, second, theirs} {
		got, there := storedKey(t, s, want.ID)
		if same(t, "the key by its id", want, got); !there {
			t.Errorf("%s is not there", want.ID)
		}
	}
	for _, absent := range []rolekit.KeyID{"", "First", "first ", " first", "firs_", "%"} {
		if got, there := storedKey(t, s, absent); there || got != (rolekit.KeyRecord{}) {
			t.Errorf("%q: %+v", absent, got)
		}
	}
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.DeleteKey(ctx, "tom", "second"), w.DeleteKey(ctx, "tom", "third"), w.DeleteKey(ctx, "tom", "nobody"))
	})
	same(t, "the keys after a deletion", []rolekit.KeyRecord{first}, layer(t, s, "tom").Keys)
	same(t, "the other's", []rolekit.KeyRecord{theirs}, layer(t, s, "jack").Keys)
	if _, there := storedKey(t, s, "second"); there {
		t.Error("it is there after its deletion")
	}
}

func takenKeys(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	mine := keyOf("tom", "first")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.InsertKey(ctx, mine) })
	for _, org := range []rolekit.OrgID{"tom", "jack"} {
		another := keyOf(org, "first")
		another.Hash = strings.Repeat("0", 64)
		err := tryIn(t.Context(), s, org, func(ctx context.Context, w rolekit.Writer) error { return w.InsertKey(ctx, another) })
		isError(t, "another of the id, in "+string(org), err, rolekit.ErrExists)
	}
	got, _ := storedKey(t, s, "first")
	same(t, "the key", mine, got)
	same(t, "the other's", 0, len(layer(t, s, "jack").Keys))
}

func keysOfOrgs(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	for _, k := range []rolekit.KeyRecord{keyOf("tom", "first"), keyOf("jack", "second")} {
		in(t, s, k.Org, func(ctx context.Context, w rolekit.Writer) error { return w.InsertKey(ctx, k) })
	}
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteOrg(ctx, "tom") })
	for id, want := range map[rolekit.KeyID]bool{"first": false, "second": true} {
		if _, there := storedKey(t, s, id); there != want {
			t.Errorf("%s is there: %v", id, there)
		}
	}
}

// keyNamed returns the id of an organisation's service key of a label.
func keyNamed(t testing.TB, kit *rolekit.Kit, org rolekit.OrgID, label string) rolekit.KeyID {
	t.Helper()
	all, err := kit.Manager().As(rolekit.System("test")).Keys(t.Context(), org, rolekit.KeyQuery{Listing: rolekit.Listing{Prefix: label}})
	ok(t, "Keys", err)
	if len(all) != 1 {
		t.Fatalf("%s has %d keys labelled %s", org, len(all), label)
	}
	return all[0].ID
}
