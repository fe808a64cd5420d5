package adapter_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

const visibleYAML = `
access: {friend: {}, pal: {}}
objects:
  things: {actions: [read]}
permissions:
  things:read: {access: [any, team, own, set, friend, pal]}
roles:
  haunted: {grants: [{permission: things:read, access: "set:ghost"}]}
`

// gallery is a kit beside an application's tables in one database.
type gallery struct {
	*rolekit.Kit

	db    *gorm.DB
	teams []rolekit.TeamID // everybody's
	err   error            // that the application's functions return
	made  int
}

// thing is a row of an application's table. Every column but Row may be NULL.
type thing struct {
	Row    int     `gorm:"column:nr"` // by which the test tells rows apart
	ID     *string `gorm:"column:id"`
	Owner  *string `gorm:"column:owner"`
	Team   *string `gorm:"column:team"`
	Colour string
}

// facts are what the application tells of a row: its columns as text.
func (x thing) facts() rolekit.Facts {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return rolekit.Facts{ID: rolekit.ResourceID(text(x.ID)), Owner: rolekit.UserID(text(x.Owner)), Team: rolekit.TeamID(text(x.Team))}
}

// columnTypes are those of an application's tables that ids may be kept in.
func columnTypes(db *gorm.DB) map[string]string {
	return map[string]map[string]string{
		"sqlite":   {"texts": "TEXT", "numbers": "INTEGER", "whatever": "", "nocase": "TEXT COLLATE NOCASE"},
		"postgres": {"texts": "text", "numbers": "bigint", "whatever": "varchar(100)", "nocase": "text COLLATE nocase"},
		"mysql": {
			"texts": "varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "numbers": "bigint",
			"whatever": "text", "nocase": "varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
		},
	}[db.Name()]
}

func newGallery(t *testing.T, db *gorm.DB) *gallery {
	t.Helper()
	g := &gallery{db: db}
	store := openStore(t, db)
	if db.Name() == "postgres" {
		exec(t, db, "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
	}
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(visibleYAML))
	if err != nil {
		t.Fatal(err)
	}
	befriended := func(_ context.Context, who rolekit.Identity, r rolekit.Resource) (bool, error) {
		return r.AccessFacts().Owner == "friend of "+who.User, g.err
	}
	text := map[string]string{"mysql": "CHAR"}[db.Name()]
	where := func(_ context.Context, who rolekit.Identity) (string, []any, error) {
		return "1 = 0 OR CAST(t.owner AS " + cmp.Or(text, "TEXT") + ") = ?", []any{"friend of " + string(who.User)}, g.err
	}
	g.Kit, err = rolekit.New(t.Context(), store, rolekit.Config{
		Catalog: catalog, Logger: slog.New(slog.DiscardHandler),
		Access: map[rolekit.Access]rolekit.AccessRule{"friend": {Reaches: befriended, Where: where}, "pal": {Reaches: befriended}},
		Teams:  func(context.Context, rolekit.Identity) ([]rolekit.TeamID, error) { return g.teams, g.err },
	})
	if err != nil {
		t.Fatal(err)
	}
	for table, of := range columnTypes(db) {
		exec(t, db, fmt.Sprintf("CREATE TABLE %[1]s (nr INTEGER PRIMARY KEY, id %[2]s, owner %[2]s, team %[2]s, colour TEXT)", table, of),
			"CREATE TABLE paint_"+table+" (id INTEGER, owner TEXT, gloss TEXT)",
			"INSERT INTO paint_"+table+" VALUES (1, 'ada', 'mat'), (2, 'bob', 'shiny')")
	}
	return g
}

// grant makes two organisations, one below the other, with these sets, and gives
// the user what is granted; it returns the organisation below.
func (g *gallery) grant(t testing.TB, user rolekit.UserID, accesses []rolekit.Access, upper, lower map[rolekit.SetID][]rolekit.ResourceID) rolekit.OrgID {
	t.Helper()
	ctx, m := t.Context(), g.Manager().As(rolekit.System("test"))
	g.made++
	above, org := rolekit.OrgID(fmt.Sprint("above", g.made)), rolekit.OrgID(fmt.Sprint("org", g.made))
	_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: above})
	_, errOrg := m.CreateOrg(ctx, rolekit.NewOrg{ID: org, Parent: above})
	errs := []error{err, errOrg}
	for id, sets := range map[rolekit.OrgID]map[rolekit.SetID][]rolekit.ResourceID{above: upper, org: lower} {
		for set, resources := range sets {
			_, err := m.PutSet(ctx, id, rolekit.SetSpec{ID: set}, 0)
			errs = append(errs, err, m.ReplaceResources(ctx, id, set, resources, 0))
		}
	}
	role := rolekit.RoleSpec{ID: "role"}
	for _, a := range accesses {
		role.Grants = append(role.Grants, rolekit.Grant{Permission: "things:read", Access: a})
	}
	_, err = m.CreateRole(ctx, org, role)
	if err := errors.Join(append(errs, err, m.Assign(ctx, org, user, "role"))...); err != nil {
		t.Fatal(err)
	}
	return org
}

// words are ids that a careless comparison takes for one another, or for SQL.
func words() []string {
	return []string{
		"1", "01", "1.0", "+1", "2", "ada", "Ada", "ADA", "a'da", `a"da`, "a%", "_", "a`da", "\u00e4", "a\u0308", "\u6f22 \U0001f331",
		"x' OR '1'='1", "?", "@name", "NULL", "9007199254740993", "9007199254740992", "service:ci", "resource:1",
	}
}

func drawRows(rt *rapid.T, table string, user rolekit.UserID) []thing {
	column := rapid.Custom(func(rt *rapid.T) *string {
		s := rapid.SampledFrom(append(words(), "", " ", string(user), "friend of "+string(user))).Draw(rt, "value")
		if rapid.IntRange(0, 9).Draw(rt, "null") == 9 {
			return nil
		}
		if table == "numbers" { // a number, as the application would write it
			s = rapid.SampledFrom([]string{"1", "2", "10", "-1", "9007199254740993", "9007199254740992"}).Draw(rt, "number")
		}
		return &s
	})
	rows := make([]thing, rapid.IntRange(4, 14).Draw(rt, "rows"))
	for i := range rows {
		rows[i] = thing{i + 1, column.Draw(rt, "id"), column.Draw(rt, "owner"), column.Draw(rt, "team"), rapid.SampledFrom([]string{"red", "blue"}).Draw(rt, "colour")}
	}
	return rows
}

// asks are ways in which an application asks for things besides; visible is the
// scope, which each must put somewhere.
func asks(table string) map[string]func(tx *gorm.DB, visible func(*gorm.DB) *gorm.DB) *gorm.DB {
	type db = *gorm.DB
	type scope = func(*gorm.DB) *gorm.DB
	fresh := func(tx db) db { return tx.Session(&gorm.Session{NewDB: true}).Table(table + " AS t") } // without conditions
	return map[string]func(db, scope) db{
		"nothing":            func(tx db, v scope) db { return tx.Scopes(v) },
		"called by itself":   func(tx db, v scope) db { return v(tx) },
		"a condition":        func(tx db, v scope) db { return tx.Scopes(v).Where("t.colour = ?", "red") },
		"a condition before": func(tx db, v scope) db { return tx.Where("t.colour = ?", "red").Scopes(v) },
		"an or":              func(tx db, v scope) db { return tx.Where("t.colour = ?", "red").Or("t.nr > ?", 3).Scopes(v) },
		"an or behind":       func(tx db, v scope) db { return tx.Scopes(v).Where("t.colour = ?", "red").Or("t.nr > ?", 3) },
		"nothing but an or":  func(tx db, v scope) db { return tx.Scopes(v).Or("t.nr > ?", 3) },
		"three ors":          func(tx db, v scope) db { return tx.Or("t.nr = 1").Scopes(v).Or("t.nr = 2").Or("t.nr > ?", 5) },
		"an or in text":      func(tx db, v scope) db { return tx.Scopes(v).Where("t.colour = 'red' OR t.nr > 3") },
		"an or over lines":   func(tx db, v scope) db { return tx.Where("t.colour = 'red'\nOR\nt.nr > 3").Scopes(v) },
		"a not":              func(tx db, v scope) db { return tx.Not("t.colour = ?", "red").Scopes(v) },
		"a scope before":     func(tx db, v scope) db { return tx.Scopes(func(tx db) db { return tx.Where("t.nr > 2") }, v) },
		"an or in a scope before": func(tx db, v scope) db {
			return tx.Scopes(func(tx db) db { return tx.Where("t.nr > 2").Or("t.nr = 1") }, v)
		},
		"an or in a scope behind": func(tx db, v scope) db {
			return tx.Where("t.nr = 1").Scopes(v, func(tx db) db { return tx.Or("t.nr > 2") })
		},
		"a map": func(tx db, v scope) db { return tx.Scopes(v).Where(map[string]any{"colour": "red"}) },
		"a named argument": func(tx db, v scope) db {
			return tx.Scopes(v).Where("t.colour = @c OR t.nr > 3", map[string]any{"c": "red"})
		},
		"a condition apart": func(tx db, v scope) db { return tx.Where(fresh(tx).Scopes(v)).Where("t.nr > 1") },
		"an or apart":       func(tx db, v scope) db { return tx.Scopes(v).Where(fresh(tx).Where("t.nr > 3").Or("t.nr = 1")) },
		"twice":             func(tx db, v scope) db { return tx.Scopes(v, v).Or("t.nr > 1") },
		"a join": func(tx db, v scope) db {
			return tx.Joins("JOIN paint_texts AS p ON p.id = 1").Where("p.owner = 'ada' OR p.gloss = 'mat'").Scopes(v)
		},
		"a subquery": func(tx db, v scope) db {
			return tx.Where("t.nr IN (?)", fresh(tx).Scopes(v).Select("t.nr").Or("t.nr > 2"))
		},
		"limits and an order": func(tx db, v scope) db { return tx.Scopes(v).Order("t.nr").Limit(100).Offset(0) },
		"a session for reuse": func(tx db, v scope) db { return tx.Scopes(v).Session(&gorm.Session{}) },
		"a session before": func(tx db, v scope) db {
			return tx.Where("t.nr > 0").Session(&gorm.Session{}).Scopes(v).Or("t.nr = 1")
		},
		"a select of a column": func(tx db, v scope) db { return tx.Scopes(v).Distinct("t.nr") },
	}
}

// TestVisibleIsWhatSingleChecksAllow: of the rows that an application asks for,
// those come back which Can allows one by one; whatever the application asks
// for, whoever asks, and whatever ids look like.
func TestVisibleIsWhatSingleChecksAllow(t *testing.T) {
	t.Parallel()
	onEach(t, visibleIsWhatSingleChecksAllow)
}

func visibleIsWhatSingleChecksAllow(t *testing.T, open opener) {
	g := newGallery(t, open())
	columns := adapter.Columns{ID: "t.id", Owner: "t.owner", Team: "t.team"}
	shown, hidden := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		table := rapid.SampledFrom([]string{"texts", "numbers", "whatever", "nocase"}).Draw(rt, "table")
		ids := rapid.SliceOfNDistinct(rapid.SampledFrom(words()), 0, 4, rapid.ID)
		resources := rapid.Map(ids, func(ids []string) (all []rolekit.ResourceID) {
			for _, id := range ids {
				all = append(all, rolekit.ResourceID(id))
			}
			return all
		})
		user := rolekit.UserID(rapid.SampledFrom(words()).Draw(rt, "user"))
		g.teams = nil
		for _, id := range ids.Draw(rt, "teams") {
			g.teams = append(g.teams, rolekit.TeamID(id))
		}
		accesses := rapid.SliceOfNDistinct(rapid.SampledFrom([]rolekit.Access{"own", "team", "set:upper", "set:lower", "friend", "any"}), 0, 4, rapid.ID).Draw(rt, "accesses")
		org := g.grant(t, user, accesses,
			map[rolekit.SetID][]rolekit.ResourceID{"upper": resources.Draw(rt, "upper")},
			map[rolekit.SetID][]rolekit.ResourceID{"lower": resources.Draw(rt, "lower"), "other": resources.Draw(rt, "other")})
		rows := drawRows(rt, table, user)
		if err := errors.Join(g.db.Exec("DELETE FROM "+table).Error, g.db.Table(table).Create(&rows).Error); err != nil {
			rt.Fatal(err)
		}
		who := rolekit.Identity{User: user, Org: org}
		decision, err := g.Can(t.Context(), who, "things:read", nil)
		if err != nil {
			rt.Fatal(err)
		}
		for name, ask := range asks(table) {
			query := func() *gorm.DB { return g.db.WithContext(t.Context()).Table(table + " AS t").Select("t.*") }
			everything, seen := []thing{}, []thing{}
			if err := ask(query(), func(tx *gorm.DB) *gorm.DB { return tx }).Find(&everything).Error; err != nil {
				rt.Fatal(name, err)
			}
			if err := ask(query(), adapter.Visible(decision, columns)).Find(&seen).Error; err != nil {
				rt.Fatal(name, err)
			}
			want := slices.DeleteFunc(slices.Clone(everything), func(x thing) bool {
				d, err := g.Can(t.Context(), who, "things:read", rowOf(rows, x.Row).facts())
				return err != nil || !d.Allowed
			})
			if w, s := rowsOf(want), rowsOf(seen); !slices.Equal(w, s) {
				rt.Fatalf("%s, of %s: rows %v are shown, and single checks allow %v; %v of %s in %v", name, table, s, w, accesses, user, describe(rows))
			}
			shown, hidden = shown+len(seen), hidden+len(everything)-len(seen)
		}
	})
	t.Logf("%d rows shown, %d hidden", shown, hidden)
	if shown < hidden/20 {
		t.Error("too little is shown to prove anything")
	}
}

// rowOf finds the row as the application wrote it.
func rowOf(rows []thing, row int) thing { return rows[row-1] }

func rowsOf(things []thing) []int {
	rows := make([]int, len(things))
	for i, x := range things {
		rows[i] = x.Row
	}
	slices.Sort(rows)
	return rows
}

func describe(rows []thing) string {
	lines := make([]string, len(rows))
	for i, x := range rows {
		lines[i] = fmt.Sprintf("%d %+v %s", x.Row, x.facts(), x.Colour)
	}
	return strings.Join(lines, "; ")
}

// TestVisibleShowsNothing where nothing is known to be allowed.
func TestVisibleShowsNothing(t *testing.T) {
	t.Parallel()
	onEach(t, visibleShowsNothing)
}

func visibleShowsNothing(t *testing.T, open opener) {
	g := newGallery(t, open())
	id, owner, team := "1", "ada", "a"
	if err := g.db.Table("texts").Create(&[]thing{{1, &id, &owner, &team, "red"}}).Error; err != nil {
		t.Fatal(err)
	}
	org := g.grant(t, "ada", []rolekit.Access{"own", "team", "set:lower"}, nil, map[rolekit.SetID][]rolekit.ResourceID{"lower": {"1"}})
	system := g.Manager().As(rolekit.System("test"))
	_, err := system.ApplyDefaults(t.Context(), g.Catalog().Defaults())
	// A set that is not there, of which another program wrote what is in it.
	err = errors.Join(err, system.Assign(t.Context(), org, "ghost", "haunted"),
		g.db.Exec("INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g2', 'resource:1', 'set:ghost', ?)", org).Error, g.Refresh(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	pals := g.grant(t, "friend", []rolekit.Access{"pal"}, nil, nil)
	g.teams = []rolekit.TeamID{"a"}
	all := adapter.Columns{ID: "id", Owner: "owner", Team: "team"}
	decide := func(who rolekit.Identity) rolekit.Decision {
		d, err := g.Can(t.Context(), who, "things:read", nil)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	ada := decide(rolekit.Identity{User: "ada", Org: org})
	for name, c := range map[string]struct {
		decision rolekit.Decision
		columns  adapter.Columns
		want     int
	}{
		"everything in place":     {ada, all, 1},
		"by the set alone":        {ada, adapter.Columns{ID: "id"}, 1},
		"by the owner alone":      {ada, adapter.Columns{Owner: "owner"}, 1},
		"by the team alone":       {ada, adapter.Columns{Team: "team"}, 1},
		"no columns":              {ada, adapter.Columns{}, 0},
		"the zero decision":       {rolekit.Decision{}, all, 0},
		"a denial":                {decide(rolekit.Identity{User: "bob", Org: org}), all, 0},
		"a set that is not there": {decide(rolekit.Identity{User: "ghost", Org: org}), all, 0},
		"an access without Where": {decide(rolekit.Identity{User: "friend", Org: pals}), all, 0},
	} {
		var seen []thing
		err := g.db.Table("texts").Scopes(adapter.Visible(c.decision, c.columns)).Or("nr > 0").Find(&seen).Error
		if err != nil || len(seen) != c.want {
			t.Errorf("%s: %d rows, %v; want %d", name, len(seen), err, c.want)
		}
		var count int64
		err = g.db.Table("texts").Scopes(adapter.Visible(c.decision, c.columns)).Count(&count).Error
		if err != nil || count != int64(c.want) {
			t.Errorf("%s: a count of %d, %v; want %d", name, count, err, c.want)
		}
	}
	g.err = errors.New("away")
	var seen []thing
	err = g.db.Table("texts").Scopes(adapter.Visible(ada, all)).Find(&seen).Error
	if !errors.Is(err, rolekit.ErrUnavailable) || !errors.Is(err, g.err) || len(seen) > 0 {
		t.Errorf("the teams are away: %d rows, %v", len(seen), err)
	}
	g.err = nil
	if err := g.db.Table("texts").Scopes(adapter.Visible(rolekit.Decision{}, all)).Delete(nil).Error; err != nil {
		t.Fatal(err)
	}
	if err := g.db.Table("texts").Find(&seen).Error; err != nil || len(seen) != 1 {
		t.Errorf("what a denied deletion left: %d rows, %v", len(seen), err)
	}
}

// TestVisibleChangesWhereItShows: an UPDATE or DELETE of a table whose columns
// cannot hold such ids at all finds nothing, and is no error.
func TestVisibleChangesWhereItShows(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		g := newGallery(t, open())
		org := g.grant(t, "ada", []rolekit.Access{"own", "team", "set:lower"}, nil, map[rolekit.SetID][]rolekit.ResourceID{"lower": {"one", "2"}})
		g.teams = []rolekit.TeamID{"a", "b%"}
		d, err := g.Can(t.Context(), rolekit.Identity{User: "ada", Org: org}, "things:read", nil)
		if err != nil {
			t.Fatal(err)
		}
		visible := adapter.Visible(d, adapter.Columns{ID: "id", Owner: "owner", Team: "team"})
		for table := range columnTypes(g.db) {
			two, seven := "2", "7"
			if err := g.db.Table(table).Create(&[]thing{{1, &two, &seven, &seven, "red"}, {2, &seven, &seven, &seven, "red"}}).Error; err != nil {
				t.Fatal(err)
			}
			update := g.db.Table(table).Scopes(visible).Update("colour", "blue")
			remove := g.db.Table(table).Scopes(visible).Delete(nil)
			if err := errors.Join(update.Error, remove.Error); err != nil || update.RowsAffected != 1 || remove.RowsAffected != 1 {
				t.Errorf("%s: %d updated, %d deleted, %v; want 1 of each", table, update.RowsAffected, remove.RowsAffected, err)
			}
		}
	})
}

// TestVisibleUsesIndexes guards against a list that reads the whole table. Where
// sets reach too, only SQLite has a plan that does not.
func TestVisibleUsesIndexes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		g := newGallery(t, open())
		var rows []thing
		for i := range 5000 {
			id := fmt.Sprint("id", i)
			rows = append(rows, thing{i, &id, &id, &id, "red"})
		}
		if err := g.db.Table("texts").CreateInBatches(&rows, 1000).Error; err != nil {
			t.Fatal(err)
		}
		for _, column := range []string{"id", "owner", "team"} {
			exec(t, g.db, "CREATE INDEX texts_"+column+" ON texts ("+column+")")
		}
		crowd(t, g.db)
		accesses := []rolekit.Access{"own", "team"}
		if g.db.Name() == "sqlite" {
			accesses = append(accesses, "set:lower")
		} else {
			analyze(t, g.db, "texts")
		}
		org := g.grant(t, "ada", accesses, nil, map[rolekit.SetID][]rolekit.ResourceID{"lower": {"1"}})
		g.teams = []rolekit.TeamID{"a", "b"}
		d, err := g.Can(t.Context(), rolekit.Identity{User: "ada", Org: org}, "things:read", nil)
		if err != nil {
			t.Fatal(err)
		}
		list := func(columns adapter.Columns) string {
			return g.db.ToSQL(func(tx *gorm.DB) *gorm.DB {
				var seen []thing
				return tx.Table("texts").Scopes(adapter.Visible(d, columns)).Find(&seen)
			})
		}
		sql := list(adapter.Columns{ID: "id", Owner: "owner", Team: "team"})
		for _, bad := range scans(t, g.db, sql) {
			t.Errorf("%s: %s", sql, bad)
		}
		if sql := list(adapter.Columns{Owner: "colour"}); len(scans(t, g.db, sql)) == 0 {
			t.Errorf("a list without an index was not noticed: %s", sql)
		}
	})
}
