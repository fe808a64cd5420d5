package middleware

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// maxPublished is how many keys are read of a set. Large providers have ten.
const maxPublished = 100

// parseJWKs returns the keys of a JWK set that tokens can be verified with. What is
// wrong with others comes back as bad; those that are for something else, or of a
// kind that is not known here, are passed over (RFC 7517, section 5).
func parseJWKs(text []byte) (keys []publishedKey, bad []error, err error) {
	var set struct {
		Keys *[]json.RawMessage `json:"keys"`
	}
	switch err := json.Unmarshal(text, &set); {
	case err != nil:
		return nil, nil, errors.New("it is not JSON") // the error would quote it
	case set.Keys == nil:
		return nil, nil, errors.New(`it has no "keys"`)
	case len(*set.Keys) > maxPublished:
		return nil, nil, fmt.Errorf("it has more than %d keys", maxPublished)
	}
	seen := map[string]bool{}
	for i, raw := range *set.Keys {
		key, use, err := parseJWK(raw)
		switch {
		case err != nil:
			bad = append(bad, fmt.Errorf("key %d %w", i, err))
		case !use:
		case seen[key.id]: // which one would be meant is anybody's guess
			bad = append(bad, fmt.Errorf("key %d has the id of another", i))
			keys = slices.DeleteFunc(keys, func(k publishedKey) bool { return k.id == key.id })
		default:
			seen[key.id] = true
			keys = append(keys, key)
		}
	}
	return keys, bad, nil
}

// parsePEM returns the only key of a text in PEM.
func parsePEM(text []byte) (keys []publishedKey, bad []error, err error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, nil, errors.New("it is not PEM")
	case block.Type != "PUBLIC KEY":
		return nil, nil, fmt.Errorf("it holds a %q and not a PUBLIC KEY", block.Type)
	case bytes.Contains(rest, []byte("-----BEGIN ")):
		return nil, nil, errors.New("it holds several keys, which a JWK set can tell apart, and PEM cannot")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, nil, errors.New("it holds no public key that is known here")
	}
	algorithms, err := algorithmsOf(public)
	if err != nil {
		return nil, nil, fmt.Errorf("its key %w", err)
	}
	return []publishedKey{{key: public, algorithms: algorithms}}, nil, nil
}

// parseJWK returns a key, and whether tokens can be verified with it.
func parseJWK(raw []byte) (key publishedKey, use bool, err error) {
	var what struct {
		Kty     string          `json:"kty"`
		Use     string          `json:"use"`
		Ops     []string        `json:"key_ops"`
		Private json.RawMessage `json:"d"`
		Secret  json.RawMessage `json:"k"`
	}
	if err := json.Unmarshal(raw, &what); err != nil {
		return key, false, errors.New("is no JSON object that could be a key")
	}
	switch {
	case what.Private != nil || what.Secret != nil || what.Kty == "oct":
		return key, false, errors.New("is private or symmetric: whoever reads it can sign tokens")
	case what.Use != "" && what.Use != "sig", len(what.Ops) > 0 && !slices.Contains(what.Ops, "verify"):
		return key, false, nil
	}
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(raw); errors.Is(err, jose.ErrUnsupportedKeyType) {
		return key, false, nil
	} else if err != nil {
		return key, false, fmt.Errorf("cannot be read: %w", err)
	}
	algorithms, err := algorithmsOf(jwk.Key)
	if err != nil {
		return key, false, err
	}
	if jwk.Algorithm != "" {
		algorithms = slices.DeleteFunc(algorithms, func(alg string) bool { return alg != jwk.Algorithm })
	}
	return publishedKey{id: jwk.KeyID, key: jwk.Key, algorithms: algorithms}, len(algorithms) > 0, nil
}
