package rolekit

import (
	"context"
	"slices"
	"time"
)

// NewKey is what is said of a service key to be made.
type NewKey struct {
	Label   string    // for people: what it is for; required
	Expires time.Time // from when on it is none any more; Config.KeyLife from now where zero
	Roles   []RoleID  // what it holds from the start, until it expires
}

// KeyQuery selects service keys.
type KeyQuery struct {
	Listing

	CreatedBy string // only those that this actor made: user:ada; empty means any
}

// Keys returns the service keys of the organisation itself, ended ones included. It
// needs iam.keys:read.
func (m *Manager) Keys(ctx context.Context, org OrgID, q KeyQuery) ([]Key, error) {
	if err := m.require(ctx, org, KeysRead); err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	own := p.layers[0]
	all := make([]*KeyRecord, 0, len(own.keys))
	for _, k := range own.keys {
		if q.CreatedBy == "" || k.CreatedBy == q.CreatedBy {
			all = append(all, k)
		}
	}
	found, err := page(all, q.Listing, func(k *KeyRecord) Mark { return Mark{string(k.ID), k.Label} })
	if err != nil {
		return nil, err
	}
	keys, now := make([]Key, len(found)), m.kit.config.Clock()
	for i, k := range found {
		keys[i] = *own.key(k.ID, now)
	}
	return keys, nil
}

// Key returns one service key of the organisation itself. It needs iam.keys:read.
func (m *Manager) Key(ctx context.Context, org OrgID, id KeyID) (Key, error) {
	if err := m.require(ctx, org, KeysRead); err != nil {
		return Key{}, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return Key{}, err
	}
	k := p.layers[0].key(id, m.kit.config.Clock())
	if k == nil {
		return Key{}, keyNotFound(org)
	}
	return *k, nil
}

// CreateKey makes a service key of the organisation, and returns it with the secret
// that is its holder's: only now, since nothing but a hash of it is kept. It needs
// iam.keys:write, and every grant of the roles for as long as the key lasts. A key
// makes none that lasts longer than itself.
//
// What the key holds besides it is given like any other user, by
// [Manager.PutAssignment], always until it expires at the latest. It stays when
// whoever made it goes: it is the organisation's.
func (m *Manager) CreateKey(ctx context.Context, org OrgID, n NewKey) (key Key, secret string, err error) {
	if n.Label == "" {
		return Key{}, "", errorf(CodeInvalid, "the label is empty").hint("say what the key is for, so that others know when it can go")
	}
	if err := validText("label", n.Label, maxLabel); err != nil {
		return Key{}, "", err
	}
	now := m.kit.config.Clock()
	expires, err := m.kit.config.keyEnd(n.Expires, now)
	if err != nil {
		return Key{}, "", err
	}
	record := KeyRecord{
		Org: org, ID: newKeyID(), Label: n.Label, CreatedBy: m.actor.String(),
		CreatedAt: now.UTC().Truncate(time.Second), Expires: expires,
	}
	secret = newKeySecret(record.ID)
	record.Hash = hashKey(secret)
	roles := slices.Compact(slices.Sorted(slices.Values(n.Roles)))
	after, err := m.change(ctx, org, KeysWrite, func(c *change) error { return c.createKey(record, roles) })
	if err != nil {
		return Key{}, "", err
	}
	return *after.layers[0].key(record.ID, now), secret, nil
}

// keyEnd returns when a key ends that somebody wants to last until a time.
func (c *Config) keyEnd(wanted, now time.Time) (time.Time, error) {
	if wanted.IsZero() {
		wanted = now.Add(c.KeyLife)
	}
	end := wanted.UTC().Truncate(time.Second)
	switch {
	case !now.Before(end):
		return end, errorf(CodeInvalid, "a key that expires at %s would never be one", end.Format(time.RFC3339)).hint("use a time to come")
	case end.After(now.Add(c.MaxKeyLife)):
		return end, errorf(CodeInvalid, "a key lasts %s at most, and so cannot expire at %s", c.MaxKeyLife, end.Format(time.RFC3339)).
			hint("use a time until %s, and make a new key before it", now.Add(c.MaxKeyLife).UTC().Format(time.RFC3339))
	}
	return end, nil
}

// createKey does it within the transaction.
func (c *change) createKey(record KeyRecord, roles []RoleID) error {
	if err := c.mayOutlast(record.Expires); err != nil {
		return err
	}
	if err := c.tx.InsertKey(c.ctx, record); err != nil {
		return err
	}
	c.made = &record
	user := record.ID.User()
	if err := c.audit("key.create", userSubject(user).String(), nil, auditKey(&record)); err != nil {
		return err
	}
	links := make([]relinking, len(roles))
	for i, role := range roles {
		var err error
		if links[i], err = c.giving(userSubject(user), role, Period{}); err != nil {
			return err
		}
	}
	return c.relink(links)
}

// mayOutlast refuses a key to make one that is still there when it is not.
func (c *change) mayOutlast(expires time.Time) error {
	id, ok := c.actor.User.Key()
	if !ok || c.actor.isSystem() {
		return nil
	}
	for _, l := range c.before.layers {
		if k := l.keys[id]; k != nil && !expires.After(k.Expires) {
			return nil
		}
	}
	return errorf(CodeEscalation, "%s makes no key that lasts longer than itself", c.actor).hint("let it expire sooner, or ask a person")
}

// RevokeKey makes a service key none any more, and takes from it all that it holds
// in the organisation. It needs iam.keys:write; taking needs no holding. When it
// returns, no request in this process is identified by the key; elsewhere none is
// once the change has arrived there, as with any other.
func (m *Manager) RevokeKey(ctx context.Context, org OrgID, id KeyID) error {
	if err := id.Validate(); err != nil {
		return err
	}
	_, err := m.change(ctx, org, KeysWrite, func(c *change) error {
		record := c.own.keys[id]
		if record == nil {
			return keyNotFound(org)
		}
		who := userSubject(id.User())
		gone := c.own.rules(who)
		if err := c.tx.RemoveRules(ctx, gone...); err != nil {
			return err
		}
		if err := c.tx.PutChosen(ctx, ChosenProfile{Org: org, User: id.User()}); err != nil {
			return err
		}
		if err := c.tx.DeleteKey(ctx, org, id); err != nil {
			return err
		}
		left := c.own.bonds(who)
		before := auditKey(record)
		before["roles"] = auditMember(c.before.layers[0].member(id.User(), c.now))
		if err := c.audit("key.revoke", who.String(), before, nil); err != nil {
			return err
		}
		return c.touch(ends(left)...)
	})
	return err
}

// auditKey is how a key looks in the audit log.
func auditKey(k *KeyRecord) map[string]any {
	return map[string]any{"label": k.Label, "expires": k.Expires.Format(time.RFC3339), "created_by": k.CreatedBy}
}

// limitKey returns for how long a link from a subject holds. A service key is given
// roles, and only where it is at home, and only until it expires: what it may do is
// then seen in one place, it never counts as the last who can manage roles, and
// what it gives to others ends no later than it does.
func (c *change) limitKey(from, to subject, during Period) (Period, error) {
	id, ok := from.key()
	if !ok {
		return during, nil
	}
	record := c.keyRecord(id)
	switch {
	case record == nil:
		return during, keyNotFound(c.org)
	case to.kind != kindRole:
		return during, errorf(CodeReserved, "%s is a service key, and holds roles and nothing else", from).hint("give it the roles that it needs")
	}
	if during.Until.IsZero() || during.Until.After(record.Expires) {
		during.Until = record.Expires
	}
	return during, during.validate()
}

// keyRecord returns a key of the organisation itself, as the change leaves it.
func (c *change) keyRecord(id KeyID) *KeyRecord {
	if c.made != nil && c.made.ID == id {
		return c.made
	}
	if c.own == nil {
		return nil
	}
	return c.own.keys[id]
}
