package rolekit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// Unlike returns how what the kit holds in memory differs from what the store
// holds at the same revision, a line each: nothing may, however it came there.
func (k *Kit) Unlike(ctx context.Context) (all []string, err error) {
	err = k.store.View(ctx, func(r Reader) error {
		revisions, err := r.Revisions(ctx)
		if err != nil {
			return err
		}
		for org, at := range revisions {
			l := k.memory.known(org)
			if l == nil || l.revision != at {
				continue
			}
			record, err := r.Layer(ctx, org)
			if errors.Is(err, ErrBrokenPolicy) {
				continue
			}
			if err != nil {
				return err
			}
			stored, err := understand(record, 0, &bundles{}, slog.New(slog.DiscardHandler))
			if err != nil {
				return fmt.Errorf("%s is broken, and memory does not know: %w", org, err)
			}
			all = append(all, difference(string(org), l.lines(), stored.lines())...)
		}
		return nil
	})
	return append(all, k.memory.misplacedKeys()...), err
}

// misplacedKeys are the service keys that the index and the layers do not agree on.
func (m *memory) misplacedKeys() (all []string) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	held := 0
	for org, n := range m.places.Load().nodes() {
		if n.layer == nil {
			continue
		}
		held += len(n.layer.keys)
		for id := range n.layer.keys {
			if at, _ := m.keys.orgOf(id); at != org {
				all = append(all, fmt.Sprintf("%s: the index has key %s in %q", org, id, at))
			}
		}
	}
	m.keys.orgs.Range(func(any, any) bool { held--; return true })
	if held != 0 {
		all = append(all, fmt.Sprintf("the layers hold %d keys more than the index", held))
	}
	return all
}

func difference(org string, memory, store []string) (all []string) {
	for _, line := range memory {
		if !slices.Contains(store, line) {
			all = append(all, org+": only memory has "+line)
		}
	}
	for _, line := range store {
		if !slices.Contains(memory, line) {
			all = append(all, org+": only the store has "+line)
		}
	}
	return all
}

// lines are all that a layer says.
func (l *layer) lines() []string {
	all := []string{fmt.Sprintf("%+v at %d + %d", l.org, l.revision, l.base)}
	add := func(rules []Rule) {
		for _, r := range rules {
			all = append(all, r.String())
		}
	}
	for id, r := range l.roles {
		all = append(all, fmt.Sprintf("role %s %+v", id, *r))
		add(roleRules(l.id(), r.RoleSpec))
	}
	for id, g := range l.groups {
		all = append(all, fmt.Sprintf("group %s %+v", id, *g))
	}
	for id, s := range l.sets {
		all = append(all, fmt.Sprintf("set %s %+v of %d", id, *s, l.inSet[id].Len()))
		add(l.resources(id))
	}
	for from, bonds := range l.linked() {
		all = append(all, fmt.Sprintf("%s has %d", from, len(bonds)))
		for _, b := range bonds {
			all = append(all, linkRule(l.id(), from, b.to, b.during()).String())
		}
	}
	for profile, grants := range l.baseline {
		all = append(all, fmt.Sprintf("baseline of %s: %v", profile, grants))
	}
	for id, k := range l.keys {
		all = append(all, fmt.Sprintf("key %s %+v", id, *k))
	}
	for user, profile := range l.chosen.All() {
		all = append(all, fmt.Sprintf("%s acts as %s", user, profile))
	}
	for _, r := range l.stray {
		all = append(all, "stray "+r.String())
	}
	held := map[uint32]uint32{}
	for _, i := range l.users.All() {
		held[i]++
	}
	for i := range l.bundles {
		if l.held(i) != (held[uint32(i)] > 0) || l.counts != nil && l.counts[i] != held[uint32(i)] {
			all = append(all, fmt.Sprintf("bundle %d is miscounted", i))
		}
	}
	slices.Sort(all)
	return all
}
