package middleware_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	"github.com/rolekit/rolekit/middleware"
)

// A Gin application whose routes say what they need.
func Example() {
	gin.SetMode(gin.TestMode)            // keeps Gin from printing its routes
	kit, secret, cleanup := exampleKit() // in an application: rolekit.New, and a secret from its configuration
	defer cleanup()

	identify, err := middleware.JWT(middleware.JWTConfig{Secret: secret})
	if err != nil {
		panic(err)
	}
	guard, err := middleware.New(kit, middleware.Config{Identify: identify})
	if err != nil {
		panic(err)
	}
	router := gin.New()
	router.Use(guard.Identify())
	router.GET("/", guard.Public(), func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	router.GET("/orgs/:org/invoices", guard.Require("invoices:read"), func(c *gin.Context) {
		who, _ := middleware.Identity(c)
		c.String(http.StatusOK, "invoices of %s, for %s: %v", who.Org, who.User, middleware.Decision(c).Access())
	})
	router.POST("/orgs/:org/invoices", guard.Require("invoices:write"), func(c *gin.Context) { c.Status(http.StatusCreated) })

	server := httptest.NewServer(router)
	defer server.Close()
	fmt.Println(get(server.URL+"/", ""))
	fmt.Println(get(server.URL+"/orgs/tom/invoices", ""))
	fmt.Println(get(server.URL+"/orgs/tom/invoices", exampleToken(secret, "ada")))
	fmt.Println(get(server.URL+"/orgs/jack/invoices", exampleToken(secret, "ada")))
	fmt.Println(len(guard.Unguarded(router)), "routes say nothing")
	// Output:
	// 200 welcome
	// 401 nobody is identified
	// 200 invoices of tom, for ada: [any]
	// 403 user:ada may not invoices:read in "jack"
	// 0 routes say nothing
}

// A route about one invoice: it is loaded and decided before the handler runs.
func ExampleGuard_RequireResource() {
	gin.SetMode(gin.TestMode)
	kit, secret, cleanup := exampleKit()
	defer cleanup()
	identify, err := middleware.JWT(middleware.JWTConfig{Secret: secret})
	check(err)
	guard, err := middleware.New(kit, middleware.Config{Identify: identify})
	check(err)

	invoices := map[rolekit.OrgID]map[string]*invoice{"tom": {"7": {ID: "7", Owner: "pia"}}} // in an application: its database
	load := func(c *gin.Context) (rolekit.Resource, error) {
		who, _ := middleware.Identity(c)
		found, ok := invoices[who.Org][c.Param("id")]
		if !ok {
			return nil, middleware.ErrNotFound
		}
		return found, nil
	}
	router := gin.New()
	router.GET("/orgs/:org/invoices/:id", guard.RequireResource("invoices:read", load), func(c *gin.Context) {
		c.String(http.StatusOK, "an invoice of %s", middleware.Resource[*invoice](c).Owner)
	})

	server := httptest.NewServer(router)
	defer server.Close()
	fmt.Println(get(server.URL+"/orgs/tom/invoices/7", exampleToken(secret, "ada"))) // a clerk, who reads any
	fmt.Println(get(server.URL+"/orgs/tom/invoices/8", exampleToken(secret, "ada")))
	fmt.Println(get(server.URL+"/orgs/jack/invoices/7", exampleToken(secret, "jack")))
	fmt.Println(get(server.URL+"/orgs/tom/invoices/7", exampleToken(secret, "bob")))
	// Output:
	// 200 an invoice of pia
	// 404 there is no such resource in the organisation
	// 404 there is no such resource in the organisation
	// 403 user:bob may not invoices:read in "tom"
}

// exampleKit returns a kit where ada is a clerk in tom, and a token secret.
func exampleKit() (*rolekit.Kit, []byte, func()) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "rolekit")
	check(err)
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(dir, "rolekit.db"))), &gorm.Config{Logger: logger.Discard})
	check(err)
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	check(err)
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalogYAML))
	check(err)
	kit, err := rolekit.New(ctx, store, rolekit.Config{Catalog: catalog})
	check(err)
	system := kit.Manager().As(rolekit.System("example"))
	_, err = system.ApplyDefaults(ctx, catalog.Defaults())
	check(err)
	for _, org := range []rolekit.OrgID{"tom", "jack"} {
		_, err = system.CreateOrg(ctx, rolekit.NewOrg{ID: org, Creator: rolekit.UserID(org)})
		check(err)
	}
	check(system.Assign(ctx, "tom", "ada", "clerk"))
	return kit, secret(), func() {
		pool, err := db.DB()
		check(err)
		check(pool.Close())
		check(os.RemoveAll(dir))
	}
}

func exampleToken(secret []byte, user string) string {
	claims := jwt.MapClaims{"sub": user, "exp": time.Now().Add(time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
	check(err)
	return token
}

// get returns the status and the text of an answer; of a problem, its detail.
func get(url, token string) string {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	check(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	check(err)
	body, err := io.ReadAll(res.Body)
	check(err)
	check(res.Body.Close())
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(body, &problem) == nil {
		body = []byte(problem.Detail)
	}
	return fmt.Sprint(res.StatusCode, " ", string(body))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
