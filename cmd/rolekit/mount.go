package main

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/serving"
	"github.com/rolekit/rolekit/api/serving/tracing"
	"github.com/rolekit/rolekit/middleware"
)

// handler mounts the API behind what stands before it, and who a request is.
func (s *serveFlags) handler(
	kit *rolekit.Kit, identify func(*gin.Context) (rolekit.Identity, error), counted *measures, ending func() bool, log *slog.Logger,
) (http.Handler, error) {
	identify, err := s.keys.with(kit, identify)
	if err != nil {
		return nil, err
	}
	guard, err := middleware.New(kit, middleware.Config{Identify: identify, Logger: log})
	if err != nil {
		return nil, err
	}
	roles, err := api.New(kit, api.Config{
		ChangeBurst: s.limits.burstOf(), ChangeRate: s.limits.rate, Decided: counted.decided(), Ending: ending, Logger: log,
		MaxBodyBytes: s.limits.bodyBytes, Version: buildVersion(),
	})
	if err != nil {
		return nil, err
	}
	quiet := []string{s.prefix + "/healthz", s.prefix + "/readyz"}
	before, err := serving.Handlers(serving.Config{
		Deadline: s.limits.request, Logger: log, Observe: counted.answered(), Origins: s.origins,
		Quiet: quiet,
	})
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode) // standard output is not for a list of routes
	engine := gin.New()
	engine.UseRawPath = true // a user's id may hold a slash
	engine.HandleMethodNotAllowed = true
	engine.NoRoute(api.NotFound)
	engine.NoMethod(api.MethodNotAllowed)
	engine.Use(before...)
	if s.kit.spans != nil {
		spans, err := tracing.Handler(tracing.Config{Provider: s.kit.spans, Quiet: quiet})
		if err != nil {
			return nil, err
		}
		engine.Use(spans)
	}
	engine.Use(guard.Identify())
	roles.Mount(engine, engine.Group(s.prefix, guard.DecidesItself()))
	return engine, nil
}
