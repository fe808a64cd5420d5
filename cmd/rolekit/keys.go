package main

import (
	"math"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

const (
	keyLifeFlag    = "key-life"
	maxKeyLifeFlag = "max-key-life"

	keyFailureRateFlag  = "key-failure-rate"
	keyFailureBurstFlag = "key-failure-burst"

	day = 24 * time.Hour
)

// keyFlags are the settings of service keys.
type keyFlags struct {
	life, most time.Duration

	rate  float64
	burst int
}

func (k *keyFlags) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.DurationVar(&k.life, keyLifeFlag, 90*day, "how long a service key lasts whose maker does not say")
	flags.DurationVar(&k.most, maxKeyLifeFlag, 366*day, "how long a service key may last at most; those that are there already last as long as they did")
	flags.Float64Var(&k.rate, keyFailureRateFlag, 1,
		"`number` of requests a second with service keys that are none that one address may send in the long run, before 429; -1 for any")
	flags.IntVar(&k.burst, keyFailureBurstFlag, 20, "`number` of them that it may send at once, after a while without any")
}

func (k *keyFlags) check() error {
	if k.life <= 0 || k.most < k.life {
		return usagef("--%s is %s and --%s %s; use more than 0s, and for the second not less than for the first", keyLifeFlag, k.life, maxKeyLifeFlag, k.most)
	}
	if k.rate == 0 || k.rate < 0 && k.rate != -1 || math.IsNaN(k.rate) || math.IsInf(k.rate, 0) {
		return usagef("--%s is %v; use more than 0, or -1 for any number", keyFailureRateFlag, k.rate)
	}
	if k.burst < 1 {
		return usagef("--%s is %d; use 1 or more", keyFailureBurstFlag, k.burst)
	}
	return nil
}

func (k *keyFlags) configure(c *rolekit.Config) { c.KeyLife, c.MaxKeyLife = k.life, k.most }

// with lets requests with a service key be the key's, and leaves all others to
// the authenticator of tokens.
func (k *keyFlags) with(kit *rolekit.Kit, token func(*gin.Context) (rolekit.Identity, error)) (func(*gin.Context) (rolekit.Identity, error), error) {
	keys, err := middleware.ServiceKeys(middleware.ServiceKeysConfig{
		FailureBurst: k.burst, FailureRate: k.rate, Keys: kit, Org: []middleware.OrgSource{middleware.OrgFromPath("org")},
	})
	if err != nil {
		return nil, err
	}
	return middleware.FirstOf(keys, middleware.Authenticator{Identify: token})
}
