package middleware_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
)

// FuzzAuthorization sends any header Authorization. Only a token that was made
// with the secret opens the route; everything else is one 401, whatever is in it.
func FuzzAuthorization(f *testing.F) {
	good := sign(f, jwt.SigningMethodHS256, secret(), claims("ada"))
	for _, header := range []string{
		"", "Bearer", "Bearer ", "bearer  " + good, "Bearer " + good, "Basic YWRhOmFkYQ==", good, "Bearer " + good + " ",
		"Bearer " + good[:len(good)-1], "Bearer ..", "Bearer a.b.c", "Bearer " + strings.Repeat("a", 9000), "\x00", "Bearer \xff",
		"Bearer " + sign(f, jwt.SigningMethodHS256, secret(), claims("ada", "exp", now().Unix())),
		"Bearer " + sign(f, jwt.SigningMethodHS256, []byte("another"), claims("tom")),
		"Bearer " + sign(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims("tom")),
		"Bearer " + sign(f, jwt.SigningMethodHS256, secret(), claims("ada"), "crit", []string{"b64"}),
		"Bearer " + unsigned(f, `{"alg":"HS256","kid":{}}`),
	} {
		f.Add(header)
	}
	gin.SetMode(gin.TestMode)
	kit, _, cleanup := exampleKit()
	f.Cleanup(cleanup)
	engine := gin.New()
	ran := false
	engine.GET("/orgs/:org/invoices", guard(f, kit, jwtConfig()).Require("invoices:read"), func(c *gin.Context) {
		ran = true
		c.Status(http.StatusNoContent)
	})
	f.Fuzz(func(t *testing.T, header string) {
		ran = false
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orgs/tom/invoices", nil)
		req.Header["Authorization"] = []string{header}
		res := httptest.NewRecorder()
		engine.ServeHTTP(res, req)
		genuine := strings.HasSuffix(header, " "+good) && strings.EqualFold(strings.Trim(strings.TrimSuffix(header, good), " "), "bearer")
		if ran != genuine {
			t.Fatalf("%q: the handler ran: %v; status %d", header, ran, res.Code)
		}
		if genuine {
			return
		}
		var problem struct {
			Code rolekit.Code `json:"code"`
		}
		if err := json.Unmarshal(res.Body.Bytes(), &problem); err != nil || res.Code != 401 || problem.Code != rolekit.CodeUnauthenticated {
			t.Fatalf("%q: %d %s (%v)", header, res.Code, res.Body, err)
		}
	})
}
