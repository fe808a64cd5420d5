package doctest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
)

var update = flag.Bool("update", false, "write the files that are generated")

// docs/openapi.json is what the API says of itself, kept so that a change of it
// is seen in review.
func TestOpenAPIIsCurrent(t *testing.T) {
	file := filepath.Join(root, "docs", "openapi.json")
	current := openAPI(t)
	if *update {
		if err := os.WriteFile(file, current, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(read(t, "docs/openapi.json"), string(current)); diff != "" {
		t.Errorf("docs/openapi.json is stale; run make generate and look at what changed (-file +API):\n%s", diff)
	}
}

func openAPI(t *testing.T) []byte {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(t.TempDir(), "policies.db"))), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte("objects: {invoices: {actions: [read]}}"))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog})
	if err != nil {
		t.Fatal(err)
	}
	roles, err := api.New(kit, api.Config{})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.TestMode)
	engine := gin.New()
	roles.Mount(engine, nil)
	answer := httptest.NewRecorder()
	engine.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("GET /openapi.json answered %d: %s", answer.Code, answer.Body)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, answer.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(bytes.TrimSpace(indented.Bytes()), '\n')
}
