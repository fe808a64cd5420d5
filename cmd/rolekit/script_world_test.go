package main_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/glebarez/sqlite"
	"github.com/rogpeppe/go-internal/testscript"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// inKit runs fn with a kit on a script's SQLite file, with a catalog of the script's.
func inKit(ts *testscript.TestScript, file, catalog string, fn func(context.Context, *rolekit.Kit) error) {
	ctx := context.Background()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(ts.MkAbs(file))), &gorm.Config{Logger: logger.Discard})
	ts.Check(err)
	pool, err := db.DB()
	ts.Check(err)
	store, err := adapter.Open(ctx, db, adapter.Config{})
	ts.Check(err)
	parsed, err := rolekit.ParseCatalog(catalog, []byte(ts.ReadFile(catalog)))
	ts.Check(err)
	access := map[rolekit.Access]rolekit.AccessRule{}
	for _, a := range parsed.Accesses() {
		access[a.ID] = rolekit.AccessRule{Reaches: func(context.Context, rolekit.Identity, rolekit.Resource) (bool, error) { return true, nil }}
	}
	kit, err := rolekit.New(ctx, store, rolekit.Config{Catalog: parsed, Logger: slog.New(slog.DiscardHandler), Access: access})
	ts.Check(err)
	ts.Check(errors.Join(fn(ctx, kit), pool.Close()))
}

// scriptGrants reads grants as a script writes them: jobs:read, or jobs:read=own.
func scriptGrants(texts []string) []rolekit.Grant {
	grants := make([]rolekit.Grant, len(texts))
	for i, text := range texts {
		permission, access, _ := strings.Cut(text, "=")
		grants[i] = rolekit.Grant{Permission: rolekit.Permission(permission), Access: rolekit.Access(access)}
	}
	return grants
}

// makeRole is the command role. The creator of the organisation is olga.
func makeRole(ts *testscript.TestScript, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: role DB CATALOG ORG ROLE [@PROFILE] [+INCLUDED]… GRANT…")
	}
	inKit(ts, args[0], args[1], func(ctx context.Context, kit *rolekit.Kit) error {
		system, org := kit.Manager().As(rolekit.System("script")), rolekit.OrgID(args[2])
		_, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: org, Creator: "olga"})
		if err != nil && !errors.Is(err, rolekit.ErrExists) {
			return err
		}
		spec, grants := rolekit.RoleSpec{ID: rolekit.RoleID(args[3]), Profile: kit.Catalog().Profiles()[0].ID}, args[4:]
		for len(grants) > 0 && strings.ContainsAny(grants[0], "@+") {
			if kind, name := grants[0][0], grants[0][1:]; kind == '@' {
				spec.Profile = rolekit.ProfileID(name)
			} else {
				spec.Includes = append(spec.Includes, rolekit.RoleID(name))
			}
			grants = grants[1:]
		}
		spec.Grants = scriptGrants(grants)
		_, err = system.CreateRole(ctx, org, spec)
		return err
	})
}

// editDefault is the command edit.
func editDefault(ts *testscript.TestScript, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: edit DB CATALOG ROLE GRANT…")
	}
	inKit(ts, args[0], args[1], func(ctx context.Context, kit *rolekit.Kit) error {
		d := kit.Catalog().Defaults()
		i := slices.IndexFunc(d.Roles, func(r rolekit.RoleSpec) bool { return string(r.ID) == args[2] })
		d.Roles[i].Grants = scriptGrants(args[3:])
		_, err := kit.Manager().As(rolekit.System("script")).ApplyDefaults(ctx, d)
		return err
	})
}

// replaceIn is the command other. \n stands for the end of a line.
func replaceIn(ts *testscript.TestScript, args []string) {
	if len(args)%2 == 0 {
		ts.Fatalf("usage: other FILE OLD NEW…")
	}
	text := ts.ReadFile(args[0])
	for i := 1; i < len(args); i += 2 {
		before, after := strings.ReplaceAll(args[i], `\n`, "\n"), strings.ReplaceAll(args[i+1], `\n`, "\n")
		if !strings.Contains(text, before) {
			ts.Fatalf("%s does not hold %q", args[0], before)
		}
		text = strings.ReplaceAll(text, before, after)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
