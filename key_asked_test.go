package rolekit_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// keyStore is a kit on a store that counts how often it is read and can be away,
// with a service key.
func keyStore(t *testing.T, config rolekit.Config) (w *world, secret string, read *atomic.Int64, away *atomic.Bool) {
	t.Helper()
	read, away = &atomic.Int64{}, &atomic.Bool{}
	store := &hookedStore{memstore.New(), func(context.Context) error {
		read.Add(1)
		if away.Load() {
			return errors.New("away")
		}
		return nil
	}}
	w = (&world{t: t, store: store, upset: new(bool)}).again(config)
	*w.upset = true // its store may be away at the end
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	_, secret = w.newKey(w.as("olga"))
	return w, secret, read, away
}

// What has not the form of a key, or was not copied whole, costs the store nothing.
func TestWhatIsNoKeyIsNotLookedUp(t *testing.T) {
	t.Parallel()
	w, secret, read, _ := keyStore(t, rolekit.Config{})
	before := read.Load()
	for name, text := range map[string]string{
		"another letter at the end": secret[:len(secret)-1] + string('a'+(secret[len(secret)-1]-'a'+1)%26),
		"another id":                strings.Replace(secret, secret[5:21], "aaaaaaaaaaaaaaaa", 1),
		"a letter less":             secret[:len(secret)-1],
		"a letter more":             secret + "a",
		"nothing":                   "",
	} {
		w.notAKey(name, text)
	}
	if n := read.Load() - before; n != 0 {
		t.Errorf("the store was read %d times", n)
	}
}

// Where decisions are refused because policies are too old, so are keys: one may
// have been revoked since.
func TestNoKeyOfWhatIsTooOld(t *testing.T) {
	t.Parallel()
	clock := clockAt(noon())
	w, secret, _, away := keyStore(t, rolekit.Config{Clock: clock.tell, MaxStaleness: time.Minute, DenyStale: true})
	if _, err := w.AuthenticateKey(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	away.Store(true)
	clock.set(clock.in(2 * time.Minute))
	who, err := w.AuthenticateKey(t.Context(), secret)
	if isError(t, "too old", err, rolekit.ErrUnavailable); who != (rolekit.Identity{}) {
		t.Errorf("it is taken for %+v", who)
	}
}
