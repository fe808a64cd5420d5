package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/memstore"
)

// keyWorld is one in which kim may make keys in tom, and read invoices and jobs.
func keyWorld(t *testing.T) (*world, *fakeClock) {
	t.Helper()
	w, clock := newModelWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.role("tom", "keeper", grantsOf(rolekit.KeysWrite, "invoices:read", "jobs:read"))
	w.assign("tom", "kim", "keeper")
	return w, clock
}

// newKey makes a key of tom that holds roles, as somebody.
func (w *world) newKey(by *rolekit.Manager, roles ...rolekit.RoleID) (rolekit.Key, string) {
	w.t.Helper()
	key, secret, err := by.CreateKey(w.t.Context(), "tom", rolekit.NewKey{Label: "CI", Roles: roles})
	w.ok(err)
	return key, secret
}

// notAKey checks that a key is refused in the words that all are.
func (w *world) notAKey(what, secret string) {
	w.t.Helper()
	who, err := w.AuthenticateKey(w.t.Context(), secret)
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok || e.Code != rolekit.CodeUnauthenticated || e.Message != "the service key is not valid" || who != (rolekit.Identity{}) {
		w.t.Errorf("%s: %+v, %v", what, who, err)
		return
	}
	if body := secret[max(0, len(secret)-59):]; len(body) > 20 && strings.Contains(err.Error(), body[:20]) {
		w.t.Errorf("%s: the error tells the secret: %v", what, err)
	}
}

func TestAServiceKeyFromItsMakingToItsEnd(t *testing.T) {
	t.Parallel()
	w, clock := keyWorld(t)
	ctx := t.Context()
	key, secret := w.newKey(w.as("kim"), "clerk")
	if !regexp.MustCompile(`^rkey_[a-z2-7]{16}_[a-z2-7]{59}$`).MatchString(secret) || !strings.HasPrefix(secret, "rkey_"+string(key.ID)+"_") {
		t.Errorf("the key reads %s", secret)
	}
	end := noon().Add(90 * 24 * time.Hour)
	same(t, "the key", rolekit.Key{
		ID: key.ID, Org: "tom", Label: "CI", CreatedAt: noon(), CreatedBy: "user:kim", Expires: end,
		Roles: []rolekit.AssignedRole{{Role: "clerk", Period: rolekit.Period{Until: end}}},
	}, key)
	if state := fmt.Sprintf("%+v", adaptertest.Dump(t, w.store)); strings.Contains(state, secret[22:50]) || !strings.Contains(state, string(key.ID)) {
		t.Error("the store holds the secret, or not the key")
	}

	who, err := w.AuthenticateKey(ctx, secret)
	w.ok(err)
	same(t, "who it is", rolekit.Identity{User: key.User(), Org: "tom"}, who)
	for _, kit := range []*world{w, w.again(modelConfig(t, clock))} {
		if who, err := kit.AuthenticateKey(ctx, secret); err != nil || who.User != key.User() {
			t.Errorf("%v, %v", who, err)
		}
		for org, want := range map[rolekit.OrgID]bool{"tom": true, "tom.north": true, "jack": false} {
			if kit.can(key.User(), org, "invoices:read") != want || kit.can(key.User(), org, "invoices:write") {
				t.Errorf("in %s it may not what it should", org)
			}
		}
	}
	why, err := w.Explain(ctx, who, "invoices:read", nil)
	w.ok(err)
	if text := why.String(); !strings.Contains(text, string(key.User())) || !strings.Contains(text, "clerk") {
		t.Errorf("explained as %s", text)
	}
	events, err := w.system().Audit(ctx, "tom", rolekit.AuditQuery{Target: "service:rkey_" + string(key.ID)})
	w.ok(err)
	actions := []string{}
	for _, e := range events {
		actions = append(actions, e.Action)
		if e.Actor != "user:kim" || strings.Contains(fmt.Sprintf("%s%s", e.Before, e.After), secret[22:50]) {
			t.Errorf("%+v", e)
		}
	}
	same(t, "the events", []string{"member.assign", "key.create"}, actions)

	clock.set(end.Add(-1))
	if _, err := w.AuthenticateKey(ctx, secret); err != nil || !w.can(key.User(), "tom", "invoices:read") {
		t.Errorf("just before its end: %v", err)
	}
	clock.set(end)
	w.notAKey("at its end", secret)
	if w.can(key.User(), "tom", "invoices:read") {
		t.Error("at its end it may read")
	}
	if k, err := w.as("olga").Key(ctx, "tom", key.ID); err != nil || !k.Ended || !k.Roles[0].Ended {
		t.Errorf("at its end: %+v, %v", k, err)
	}
}

// Whoever may revokes; the next request of the key is refused, and its rights go.
func TestARevokedKey(t *testing.T) {
	t.Parallel()
	w, clock := keyWorld(t)
	ctx := t.Context()
	key, secret := w.newKey(w.as("olga"), "clerk", "owner")
	_, kept := w.newKey(w.as("kim"), "clerk")
	w.ok(w.SwitchProfile(ctx, rolekit.Identity{User: key.User(), Org: "tom"}, "owner"))
	elsewhere := w.again(modelConfig(t, clock))
	w.ok(w.as("kim").RevokeKey(ctx, "tom", key.ID)) // who does not hold all that it does
	w.notAKey("revoked", secret)
	if w.can(key.User(), "tom", "invoices:read") {
		t.Error("revoked, it may read")
	}
	_, err := w.as("olga").Key(ctx, "tom", key.ID)
	isError(t, "Key", err, rolekit.ErrKeyNotFound)
	isError(t, "again", w.as("kim").RevokeKey(ctx, "tom", key.ID), rolekit.ErrKeyNotFound)
	if state := fmt.Sprintf("%+v", adaptertest.Dump(t, w.store).Layers); strings.Contains(state, string(key.ID)) {
		t.Error("something of it is left")
	}
	events, err := w.system().Audit(ctx, "tom", rolekit.AuditQuery{Action: "key.revoke"})
	w.ok(err)
	if len(events) != 1 || !strings.Contains(string(events[0].Before), `"label":"CI"`) || !strings.Contains(string(events[0].Before), `"owner"`) {
		t.Errorf("the log has %+v", events)
	}
	if _, err := elsewhere.AuthenticateKey(ctx, secret); err != nil {
		t.Errorf("where nobody has heard of it: %v", err) // else this proves nothing
	}
	w.ok(elsewhere.Refresh(ctx))
	elsewhere.notAKey("elsewhere, at the next poll", secret)
	w.again(modelConfig(t, clock)).notAKey("after a restart", secret)
	if _, err := w.AuthenticateKey(ctx, kept); err != nil {
		t.Errorf("another key: %v", err)
	}
	w.ok(w.as("olga").DeleteOrg(ctx, "tom", rolekit.DeleteOptions{Descendants: true}))
	w.notAKey("with its organisation", kept)
	w.again(modelConfig(t, clock)).notAKey("with its organisation, after a restart", kept)
}

func TestWhatIsNoKey(t *testing.T) {
	t.Parallel()
	w, _ := keyWorld(t)
	first, secret := w.newKey(w.as("kim"), "clerk")
	_, other := w.newKey(w.as("kim"), "clerk")
	withSum := func(body string) string { return body + checksum(body) }
	if withSum(secret[:len(secret)-7]) != secret {
		t.Fatal("this test makes checksums of its own")
	}
	flipped := func(s string, i int) string {
		c := "a"
		if s[i] == 'a' {
			c = "b"
		}
		return s[:i] + c + s[i+1:]
	}
	for name, text := range map[string]string{
		"nothing":                         "",
		"the prefix":                      "rkey_",
		"its user":                        string(first.User()),
		"its beginning":                   secret[:22],
		"one letter less":                 secret[:len(secret)-1],
		"one letter more":                 secret + "a",
		"a space":                         secret + " ",
		"in capitals":                     strings.ToUpper(secret),
		"another prefix":                  "xkey_" + secret[5:],
		"a letter that is wrong":          flipped(secret, 40),
		"the same, with the sum of it":    withSum(flipped(secret, 40)[:74]),
		"its last letter, with the sum":   withSum(flipped(secret, 73)[:74]),
		"an id that is wrong":             withSum(flipped(secret, 7)[:74]),
		"another's secret":                withSum(secret[:22] + other[22:74]),
		"another's id":                    withSum(other[:22] + secret[22:74]),
		"an id that cannot be one":        withSum("rkey_" + "AAAAAAAAAAAAAAA0" + secret[21:74]),
		"bytes that are none of a letter": withSum(secret[:30] + "\x00\xff" + secret[32:74]),
	} {
		if text == secret || text == other {
			t.Errorf("%s: it is one", name)
		}
		w.notAKey(name, text)
	}
	for _, good := range []string{secret, other} {
		if _, err := w.AuthenticateKey(t.Context(), good); err != nil {
			t.Error(err)
		}
	}
}

func TestHowLongAKeyLasts(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		life, most time.Duration
		expires    time.Time
		want       time.Duration // from noon; 0 where it is refused
	}{
		"by default":              {0, 0, time.Time{}, 90 * day},
		"as it is said":           {0, 0, noon().Add(day), day},
		"to the second":           {0, 0, noon().Add(day + 999*time.Millisecond), day},
		"in any zone":             {0, 0, noon().Add(day).In(time.FixedZone("", -7200)), day},
		"a year":                  {0, 0, noon().AddDate(1, 0, 0), 365 * day},
		"more than a year":        {0, 0, noon().AddDate(1, 0, 2), 0},
		"for ever, nearly":        {0, 0, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		"not at all":              {0, 0, noon(), 0},
		"less than a second":      {0, 0, noon().Add(time.Second - 1), 0},
		"in the past":             {0, 0, noon().Add(-day), 0},
		"another default":         {day, 0, time.Time{}, day},
		"a default of many years": {1000 * day, 0, time.Time{}, 1000 * day},
		"at most a week":          {0, 7 * day, time.Time{}, 7 * day},
		"a week, where it is":     {0, 7 * day, noon().Add(7 * day), 7 * day},
		"more than a week":        {0, 7 * day, noon().Add(7*day + time.Second), 0},
		"more than a week, later": {day, 7 * day, noon().Add(8 * day), 0},
	} {
		w, clock := keyWorld(t)
		config := modelConfig(t, clock)
		config.KeyLife, config.MaxKeyLife = c.life, c.most
		key, _, err := w.again(config).as("kim").CreateKey(t.Context(), "tom", rolekit.NewKey{Label: "CI", Expires: c.expires})
		switch {
		case c.want == 0:
			isError(t, name, err, rolekit.ErrInvalid)
		case err != nil || !key.Expires.Equal(noon().Add(c.want)):
			t.Errorf("%s: it ends at %s, %v", name, key.Expires, err)
		}
	}
	for name, config := range map[string]rolekit.Config{
		"backwards":         {KeyLife: -1},
		"at most backwards": {MaxKeyLife: -1},
		"more than at most": {KeyLife: 2, MaxKeyLife: 1},
	} {
		config.Catalog = parseCatalog(t, catalogYAML)
		_, err := rolekit.New(t.Context(), memstore.New(), config)
		isError(t, name, err, rolekit.ErrInvalid)
	}
}

func TestKeysAreListed(t *testing.T) {
	t.Parallel()
	w, clock := keyWorld(t)
	ctx := t.Context()
	labels := func(by *rolekit.Manager, org rolekit.OrgID, q rolekit.KeyQuery) (all []string) {
		t.Helper()
		keys, err := by.Keys(ctx, org, q)
		w.ok(err)
		for _, k := range keys {
			all = append(all, k.Label)
		}
		return all
	}
	for i, label := range []string{"Deploy", "backup", "deploy 2"} {
		_, _, err := w.as("kim").CreateKey(ctx, "tom", rolekit.NewKey{Label: label, Expires: noon().Add(time.Duration(i+1) * time.Hour)})
		w.ok(err)
	}
	_, _, err := w.as("olga").CreateKey(ctx, "tom", rolekit.NewKey{Label: "olga's"})
	w.ok(err)
	_, _, err = w.as("olga").CreateKey(ctx, "tom.north", rolekit.NewKey{Label: "the north's"})
	w.ok(err)
	clock.set(noon().Add(90 * time.Minute))
	byLabel := rolekit.Listing{Order: rolekit.ByLabel}
	same(t, "all", []string{"backup", "Deploy", "deploy 2", "olga's"}, labels(w.as("kim"), "tom", rolekit.KeyQuery{Listing: byLabel}))
	same(t, "below", []string{"the north's"}, labels(w.as("olga"), "tom.north", rolekit.KeyQuery{}))
	same(t, "kim's", []string{"backup", "Deploy", "deploy 2"}, labels(w.as("olga"), "tom", rolekit.KeyQuery{Listing: byLabel, CreatedBy: "user:kim"}))
	same(t, "by prefix", []string{"Deploy", "deploy 2"}, labels(w.as("olga"), "tom", rolekit.KeyQuery{Listing: rolekit.Listing{Order: rolekit.ByLabel, Prefix: "dep"}}))
	var paged []string
	q := rolekit.KeyQuery{Listing: rolekit.Listing{Limit: 1}}
	for range 4 {
		keys, err := w.as("olga").Keys(ctx, "tom", q)
		w.ok(err)
		paged, q.After = append(paged, keys[0].Label), rolekit.Mark{ID: string(keys[0].ID)}
		if keys[0].Ended != (keys[0].Label == "Deploy") {
			t.Errorf("%+v", keys[0])
		}
	}
	slices.SortFunc(paged, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	same(t, "page by page", []string{"backup", "Deploy", "deploy 2", "olga's"}, paged)
	for name, label := range map[string]string{"no label": "", "a long one": strings.Repeat("x", 201), "a bell": "a\ab"} {
		_, _, err := w.as("kim").CreateKey(ctx, "tom", rolekit.NewKey{Label: label})
		isError(t, name, err, rolekit.ErrInvalid)
	}
}

// A process that has not heard of a key finds it in the store, and of one that it
// does not know refuses to say anything while the store is away.
func TestAKeyOfAnotherProcess(t *testing.T) {
	t.Parallel()
	w, clock := keyWorld(t)
	ctx := t.Context()
	old, known := w.newKey(w.as("kim"), "clerk")
	var away atomic.Bool
	var views atomic.Int64
	hooked := *w
	hooked.store = &hookedStore{w.store, func(context.Context) error {
		views.Add(1)
		if away.Load() {
			return errors.New("away")
		}
		return nil
	}}
	elsewhere := hooked.again(modelConfig(t, clock))
	key, secret := w.newKey(w.as("kim"), "clerk")
	views.Store(0)
	if _, err := elsewhere.AuthenticateKey(ctx, known); err != nil || views.Load() != 0 {
		t.Errorf("known: %v, after %d views", err, views.Load())
	}
	elsewhere.notAKey("another secret of a known one", flipSecret(known))
	if views.Load() != 0 {
		t.Errorf("for another secret the store was asked %d times", views.Load())
	}
	elsewhere.notAKey("one that nobody made", flipSecret(secret))
	if views.Load() != 1 {
		t.Errorf("for one that nobody made, the store was asked %d times", views.Load())
	}
	if elsewhere.can(key.User(), "tom", "invoices:read") {
		t.Error("it has heard of the key by a secret that is wrong")
	}
	if who, err := elsewhere.AuthenticateKey(ctx, secret); err != nil || who.User != key.User() || !elsewhere.can(key.User(), "tom", "invoices:read") {
		t.Errorf("unheard of: %v, %v", who, err)
	}

	third, late := w.newKey(w.as("kim"), "clerk")
	away.Store(true)
	if _, err := elsewhere.AuthenticateKey(ctx, secret); err != nil {
		t.Errorf("known, and the store is away: %v", err)
	}
	_, err := elsewhere.AuthenticateKey(ctx, late)
	isError(t, "unknown, and the store is away", err, rolekit.ErrUnavailable)
	away.Store(false)
	w.ok(w.as("kim").RevokeKey(ctx, "tom", third.ID))
	w.ok(w.as("kim").RevokeKey(ctx, "tom", old.ID))
	elsewhere.notAKey("unknown, and revoked", late)
	w.ok(elsewhere.Refresh(ctx))
	elsewhere.notAKey("known, and revoked", known)
}

// flipSecret returns a key of the same id and another secret.
func flipSecret(secret string) string {
	body := []byte(secret[:74])
	for i := 22; i < 74; i++ {
		body[i] = 'a'
	}
	return string(body) + checksum(string(body))
}

func checksum(body string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	bits := uint64(crc32.ChecksumIEEE([]byte(body))) << 3 // 35 bits
	sum := make([]byte, 0, 7)
	for shift := 30; shift >= 0; shift -= 5 {
		sum = append(sum, letters[bits>>shift&31])
	}
	return string(sum)
}

// Where few organisations are in memory, keys of the others are found all the
// same, and a stranger pushes nothing out.
func TestKeysOfOrganisationsThatAreNotLoaded(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	orgs := forest(t, store, 40)
	maker := kitOn(t, store, rolekit.Config{}).Manager().As(rolekit.System("test"))
	secrets := map[rolekit.OrgID]string{}
	for _, org := range orgs {
		_, secret, err := maker.CreateKey(t.Context(), org, rolekit.NewKey{Label: "CI", Roles: []rolekit.RoleID{"viewer"}})
		if err != nil {
			t.Fatal(err)
		}
		secrets[org] = secret
	}
	w := (&world{t: t, store: store}).again(rolekit.Config{MaxLoaded: fewest})
	for range 3 {
		for org, secret := range secrets {
			who, err := w.AuthenticateKey(t.Context(), secret)
			if err != nil || who.Org != org || !w.can(who.User, org, "invoices:read") {
				t.Fatalf("%s: %+v, %v", org, who, err)
			}
		}
	}
	loads := w.Stats().Loads
	for _, secret := range secrets {
		w.notAKey("another secret", flipSecret(secret))
	}
	if w.Stats().Loads != loads {
		t.Error("a stranger had organisations loaded")
	}
}

// However often a key comes, none is let in once its revocation has returned.
func TestNoStaleKey(t *testing.T) {
	t.Parallel()
	w, _ := keyWorld(t)
	for range 20 {
		key, secret := w.newKey(w.as("kim"), "clerk")
		var revoked atomic.Bool
		errs := together(4, func(i int) error {
			if i == 0 {
				err := w.as("kim").RevokeKey(t.Context(), "tom", key.ID)
				revoked.Store(true)
				return err
			}
			for range 2000 {
				was := revoked.Load()
				switch _, err := w.AuthenticateKey(t.Context(), secret); {
				case err == nil && was:
					return errors.New("let in after its revocation")
				case err != nil && !errors.Is(err, rolekit.ErrUnauthenticated):
					return err
				}
			}
			return nil
		})
		w.ok(errors.Join(errs...))
		w.notAKey("in the end", secret)
	}
}

// What cannot be known is not denied, nor allowed.
func TestAKeyOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, secret := w.newKey(w.as("olga"), "viewer")
	w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'nobody', 'role:viewer', 'tom')")
	broken := w.again(rolekit.Config{})
	who, err := broken.AuthenticateKey(t.Context(), secret)
	if isError(t, "in an organisation that is broken", err, rolekit.ErrBrokenPolicy); who.User != "" {
		t.Errorf("%+v", who)
	}
	w.sql("DELETE FROM casbin_rule WHERE v0 = 'nobody'")
	w.sql("UPDATE rolekit_keys SET expires_at = 'never' WHERE id = ?", string(key.ID))
	w.again(rolekit.Config{}).notAKey("whose end cannot be read", secret)
}

// TestAKeyInATransaction: it is one from the commit on.
func TestAKeyInATransaction(t *testing.T) {
	t.Parallel()
	inner := memstore.New()
	forest(t, inner, 1)
	w := (&world{t: t, store: inner}).again(rolekit.Config{})
	tx := &joined{Store: inner}
	key, secret, err := w.system().In(tx).CreateKey(t.Context(), "org00", rolekit.NewKey{Label: "CI", Roles: []rolekit.RoleID{"viewer"}})
	w.ok(err)
	if key.Label != "CI" || len(key.Roles) != 1 {
		t.Errorf("%+v", key)
	}
	tx.commit()
	if _, err := w.AuthenticateKey(t.Context(), secret); err != nil || !w.can(key.User(), "org00", "invoices:read") {
		t.Errorf("after the commit: %v", err)
	}
}
