package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const maxTTL = 24 * time.Hour

//nolint:gosec // it is help, and no token
const tokenHelp = `Prints a token that serve accepts for as long as --ttl, signed with the same
secret. It is for trying things out: real users get theirs from whatever logs
them in. It works only with --dev or where the signing secret is configured.

  curl -H "Authorization: Bearer $(rolekit token --dev --user ada)" http://127.0.0.1:8080/v1/me`

func newToken() *cobra.Command {
	var (
		secret             secretFlags
		user, org, profile string
		issuer, audience   string
		ttl                time.Duration
	)
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make a development token (JWT)",
		Long:  tokenHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := secret.key(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
			if err != nil {
				return err
			}
			who := rolekit.Identity{User: rolekit.UserID(user), Org: rolekit.OrgID(org), Profile: rolekit.ProfileID(profile)}
			if err := checkIdentity(who); err != nil {
				return err
			}
			if ttl <= 0 || ttl > maxTTL {
				return usagef("--ttl is %s; a development token lasts more than 0s and at most %s", ttl, maxTTL)
			}
			token, err := sign(key, claims(who, issuer, audience), time.Now(), ttl)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	secret.declare(cmd, "sign with the development secret that serve --dev trusts")
	cmd.Flags().StringVar(&user, "user", "", "`id` of the user that the token is for (required)")
	cmd.Flags().StringVar(&org, "org", "", "`organisation` that the token names")
	cmd.Flags().StringVar(&profile, "profile", "", "`profile` that the user acts as, where they have several")
	cmd.Flags().StringVar(&issuer, "issuer", "", "`name` (iss) that serve expects as the issuer")
	cmd.Flags().StringVar(&audience, "audience", "", "`name` (aud) that serve expects as the audience")
	cmd.Flags().DurationVar(&ttl, "ttl", time.Hour, "how long the token is good for, at most 24h")
	completeToken(cmd, &org)
	return cmd
}

// checkIdentity refuses a token that would never be of use.
func checkIdentity(who rolekit.Identity) error {
	if who.User == "" {
		return usagef("--user is missing; name the user that the token is for")
	}
	if err := who.User.Validate(); err != nil {
		return err
	}
	if who.Org != "" {
		if err := who.Org.Validate(); err != nil {
			return err
		}
	}
	if who.Profile != "" {
		return who.Profile.Validate()
	}
	return nil
}

// claims says who the token is for; what is empty is left out.
func claims(who rolekit.Identity, issuer, audience string) jwt.MapClaims {
	all := jwt.MapClaims{}
	for name, value := range map[string]string{
		"sub": string(who.User), "org": string(who.Org), "profile": string(who.Profile), "iss": issuer, "aud": audience,
	} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

func sign(key []byte, claims jwt.MapClaims, now time.Time, ttl time.Duration) (string, error) {
	claims["iat"], claims["exp"] = now.Unix(), now.Add(ttl).Unix()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
}
