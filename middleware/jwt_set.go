package middleware

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// KeySet is the public keys that an issuer publishes. Make one with
// [ParseKeySet] or [FetchKeySet]; it is safe for concurrent use.
type KeySet struct {
	held    atomic.Pointer[heldKeys] // nil until the first are there
	fetcher *fetcher                 // nil for keys that do not change
}

// heldKeys are those that an issuer published at one time. They are not edited.
type heldKeys struct {
	at   time.Time
	keys []publishedKey
}

// publishedKey is a key as its issuer says it is to be used.
type publishedKey struct {
	id         string // empty where it has none
	key        crypto.PublicKey
	algorithms []string // that it can be used for, whatever is allowed
}

// ParseKeySet returns the keys of a JWK set (RFC 7517), or the one public key in
// a text in PEM ("PUBLIC KEY"). It fails with rolekit.ErrInvalid when the text is
// neither, has no key that a token can be verified with, or has one that should not
// be there: a private or symmetric one, or a weak one.
func ParseKeySet(text []byte) (*KeySet, error) {
	parse := parseJWKs
	if bytes.Contains(text, []byte("-----BEGIN ")) {
		parse = parsePEM
	}
	keys, bad, err := parse(text)
	if err = cmp.Or(err, errors.Join(bad...)); err == nil && len(keys) == 0 {
		err = errors.New("there is no key that a token can be verified with")
	}
	if err != nil {
		return nil, invalid("the keys cannot be used: "+err.Error(), "use a JWK set of public keys, or one public key in PEM")
	}
	set := &KeySet{}
	set.held.Store(&heldKeys{keys: keys})
	return set, nil
}

// Errors of verifying that are told apart.
var (
	errNoKeys     = errors.New("the issuer's keys cannot be had")
	errUnknownKey = errors.New("the token names an unknown key")
)

// find returns a [jwt.Keyfunc], which waits for keys no longer than the context
// lasts.
func (s *KeySet) find(ctx context.Context) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		id, named, err := keyID(token, false)
		if err != nil {
			return nil, err
		}
		key, err := s.lookUp(id, named)
		if err != nil && s.fetcher != nil && s.fetcher.renew(ctx) {
			key, err = s.lookUp(id, named)
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(key.algorithms, token.Method.Alg()) {
			return nil, fmt.Errorf("the key is not for %s", token.Method.Alg())
		}
		return key.key, nil
	}
}

// lookUp returns the key that a token names. Where there is but one, the token
// need not name it; and cannot, where it has no id.
func (s *KeySet) lookUp(id string, named bool) (publishedKey, error) {
	held := s.held.Load()
	if held == nil || s.fetcher != nil && time.Since(held.at) > s.fetcher.config.MaxAge {
		return publishedKey{}, errNoKeys
	}
	if len(held.keys) == 1 && (!named || held.keys[0].id == "") {
		return held.keys[0], nil
	}
	for _, key := range held.keys {
		if named && key.id == id {
			return key, nil
		}
	}
	return publishedKey{}, errUnknownKey
}

// keyID returns the key id that a token names, if it names one and ids mean
// anything: to a secret they do not.
func keyID(token *jwt.Token, secret bool) (id string, named bool, err error) {
	if _, ok := token.Header["crit"]; ok {
		// RFC 7515, section 4.1.11: who does not understand one of the
		// extensions must refuse the token, and none is understood here.
		return "", false, errors.New("the token has critical extensions")
	}
	value, named := token.Header["kid"]
	if !named || secret {
		return "", false, nil
	}
	id, ok := value.(string)
	if !ok {
		return "", true, errors.New("the key id is not a string")
	}
	return id, true, nil
}
