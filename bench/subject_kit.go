package main

import (
	"context"
	"log/slog"

	"github.com/rolekit/rolekit"
)

// kitSubject asks a kit, as an application without profiles does.
type kitSubject struct {
	kit   *rolekit.Kit
	words *words
}

func newKit(ctx context.Context, s rolekit.Store, engine rolekit.Engine) (*rolekit.Kit, error) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", catalogYAML())
	if err != nil {
		return nil, err
	}
	return rolekit.New(ctx, s, rolekit.Config{Catalog: catalog, Engine: engine, Logger: slog.New(slog.DiscardHandler)})
}

func (s kitSubject) ask(questions []question) (allowed int, err error) {
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
