package middleware

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is the least that RFC 7518, section 3.3, allows.
const minRSABits = 2048

// keyring holds the keys that tokens are verified with, each with the
// algorithms it may be used for. A key is never used for another, so that a
// public key cannot be made to serve as an HMAC secret.
type keyring struct {
	byID map[string]verificationKey
	only string // the id of the only key, which then needs not be named
	hmac bool   // there is one secret; key ids mean nothing
}

type verificationKey struct {
	key        any
	algorithms []string
}

func newKeyring(config JWTConfig) (*keyring, error) {
	k := &keyring{byID: map[string]verificationKey{}, hmac: len(config.Secret) > 0}
	switch {
	case k.hmac == (len(config.Keys) > 0):
		return nil, errOneKind()
	case k.hmac:
		key, err := newSecret(config.Secret, config.Algorithms)
		if err != nil {
			return nil, err
		}
		k.byID[""] = key
	}
	for _, id := range slices.Sorted(maps.Keys(config.Keys)) {
		key, err := newPublicKey(id, config.Keys[id], config.Algorithms)
		if err != nil {
			return nil, err
		}
		k.byID[id], k.only = key, id
	}
	used := k.algorithms()
	for _, alg := range config.Algorithms {
		if !slices.Contains(used, alg) {
			return nil, invalid(fmt.Sprintf("JWTConfig.Algorithms has %q, which no key is for", alg), "remove it, or add its key")
		}
	}
	return k, nil
}

// newSecret takes an HMAC secret, which must be as long as the hash (RFC 7518,
// section 3.2): a shorter one can be guessed from a single token.
func newSecret(secret []byte, allowed []string) (verificationKey, error) {
	if len(allowed) == 0 {
		allowed = []string{jwt.SigningMethodHS256.Name}
	}
	key := verificationKey{key: slices.Clone(secret)}
	for _, m := range []*jwt.SigningMethodHMAC{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
		if !slices.Contains(allowed, m.Name) {
			continue
		}
		if len(secret) < m.Hash.Size() {
			return key, invalid(fmt.Sprintf("JWTConfig.Secret has %d bytes, too few for %s", len(secret), m.Name),
				fmt.Sprintf("use %d random bytes or more", m.Hash.Size()))
		}
		key.algorithms = append(key.algorithms, m.Name)
	}
	return key, nil
}

func newPublicKey(id string, public crypto.PublicKey, allowed []string) (verificationKey, error) {
	possible, err := algorithmsOf(public)
	if err != nil {
		return verificationKey{}, invalid(fmt.Sprintf("JWTConfig.Keys[%q] %v", id, err),
			"use an *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey")
	}
	if len(allowed) == 0 {
		allowed = possible[:1]
	}
	fitting := slices.DeleteFunc(possible, func(alg string) bool { return !slices.Contains(allowed, alg) })
	if len(fitting) == 0 {
		return verificationKey{}, invalid(fmt.Sprintf("JWTConfig.Keys[%q] is for none of the Algorithms %s", id, strings.Join(allowed, ", ")),
			"remove it, or add its algorithm")
	}
	return verificationKey{key: public, algorithms: fitting}, nil
}

// publicAlgorithms returns those of a configuration for public keys that are not
// known yet. None is for a secret: who holds a public key could sign with it.
func publicAlgorithms(allowed []string) ([]string, error) {
	if len(allowed) == 0 {
		return []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"}, nil
	}
	known := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	for _, alg := range allowed {
		if !slices.Contains(known, alg) {
			return nil, invalid(fmt.Sprintf("JWTConfig.Algorithms has %q, which is none of public keys", alg), "use some of "+strings.Join(known, ", "))
		}
	}
	return slices.Clone(allowed), nil
}

// algorithmsOf returns what a key can verify, its default first.
func algorithmsOf(public crypto.PublicKey) ([]string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil || k.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("has fewer than %d bits", minRSABits)
		}
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, nil
	case *ecdsa.PublicKey:
		if k == nil {
			return nil, errors.New("is missing")
		}
		switch k.Curve {
		case elliptic.P256():
			return []string{"ES256"}, nil
		case elliptic.P384():
			return []string{"ES384"}, nil
		case elliptic.P521():
			return []string{"ES512"}, nil
		}
		return nil, errors.New("is on a curve that JWT has no algorithm for")
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("has %d bytes instead of %d", len(k), ed25519.PublicKeySize)
		}
		return []string{"EdDSA"}, nil
	}
	return nil, fmt.Errorf("is a %T", public)
}

// algorithms returns what tokens may be signed with.
func (k *keyring) algorithms() []string {
	var all []string
	for _, key := range k.byID {
		all = append(all, key.algorithms...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// find returns the key for a token; it is the parser's [jwt.Keyfunc].
func (k *keyring) find(token *jwt.Token) (any, error) {
	id, named, err := keyID(token, k.hmac)
	switch {
	case err != nil:
		return nil, err
	case !named && len(k.byID) > 1:
		return nil, errors.New("the token names no key")
	case !named:
		id = k.only
	}
	key, ok := k.byID[id]
	if !ok {
		return nil, errUnknownKey
	}
	if !slices.Contains(key.algorithms, token.Method.Alg()) {
		return nil, fmt.Errorf("the key is not for %s", token.Method.Alg())
	}
	return key.key, nil
}
