package rolekit

import (
	"context"
	"slices"
	"time"
)

// Lock has nothing to wait for: what it would protect is read at one moment, and
// never written.
func (s staging) Lock(ctx context.Context, orgs ...OrgID) error {
	at, err := s.Revisions(ctx, orgs...)
	if err != nil {
		return err
	}
	for _, id := range orgs {
		if _, ok := at[id]; !ok {
			return s.notFound(ctx, id)
		}
	}
	return nil
}

func (s staging) Share(ctx context.Context, orgs ...OrgID) error { return s.Lock(ctx, orgs...) }

func (s staging) InsertOrg(ctx context.Context, org Org) error {
	_, taken, err := s.org(ctx, org.ID)
	if err != nil {
		return err
	}
	if taken {
		return errorf(CodeExists, "there is an organisation %q already", org.ID).hint("choose another id")
	}
	s.to.orgs[org.ID] = &stagedOrg{made: true, org: &org}
	return nil
}

func (s staging) UpdateOrg(ctx context.Context, to Org) error {
	org, ok, err := s.org(ctx, to.ID)
	if err != nil || !ok {
		return err
	}
	org.Label, org.Parent, org.Revision = to.Label, to.Parent, to.Revision
	s.to.of(org.ID).org = &org
	return nil
}

func (s staging) DeleteOrg(_ context.Context, org OrgID) error {
	s.to.orgs[org] = &stagedOrg{gone: true}
	s.to.events = slices.DeleteFunc(slices.Clone(s.to.events), func(e AuditEvent) bool { return e.Org == org })
	return nil
}

// edit notes how a layer changes.
func (s staging) edit(org OrgID, how func(*Layer)) error {
	o := s.to.of(org)
	o.edits = append(o.edits, func(l *Layer) error { how(l); return nil })
	return nil
}

func (s staging) PutRoles(_ context.Context, roles ...RoleRecord) error {
	for _, role := range roles {
		err := s.edit(role.Org, func(l *Layer) {
			l.Roles = append(slices.DeleteFunc(l.Roles, func(r RoleRecord) bool { return r.ID == role.ID }), role)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s staging) DeleteRole(_ context.Context, org OrgID, role RoleID) error {
	return s.edit(org, func(l *Layer) {
		l.Roles = slices.DeleteFunc(l.Roles, func(r RoleRecord) bool { return r.ID == role })
	})
}

func (s staging) PutGroup(_ context.Context, group Group) error {
	return s.edit(group.Org, func(l *Layer) {
		l.Groups = append(slices.DeleteFunc(l.Groups, func(g Group) bool { return g.ID == group.ID }), group)
	})
}

func (s staging) DeleteGroup(_ context.Context, org OrgID, group GroupID) error {
	return s.edit(org, func(l *Layer) {
		l.Groups = slices.DeleteFunc(l.Groups, func(g Group) bool { return g.ID == group })
	})
}

func (s staging) PutSet(_ context.Context, set ResourceSet) error {
	return s.edit(set.Org, func(l *Layer) {
		l.Sets = append(slices.DeleteFunc(l.Sets, func(s ResourceSet) bool { return s.ID == set.ID }), set)
	})
}

func (s staging) DeleteSet(_ context.Context, org OrgID, set SetID) error {
	return s.edit(org, func(l *Layer) {
		l.Sets = slices.DeleteFunc(l.Sets, func(s ResourceSet) bool { return s.ID == set })
	})
}

func (s staging) InsertKey(_ context.Context, key KeyRecord) error {
	return s.edit(key.Org, func(l *Layer) { l.Keys = append(l.Keys, key) })
}

func (s staging) DeleteKey(_ context.Context, org OrgID, key KeyID) error {
	return s.edit(org, func(l *Layer) {
		l.Keys = slices.DeleteFunc(l.Keys, func(k KeyRecord) bool { return k.ID == key })
	})
}

func (s staging) PutChosen(_ context.Context, chosen ...ChosenProfile) error {
	for _, c := range chosen {
		err := s.edit(c.Org, func(l *Layer) {
			if l.Chosen == nil {
				l.Chosen = map[UserID]ProfileID{}
			}
			if l.Chosen[c.User] = c.Profile; c.Profile == "" {
				delete(l.Chosen, c.User)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s staging) AddRules(_ context.Context, rules ...Rule) error {
	for org, some := range byOrg(rules) {
		err := s.edit(org, func(l *Layer) {
			there := among(some, l.Rules)
			l.Rules = append(l.Rules, slices.DeleteFunc(slices.Clone(some), func(r Rule) bool { return there[r] })...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveRules tells where the layer is read that a rule was not there. What a
// change starts from is read anew for each of a preview, and it is held against that
// at its end.
func (s staging) RemoveRules(_ context.Context, rules ...Rule) error {
	for org, some := range byOrg(rules) {
		o := s.to.of(org)
		o.edits = append(o.edits, func(l *Layer) error {
			there := among(some, l.Rules)
			if i := slices.IndexFunc(some, func(r Rule) bool { return !there[r] }); i >= 0 {
				return errorf(CodeConflict, "the rule %q was not there any more", some[i])
			}
			l.Rules = slices.DeleteFunc(l.Rules, func(r Rule) bool { return there[r] })
			return nil
		})
	}
	return nil
}

// among tells which of a few rules are among many.
func among(few, many []Rule) map[Rule]bool {
	there := make(map[Rule]bool, len(few))
	for _, r := range few {
		there[r] = false
	}
	for _, r := range many {
		if _, one := there[r]; one {
			there[r] = true
		}
	}
	return there
}

func byOrg(rules []Rule) map[OrgID][]Rule {
	all := map[OrgID][]Rule{}
	for _, r := range rules {
		all[r.Org()] = append(all[r.Org()], r)
	}
	return all
}

func (s staging) Append(_ context.Context, events ...AuditEvent) (int64, error) {
	for _, event := range events {
		s.to.last = max(s.to.last+1, firstStaged)
		event.ID = s.to.last
		s.to.events = append(s.to.events, event)
	}
	return s.to.last, nil
}

func (s staging) SetRevisions(_ context.Context, to Revision, orgs ...OrgID) error {
	for _, org := range orgs {
		s.to.of(org).revision = &to
	}
	return nil
}

func (s staging) SetBase(_ context.Context, org OrgID, to Revision) error {
	s.to.of(org).base = &to
	return nil
}

// PutAppliedCatalog writes nothing: what a preview tells is who would gain and lose.
func (staging) PutAppliedCatalog(context.Context, CatalogRecord) error { return nil }

func (s staging) LockReply(ctx context.Context, owner, name string) (Reply, bool, error) {
	return s.Reply(ctx, owner, name)
}

func (staging) InsertReply(context.Context, Reply) error                  { return nil }
func (staging) UpdateReply(context.Context, Reply) error                  { return nil }
func (staging) DeleteReply(context.Context, string, string) error         { return nil }
func (staging) DeleteRepliesBefore(context.Context, time.Time, int) error { return nil }
