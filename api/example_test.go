package api_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
)

// The application says who asks; the API does the rest.
func Example() {
	ctx := context.Background()
	kit, err := newKit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	roles, err := api.New(kit, api.Config{Title: "Lawn Care"})
	if err != nil {
		log.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseRawPath = true // for user ids with a slash in them
	engine.NoRoute(api.NotFound)
	iam := engine.Group("/iam", func(c *gin.Context) { // in earnest, middleware.Identify
		who := rolekit.Identity{User: rolekit.UserID(c.GetHeader("X-Demo-User"))}
		c.Request = c.Request.WithContext(rolekit.WithIdentity(c.Request.Context(), who))
	})
	roles.Mount(engine, iam)

	for _, user := range []string{"tom", "eve"} {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/iam/v1/orgs/lawns", http.NoBody)
		r.Header.Set("X-Demo-User", user)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		fmt.Println(user, w.Code, w.Header().Get("Content-Type"))
	}
	// Output:
	// tom 200 application/json
	// eve 403 application/problem+json
}

// newKit returns a kit in memory, with an organisation that tom owns.
func newKit(ctx context.Context) (*rolekit.Kit, error) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte("{roles: {owner: {grants: ['*:*']}}, creator: owner}"))
	if err != nil {
		return nil, err
	}
	db, err := gorm.Open(sqlite.Open(":memory:"), &gorm.Config{})
	if err != nil {
		return nil, err
	}
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	if err != nil {
		return nil, err
	}
	kit, err := rolekit.New(ctx, store, rolekit.Config{Catalog: catalog})
	if err != nil {
		return nil, err
	}
	system := kit.Manager().As(rolekit.System("example"))
	if _, err := system.ApplyDefaults(ctx, catalog.Defaults()); err != nil {
		return nil, err
	}
	_, err = system.CreateOrg(ctx, rolekit.NewOrg{ID: "lawns", Creator: "tom"})
	return kit, err
}
