package rolekit

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"time"
)

// Key is a service key as those who administer it see it: never the secret.
type Key struct {
	ID        KeyID
	Org       OrgID
	Label     string // for people: what it is for
	CreatedAt time.Time
	CreatedBy string    // user:ada, service:rkey_…, system:seed
	Expires   time.Time // from when on it is none any more
	Ended     bool      // that time had come when it was read

	Roles []AssignedRole // what the organisation gave it, sorted by role
}

// User returns the user that a request with the key is.
func (k Key) User() UserID { return k.ID.User() }

// A key reads rkey_, its id, _, its secret and a checksum of all before that. Scanners
// for secrets find it by the form: /rkey_[a-z2-7]{16}_[a-z2-7]{59}/. It has none of
// the signs that end a word, so that a double click takes all of it, and none that
// JSON, a shell, a URL or a header would have to quote.
const (
	// keyPrefix begins a key, and after "service:" the id of its user. It is not
	// rk_, with which another company's keys begin.
	keyPrefix = "rkey_"

	idBytes     = 10 // 80 bits: no two are ever the same
	secretBytes = 32 // 256 bits: nobody finds one by trying

	keyIDLength    = 16 // of idBytes, 5 bits a letter
	keySecretLen   = 52 // of secretBytes
	keyChecksumLen = 7  // of 32 bits

	keyLength = len(keyPrefix) + keyIDLength + 1 + keySecretLen + keyChecksumLen

	keyUserPrefix = serviceKind + keyPrefix
)

// keyText returns bytes as a key spells them.
func keyText(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// newKeyID makes up an id.
func newKeyID() KeyID {
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // it never fails: the program ends where there is no randomness
	return KeyID(keyText(b[:]))
}

// newKeySecret makes up a key with the id, as its holder gets it.
func newKeySecret(id KeyID) string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // see newKeyID
	text := keyPrefix + string(id) + "_" + keyText(b[:])
	return text + keyChecksum(text)
}

// keyChecksum tells a key from what only looks like one, and from a key that was
// not copied whole, before anybody looks it up.
func keyChecksum(text string) string {
	return keyText(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// parseKey returns the id of a key, if the text has the form of one.
func parseKey(text string) (KeyID, bool) {
	if len(text) != keyLength || !strings.HasPrefix(text, keyPrefix) || text[len(keyPrefix)+keyIDLength] != '_' {
		return "", false
	}
	body := text[:keyLength-keyChecksumLen]
	if keyChecksum(body) != text[keyLength-keyChecksumLen:] {
		return "", false
	}
	id := KeyID(text[len(keyPrefix):][:keyIDLength])
	return id, id.Validate() == nil
}

// hashKey returns what is stored of a key. A hash that is slow on purpose protects
// what people choose, of which there are few enough to try; of 256 random bits
// there are not, and a slow one would let strangers keep the processor busy.
func hashKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// is reports whether a hash is the key's, in a time that does not depend on where
// they differ.
func (k *KeyRecord) is(hash string) bool {
	return subtle.ConstantTimeCompare([]byte(k.Hash), []byte(hash)) == 1
}

// User returns the user that a request with the key is: service:rkey_ and the id.
// It is how a key begins, which is no secret.
func (id KeyID) User() UserID { return UserID(keyUserPrefix + string(id)) }

// Validate reports whether the id has the form of a key's.
func (id KeyID) Validate() error {
	if len(id) == keyIDLength && strings.IndexFunc(string(id), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '2' || r > '7')
	}) < 0 {
		return nil
	}
	return errorf(CodeInvalid, "service key id %s is not valid", quoteShort(string(id))).
		hint("it is the %d letters and digits behind %s", keyIDLength, keyPrefix)
}

// Key returns the id of the service key that the user is; false for every other.
// An id that only begins like a key's is told as one too: it is nobody else's.
func (id UserID) Key() (KeyID, bool) {
	key, ok := strings.CutPrefix(string(id), keyUserPrefix)
	return KeyID(key), ok
}

// key returns the id of the service key that the subject is.
func (s subject) key() (KeyID, bool) {
	user, ok := s.user()
	if !ok {
		return "", false
	}
	return user.Key()
}

// key returns a service key of the layer as it is shown; nil if there is none.
func (l *layer) key(id KeyID, now time.Time) *Key {
	k := l.keys[id]
	if k == nil {
		return nil
	}
	return &Key{
		ID: k.ID, Org: k.Org, Label: k.Label, CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy, Expires: k.Expires,
		Ended: !now.Before(k.Expires), Roles: l.member(id.User(), now).Roles,
	}
}

func keyNotFound(org OrgID) error {
	return errorf(CodeKeyNotFound, "there is no such service key in %q", org).
		hint("GET /v1/orgs/%s/keys lists its keys", org)
}
