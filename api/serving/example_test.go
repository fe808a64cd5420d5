package serving_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/api/serving"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// An application takes all of it, and sets the server's own limits beside.
func ExampleHandlers() {
	gin.SetMode(gin.ReleaseMode)
	// docs:begin
	log := slog.New(serving.LogHandler(slog.NewJSONHandler(os.Stderr, nil)))
	engine := gin.New()
	engine.Use(must(serving.Handlers(serving.Config{
		Deadline: 30 * time.Second,
		Logger:   log,
		Origins:  []string{"https://admin.example"},
		Quiet:    []string{"/healthz", "/readyz"},
	}))...)
	server := &http.Server{
		Handler:           engine,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	// docs:end
	engine.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	engine.GET("/broken", func(*gin.Context) { panic("the password is hunter2") })
	for _, path := range []string{"/healthz", "/broken"} {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody) //nolint:noctx // nothing is waited for
		r.Header.Set("X-Request-ID", "from-the-proxy")
		r.Header.Set("Origin", "https://admin.example")
		w := httptest.NewRecorder()
		server.Handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("X-Request-ID"), w.Header().Get("Access-Control-Allow-Origin"), strings.Contains(w.Body.String(), "hunter2"))
	}
	// Output:
	// 200 from-the-proxy https://admin.example false
	// 500 from-the-proxy https://admin.example false
}
