package main

import (
	"time"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

const (
	keyLifeFlag    = "key-life"
	maxKeyLifeFlag = "max-key-life"

	day = 24 * time.Hour
)

// keyFlags are the settings of service keys.
type keyFlags struct{ life, most time.Duration }

func (k *keyFlags) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.DurationVar(&k.life, keyLifeFlag, 90*day, "how long a service key lasts whose maker does not say")
	flags.DurationVar(&k.most, maxKeyLifeFlag, 366*day, "how long a service key may last at most; those that are there already last as long as they did")
}

func (k *keyFlags) check() error {
	if k.life <= 0 || k.most < k.life {
		return usagef("--%s is %s and --%s %s; use more than 0s, and for the second not less than for the first", keyLifeFlag, k.life, maxKeyLifeFlag, k.most)
	}
	return nil
}

func (k *keyFlags) configure(c *rolekit.Config) { c.KeyLife, c.MaxKeyLife = k.life, k.most }

// withKeys lets requests with a service key be the key's, and leaves all others to
// the authenticator of tokens.
func withKeys(kit *rolekit.Kit, token func(*gin.Context) (rolekit.Identity, error)) (func(*gin.Context) (rolekit.Identity, error), error) {
	keys, err := middleware.ServiceKeys(middleware.ServiceKeysConfig{Keys: kit, Org: []middleware.OrgSource{middleware.OrgFromPath("org")}})
	if err != nil {
		return nil, err
	}
	return middleware.FirstOf(keys, middleware.Authenticator{Identify: token})
}
