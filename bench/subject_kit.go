package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/rolekit/rolekit"
)

// kitSubject asks a kit, as an application without profiles does.
type kitSubject struct {
	kit   *rolekit.Kit
	store *store
	words *words
	built time.Duration // what making the kit took, without the rows
}

func newKitSubject(ctx context.Context, w *world, words *words, engine rolekit.Engine) (*kitSubject, error) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", catalogYAML())
	if err != nil {
		return nil, err
	}
	s, err := newStore(ctx, w)
	if err != nil {
		return nil, err
	}
	drop := s.make()
	defer drop()
	began := time.Now()
	kit, err := rolekit.New(ctx, s, rolekit.Config{Catalog: catalog, Engine: engine, Logger: slog.New(slog.DiscardHandler)})
	return &kitSubject{kit: kit, store: s, words: words, built: time.Since(began)}, err
}

func (s *kitSubject) ask(questions []question) (allowed int, err error) {
	ctx := context.Background()
	for i := range questions {
		q := &questions[i]
		who := rolekit.Identity{User: rolekit.UserID(q.user), Org: rolekit.OrgID(q.org)}
		d, err := s.kit.Can(ctx, who, s.words.permissions[q.permission], nil)
		if err != nil {
			return 0, err
		}
		if d.Allowed {
			allowed++
		}
	}
	return allowed, nil
}

func (s *kitSubject) open(ctx context.Context, org string) error { return s.store.open(ctx, org) }

func (s *kitSubject) elsewhere() time.Duration { return time.Duration(s.store.spent.Load()) }

// manager acts for the system, whose own rights are no cost of an edit.
func (s *kitSubject) manager() *rolekit.Manager { return s.kit.Manager().As(rolekit.System("bench")) }

func (s *kitSubject) assign(ctx context.Context, org, user string, role int) error {
	return s.manager().Assign(ctx, rolekit.OrgID(org), rolekit.UserID(user), rolekit.RoleID(roleName(role)))
}

func (s *kitSubject) revoke(ctx context.Context, org, user string, role int) error {
	return s.manager().Unassign(ctx, rolekit.OrgID(org), rolekit.UserID(user), rolekit.RoleID(roleName(role)))
}
