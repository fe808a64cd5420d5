package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

const (
	jwksURLFlag     = "jwks-url"
	jwksFileFlag    = "jwks-file"
	issuerFlag      = "issuer"
	audienceFlag    = "audience"
	anyIssuerFlag   = "any-issuer"
	anyAudienceFlag = "any-audience"
)

// authFlags are the settings of who a request is.
type authFlags struct {
	secret            secretFlags
	jwksURL, jwksFile string
	refresh, maxAge   time.Duration
	algorithms        []string

	issuer, audience       string
	anyIssuer, anyAudience bool
	leeway                 time.Duration
	user, profile          string
}

func (a *authFlags) declare(cmd *cobra.Command) {
	a.secret.declare(cmd, "for development: trusts a well-known secret where no keys are set, and listens on loopback only")
	flags := cmd.Flags()
	flags.StringVar(&a.jwksURL, jwksURLFlag, "", "`address` where the issuer publishes its keys (JWKS), by which tokens are verified; https, or this machine's")
	flags.StringVar(&a.jwksFile, jwksFileFlag, "", "`file` with the issuer's public keys, as a JWK set or one in PEM, instead")
	flags.DurationVar(&a.refresh, "jwks-refresh", 5*time.Minute, "how often published keys are read anew, and so how long one that is withdrawn still counts")
	flags.DurationVar(&a.maxAge, "jwks-max-age", time.Hour, "how long published keys count while they cannot be read; then every token is answered 503")
	flags.StringSliceVar(&a.algorithms, "jwt-algorithms", nil,
		"`names` of what tokens may be signed with; if empty, HS256 for a secret, and RS256, ES256, ES384, ES512 and EdDSA for keys")
	flags.StringVar(&a.issuer, issuerFlag, "", "`name` (iss) of who must have issued a token; with a secret, anyone where empty")
	flags.StringVar(&a.audience, audienceFlag, "", "`name` (aud) that tokens must be meant for; with a secret, none may have one where empty")
	flags.BoolVar(&a.anyIssuer, anyIssuerFlag, false, "accept tokens whoever issued them, if the keys fit")
	flags.BoolVar(&a.anyAudience, anyAudienceFlag, false, "accept tokens whoever they are meant for, also those for other services")
	flags.DurationVar(&a.leeway, "leeway", 0, "how far the issuer's clock may be from this one's, at most 5m")
	flags.StringVar(&a.user, "user-claim", "sub", "`claim` that is the user's id; one that users cannot choose")
	flags.StringVar(&a.profile, "profile-claim", "profile", "`claim` that names the profile, for requests without X-Profile; none where empty")
}

// identify returns who a request with a token is. Published keys are kept up to date
// until the context ends.
func (a *authFlags) identify(ctx context.Context, log *slog.Logger) (func(*gin.Context) (rolekit.Identity, error), error) {
	config, err := a.tokens(ctx, log)
	if err != nil {
		return nil, err
	}
	token, err := middleware.JWT(config)
	if err != nil {
		return nil, usagef("tokens cannot be verified so: %w", err)
	}
	return token, nil
}

// tokens returns how tokens are verified.
func (a *authFlags) tokens(ctx context.Context, log *slog.Logger) (config middleware.JWTConfig, err error) {
	config = middleware.JWTConfig{
		Algorithms: a.algorithms, AnyAudience: a.anyAudience, AnyIssuer: a.anyIssuer, Audience: a.audience, Issuer: a.issuer, Leeway: a.leeway,
		// Where the path names no organisation, the API takes it from query or body,
		// so a claim would only be another one to wait for a revision of.
		Org:          []middleware.OrgSource{middleware.OrgFromPath("org")},
		ProfileClaim: a.profile, UserClaim: a.user,
	}
	published := a.jwksURL != "" || a.jwksFile != ""
	switch {
	case a.jwksURL != "" && a.jwksFile != "", published && (a.secret.secret != "" || a.secret.file != ""):
		return config, usagef("of --%s, --%s and a signing secret, choose one: tokens are verified in one way", jwksURLFlag, jwksFileFlag)
	case !published:
		config.Secret, err = a.secret.key(log)
		return config, err
	case a.issuer == "" && !a.anyIssuer:
		return config, usagef("--%s is missing; name who issues the tokens, or say --%s", issuerFlag, anyIssuerFlag)
	case a.audience == "" && !a.anyAudience:
		return config, usagef("--%s is missing; name whom the tokens are meant for, or say --%s and accept those for other services too",
			audienceFlag, anyAudienceFlag)
	}
	config.KeySet, err = a.keys(ctx, log)
	return config, err
}

func (a *authFlags) keys(ctx context.Context, log *slog.Logger) (*middleware.KeySet, error) {
	if a.jwksURL != "" {
		keys, err := middleware.FetchKeySet(ctx, middleware.FetchConfig{Logger: log, MaxAge: a.maxAge, Refresh: a.refresh, URL: a.jwksURL})
		if err != nil {
			return nil, usagef("--%s: %w", jwksURLFlag, err)
		}
		return keys, nil
	}
	text, err := os.ReadFile(a.jwksFile)
	if err != nil {
		return nil, usagef("the issuer's keys cannot be read: %w", err)
	}
	keys, err := middleware.ParseKeySet(text)
	if err != nil {
		return nil, usagef("%s: %w", a.jwksFile, err)
	}
	return keys, nil
}
