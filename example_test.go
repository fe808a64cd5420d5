package rolekit_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"github.com/golang-jwt/jwt/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/middleware"
	"github.com/rolekit/rolekit/seed"
)

// How to mount rolekit into an application. README shows the middle of it.
func Example() {
	folder := must(os.MkdirTemp("", "rolekit"))
	defer func() { _ = os.RemoveAll(folder) }()
	db := must(gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(folder, "app.db"))), &gorm.Config{Logger: logger.Discard}))
	defer func() { _ = must(db.DB()).Close() }()
	ctx := context.Background()
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	secret := []byte("thirty-two random bytes or more.")
	catalogYAML := []byte(`
objects:
  invoices: {actions: [read, write]}
roles:
  owner:    {grants: ["*:*"]}
  auditor:  {grants: ["invoices:read"]}
creator: owner
`)
	listInvoices := func(c *gin.Context) { c.String(http.StatusOK, "no invoices yet") }
	createInvoice := func(c *gin.Context) { c.Status(http.StatusCreated) }

	// README:begin
	catalog := must(rolekit.ParseCatalog("catalog.yaml", catalogYAML))     // what there is to permit
	store := must(adapter.Open(ctx, db, adapter.Config{Migrate: true}))    // db is your *gorm.DB
	kit := must(rolekit.New(ctx, store, rolekit.Config{Catalog: catalog})) // decides and manages
	must(seed.Apply(ctx, kit))                                             // the catalog's default roles
	identify := must(middleware.JWT(middleware.JWTConfig{Secret: secret})) // who a request is
	guard := must(middleware.New(kit, middleware.Config{Identify: identify}))
	router.Use(guard.Identify())

	router.GET("/orgs/:org/invoices", guard.Require("invoices:read"), listInvoices)
	router.POST("/orgs/:org/invoices", guard.Require("invoices:write"), createInvoice)
	must(api.New(kit, api.Config{})).Mount(router, router.Group("", guard.DecidesItself()))
	// README:end

	// Tom's company, and Ada who may look at its invoices.
	admin := kit.Manager().As(rolekit.System("example"))
	must(admin.CreateOrg(ctx, rolekit.NewOrg{ID: "toms", Creator: "tom"}))
	if err := admin.Assign(ctx, "toms", "ada", "auditor"); err != nil {
		panic(err)
	}

	ask := func(user, method, path string) {
		request := httptest.NewRequestWithContext(ctx, method, path, nil)
		request.Header.Set("Authorization", "Bearer "+must(jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": user, "exp": time.Now().Add(time.Minute).Unix(),
		}).SignedString(secret)))
		answer := httptest.NewRecorder()
		router.ServeHTTP(answer, request)
		fmt.Println(user, method, path, answer.Code)
	}
	ask("ada", "GET", "/orgs/toms/invoices")
	ask("ada", "POST", "/orgs/toms/invoices")
	ask("tom", "POST", "/orgs/toms/invoices")
	ask("eve", "GET", "/orgs/toms/invoices")
	ask("tom", "GET", "/v1/orgs/toms/roles")
	ask("ada", "GET", "/v1/orgs/toms/roles")
	fmt.Println("routes that forgot to ask:", len(guard.Unguarded(router)))

	// Output:
	// ada GET /orgs/toms/invoices 200
	// ada POST /orgs/toms/invoices 403
	// tom POST /orgs/toms/invoices 201
	// eve GET /orgs/toms/invoices 403
	// tom GET /v1/orgs/toms/roles 200
	// ada GET /v1/orgs/toms/roles 403
	// routes that forgot to ask: 0
}

// must stops the program: nothing can be served without what failed.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
