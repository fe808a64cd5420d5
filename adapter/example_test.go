package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// An application creates a project and makes its author the owner of it, both or
// neither.
func ExampleStore_Join() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "projects")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(dir, "app.db"))))
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte("objects: {projects: {actions: [read, write]}}\nroles: {owner: {grants: ['*:*']}}\ncreator: owner\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	kit, err := rolekit.New(ctx, store, rolekit.Config{Catalog: catalog})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := kit.Manager().As(rolekit.System("setup")).ApplyDefaults(ctx, catalog.Defaults()); err != nil {
		fmt.Println(err)
		return
	}

	type Project struct {
		ID, Name string
	}
	if err := db.AutoMigrate(&Project{}); err != nil {
		fmt.Println(err)
		return
	}
	create := func(project Project, then error) error {
		return db.Transaction(func(tx *gorm.DB) error {
			if err := tx.Create(&project).Error; err != nil {
				return err
			}
			manager := kit.Manager().As(rolekit.System("projects")).In(store.Join(tx))
			if _, err := manager.CreateOrg(ctx, rolekit.NewOrg{ID: rolekit.OrgID(project.ID), Creator: "ada"}); err != nil {
				return err
			}
			return then
		})
	}
	fmt.Println("apollo:", create(Project{"apollo", "Apollo"}, nil))
	fmt.Println("gemini:", create(Project{"gemini", "Gemini"}, errors.New("the payment failed")))

	for _, org := range []rolekit.OrgID{"apollo", "gemini"} {
		d, err := kit.Can(ctx, rolekit.Identity{User: "ada", Org: org}, "projects:read", nil)
		fmt.Println("ada in", org, d.Allowed, err)
	}
	// Output:
	// apollo: <nil>
	// gemini: the payment failed
	// ada in apollo true <nil>
	// ada in gemini false there is no organisation "gemini"
}
